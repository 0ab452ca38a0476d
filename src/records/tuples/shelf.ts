/** What is known of one compartment's tuples: every entry of its log, and which of them are current. */
import { decodeTuple, type Tuple } from '#records/search/index.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import type { PlacedEntry } from './block.ts'

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

/** A compartment at one position of its log. */
export interface Shelf {
  compartment: CompartmentId
  head: number
  /** What was current then, in no stated order; deleted ones are left out. */
  entries: readonly Entry[]
}

export class StoredEntry implements Entry {
  readonly compartment: CompartmentId
  readonly resource: ResourceKey
  readonly type: number
  readonly version: number
  readonly updatedAt: number
  readonly position: number
  readonly bytes: Uint8Array
  readonly #identity: boolean
  #tuple: Tuple | undefined

  constructor(compartment: CompartmentId, placed: PlacedEntry, identity: boolean) {
    this.compartment = compartment
    this.resource = placed.resource
    this.type = placed.type
    this.version = placed.version
    this.updatedAt = placed.updatedAt
    this.position = placed.position
    this.bytes = placed.tuple
    this.#identity = identity
  }

  get tuple(): Tuple {
    return (this.#tuple ??= decodeTuple(this.bytes))
  }

  /** Deleted, or living elsewhere since. */
  get gone(): boolean {
    return this.bytes.length === 0
  }

  /** Whether it says more than, or something later than, `other` of the same resource. */
  supersedes(other: StoredEntry): boolean {
    return this.version > other.version || (this.version === other.version && this.#identity)
  }
}

/** By estimate: the object, its name, its place in two collections. */
const entryBytes = 400

/** Superseded entries that a log may hold beside as many as are current. */
const pastMax = 1000

/** The log of one compartment, as far as it was read. */
export class Log {
  readonly compartment: CompartmentId
  head = 0
  bytes = 0
  readonly #entries: StoredEntry[] = []
  #current: readonly StoredEntry[] | undefined

  constructor(compartment: CompartmentId) {
    this.compartment = compartment
  }

  /** Takes up what is new; what is known already is passed over. */
  add(placed: readonly PlacedEntry[], identity: boolean): void {
    for (const each of placed) {
      if (each.position <= this.head) continue
      this.#entries.push(new StoredEntry(this.compartment, each, identity))
      this.bytes += entryBytes + each.tuple.length
      this.#current = undefined
    }
  }

  /** Whether most of it is of the past. */
  get isStale(): boolean {
    return this.#entries.length > 2 * (this.#current?.length ?? this.#entries.length) + pastMax
  }

  /** The entries that were current at `head`. */
  at(head: number): Shelf {
    const { compartment } = this
    if (head === this.head) {
      this.#current ??= currentOf(this.#entries, () => true)
      return { compartment, head, entries: this.#current }
    }
    return { compartment, head, entries: currentOf(this.#entries, (entry) => entry.position <= head) }
  }

  /** Those that were current at a moment, in milliseconds since 1970: in a compartment, times follow positions. */
  asOf(moment: number): Shelf {
    const { compartment, head } = this
    return { compartment, head, entries: currentOf(this.#entries, (entry) => entry.updatedAt <= moment) }
  }
}

function currentOf(all: readonly StoredEntry[], isPast: (entry: StoredEntry) => boolean): StoredEntry[] {
  const newest = new Map<ResourceKey, StoredEntry>()
  for (const entry of all) {
    if (!isPast(entry)) continue
    const known = newest.get(entry.resource)
    if (!known || entry.supersedes(known)) newest.set(entry.resource, entry)
  }
  return [...newest.values()].filter((entry) => !entry.gone)
}
