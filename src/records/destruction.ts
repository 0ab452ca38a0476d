/** Destruction of a patient's keys, by the patient's id. What it does to all else: docs/spec/shredding.md. */
import {
  createShredding,
  type Batch,
  type Destruction,
  type Keys,
  type ShreddingOptions,
} from '#kernel/keys/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { patientsOf, type ReferenceOptions } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { Walk } from './compartment.ts'
import { patientCompartment } from './place.ts'
import { selectExtent } from './queries.ts'

/** What would be destroyed. */
export interface Extent {
  status: 'ok'
  /** Current resources, the Patient too; and all versions, superseded ones and deletions counted. */
  resources: number
  versions: number
  /** Of the resources, those that name other patients too: they live here, and go. */
  shared: number
  /** Resources that live with other patients and name this one: they stay. */
  named: number
}

export interface Destructions {
  /** Opens all that there is, to tell what would go. */
  look(patientId: string): Promise<Extent | Refusal>
  /** When it returns, no request that begins from now on reads anything of the patient, in any process. */
  destroy(
    patientId: string,
    reason: string,
  ): Promise<{ status: 'destroyed' | 'destroyed-before'; destruction: Destruction } | Refusal>
  list(): Promise<{ status: 'ok'; destructions: Destruction[] } | Refusal>
  /** What makes it final, now. */
  batch(): Promise<Batch | Refusal>
  /** Looks after it from now on. */
  start(): void
  close(): Promise<void>
}

export interface DestructionParts {
  sql: Sql
  keys: Keys
  walk: Walk
  local: ReferenceOptions
  /** Makes the directory unreadable in every copy that holds them. */
  renew: NonNullable<ShreddingOptions['renew']>
  shredding: Omit<ShreddingOptions, 'sql' | 'keys' | 'renew'>
}

export function createDestructions({
  sql,
  keys,
  walk,
  local,
  renew,
  shredding: given,
}: DestructionParts): Destructions {
  const shredding = createShredding({ sql, keys, renew, ...given })
  return {
    async look(patientId) {
      const compartment = patientCompartment(keys.locator, patientId)
      const [extent] = await selectExtent(sql, compartment)
      if (!extent) return refuse('not-found')
      if (!extent.alive) return refuse('gone')
      let shared = 0
      for await (const version of walk(compartment)) {
        if (version.type === 'Patient') continue
        const [first, other] = patientsOf(JSON.parse(version.json) as JsonObject, local)
        if (other !== undefined && first === patientId) shared++
      }
      const { resources, versions, pointers: named } = extent
      return { status: 'ok', resources, versions, shared, named }
    },

    async destroy(patientId, reason) {
      const compartment = patientCompartment(keys.locator, patientId)
      const destroyed = await shredding.destroy(compartment, { reference: `Patient/${patientId}`, reason })
      return destroyed.status === 'not-found' ? refuse('not-found') : destroyed
    },

    async list() {
      return { status: 'ok', destructions: await shredding.list() }
    },

    batch: shredding.batch,
    start: shredding.start,
    close: shredding.close,
  }
}
