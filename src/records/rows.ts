/** Rows as PostgreSQL gives and takes them. */
import type { Staged } from '#kernel/ledger/index.ts'
import type { AttachmentName } from './attachments/index.ts'
import type { CompartmentId, ResourceKey } from './place.ts'

/** A version of a resource, current or superseded. */
export interface VersionRow {
  compartment: CompartmentId
  resource: ResourceKey
  updated_at: Date
  version: number
  /** `typeCode` of the resource type. */
  type: number
  generation: number
  deleted: boolean
  /** Made by a POST. */
  posted: boolean
  /** SHA-256 of `sealed` of the version before. */
  previous: Uint8Array | null
  sealed: Uint8Array
  capsule: Uint8Array | null
}

/** A current version, and whether its compartment's key is still there. */
export interface HeadRow extends VersionRow {
  alive: boolean
}

/** The same without its bytes: the reader has opened this very version before. */
export interface SeenRow extends Omit<HeadRow, 'sealed'> {
  sealed: null
}

/** Which resource's current version, and which of its versions the reader remembers. */
export interface HeadName {
  resource: ResourceKey
  seen: number | null
}

/** One change of one resource, sealed and ready to be written. */
export interface Operation {
  resource: ResourceKey
  compartment: CompartmentId
  /** Where the version before lives; null where there must be none. */
  origin: CompartmentId | null
  /** Version that must be current; 0 where there must be none. */
  expected: number
  type: number
  generation: number
  deleted: boolean
  posted: boolean
  previous: Uint8Array | null
  sealed: Uint8Array
  capsule: Uint8Array | null
}

/** A compartment that the change opens; it must not exist. */
export interface Opening {
  compartment: CompartmentId
  epoch: string
  generation: number
  wrapped: Uint8Array
}

/** A criterion that the change was decided by: nobody else may have acted on it since `expected`. */
export interface Claim {
  criterion: string
  expected: number
  /** Entries of one transaction may have it in common, each looking for something else of one patient. */
  isShared?: boolean
}

export interface PointerChange {
  compartment: CompartmentId
  pointer: string
  /** Null: the pointer goes. */
  sealed: Uint8Array | null
  generation: number
}

/** Entries in a block that is full: what compresses well together, and opens in less than a millisecond. */
export const blockEntriesMax = 200

/** A sealed block, before the database gives it its position. */
export interface NewBlock {
  compartment: CompartmentId
  identity: boolean
  generation: number
  entries: number
  sealed: Uint8Array
}

/** What a write changes in the directory, as it stands in `directory_pending`, and how many resources it is about. */
export interface Pending {
  id: string
  /** Of the directory's, under which it is sealed. */
  key: string | null
  sealed: Uint8Array
  resources: number
}

/** What is written together or not at all. */
export interface Group {
  operations: Operation[]
  /** Index tuples of the operations: in each compartment that one of them touches, at least one block. */
  blocks: NewBlock[]
  openings: Opening[]
  claims: Claim[]
  pointers: PointerChange[]
  /** What the directory has to learn, in one sealed piece. */
  pending: Pending | undefined
  /** Of an import, what it brings with this: none of it may have been brought before. */
  marks?: readonly string[]
  /** What its versions name: it must be there, and is kept from then on. */
  attachments: AttachmentName[]
  /** The compartment of what is nobody's. */
  facility: CompartmentId
  /** Its entries of the ledger. */
  staged?: Staged | undefined
}

/** Why a group was not written: somebody else was first. */
export type Loss = 'version' | 'claim' | 'opening' | 'mark' | 'directory' | 'attachment'

export type Verdict = { status: 'written'; updatedAt: Date[] } | { status: 'lost'; loss: Loss }
