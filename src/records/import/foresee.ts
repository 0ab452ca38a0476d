/** What would become of a unit, without writing anything. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Finder } from '../criteria.ts'
import { computedType, type Intent } from '../intents.ts'
import { isCurrent } from '../equal.ts'
import { patientsOf, type ReferenceOptions } from '#records/fhir/index.ts'
import { facilityOf, patientCompartment, resourceKey, type ResourceKey } from '../place.ts'
import type { Reader } from '../reader.ts'
import type { HeadRow } from '../rows.ts'
import type { WriteBounds } from '../write-bounds.ts'
import { duplicate, planOf } from '../transactions.ts'
import { resolve, type Resolved } from '../wishes.ts'
import { broughtOf, withoutMissing, type Carry, type Fate } from './bring.ts'
import { identifierNames, plainCriteria, type Conditionals } from './conditional.ts'
import { Fingerprints } from './fingerprints.ts'
import type { Item, Unit } from './unit.ts'

export interface Foreseer {
  carry: Carry
  /** Whether something foreseen has that name. */
  announced(name: string): boolean
}

export function createForeseer({
  keys,
  reader,
  finder,
  conditionals,
  bounds,
  local,
}: {
  keys: Keys
  reader: Reader
  finder: Finder
  conditionals: Conditionals
  bounds: WriteBounds | undefined
  local: ReferenceOptions
}): Foreseer {
  const announced = new Fingerprints()
  /** What this import would have brought is found by its identifiers, too. */
  const foreseen: Conditionals = {
    async placeOf(reference) {
      const found = await conditionals.placeOf(reference)
      if (typeof found === 'string' || found.status !== 'no-match') return found
      return announced.has(plainCriteria(reference)) ? reference : found
    },
  }

  async function carry(unit: Unit): Promise<Fate> {
    const fate: Fate = { changes: [], brought: [], before: 0, refused: [] }
    const { items, sought } = await withoutMissing(unit, foreseen, fate)
    const settled: Resolved[] = []
    const kept: Item[] = []
    for (const item of items) {
      const resolved = await resolve(finder, item.wish)
      if (resolved.status === 'ok' || resolved.status === 'unchanged') {
        settled.push(resolved)
        kept.push(item)
        continue
      }
      fate.refused.push({ item, refusal: resolved })
      if (unit.mark !== undefined) return fate
    }
    const twice = unit.mark === undefined ? undefined : duplicate(settled)
    if (twice !== undefined) {
      const item = kept[twice] as Item
      fate.refused.push({ item, refusal: refuse('duplicate-in-bundle', { entry: item.at.entry ?? twice }) })
      return fate
    }
    const { intents } = await planOf(settled, (n) => kept[n]?.fullUrl, sought)
    const heads = await reader.heads(intents.flatMap((intent) => nameOf(intent) ?? []))
    let next = 0
    for (const [n, { status }] of settled.entries()) {
      const item = kept[n] as Item
      if (status !== 'ok') {
        fate.changes.push({ item, outcome: 'unchanged' })
        continue
      }
      const intent = intents[next++] as Intent
      const name = nameOf(intent)
      const head = name && heads.get(name)
      const refusal = (bounds && (await barredBy(bounds, intent, head))) ?? refusalOf(intent, head)
      if (refusal) {
        fate.refused.push({ item, refusal })
        if (unit.mark !== undefined) return { ...fate, changes: [], brought: [] }
        continue
      }
      const isThere = head ? !head.deleted : announced.has(`${intent.type}/${intent.id}`)
      const outcome = outcomeOf(intent, isThere, head && (await isCurrent(reader, head, intent)))
      fate.changes.push({ item, outcome })
      if (!intent.document) continue
      fate.brought.push(broughtOf(item, intent))
    }
    for (const { name } of fate.brought) announced.add(name)
    for (const { item } of fate.changes) {
      if (!('document' in item.wish)) continue
      const { type, document } = item.wish
      for (const name of identifierNames(type, document.value)) announced.add(name)
    }
    return fate
  }

  /** As the write would be judged. */
  async function barredBy(
    given: WriteBounds,
    intent: Intent,
    head: HeadRow | undefined,
  ): Promise<Refusal | undefined> {
    const isThere = head && head.alive && !head.deleted
    const opened = async () => (isThere ? reader.open(head, 'full') : undefined)
    const { type, id, document } = intent
    const names = document?.names ? { names: document.names } : {}
    const patients = document ? patientsOf(document.value, { ...local, ...names }) : []
    if (type === 'Patient') patients.unshift(id)
    const places = new Set(patients.map((each) => patientCompartment(keys.locator, each)))
    const home = places.size === 0 ? [facilityOf(keys.locator)] : [...places]
    const barred = (await given.before([intent], opened)) ?? (await given.after([intent], [home], opened))
    return barred?.refusal
  }

  return { carry, announced: (name) => announced.has(name) }

  function nameOf({ action, type, id }: Intent): ResourceKey | undefined {
    return action === 'create' ? undefined : resourceKey(keys.locator, type, id)
  }
}

function outcomeOf({ action }: Intent, isThere: boolean, isEqual: boolean | undefined) {
  if (action === 'delete') return isThere ? 'deleted' : 'unchanged'
  if (!isThere) return 'created'
  return isEqual ? 'unchanged' : 'updated'
}

function refusalOf(
  { type, expects }: Intent,
  head: { alive: boolean; deleted: boolean; version: number } | undefined,
): Refusal | undefined {
  if (type === computedType) return refuse('audit-computed')
  if (!head) return undefined
  const { alive, deleted, version } = head
  if (!alive) return refuse('gone')
  if (expects === 'none' && !deleted) return refuse('already-exists')
  return typeof expects === 'number' && version !== expects ? refuse('precondition-failed') : undefined
}
