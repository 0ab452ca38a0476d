/** What is ready to be sealed for its place. */
import type { Parts } from './parts.ts'

/** What a version is written as, but for the sealing. */
export interface Prepared {
  /** What clinicians see, or the whole where no identity is kept apart; packed. */
  version: Uint8Array
  /** The whole where identity is kept apart; packed. */
  capsule: Uint8Array | null
  /** Index tuple of what `version` holds, as `encodeTuple` gives it; empty where the resource is gone. */
  tuple: Uint8Array
  /** Of what `capsule` holds. */
  capsuleTuple: Uint8Array | null
}

/** A resource that was read, found valid and prepared, to be written under `id`. */
export interface Ready {
  status: 'ready'
  id: string
  /** The id that the body has. */
  sentId: string | undefined
  parts: Parts
  /** Ids of the local Patients that it names, as `patientsOf` gives them. */
  patients: readonly string[]
  prepared: Prepared
  /** Whether it is known that there is nothing in it to settle: src/records/attachments. */
  isSettled?: true
}
