/**
 * Versions opened before, kept in memory within bytes. One is given again only while PostgreSQL says, now, that this very
 * version of this very moment is the one at this place, and the compartment's keys are the ones it was opened with: a version
 * never changes, so its bytes need not come again (where they do come, they must be the same). Sealing the vault, or
 * forgetting a compartment's keys, drops what they opened.
 */
import { equalBytes } from '#kernel/crypto/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import type { VersionRow } from './rows.ts'
import { capsuleFor, type Sealing, type View } from './sealing.ts'
import type { HistoryEntry } from './types.ts'

export interface OpenedCache {
  /** Opens a row, or gives what it held when it was opened last. `keep`: worth remembering. */
  open(keys: CompartmentKeys, row: VersionRow, view: View, keep: boolean): HistoryEntry
  /** Which version of a resource is remembered whole. */
  seen(resource: string, view: View): number | null
  /** What a version held that was opened before with these keys. */
  known(keys: CompartmentKeys, version: VersionName, view: View): HistoryEntry | undefined
  /** Drops what is remembered of a compartment, or of all. */
  drop(compartment?: string): void
  /** What is held, by estimate. */
  readonly bytes: number
}

/** Which version, as its index tuple tells. */
export interface VersionName {
  compartment: string
  resource: string
  version: number
  /** Milliseconds since 1970. */
  updatedAt: number
}

interface Entry {
  keys: CompartmentKeys
  row: VersionRow
  version: HistoryEntry
  bytes: number
  /** Asked for again since it was put, or last passed over, at the old end. */
  used: boolean
}

/** Some seven thousand records of 1.4 kB: what a ward works with in an hour. */
export const openedBytesMax = 16 * 1024 * 1024
/** Of an entry, beside its texts: the row, its buffers' heads, the map's slot. */
const entryBytes = 600

export function createOpenedCache(sealing: Sealing, bytesMax = openedBytesMax): OpenedCache {
  const shelves: Record<View, Map<string, Entry>> = { full: new Map(), clinical: new Map() }
  let held = 0

  function remove(shelf: Map<string, Entry>, name: string, entry: Entry): void {
    shelf.delete(name)
    held -= entry.bytes
  }

  /** From the old end; what was used since goes once more to the young end. */
  function shrink(shelf: Map<string, Entry>): void {
    for (const [name, entry] of shelf) {
      if (held <= bytesMax) return
      shelf.delete(name)
      if (entry.used) {
        entry.used = false
        shelf.set(name, entry)
      } else held -= entry.bytes
    }
  }

  return {
    open(keys, row, view, keep) {
      const shelf = shelves[view]
      const entry = shelf.get(row.resource)
      if (entry && entry.keys === keys && isSame(entry.row, row, view)) {
        entry.used = true
        return entry.version
      }
      const version = sealing.open(keys, row, view)
      if (!keep) return version
      if (entry) remove(shelf, row.resource, entry)
      const { json } = version
      const bytes = entryBytes + json.length + row.sealed.length + (row.capsule?.length ?? 0)
      // One that would push out an eighth of all others is not worth it.
      if (bytes > bytesMax / 8) return version
      const kept = { ...version, json, body: json }
      // Of their own size: as they come they are parts of slabs, which they would hold.
      const own = {
        ...row,
        sealed: new Uint8Array(row.sealed),
        capsule: row.capsule && new Uint8Array(row.capsule),
      }
      shelf.set(row.resource, { keys, row: own, version: kept, bytes, used: false })
      held += bytes
      if (held > bytesMax) for (const each of [shelves.clinical, shelves.full]) shrink(each)
      return kept
    },

    seen: (resource, view) => shelves[view].get(resource)?.row.version ?? null,

    known(keys, { compartment, resource, version, updatedAt }, view) {
      const entry = shelves[view].get(resource)
      if (!entry || entry.keys !== keys) return undefined
      const { row } = entry
      const isIt =
        row.version === version && row.compartment === compartment && row.updated_at.getTime() === updatedAt
      if (!isIt) return undefined
      entry.used = true
      return entry.version
    },

    drop(compartment) {
      for (const shelf of [shelves.clinical, shelves.full]) {
        for (const [name, entry] of shelf) {
          if (compartment === undefined || entry.row.compartment === compartment) remove(shelf, name, entry)
        }
      }
    },

    get bytes() {
      return held
    },
  }
}

/** Everything that the seal of what the view opens binds, the seal itself, and what is shown beside it. */
function isSame(a: VersionRow, b: VersionRow, view: View): boolean {
  const [one, other] = [capsuleFor(a, view), capsuleFor(b, view)]
  return (
    a.version === b.version &&
    a.compartment === b.compartment &&
    a.type === b.type &&
    a.generation === b.generation &&
    a.updated_at.getTime() === b.updated_at.getTime() &&
    a.deleted === b.deleted &&
    a.posted === b.posted &&
    isEqual(a.previous, b.previous) &&
    isEqual(one, other) &&
    (one !== null || isEqual(a.sealed, b.sealed))
  )
}

function isEqual(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b)
}
