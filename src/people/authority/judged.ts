/**
 * Rows that were judged to count. One that is found again the same to the last byte, and told of by the same bytes of the ledger, is the
 * row that it was: what follows from these bytes alone need not be worked out again twice in a second.
 */
import { equalBytes } from '#kernel/crypto/index.ts'
import type { Row } from './authority.ts'
import type { AuthorityFound } from './queries.ts'

interface Known {
  found: AuthorityFound
  row: Row<object>
}

/** Some 3 kB each. */
const rowsMax = 4_000
/** More than any session, account or program has; what is larger is worked out again. */
const bytesMax = 8_192

export class Judged {
  #rows = new Map<string, Known>()

  same(found: AuthorityFound): Row<object> | undefined {
    const known = this.#rows.get(found.id)
    return known && isSame(known.found, found) ? known.row : undefined
  }

  keep(found: AuthorityFound, row: Row<object>): Row<object> {
    const { id, kind, version, staged } = found
    const [previous, sealed] = [own(found.previous), own(found.sealed)]
    const told = { leaf: ownOrNone(found.leaf), entries: ownOrNone(found.entries), tag: ownOrNone(found.tag) }
    const kept = { ...row, previous, sealed }
    const bytes = sealed.length + (told.leaf?.length ?? 0) + (told.entries?.length ?? 0)
    if (bytes > bytesMax) return kept
    if (this.#rows.size >= rowsMax && !this.#rows.has(id)) this.#rows.clear()
    this.#rows.set(id, { found: { id, kind, version, staged, previous, sealed, ...told }, row: kept })
    return kept
  }

  /** The keys that it was judged with are gone. */
  forget(): void {
    this.#rows = new Map()
  }
}

function isSame(one: AuthorityFound, other: AuthorityFound): boolean {
  return (
    one.kind === other.kind &&
    one.version === other.version &&
    one.staged === other.staged &&
    equalBytes(one.previous, other.previous) &&
    equalBytes(one.sealed, other.sealed) &&
    isEqual(one.leaf, other.leaf) &&
    isEqual(one.entries, other.entries) &&
    isEqual(one.tag, other.tag)
  )
}

const isEqual = (one: Uint8Array | null, other: Uint8Array | null): boolean =>
  one === null || other === null ? one === other : equalBytes(one, other)

/** In memory of its own: as it comes it is a part of something larger, which it would hold. */
const own = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)
const ownOrNone = (bytes: Uint8Array | null): Uint8Array | null => bytes && own(bytes)
