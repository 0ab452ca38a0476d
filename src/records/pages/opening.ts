/** What a page holds, opened piece by piece until it holds enough: however large each is, memory has an end. */
import { createCombiner, type Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { charsOf } from '../markers.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import type { Reader } from '../reader.ts'
import type { VersionRow } from '../rows.ts'
import type { View } from '../sealing.ts'
import type { HistoryEntry } from '../types.ts'
import { selectWithin, type PageRow, type Request } from './queries.ts'

/**
 * A version by name, or what is current (none that is deleted). `seen`: its tuple was read just now, so that it is known to be
 * there.
 */
export interface Wanted {
  name: ResourceKey
  version?: number
  seen?: { compartment: CompartmentId; updatedAt: number }
}

/** Characters that may still be opened. */
export interface Room {
  left: number
}

export interface OpeningOptions {
  view: View
  /** One more is begun while there is any: so it is overshot by less than one resource. */
  room: Room
  /** Whether they are worth remembering as opened. */
  isKept: boolean
  /** Rows that are at hand, in the places of what is wanted; the others are fetched. */
  rows?: readonly (PageRow | undefined)[]
}

/**
 * In the order given; what was destroyed since is left out. `taken`: of what was wanted, how many were come to; fewer where there is no
 * more room.
 */
export type Opening = (
  wanted: readonly Wanted[],
  options: OpeningOptions,
) => Promise<{ versions: HistoryEntry[]; taken: number }>

/** A page's text: 16 MB, so that a page of large documents does not fill the memory. */
export const pageCharsMax = 16 * 1024 * 1024
/** Sealed, and fetched at once. */
export const fetchedBytesMax = 8 * 1024 * 1024
const fetchedRowsMax = 200

export const pageRoom = (): Room => ({ left: pageCharsMax })

export function createOpening(sql: Sql, keys: Keys, reader: Reader): Opening {
  const fetch = createCombiner<Request, (PageRow | undefined)[]>({
    flights: 2,
    batchMax: fetchedRowsMax,
    weight: ({ resources }) => resources.length,
    // Reads do not exclude each other.
    key: () => [],
    repeatable: true,
    async run(requests) {
      const found = requests.map((each): (PageRow | undefined)[] => each.resources.map(() => undefined))
      for (const { request, item, ...row } of await selectWithin(sql, requests, fetchedBytesMax))
        (found[request - 1] as (PageRow | undefined)[])[item - 1] = row
      return found
    },
  })

  return async function open(wanted, { view, room, isKept, rows: given }) {
    const versions: HistoryEntry[] = []
    let taken = 0
    while (taken < wanted.length && room.left > 0) {
      const some = wanted.slice(taken, taken + fetchedRowsMax)
      const found = some.map(({ name: resource, version, seen }) =>
        seen && version !== undefined ? reader.known({ resource, version, ...seen }, view) : undefined,
      )
      const isGiven = Boolean(given?.[taken]?.sealed)
      const fetched = isGiven ? given!.slice(taken, taken + fetchedRowsMax) : await fetchMissing(some, found)
      const destroyed = await loadKeys(fetched)
      for (const [n, { version: asked }] of some.entries()) {
        if (room.left <= 0) break
        const row = fetched[n]
        // From here on it has to be fetched.
        if (!found[n] && (row ? row.sealed === null : isGiven)) break
        taken++
        const isLeftOut = !row || destroyed.has(row.compartment) || (asked === undefined && row.deleted)
        let opened = found[n]
        if (!opened && !isLeftOut) {
          const whole = row as VersionRow
          opened = isKept ? await reader.open(whole, view) : (await reader.openAll([whole], view))[0]
        }
        if (!opened) continue
        // Its text is made each time that it is asked for.
        const version = { ...opened }
        versions.push(version)
        room.left -= charsOf(version.json)
      }
    }
    return { versions, taken }
  }

  /** Those that are not known, in their places. */
  async function fetchMissing(
    some: readonly Wanted[],
    known: readonly (HistoryEntry | undefined)[],
  ): Promise<readonly (PageRow | undefined)[]> {
    const missing = some.filter((_, n) => known[n] === undefined)
    if (missing.length === 0) return []
    const rows = await fetch({
      resources: missing.map(({ name }) => name),
      versions: missing.map(({ version = 0 }) => version),
    })
    let next = 0
    return known.map((each) => (each === undefined ? rows[next++] : undefined))
  }

  /** Of all at once. Gives the compartments that have none any more. */
  async function loadKeys(rows: readonly (PageRow | undefined)[]): Promise<Set<CompartmentId>> {
    const missing = new Set(
      rows.flatMap((row) => (row?.sealed && !keys.cached(row.compartment) ? [row.compartment] : [])),
    )
    if (missing.size === 0) return missing
    const loaded = await keys.load([...missing])
    for (const compartment of loaded.keys()) missing.delete(compartment as CompartmentId)
    return missing
  }
}
