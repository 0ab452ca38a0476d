/** Whose records an export is of: nobody in particular, the members of a Group, or the patients that were named. */
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { references, type ReferenceOptions } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { hidden, type Sight } from '../gate/index.ts'
import { patientCompartment, resourceKey, type CompartmentId } from '../place.ts'
import type { Reader } from '../reader.ts'
import type { HeadRow } from '../rows.ts'
import { texts, type Kickoff, type Request } from './request.ts'

/** Members of a Group, with those of the Groups in it. */
const membersMax = 1_000_000
const readAtOnce = 200

export interface Population {
  status: 'ok'
  /** In the order of their names on disk; undefined: everybody. */
  compartments?: CompartmentId[]
}

export function createPopulation(keys: Keys, reader: Reader, local: ReferenceOptions) {
  /** `request.ignored` is told of patients who are not here, where the caller is lenient. */
  return async function populationOf(
    kickoff: Kickoff,
    request: Request,
    sight: Sight | undefined,
  ): Promise<Population | Refusal> {
    const members = kickoff.level === 'group' ? await membersOf(kickoff.group ?? '', sight) : undefined
    if (members && 'status' in members) return members
    const asked = request.patients && [...new Set(request.patients)]
    if (!asked) return members ? { status: 'ok', compartments: compartmentsOf(members) } : { status: 'ok' }
    const here = new Set<string>()
    for (let at = 0; at < asked.length; at += readAtOnce) {
      const some = asked.slice(at, at + readAtOnce)
      const heads = await reader.heads(some.map((id) => resourceKey(keys.locator, 'Patient', id)))
      for (const id of some) {
        const head = heads.get(resourceKey(keys.locator, 'Patient', id))
        const isHere = head?.alive && !head.deleted && (!members || members.has(id))
        if (isHere && (!sight || (await isSeen(head, sight)))) here.add(id)
      }
    }
    if (here.size < asked.length) {
      const refusal = refuse('invalid-parameter', { parameter: 'patient', expected: texts.patient })
      if (!kickoff.lenient) return refusal
      request.ignored.push('patient')
    }
    return { status: 'ok', compartments: compartmentsOf(here) }
  }

  function compartmentsOf(ids: Iterable<string>): CompartmentId[] {
    return [...ids].map((id) => patientCompartment(keys.locator, id)).toSorted()
  }

  /** Who may not be seen is as if they were not here. */
  async function isSeen(head: HeadRow, sight: Sight): Promise<boolean> {
    const version = await reader.open(head, 'clinical')
    return version !== undefined && sight.allows('read', version)
  }

  /** R4's Group.member: patients who are not inactive, of this Group and of those that are members of it. */
  async function membersOf(id: string, sight: Sight | undefined): Promise<Set<string> | Refusal> {
    if (sight && !sight.couldBe('read', 'Group')) return sight.refusal('read', 'Group')
    const patients = new Set<string>()
    const groups = [id]
    const seen = new Set(groups)
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      const found = await reader.current('Group', group)
      const isHidden = sight && found.status === 'ok' && !(await sight.allows('read', found.version))
      if (found.status !== 'ok' || isHidden) {
        if (group !== id) continue
        return isHidden || (sight && found.status === 'gone') ? hidden() : (found as Refusal)
      }
      const { member } = JSON.parse(found.version.json) as { member?: Member[] }
      for (const { entity, inactive } of member ?? []) {
        if (inactive === true || !entity) continue
        const one = { resourceType: 'Group', member: [{ entity }] }
        const [reference] = references(one, local)
        if (reference?.type === 'Patient') patients.add(reference.id)
        if (reference?.type === 'Group' && !seen.has(reference.id)) {
          seen.add(reference.id)
          groups.push(reference.id)
        }
        if (patients.size > membersMax || seen.size > membersMax)
          return refuse('search-too-costly', { parameter: 'member', limit: membersMax })
      }
    }
    return patients
  }
}

interface Member {
  entity?: JsonObject
  inactive?: boolean
}
