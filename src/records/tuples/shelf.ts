/** What is known of one compartment's tuples: every entry of its log, and which of them are current. */
import type { CompartmentId } from '../place.ts'
import type { Entry, StoredEntry } from './entry.ts'

/** A compartment at one position of its log. */
export interface Shelf {
  compartment: CompartmentId
  head: number
  /** What was current then, in no stated order; deleted ones are left out. */
  entries: readonly Entry[]
}

/** By estimate: the object, its name, its place in two collections. */
export const entryBytes = 400

/** Superseded entries that a log may hold beside as many as are current. */
const pastMax = 1000

/** The log of one compartment, as far as it was read. */
export class Log {
  readonly compartment: CompartmentId
  /** When its blocks were last made anew; after that, nothing of it holds. */
  readonly rebuiltAt: Date | null
  head = 0
  bytes = 0
  readonly #entries: StoredEntry[] = []
  #current: readonly StoredEntry[] | undefined

  constructor(compartment: CompartmentId, rebuiltAt: Date | null) {
    this.compartment = compartment
    this.rebuiltAt = rebuiltAt
  }

  /** Takes up what is new; what is known already is passed over. */
  add(entries: readonly StoredEntry[]): void {
    for (const entry of entries) {
      if (entry.position <= this.head) continue
      this.#entries.push(entry)
      this.bytes += entryBytes + entry.size
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
  // By a number, which costs a quarter of what a name does; two names that share one go into a list.
  const newest = new Map<number, StoredEntry>()
  const crowded: StoredEntry[] = []
  for (const entry of all) {
    if (!isPast(entry)) continue
    const known = newest.get(entry.hash)
    if (!known) newest.set(entry.hash, entry)
    else if (entry.isOfSame(known)) {
      if (entry.supersedes(known)) newest.set(entry.hash, entry)
    } else {
      const at = crowded.findIndex((each) => each.isOfSame(entry))
      if (at < 0) crowded.push(entry)
      else if (entry.supersedes(crowded[at] as StoredEntry)) crowded[at] = entry
    }
  }
  const current: StoredEntry[] = []
  for (const entry of newest.values()) if (!entry.gone) current.push(entry)
  for (const entry of crowded) if (!entry.gone) current.push(entry)
  return current
}
