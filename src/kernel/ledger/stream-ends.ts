import type { Sql } from '#kernel/db/index.ts'
import { noPrevious } from './entry.ts'
import { selectStreamEnds } from './queries.ts'

/** What a stream ends with: the number of its last entry, and that one's leaf hash. */
export interface StreamEnd {
  number: number
  hash: Uint8Array
}

/** Streams remembered at most, twice: some 10 MB in all. */
const rememberedMax = 20_000
/** In one query. */
const askedMax = 1000

const beginning: StreamEnd = { number: 0, hash: noPrevious }

/** The ends of streams, for the one who sequences: nobody else moves them. Those used of late are remembered. */
export class StreamEnds {
  readonly #sql: Sql
  #recent = new Map<string, StreamEnd>()
  #older = new Map<string, StreamEnd>()

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** The ends of these, in a map of the caller's own to go on from. `later`: of what is on its way, the newest last. */
  async of(
    streams: readonly Uint8Array[],
    later: readonly ReadonlyMap<string, StreamEnd>[] = [],
  ): Promise<Map<string, StreamEnd>> {
    const found = new Map<string, StreamEnd>()
    const missing = new Map<string, Uint8Array>()
    for (const stream of streams) {
      const name = nameOf(stream)
      if (found.has(name)) continue
      const coming = later.findLast((each) => each.has(name))?.get(name)
      const known = coming ?? this.#recent.get(name) ?? this.#older.get(name)
      if (known) found.set(name, known)
      else missing.set(name, stream)
    }
    for (const name of missing.keys()) found.set(name, beginning)
    const asked = [...missing.values()]
    for (let at = 0; at < asked.length; at += askedMax) {
      for (const row of await selectStreamEnds(this.#sql, asked.slice(at, at + askedMax))) {
        found.set(nameOf(row.stream), {
          number: Number(Buffer.from(row.number).readBigUInt64BE()),
          hash: row.hash,
        })
      }
    }
    return found
  }

  /** They are committed. */
  keep(ends: ReadonlyMap<string, StreamEnd>): void {
    for (const [name, end] of ends) {
      this.#recent.set(name, end)
      // A newer end must not be found behind an older one.
      this.#older.delete(name)
      if (this.#recent.size < rememberedMax) continue
      this.#older = this.#recent
      this.#recent = new Map()
    }
  }
}

export const nameOf = (stream: Uint8Array): string =>
  Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength).toString('latin1')
