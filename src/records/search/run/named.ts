/** Resources by name as a search sees them: their tuples made from what is stored, and remembered within bytes. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { ResourceKey } from '../../place.ts'
import { selectAsOf } from '../../queries.ts'
import type { Reader } from '../../reader.ts'
import type { HeadRow } from '../../rows.ts'
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
      const heads = [...(await reader.heads(names)).values()]
      if (asOf === undefined) return entriesOf(heads, view)
      const later = heads.filter((head) => head.updated_at.getTime() > asOf).map((head) => head.resource)
      const before = later.length === 0 ? [] : await selectAsOf(sql, later, new Date(asOf))
      return entriesOf([...heads.filter((head) => head.updated_at.getTime() <= asOf), ...before], view)
    },
  }

  async function entriesOf(rows: readonly HeadRow[], view: View): Promise<Entry[]> {
    const entries: Entry[] = []
    for (const row of rows) {
      if (!row.alive || row.deleted) continue
      const tuple = await tupleOf(row, view)
      if (!tuple) continue
      const { compartment, resource, type, version } = row
      entries.push({ compartment, resource, type, version, updatedAt: row.updated_at.getTime(), tuple })
    }
    return entries
  }

  async function tupleOf(row: HeadRow, view: View): Promise<Tuple | undefined> {
    const shelf = shelves[view]
    const known = shelf.get(row.resource)
    const updatedAt = row.updated_at.getTime()
    const { compartment, version, generation } = row
    if (
      known?.version === version &&
      known.updatedAt === updatedAt &&
      known.generation === generation &&
      known.compartment === compartment &&
      keys.cached(compartment)
    ) {
      return decodeTuple(known.tuple)
    }
    const opened = await reader.open(row, view)
    if (!opened) return undefined
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
