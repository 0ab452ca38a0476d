/**
 * What was found under terms, kept in memory while the rows of the directory have not changed: many terms meet on a tag, and opening
 * all of its rows to find the few that are one's own takes milliseconds where the house is large.
 */
import type { Keys } from '#kernel/keys/index.ts'
import type { ResourceKey } from '../place.ts'
import type { Term } from './terms.ts'
import type { RowsThen } from './waiting.ts'

export interface Found {
  /** The names of all that have one of the terms, in the order in which they were found; undefined where that is not known of these rows. */
  get(type: string, terms: readonly Term[], rows: RowsThen): readonly ResourceKey[] | undefined
  /** What was found in these rows, or in later ones. */
  keep(type: string, terms: readonly Term[], rows: RowsThen, names: readonly ResourceKey[]): void
}

/** Names of all that is kept: 110 bytes each. What has none counts as one. */
export const heldMax = 100_000
/** More are fetched anew: what has so many takes longer to open than to find. */
const namesMax = 2_000

export function createFound(keys: Keys): Found {
  /** The longest unused first. */
  const kept = new Map<string, { rows: RowsThen; names: readonly ResourceKey[] }>()
  let held = 0
  keys.onForget((compartment) => {
    if (compartment !== undefined) return
    kept.clear()
    held = 0
  })

  return {
    get(type, terms, rows) {
      const key = keyOf(type, terms)
      const known = kept.get(key)
      if (!known) return undefined
      kept.delete(key)
      if (known.rows.generation !== rows.generation || known.rows.changes !== rows.changes) {
        held -= weightOf(known.names)
        return undefined
      }
      kept.set(key, known)
      return known.names
    },

    keep(type, terms, rows, names) {
      // Sealed while it was read: nothing of it is to stay.
      if (names.length > namesMax || keys.state() !== 'open') return
      const key = keyOf(type, terms)
      drop(key)
      kept.set(key, { rows, names })
      held += weightOf(names)
      for (const [oldest] of kept) {
        if (held <= heldMax) return
        drop(oldest)
      }
    },
  }

  function drop(key: string): void {
    const known = kept.get(key)
    if (known) held -= weightOf(known.names)
    kept.delete(key)
  }
}

function weightOf(names: readonly ResourceKey[]): number {
  return Math.max(1, names.length)
}

function keyOf(type: string, terms: readonly Term[]): string {
  return JSON.stringify([type, ...terms.map(({ kind, text }) => `${kind} ${text}`)])
}
