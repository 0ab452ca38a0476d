/** Each stream from entry to entry: numbered without a gap, and each naming the one before. In memory that does not grow with the streams. */
import { equalBytes } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Finding } from './checking.ts'
import type { Entry } from './entry.ts'
import { selectStreamNumbers } from './queries.ts'
import { nameOf, type StreamEnd } from './stream-ends.ts'

/** An entry, as it was read. */
export interface Found {
  index: number
  hash: Uint8Array
  entry: Entry
}

/** Ends of streams remembered, twice. */
const endsMaxUsual = 20_000
/** In one query. */
const askedMax = 500

export class Chains {
  readonly #sql: Sql
  readonly #endsMax: number
  #recent = new Map<string, StreamEnd>()
  #older = new Map<string, StreamEnd>()

  /** `endsMax`: given by tests, so that a few are many. */
  constructor(sql: Sql, endsMax = endsMaxUsual) {
    this.#sql = sql
    this.#endsMax = endsMax
  }

  /** Entries in the order of the tree, after those that were followed before. */
  async *follow(entries: readonly Found[]): AsyncGenerator<Finding> {
    // Of these entries' streams, by themselves: what is remembered forgets some of them while the others are followed.
    const ends = new Map<string, StreamEnd | undefined>()
    const unknown: Found[] = []
    for (const found of entries) {
      const name = nameOf(found.entry.stream)
      if (ends.has(name)) continue
      const end = this.#recent.get(name) ?? this.#older.get(name)
      ends.set(name, end)
      if (!end) unknown.push(found)
    }
    for (const { stream, ...end } of await this.#look(unknown)) {
      const name = nameOf(stream)
      if (end.number > (ends.get(name)?.number ?? 0)) ends.set(name, end)
    }
    for (const { index, hash, entry } of entries) {
      const name = nameOf(entry.stream)
      const end = ends.get(name)
      const where = { stream: Buffer.from(entry.stream).toString('hex'), index }
      // Where nothing was found, the one that was looked for is missing.
      const next = end ? end.number + 1 : Math.max(1, entry.number - 1)
      if (entry.number !== next) yield { what: 'stream-gap', number: Math.min(next, entry.number), ...where }
      else if (end && !equalBytes(entry.previous, end.hash)) {
        yield { what: 'stream-broken', number: entry.number, ...where }
      }
      ends.set(name, { number: entry.number, hash })
    }
    for (const [name, end] of ends) if (end) this.#keep(name, end)
  }

  #keep(name: string, end: StreamEnd): void {
    this.#recent.set(name, end)
    this.#older.delete(name)
    if (this.#recent.size < this.#endsMax) return
    this.#older = this.#recent
    this.#recent = new Map()
  }

  /**
   * Of streams that are not remembered, what stands before these entries: the number before, and also the same one, which shows that this
   * one comes twice. As long as every entry has the number before it and not its own, the numbers are 1, 2, 3 …
   */
  async #look(found: readonly Found[]) {
    const rows: Awaited<ReturnType<typeof selectStreamNumbers>>[] = []
    for (let at = 0; at < found.length; at += askedMax) {
      const wanted = found
        .slice(at, at + askedMax)
        .map(({ index, entry }) => ({ stream: entry.stream, number: entry.number, before: index }))
      rows.push(await selectStreamNumbers(this.#sql, wanted))
    }
    return rows.flat()
  }
}
