/** Tiles, bundles and checkpoints as auditors fetch them. */
import type { Sql } from '#kernel/db/index.ts'
import { selectLeaves, selectNewestCheckpoint } from './queries.ts'
import { tileReader } from './stored-tree.ts'
import { encodeBundle, tileWidth, tileWidthAt, type TileName } from './tiles.ts'

/** Undefined where the tree of `size` leaves has no such tile, or not so wide. */
export async function readTileBytes(sql: Sql, name: TileName, size: number): Promise<Uint8Array | undefined> {
  const { level, index, width } = name
  const there = tileWidthAt(level === 'entries' ? 0 : level, index, size)
  if (width < 1 || width > there) return undefined
  if (level !== 'entries') return tileReader(sql)(level, index, width)
  const rows = await selectLeaves(sql, index * tileWidth, width)
  return rows.length === width ? encodeBundle(rows.map(({ entry }) => entry)) : undefined
}

/** The newest signed one. */
export async function newestCheckpoint(sql: Sql): Promise<{ size: number; note: string } | undefined> {
  const [row] = await selectNewestCheckpoint(sql)
  return row && { size: row.size, note: row.note }
}
