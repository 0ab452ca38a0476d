/** Where to look: the narrowest place that surely holds everything that can match. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { compartmentParameters, inPatientCompartment, resourceTypes, typeCode } from '#records/fhir/index.ts'
import type { Directory } from '../../directory/index.ts'
import {
  facilityCompartment,
  patientCompartment,
  resourceKey,
  type CompartmentId,
  type ResourceKey,
} from '../../place.ts'
import type { Sight } from '../../gate/index.ts'
import type { ChainFilter, Filter, HasFilter } from '../query/types.ts'
import { selectOutside } from './queries.ts'

/**
 * `rare`: these, and what lives in the facility's compartment. `shelves`: what lives in these compartments, and, with `pointed`,
 * what names their patients and lives elsewhere.
 */
export type Candidates =
  | { from: 'names'; names: readonly ResourceKey[] }
  | { from: 'directory'; type: string; filters: readonly Filter[] }
  | { from: 'rare'; names: readonly ResourceKey[]; facility: CompartmentId }
  | { from: 'shelves'; compartments: readonly CompartmentId[]; pointed: boolean }
  | { from: 'scan' }

export interface Asked {
  /** None: every type. */
  types: readonly string[]
  filters: readonly Filter[]
  /** Logical id of the patient whose compartment is asked for. */
  patient?: string | undefined
  /** Whoever does not see everything. */
  sight?: Sight | undefined
}

/** What was found for a chain or a `_has`. */
export type FoundOf = (filter: ChainFilter | HasFilter) => ReadonlySet<string>

/** Where to look for some of the types that are asked for. */
export interface Part {
  types: readonly string[]
  candidates: Candidates
}

export interface Planner {
  plan(asked: Asked, found: FoundOf): Promise<Candidates>
  /**
   * Of many types, such as those that a chain without a type leads to: each narrow place by itself, all the rest at once. One scan
   * at most, and then nothing beside it, since it comes by everything.
   */
  planParts(asked: Asked, found: FoundOf): Promise<Part[]>
}

/** Names looked up one by one: 50 µs each. */
const namesMax = 5000
/** Patients whose compartments are read one by one: 1 ms each, unless they are large. */
const patientsMax = 500
/** Rows outside the facility's compartment that make types rare ones, together. */
const rareRowsMax = 2000
/** Rows looked at to see whether types are rare. */
const rowsSeenMax = 50_000
/** Types that were not rare are not looked at again for so long. */
const commonMs = 600_000
/** Combinations of types that are remembered as such. */
const commonMax = 1000

export function createPlanner(sql: Sql, keys: Keys, directory: Directory): Planner {
  /** By types, sorted, with commas between. */
  const commonSince = new Map<string, number>()

  return { plan, planParts }

  async function plan({ types, filters, patient, sight }: Asked, found: FoundOf): Promise<Candidates> {
    if (patient !== undefined) return ofPatients([patient])
    const names = namesOf(types, filters, found)
    if (names) return { from: 'names', names }
    const patients = patientsNamed(types, filters, found)
    if (patients) return ofPatients(patients)
    const [type] = types
    if (type !== undefined && types.length === 1 && directory.candidates(type, filters))
      return { from: 'directory', type, filters }
    return placeOf(types, sight)
  }

  async function planParts({ types, filters, sight }: Asked, found: FoundOf): Promise<Part[]> {
    const names = namesOf(types, filters, found)
    if (names) return [{ types, candidates: { from: 'names', names } }]
    const parts: Part[] = []
    const recorded: string[] = []
    const ids = new Set<string>()
    const left: string[] = []
    for (const type of types) {
      const patients = patientsNamed([type], filters, found)
      if (patients) {
        recorded.push(type)
        for (const id of patients) ids.add(id)
      } else if (directory.candidates(type, filters))
        parts.push({ types: [type], candidates: { from: 'directory', type, filters } })
      else left.push(type)
    }
    if (recorded.length > 0) parts.push({ types: recorded, candidates: ofPatients(ids) })
    if (left.length === 0) return parts
    const candidates = await placeOf(left, sight)
    if (candidates.from === 'scan') return [{ types, candidates }]
    return [...parts, { types: left, candidates }]
  }

  /** Where nothing that is asked for tells it. How rare a type is tells of what is hidden. */
  async function placeOf(types: readonly string[], sight: Sight | undefined): Promise<Candidates> {
    const seesThem = !sight || (sight.seesAll(types) && sight.scans(types))
    const isKnown = seesThem || (types.length > 0 && !types.some(livesElsewhere))
    const outside = isKnown ? await outsideOf(types) : undefined
    if (!outside) return { from: 'scan' }
    const facility = facilityCompartment(keys.locator)
    if (outside.length > 0) return { from: 'rare', names: outside, facility }
    return { from: 'shelves', compartments: [facility], pointed: false }
  }

  function ofPatients(ids: Iterable<string>): Candidates {
    const compartments = [...ids].map((id) => patientCompartment(keys.locator, id))
    return { from: 'shelves', compartments, pointed: true }
  }

  function namesOf(
    types: readonly string[],
    filters: readonly Filter[],
    found: FoundOf,
  ): ResourceKey[] | undefined {
    const { locator } = keys
    for (const filter of filters) {
      if (filter.is === 'value' && filter.parameter === '_id' && filter.modifier === undefined) {
        const ids = filter.operands.map((operand) => (operand.kind === 'token' ? operand.code : undefined))
        const all = types.length === 0 ? resourceTypes : types
        if (ids.includes(undefined) || ids.length * all.length > namesMax) continue
        const names = all.flatMap((type) => ids.map((id) => resourceKey(locator, type, id as string)))
        return [...new Set(names)]
      }
      if (filter.is === 'has' && found(filter).size <= namesMax) {
        return [...found(filter)].flatMap((name) => {
          const [type = '', id = ''] = name.split('/')
          return types.length === 0 || types.includes(type) ? [resourceKey(locator, type, id)] : []
        })
      }
    }
    return undefined
  }

  /**
   * Every row of these types outside the facility's compartment, where they are few. Types that no patient's compartment
   * takes have none, but for Patients, and for a Binary, which lives where its security context does.
   */
  async function outsideOf(types: readonly string[]): Promise<ResourceKey[] | undefined> {
    if (types.length === 0 || types.includes('Patient')) return undefined
    const taken = types.filter(livesElsewhere).toSorted()
    if (taken.length === 0) return []
    const all = taken.join()
    if (isCommon(all) || taken.some(isCommon)) return undefined
    const facility = facilityCompartment(keys.locator)
    const codes = taken.map((type) => typeCode(type) as number)
    const rows = await selectOutside(sql, codes, facility, rowsSeenMax, rareRowsMax + 1)
    if (rows.length <= rareRowsMax && rows[0]?.rows !== rowsSeenMax)
      return rows.flatMap(({ resource }) => (resource === null ? [] : [resource]))
    if (commonSince.size >= commonMax) commonSince.clear()
    commonSince.set(all, performance.now())
    return undefined
  }

  function livesElsewhere(type: string): boolean {
    return type === 'Patient' || type === 'Binary' || inPatientCompartment(type)
  }

  function isCommon(types: string): boolean {
    const since = commonSince.get(types)
    return since !== undefined && performance.now() - since < commonMs
  }
}

/**
 * Ids of local patients one of whom each match surely names in a parameter that decides about its compartment: then
 * it lives there, or a pointer to it does.
 */
export function patientsNamed(
  types: readonly string[],
  filters: readonly Filter[],
  found: FoundOf,
): Set<string> | undefined {
  let best: Set<string> | undefined
  for (const filter of filters) {
    const ids = patientsIn(types, filter, found)
    if (ids && ids.size <= patientsMax && (best === undefined || ids.size < best.size)) best = ids
  }
  return best
}

function patientsIn(types: readonly string[], filter: Filter, found: FoundOf): Set<string> | undefined {
  if (filter.is !== 'value' && filter.is !== 'chain') return undefined
  if (types.length === 0 || !types.every((type) => isOfCompartment(type, filter.parameter))) return undefined
  if (filter.is === 'chain') {
    if (filter.targets.some((target) => target !== 'Patient') || found(filter).size > patientsMax)
      return undefined
    return new Set([...found(filter)].map((name) => name.slice('Patient/'.length)))
  }
  if (filter.modifier !== undefined) return undefined
  const ids = new Set<string>()
  for (const operand of filter.operands) {
    if (operand.kind !== 'reference' || operand.type !== 'Patient' || operand.id === undefined)
      return undefined
    ids.add(operand.id)
  }
  return ids
}

/**
 * Whether references to Patients in this parameter are among those that patientsOf reads. Where R4 has both, `patient`
 * is what of `subject` are Patients, and CompartmentDefinition lists either.
 */
function isOfCompartment(type: string, parameter: string): boolean {
  const listed = compartmentParameters(type)
  if (listed.has(parameter)) return true
  if (parameter === 'patient') return listed.has('subject')
  return parameter === 'subject' && listed.has('patient')
}
