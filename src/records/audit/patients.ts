/** Whose a compartment is, by the id of the Patient that lives in it. */
import type { Keys } from '#kernel/keys/index.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import type { Reader } from '../reader.ts'

/** Names remembered at most: some 3 MB. */
const namesMax = 20_000
/** In one query. */
const askedMax = 200

export interface PatientNames {
  /** Those that have a Patient, deleted ones too. */
  of(compartments: Iterable<CompartmentId>): Promise<Map<CompartmentId, string>>
}

export function createPatientNames(keys: Keys, reader: Reader): PatientNames {
  const known = new Map<CompartmentId, string>()
  keys.onForget((compartment) => {
    if (compartment === undefined) known.clear()
    else known.delete(compartment as CompartmentId)
  })
  return {
    async of(compartments) {
      const found = new Map<CompartmentId, string>()
      const missing: CompartmentId[] = []
      for (const compartment of new Set(compartments)) {
        const id = known.get(compartment)
        if (id === undefined) missing.push(compartment)
        else found.set(compartment, id)
      }
      for (let at = 0; at < missing.length; at += askedMax) {
        // A patient's compartment has the Patient's own name.
        const names = missing.slice(at, at + askedMax) as string[] as ResourceKey[]
        const rows = [...(await reader.heads(names)).values()]
        for (const { home, id, type } of await reader.openAll(rows, 'clinical')) {
          if (type !== 'Patient') continue
          if (known.size >= namesMax) known.clear()
          known.set(home, id)
          found.set(home, id)
        }
      }
      return found
    },
  }
}
