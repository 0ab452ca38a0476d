/** Pointers that current versions need: which, and put in anew where a reindex comes by. */
import { faultOf, type Sql } from '#kernel/db/index.ts'
import type { SealKey } from '#kernel/crypto/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { patientsOf, type ReferenceOptions } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { patientCompartment, type CompartmentId, type ResourceKey } from './place.ts'
import { upsertPointers } from './queries.ts'
import { sealPointer, type Pointer } from './sealing.ts'

/** Compartments of further patients that a version names. What a Binary is about lies in its context. */
export function othersOf(
  locator: SealKey,
  { type, id, value, home }: { type: string; id: string; value: JsonObject; home: CompartmentId },
  local: ReferenceOptions,
): CompartmentId[] {
  if (type === 'Binary') return []
  const touched = patientsOf(value, local).map((patient) => patientCompartment(locator, patient))
  if (type === 'Patient') touched.unshift(patientCompartment(locator, id))
  return [...new Set(touched)].filter((each) => each !== home)
}

/** A current version, opened. */
export interface Named {
  resource: ResourceKey
  version: number
  home: CompartmentId
  others: readonly CompartmentId[]
}

/** A pointer, if this is still the current version when it is written. */
export interface PointerMade extends Pointer {
  home: CompartmentId
  resource: ResourceKey
  version: number
}

/** Puts in those of these versions, missing or not; none with a patient whose keys were destroyed. */
export async function point({ sql, keys }: { sql: Sql; keys: Keys }, named: readonly Named[]): Promise<void> {
  const others = new Set(named.flatMap((each) => each.others))
  if (others.size === 0) return
  const ring = await keys.load([...others])
  const made: PointerMade[] = named.flatMap(({ resource, version, home, others: theirs }) =>
    theirs.flatMap((each) => {
      const found = ring.get(each)
      return found ? [{ ...sealPointer(found, each, resource), home, resource, version }] : []
    }),
  )
  for (let tries = 0; made.length > 0; tries++) {
    try {
      await upsertPointers(sql, made)
      return
    } catch (error) {
      // A write of the same resource, which takes both rows in another order.
      if (faultOf(error) !== 'race' || tries === triesMax) throw error
    }
  }
}

const triesMax = 3
