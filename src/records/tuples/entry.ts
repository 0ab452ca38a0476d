/** One resource at one version, as the tuples of a compartment tell it. */
import { decodeTuple, type Tuple } from '#records/search/index.ts'
import { uuidBytes } from '#kernel/crypto/index.ts'
import { uuidOf, type CompartmentId, type ResourceKey } from '../place.ts'

/** A current resource, as a search sees it. */
export interface Entry {
  readonly compartment: CompartmentId
  readonly resource: ResourceKey
  /** `typeCode` of the resource type. */
  readonly type: number
  readonly version: number
  /** Milliseconds since 1970. */
  readonly updatedAt: number
  /** The values of its search parameters; opened when first asked for. */
  readonly tuple: Tuple
}

/** Of a resource's name, as bytes of its UUID. */
export const nameBytes = 16

export interface Place {
  compartment: CompartmentId
  identity: boolean
  type: number
  version: number
  position: number
  /** Milliseconds since 1970. */
  updatedAt: number
}

/** An entry that lies in the bytes of its block; its name and its tuple are taken out when they are asked for. */
export class StoredEntry implements Entry {
  readonly compartment: CompartmentId
  readonly type: number
  readonly version: number
  readonly updatedAt: number
  readonly position: number
  readonly #identity: boolean
  readonly #block: Buffer
  readonly #nameAt: number
  readonly #from: number
  readonly #to: number
  #resource: ResourceKey | undefined
  #tuple: Tuple | undefined

  constructor(place: Place, block: Buffer, nameAt: number, from: number, to: number) {
    this.compartment = place.compartment
    this.type = place.type
    this.version = place.version
    this.updatedAt = place.updatedAt
    this.position = place.position
    this.#identity = place.identity
    this.#block = block
    this.#nameAt = nameAt
    this.#from = from
    this.#to = to
  }

  get resource(): ResourceKey {
    return (this.#resource ??= uuidOf(this.name) as ResourceKey)
  }

  get tuple(): Tuple {
    return (this.#tuple ??= decodeTuple(this.#block, this.#from))
  }

  /** The resource's name in 16 bytes. */
  get name(): Uint8Array {
    return this.#block.subarray(this.#nameAt, this.#nameAt + nameBytes)
  }

  /** A number that another resource hardly has: of 30 bits, which the engine keeps without a place of their own. */
  get hash(): number {
    const block = this.#block
    const at = this.#nameAt
    return block[at]! | (block[at + 1]! << 8) | (block[at + 2]! << 16) | ((block[at + 3]! & 63) << 24)
  }

  /** The tuple as it is stored. */
  get bytes(): Uint8Array {
    return this.#block.subarray(this.#from, this.#to)
  }

  /** Of the tuple, in bytes. */
  get size(): number {
    return this.#to - this.#from
  }

  /** Deleted, or living elsewhere since. */
  get gone(): boolean {
    return this.#to === this.#from
  }

  isOfSame(other: StoredEntry): boolean {
    const end = this.#nameAt + nameBytes
    return (
      this.#block.compare(other.#block, other.#nameAt, other.#nameAt + nameBytes, this.#nameAt, end) === 0
    )
  }

  /** Whether it says more than, or something later than, `other` of the same resource. */
  supersedes(other: StoredEntry): boolean {
    return this.version > other.version || (this.version === other.version && this.#identity)
  }
}

/** One that no block holds yet; its tuple as `encodeTuple` gives it, empty where it is gone. */
export function newEntry(place: Place, resource: ResourceKey, tuple: Uint8Array): StoredEntry {
  const bytes = Buffer.concat([uuidBytes(resource), tuple])
  return new StoredEntry(place, bytes, 0, nameBytes, bytes.length)
}
