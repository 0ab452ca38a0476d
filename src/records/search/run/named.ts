/** Resources by name as a search sees them: their tuples made from what is stored, and remembered within bytes. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { ResourceKey } from '../../place.ts'
import { selectAsOf } from '../../queries.ts'
import type { Reader } from '../../reader.ts'
import type { HeadRow, SeenRow } from '../../rows.ts'
import type { View } from '../../sealing.ts'
import type { Entry } from '../../tuples/index.ts'
import { extract, type ExtractOptions } from '../extract/extract.ts'
import { decodeTuple } from '../extract/read-tuple.ts'
import { encodeTuple } from '../extract/tuple.ts'
import type { Tuple } from '../extract/read-tuple.ts'

export interface Named {
  /** As of now, or of a moment; what was deleted, or destroyed, is left out. In no stated order. */
  entries(names: readonly ResourceKey[], view: View, asOf?: number): Promise<Entry[]>
}

/** Some ten thousand resources. */
const rememberedBytesMax = 4 * 1024 * 1024
/** By estimate, beside the tuple's bytes. */
const rememberedEntryBytes = 300

interface Remembered {
  compartment: string
  version: number
  generation: number
  updatedAt: number
  tuple: Uint8Array
}

/** A row, or what its tuple was when it was read last. */
type Found = { row: HeadRow; tuple?: undefined } | { row: SeenRow; tuple: Uint8Array }

export function createNamed(sql: Sql, keys: Keys, reader: Reader, options: ExtractOptions): Named {
  const shelves: Record<View, Map<ResourceKey, Remembered>> = { full: new Map(), clinical: new Map() }
  let held = 0
  keys.onForget((compartment) => {
    for (const shelf of Object.values(shelves)) {
      for (const [name, each] of shelf)
        if (compartment === undefined || each.compartment === compartment) drop(shelf, name, each)
    }
  })

  return {
    async entries(names, view, asOf) {
      if (names.length === 0) return []
      const found = await current(names, view)
      if (asOf === undefined) return entriesOf(found, view)
      const isLater = ({ row }: Found) => row.updated_at.getTime() > asOf
      const later = found.filter(isLater).map(({ row }) => row.resource)
      const before = later.length === 0 ? [] : await selectAsOf(sql, later, new Date(asOf))
      const then = before.map((row): Found => ({ row }))
      return entriesOf([...found.filter((each) => !isLater(each)), ...then], view)
    },
  }

  /** What is remembered comes without its bytes: PostgreSQL says whether it is still what is current. */
  async function current(names: readonly ResourceKey[], view: View): Promise<Found[]> {
    const shelf = shelves[view]
    const rows = await reader.headsBeside(
      names.map((resource) => ({ resource, seen: shelf.get(resource)?.version ?? null })),
    )
    const found: Found[] = []
    const lost: ResourceKey[] = []
    // At once, before anything else is waited for: what is remembered may go at any time.
    for (const row of rows) {
      if (row.sealed !== null) found.push({ row })
      else {
        const known = shelf.get(row.resource)
        if (known && isOf(known, row)) found.push({ row, tuple: known.tuple })
        else lost.push(row.resource)
      }
    }
    for (const row of (await reader.heads(lost)).values()) found.push({ row })
    return found
  }

  function isOf(known: Remembered, { version, updated_at, generation, compartment }: SeenRow): boolean {
    return (
      known.version === version &&
      known.updatedAt === updated_at.getTime() &&
      known.generation === generation &&
      known.compartment === compartment &&
      keys.cached(compartment) !== undefined
    )
  }

  async function entriesOf(found: readonly Found[], view: View): Promise<Entry[]> {
    const there = found.filter(({ row }) => row.alive && !row.deleted)
    const locked = there.filter(({ row, tuple }) => !tuple && !keys.cached(row.compartment))
    // The keys of all at once, where each by itself would be a statement.
    if (locked.length > 1) await keys.load(locked.map(({ row }) => row.compartment))
    const entries: Entry[] = []
    for (const each of there) {
      const tuple = each.tuple ? decodeTuple(each.tuple) : await tupleOf(each.row, view)
      if (!tuple) continue
      const { compartment, resource, type, version, updated_at } = each.row
      entries.push({ compartment, resource, type, version, updatedAt: updated_at.getTime(), tuple })
    }
    return entries
  }

  async function tupleOf(row: HeadRow, view: View): Promise<Tuple | undefined> {
    const opened = await reader.open(row, view)
    if (!opened) return undefined
    const { compartment, version, generation } = row
    const updatedAt = row.updated_at.getTime()
    const shelf = shelves[view]
    const { json: text } = opened
    const tuple = encodeTuple(extract(JSON.parse(text) as JsonObject, { ...options, text }))
    const before = shelf.get(row.resource)
    if (before) drop(shelf, row.resource, before)
    // Sealed, or forgotten, while it was read: nothing of it is to stay.
    if (!keys.cached(compartment)) return decodeTuple(tuple)
    shelf.set(row.resource, { compartment, version, generation, updatedAt, tuple })
    held += rememberedEntryBytes + tuple.length
    for (const [oldest, each] of shelf) {
      if (held <= rememberedBytesMax) break
      drop(shelf, oldest, each)
    }
    return decodeTuple(tuple)
  }

  function drop(shelf: Map<ResourceKey, Remembered>, name: ResourceKey, each: Remembered): void {
    shelf.delete(name)
    held -= rememberedEntryBytes + each.tuple.length
  }
}
