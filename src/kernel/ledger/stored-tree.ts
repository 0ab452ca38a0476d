/** The tree as the database has it. */
import { equalBytes } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { selectHead, selectLeafHashes, selectTile, selectTileRoots } from './queries.ts'
import { edgeRoot, readEdge, tileWidth, type Edge, type Tile, type TileReader } from './tiles.ts'
import { hashBytes } from './tree.ts'

/** Reads tiles: those that are full from their rows, others from the level below, or from the leaves. */
export function tileReader(sql: Sql): TileReader {
  return async (level, index, width) => {
    const [tile] = await selectTile(sql, level, index, width)
    if (tile) return tile.hashes
    const from = index * tileWidth
    const rows =
      level === 0
        ? await selectLeafHashes(sql, from, width)
        : await selectTileRoots(sql, level - 1, from, width)
    if (rows.length < width)
      throw new TreeIncomplete(`a tile of level ${level} has ${rows.length} hashes of ${width}`)
    return Buffer.concat(rows.map(({ root }) => root))
  }
}

/** Leaves or tiles are gone that the tree had. */
export class TreeIncomplete extends Error {
  override name = 'TreeIncomplete'
}

/** The tree of the first `size` leaves; undefined where the database does not have so many, or not all. */
export async function edgeAt(sql: Sql, size: number): Promise<Edge | undefined> {
  try {
    return await readEdge(size, tileReader(sql))
  } catch (error) {
    if (error instanceof TreeIncomplete) return undefined
    throw error
  }
}

export type TreeRead =
  | { status: 'ok'; edge: Edge; root: Uint8Array; epoch: number }
  /** Its head says another size or root than its tiles and leaves give. */
  | { status: 'altered'; size: number }

/** The whole tree, as far as appending needs it. */
export async function readTree(sql: Sql): Promise<TreeRead> {
  const [head] = await selectHead(sql)
  if (!head) return { status: 'altered', size: 0 }
  const edge = await edgeAt(sql, head.size)
  if (!edge || !equalBytes(edgeRoot(edge), head.root)) return { status: 'altered', size: head.size }
  return { status: 'ok', edge, root: head.root, epoch: head.epoch }
}

/** The hash over a full tile, which growing has put into the level above. */
export function rootOfTile({ level, index }: Tile, grown: { edge: Edge; full: readonly Tile[] }): Uint8Array {
  const above = Math.floor(index / tileWidth)
  const full = grown.full.find((tile) => tile.level === level + 1 && tile.index === above)
  const bytes = full?.bytes ?? grown.edge.levels[level + 1]
  const at = (index % tileWidth) * hashBytes
  if (!bytes || bytes.length < at + hashBytes) throw new Error('a full tile is missing in the level above')
  return bytes.slice(at, at + hashBytes)
}
