import { emptyFrontier, hashBytes, nodeHash, rootOf, type Frontier } from './tree.ts'

/*
 * C2SP tlog-tiles: the hashes of the tree as files of 256, and the entries as bundles of 256.
 */

/** Hashes in a full tile, entries in a full bundle. */
export const tileWidth = 256
const tileHeight = 8
const tileBytes = tileWidth * hashBytes
const levelMax = 63

/** A tile of hashes at a level, or a bundle of entries. `width` is from 1 to 256, which is a full one. */
export interface TileName {
  level: number | 'entries'
  index: number
  width: number
}

/** `tile/0/x001/x234/067`, `tile/entries/000.p/17`. */
export function tilePath({ level, index, width }: TileName): string {
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const parts = padded.match(/.{3}/g)!
  const path = parts.map((part, i) => (i < parts.length - 1 ? `x${part}` : part)).join('/')
  return `tile/${level}/${path}${width === tileWidth ? '' : `.p/${width}`}`
}

const pathShape = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/

/** The tile that a path names; undefined for any that `tilePath` does not give. */
export function parseTilePath(path: string): TileName | undefined {
  const [, levelText, indexText, widthText] = pathShape.exec(path) ?? []
  if (levelText === undefined || indexText === undefined) return undefined
  const level = levelText === 'entries' ? levelText : Number(levelText)
  const index = Number(indexText.replaceAll(/[x/]/g, ''))
  const width = widthText === undefined ? tileWidth : Number(widthText)
  if (level !== 'entries' && level > levelMax) return undefined
  if (!Number.isSafeInteger(index) || (widthText !== undefined && width >= tileWidth)) return undefined
  // Zeros in front that a shorter path would do without.
  return tilePath({ level, index, width }) === path ? { level, index, width } : undefined
}

/** How many hashes the tile has in a tree of `size` leaves: 0 where it has none, 256 where it is full. */
export function tileWidthAt(level: number, index: number, size: number): number {
  const hashes = Math.floor(size / tileWidth ** level) - index * tileWidth
  return Math.max(0, Math.min(tileWidth, hashes))
}

/** A tile and its hashes, one after the other. */
export interface Tile {
  level: number
  index: number
  bytes: Uint8Array
}

/**
 * The right edge of a tree: the partial tile of each level, from 0 up, empty where the level ends with a full one. With the
 * full tiles before it, it is the whole tree; alone, it is enough to append and for the root.
 */
export interface Edge {
  readonly size: number
  readonly levels: readonly Uint8Array[]
}

export const emptyEdge: Edge = { size: 0, levels: [] }

/** The tree with these leaves at its end, and the tiles that they completed, lower levels first where they meet. */
export function growTiles(edge: Edge, leafHashes: Iterable<Uint8Array>): { edge: Edge; full: Tile[] } {
  let { size } = edge
  const full: Tile[] = []
  const levels = edge.levels.map((bytes, level) => {
    if (bytes.length !== edgeWidth(level, size) * hashBytes) throw new RangeError(`no edge of ${size} leaves`)
    return growing(bytes)
  })
  if (size >= tileWidth ** levels.length) throw new RangeError(`no edge of ${size} leaves`)

  const put = (level: number, hash: Uint8Array) => {
    const tile = (levels[level] ??= growing(new Uint8Array(0)))
    tile.bytes.set(hash, tile.length)
    tile.length += hashBytes
    if (tile.length < tileBytes) return
    full.push({ level, index: Math.floor((size + 1) / tileWidth ** (level + 1)) - 1, bytes: tile.bytes })
    levels[level] = growing(new Uint8Array(0))
  }

  const peaks = [...frontierOf(edge).hashes]
  for (let hash of leafHashes) {
    if (hash.length !== hashBytes) throw new RangeError('a hash has 32 bytes')
    put(0, hash)
    // As in `appendLeaves`; the root of what became a full tile on the way is a hash of the level above.
    for (let rest = size, height = 1; rest % 2 === 1; rest = (rest - 1) / 2, height++) {
      hash = nodeHash(peaks.pop()!, hash)
      if (height % tileHeight === 0) put(height / tileHeight, hash)
    }
    peaks.push(hash)
    size++
  }
  const grown = { size, levels: levels.map(({ bytes, length }) => bytes.slice(0, length)) }
  frontiers.set(grown, { size, hashes: peaks })
  return { edge: grown, full }
}

/** Of edges that were grown here: to work it out from their tiles takes some hundred hashes. */
const frontiers = new WeakMap<Edge, Frontier>()

function growing(bytes: Uint8Array): { bytes: Uint8Array; length: number } {
  const all = new Uint8Array(tileBytes)
  all.set(bytes)
  return { bytes: all, length: bytes.length }
}

/** The tiles of the edge that are not empty. */
export function partialTiles(edge: Edge): Tile[] {
  return edge.levels.flatMap((bytes, level) =>
    bytes.length === 0 ? [] : [{ level, index: Math.floor(edge.size / tileWidth ** (level + 1)), bytes }],
  )
}

/** RFC 9162 §2.1.1: the root of the tree that ends so. */
export function edgeRoot(edge: Edge): Uint8Array {
  return rootOf(frontierOf(edge))
}

/** The perfect subtrees of the tree, the largest first: those of each partial tile, the highest level first. */
export function frontierOf(edge: Edge): Frontier {
  const known = frontiers.get(edge)
  if (known) return known
  const hashes: Uint8Array[] = []
  for (const bytes of edge.levels.toReversed()) {
    const width = bytes.length / hashBytes
    for (let run = tileWidth / 2, at = 0; run >= 1; run /= 2) {
      if (Math.floor(width / run) % 2 === 0) continue
      hashes.push(hashOfRun(bytes, at, run))
      at += run
    }
  }
  return edge.size === 0 ? emptyFrontier : { size: edge.size, hashes }
}

/** Hashes in the last tile of a level if it is partial, otherwise 0. */
function edgeWidth(level: number, size: number): number {
  return Math.floor(size / tileWidth ** level) % tileWidth
}

/** The hash over `count` (a power of two) hashes of a tile, from the one numbered `at`. */
function hashOfRun(tile: Uint8Array, at: number, count: number): Uint8Array {
  if (count === 1) return tile.slice(at * hashBytes, (at + 1) * hashBytes)
  return nodeHash(hashOfRun(tile, at, count / 2), hashOfRun(tile, at + count / 2, count / 2))
}

/**
 * Where the tiles are. Gives the tile's first `width` hashes; more is no harm, so a full tile may be given for a partial
 * one. Throws where there is none.
 */
export type TileReader = (level: number, index: number, width: number) => Promise<Uint8Array> | Uint8Array

/** The right edge of the tree of `size` leaves, from its partial tiles. */
export async function readEdge(size: number, read: TileReader): Promise<Edge> {
  const levels: Promise<Uint8Array>[] = []
  for (let level = 0; tileWidth ** level <= size; level++) {
    const width = edgeWidth(level, size)
    const index = Math.floor(size / tileWidth ** (level + 1))
    levels.push(width === 0 ? Promise.resolve(new Uint8Array(0)) : readTile(read, level, index, width))
  }
  return { size, levels: await Promise.all(levels) }
}

async function readTile(read: TileReader, level: number, index: number, width: number): Promise<Uint8Array> {
  const bytes = await read(level, index, width)
  if (bytes.length < width * hashBytes) throw new Error(`${tilePath({ level, index, width })} is too short`)
  return bytes.subarray(0, width * hashBytes)
}

/** A perfect subtree: 2^height leaves from leaf index × 2^height. */
export interface Subtree {
  height: number
  index: number
}

/** Tiles that a reader of subtrees keeps at a time: 2 MiB, and as much again for the hashes between. */
const tilesKeptMax = 256

/** Reads the hashes of perfect subtrees of a tree of `size` leaves. What neighbours share is read and hashed once. */
export function createSubtreeReader(
  size: number,
  read: TileReader,
): (subtrees: readonly Subtree[]) => Promise<Uint8Array[]> {
  const kept = new Map<string, Promise<HashedTile>>()

  const tileAt = (level: number, index: number, width: number): Promise<HashedTile> => {
    const name = `${level}/${index}`
    const tile = kept.get(name) ?? readTile(read, level, index, width).then((bytes) => hashedTile(bytes))
    if (kept.size >= tilesKeptMax) kept.clear()
    kept.set(name, tile)
    return tile
  }

  const hashOf = async ({ height, index }: Subtree): Promise<Uint8Array> => {
    const level = Math.floor(height / tileHeight)
    const run = 2 ** (height % tileHeight)
    const tileIndex = Math.floor((index * run) / tileWidth)
    const at = (index * run) % tileWidth
    const width = tileWidthAt(level, tileIndex, size)
    if (width < at + run) throw new RangeError(`a tree of ${size} leaves has no such subtree`)
    return (await tileAt(level, tileIndex, width))(at, run)
  }

  return (subtrees) => Promise.all(subtrees.map(hashOf))
}

/** The hash over `run` hashes of a tile from the one numbered `at`, each worked out once. */
type HashedTile = (at: number, run: number) => Uint8Array

function hashedTile(tile: Uint8Array): HashedTile {
  const known = new Map<number, Uint8Array>()
  const hash = (at: number, run: number): Uint8Array => {
    if (run === 1) return hashOfRun(tile, at, 1)
    const name = run * tileWidth + at
    const result = known.get(name) ?? nodeHash(hash(at, run / 2), hash(at + run / 2, run / 2))
    known.set(name, result)
    return result
  }
  return hash
}

/** C2SP tlog-tiles, "Log entries": each entry with its length before it. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + 2 + entry.length, 0))
  let at = 0
  for (const entry of entries) {
    at = bytes.writeUInt16BE(entry.length, at)
    bytes.set(entry, at)
    at += entry.length
  }
  return bytes
}

/** The entries of a bundle; undefined where its lengths do not add up. */
export function decodeBundle(bundle: Uint8Array): Uint8Array[] | undefined {
  const entries: Uint8Array[] = []
  for (let at = 0; at < bundle.length;) {
    const length = ((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0)
    const end = at + 2 + length
    if (end > bundle.length) return undefined
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  return entries
}
