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
}

/** What was found for a chain or a `_has`. */
export type FoundOf = (filter: ChainFilter | HasFilter) => ReadonlySet<string>

export type Planner = (asked: Asked, found: FoundOf) => Promise<Candidates>

/** Names looked up one by one: 50 µs each. */
const namesMax = 5000
/** Patients whose compartments are read one by one: 1 ms each, unless they are large. */
const patientsMax = 500
/** Rows outside the facility's compartment that make a type a rare one. */
const rareRowsMax = 2000
/** Rows looked at to see whether a type is rare. */
const rowsSeenMax = 50_000
/** A type that was not rare is not looked at again for so long. */
const commonMs = 600_000

export function createPlanner(sql: Sql, keys: Keys, directory: Directory): Planner {
  const commonSince = new Map<string, number>()

  return async function plan({ types, filters, patient }, found) {
    if (patient !== undefined) return ofPatients([patient])
    const names = namesOf(types, filters, found)
    if (names) return { from: 'names', names }
    const patients = patientsNamed(types, filters, found)
    if (patients) return ofPatients(patients)
    const [type] = types
    if (type !== undefined && types.length === 1 && directory.candidates(type, filters))
      return { from: 'directory', type, filters }
    const outside = await outsideOf(types)
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
   * takes have none, but for Patients.
   */
  async function outsideOf(types: readonly string[]): Promise<ResourceKey[] | undefined> {
    if (types.length === 0 || types.includes('Patient')) return undefined
    const facility = facilityCompartment(keys.locator)
    const names: ResourceKey[] = []
    for (const type of types) {
      if (!inPatientCompartment(type)) continue
      const since = commonSince.get(type)
      if (since !== undefined && performance.now() - since < commonMs) return undefined
      const code = typeCode(type) as number
      const rows = await selectOutside(sql, code, facility, rowsSeenMax, rareRowsMax + 1)
      if (rows.length > rareRowsMax || rows[0]?.rows === rowsSeenMax) {
        commonSince.set(type, performance.now())
        return undefined
      }
      for (const { resource } of rows) if (resource !== null) names.push(resource)
    }
    return names
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
