/**
 * Which leaves of the last tile were altered. It is not full, so no hash of theirs is stored, and checkpoints only say between which
 * sizes something is wrong. But the next entry of a stream names the hash of the one before, and with the keys its seal tells.
 */
import { equalBytes } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { decodeEntry, EntryBroken, type Entry } from './entry.ts'
import { selectLeaves, selectStreamEntries } from './queries.ts'
import { edgeAt } from './stored-tree.ts'
import { Strange, type StrangeParts } from './strange.ts'
import { edgeRoot, growTiles } from './tiles.ts'
import { leafHash } from './tree.ts'

/** `from`: the tree was right up to there. `size`, `root`: of the first that is not. Leaves by index, as far as it can be said. */
export async function alteredInEdge(
  parts: StrangeParts,
  { from, size, root }: { from: number; size: number; root: Uint8Array },
  headSize: number,
): Promise<number[]> {
  const start = headSize - (headSize % 256)
  const base = await edgeAt(parts.sql, start)
  const rows = await selectLeaves(parts.sql, start, size - start)
  if (!base || size <= start || rows.length < size - start) return []
  const hashes = rows.map(({ entry }) => leafHash(entry))
  const suspects = rows.flatMap(({ index, entry }) => {
    const decoded = index < from ? undefined : decodedOf(entry)
    return decoded ? [{ index, entry: decoded }] : []
  })
  const altered = new Set(await new Strange(parts).of(suspects))
  const told = await successorsOf(parts.sql, suspects)
  const others = [...told].filter(([index, hash]) => !equalBytes(hashes[index - start]!, hash))
  const isRight = (put: readonly (readonly [number, Uint8Array])[]): boolean => {
    const right = [...hashes]
    for (const [index, hash] of put) right[index - start] = hash
    return equalBytes(edgeRoot(growTiles(base, right).edge), root)
  }
  // All that their successors name otherwise, or one of them: a successor may be what was altered.
  if (others.length > 0 && isRight(others)) for (const [index] of others) altered.add(index)
  else for (const other of others) if (isRight([other])) altered.add(other[0])
  return [...altered].toSorted((one, other) => one - other)
}

interface Suspect {
  index: number
  entry: Entry
}

function decodedOf(entry: Uint8Array): Entry | undefined {
  try {
    return decodeEntry(entry)
  } catch (error) {
    if (error instanceof EntryBroken) return undefined
    throw error
  }
}

/** The hash that each has by the next entry of its stream, where there is one. */
async function successorsOf(sql: Sql, suspects: readonly Suspect[]): Promise<Map<number, Uint8Array>> {
  const told = new Map<number, Uint8Array>()
  for (const { index, entry } of suspects) {
    const next = { from: entry.number + 1, to: entry.number + 1 }
    const [row] = await selectStreamEntries(sql, entry.stream, next, 1)
    const successor = row && decodedOf(row.entry)
    if (successor) told.set(index, successor.previous)
  }
  return told
}
