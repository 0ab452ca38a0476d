/** When a session was last used: by this process, or as another one has written down. */
import { deriveKey, equalBytes, keyedHash, type SealKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { rowName } from '../authority/index.ts'
import * as queries from './queries.ts'

/** Between two times that it is written down. */
const writtenSeconds = 60
/** Sessions remembered at most. */
const rememberedMax = 10_000

interface Known {
  at: number
  writtenAt: number
}

/**
 * It confers nothing: the latest time that is written down only keeps a session from ending early, so it needs no entry of the
 * ledger. It has a tag that only this house can make, so that nobody else says that a session was used; an earlier one put back ends it
 * sooner.
 */
export class Seen {
  readonly #sql: Sql
  readonly #keys: Keys
  #known = new Map<string, Known>()
  #made: { from: SealKey; key: SealKey } | undefined

  constructor(sql: Sql, keys: Keys) {
    this.#sql = sql
    this.#keys = keys
  }

  /** As far as this process knows. */
  at(id: string): number | undefined {
    return this.#known.get(id)?.at
  }

  /** The later of what this process knows and what is written down. */
  async read(ids: readonly string[]): Promise<void> {
    const names = new Map(ids.map((id) => [this.#name(id), id]))
    for (const { id: name, seenAt, tag } of await queries.selectSeen(this.#sql, [...names.keys()])) {
      const id = names.get(name)
      const at = seenAt.getTime() / 1000
      if (id === undefined || !equalBytes(tag, this.#tag(id, at))) continue
      const known = this.#known.get(id)
      this.#remember(id, { at: Math.max(at, known?.at ?? 0), writtenAt: Math.max(at, known?.writtenAt ?? 0) })
    }
  }

  /** It is used now. Resolves when that is written down, which is not waited for. */
  touch(id: string, now: number): Promise<void> | undefined {
    const known = this.#known.get(id)
    if (known && now - known.writtenAt < writtenSeconds) {
      known.at = now
      return undefined
    }
    this.#remember(id, { at: now, writtenAt: now })
    return this.#write(id, now)
  }

  forgetAll(): void {
    this.#known = new Map()
    this.#made?.key.zero()
    this.#made = undefined
  }

  async tend(): Promise<void> {
    await queries.sweepSeen(this.#sql)
  }

  async #write(id: string, at: number): Promise<void> {
    await queries.upsertSeen(this.#sql, this.#name(id), new Date(at * 1000), this.#tag(id, at))
  }

  #remember(id: string, known: Known): void {
    if (this.#known.size >= rememberedMax) this.#known.clear()
    this.#known.set(id, known)
  }

  #key(): SealKey {
    const from = this.#keys.authority
    if (this.#made?.from !== from) this.#made = { from, key: deriveKey(from, 'seen') }
    return this.#made.key
  }

  #name = (id: string): string => rowName(this.#key(), 'seen', id)
  #tag = (id: string, at: number): Uint8Array => keyedHash(this.#key(), 'at', id, at)
}
