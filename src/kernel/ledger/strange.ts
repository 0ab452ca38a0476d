/** Entries that nobody of this house made as they are: with the keys, an entry's seal names its place, and its details who, by which program and from where. */
import { equalBytes } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { authorityOf, type Owner } from './asking.ts'
import { detailTextMax, openDetails } from './details.ts'
import type { Entry } from './entry.ts'
import { knownOwners } from './leaves.ts'
import type { Pseudonyms, TagKind } from './pseudonyms.ts'
import { nameOf } from './stream-ends.ts'

export interface StrangeParts {
  sql: Sql
  open: { keys: Keys; names: Pseudonyms } | undefined
}

/** Streams whose owners are remembered: to find one out costs as much as to open three entries. */
const ownersMax = 20_000

export class Strange {
  readonly #parts: StrangeParts
  readonly #owners = new Map<string, Owner>()

  constructor(parts: StrangeParts) {
    this.#parts = parts
  }

  /** Those that do not open although their stream's key is there, or whose details name another than they do. */
  async of(entries: readonly { index: number; entry: Entry }[]): Promise<number[]> {
    const { open } = this.#parts
    if (!open || entries.length === 0) return []
    const { names } = open
    await this.#know(entries.map(({ entry }) => entry.stream))
    return entries.flatMap(({ index, entry }) => {
      const owner = this.#owners.get(nameOf(entry.stream)) ?? authorityOf(names, entry)
      if (!owner || owner.key.zeroed) return []
      const details = openDetails(owner.key, entry)
      const isOf = (kind: TagKind): boolean => {
        const text = details?.[kind]
        // Of one that was cut the whole is not known.
        return text?.length === detailTextMax || equalBytes(names.tag(kind, text), entry[kind])
      }
      return details && isOf('actor') && isOf('client') && isOf('address') ? [] : [index]
    })
  }

  /** Looks for those that are not known, or whose key has left memory since: it may be gone for good. */
  async #know(streams: readonly Uint8Array[]): Promise<void> {
    const { sql, open } = this.#parts
    if (!open) return
    const fresh = new Map<string, Uint8Array>()
    for (const stream of streams) {
      const name = nameOf(stream)
      if (this.#owners.get(name)?.key.zeroed ?? true) fresh.set(name, stream)
    }
    if (fresh.size === 0) return
    if (this.#owners.size + fresh.size > ownersMax) {
      this.#owners.clear()
      return this.#know(streams)
    }
    for (const name of fresh.keys()) this.#owners.delete(name)
    for (const [name, owner] of await knownOwners(sql, open, [...fresh.values()]))
      this.#owners.set(name, owner)
  }
}
