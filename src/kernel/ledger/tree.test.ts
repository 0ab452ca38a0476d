import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sha256 } from '#kernel/crypto/index.ts'
import { createProver, verifyConsistency, verifyInclusion } from './proofs.ts'
import {
  edgeRoot,
  emptyEdge,
  frontierOf,
  growTiles,
  partialTiles,
  readEdge,
  tileWidthAt,
  type Edge,
  type Tile,
  type TileReader,
} from './tiles.ts'
import { appendLeaves, emptyFrontier, emptyRoot, leafHash, rootOf } from './tree.ts'

/**
 * RFC 9162 §2.1.1, §2.1.3.1 and §2.1.4.1 as they are written, of the leaves from `start` to before `end`. Roots are kept, or
 * pairs of sizes to 300 would take hours.
 */
const naive = {
  roots: new Map<string, string>(),
  split(n: number): number {
    let k = 1
    while (k * 2 < n) k *= 2
    return k
  },
  root(start: number, end: number): string {
    const name = `${start} ${end}`
    const kept = naive.roots.get(name)
    if (kept !== undefined) return kept
    const k = start + naive.split(end - start)
    const root =
      end === start
        ? hex(sha256(''))
        : end - start === 1
          ? hex(small[start]!)
          : hex(sha256(Buffer.from(`01${naive.root(start, k)}${naive.root(k, end)}`, 'hex')))
    naive.roots.set(name, root)
    return root
  },
  path(m: number, start: number, end: number): string[] {
    if (end - start === 1) return []
    const k = start + naive.split(end - start)
    return m < k
      ? [...naive.path(m, start, k), naive.root(k, end)]
      : [...naive.path(m, k, end), naive.root(start, k)]
  },
  subproof(m: number, start: number, end: number, whole: boolean): string[] {
    if (m === end) return whole ? [] : [naive.root(start, end)]
    const k = start + naive.split(end - start)
    return m <= k
      ? [...naive.subproof(m, start, k, whole), naive.root(k, end)]
      : [...naive.subproof(m, k, end, false), naive.root(start, k)]
  },
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const hexes = (all: readonly Uint8Array[]): string[] => all.map(hex)
const leafAt = (i: number): Uint8Array => leafHash(Buffer.from(`leaf ${i}`))
const leavesTo = (size: number): Uint8Array[] => Array.from({ length: size }, (_, i) => leafAt(i))

/** Tiles as a folder holds them: full ones, and the partial ones of one size. */
function readerOf(tiles: readonly Tile[]): TileReader {
  const byName = new Map(tiles.map((tile) => [`${tile.level}/${tile.index}`, tile.bytes]))
  return (level, index, width) => {
    const bytes = byName.get(`${level}/${index}`)
    assert.ok(bytes && bytes.length >= width * 32, `tile ${level}/${index} of ${width}`)
    return bytes
  }
}

function treeOf(leaves: readonly Uint8Array[]): { edge: Edge; read: TileReader; tiles: Tile[] } {
  const { edge, full } = growTiles(emptyEdge, leaves)
  const tiles = [...full, ...partialTiles(edge)]
  return { edge, tiles, read: readerOf(tiles) }
}

const small = leavesTo(300)
/** All small ones, and those around where the shape changes: a power of two, a full tile, and a bit. */
const sizes = small
  .map((_, n) => n)
  .filter((n) => n <= 66 || Math.abs(n - 128) <= 3 || Math.abs(n - 256) <= 5)
sizes.push(small.length)

/** Sizes up to 300 are a level and a bit; these are the ones where a third level begins. */
const large = leavesTo(65_536 + 300)

test('roots of all sizes to 300 are those of the recursive definition', () => {
  let frontier = emptyFrontier
  let edge = emptyEdge
  assert.equal(hex(rootOf(frontier)), hex(emptyRoot))
  assert.equal(hex(edgeRoot(edge)), naive.root(0, 0))
  for (const [i, leaf] of small.entries()) {
    frontier = appendLeaves(frontier, [leaf])
    edge = growTiles(edge, [leaf]).edge
    assert.equal(hex(rootOf(frontier)), naive.root(0, i + 1))
    assert.equal(hex(edgeRoot(edge)), naive.root(0, i + 1))
  }
})

test('proofs of every leaf are those of the definition, and verify', async () => {
  for (const size of sizes.slice(1)) {
    const { read, edge } = treeOf(small.slice(0, size))
    const root = edgeRoot(edge)
    const prover = createProver(size, read)
    for (let index = 0; index < size; index++) {
      const proof = await prover.inclusion(index)
      assert.ok(verifyInclusion({ index, size, leaf: small[index]!, root, proof }), `${index} of ${size}`)
      assert.equal(hexes(proof).join(), naive.path(index, 0, size).join())
    }
  }
})

test('proofs from every smaller size are those of the definition, and verify', async () => {
  const roots = Array.from({ length: 301 }, (_, size) => Buffer.from(naive.root(0, size), 'hex'))
  for (const size of sizes) {
    const { read } = treeOf(small.slice(0, size))
    const prover = createProver(size, read)
    for (let oldSize = 0; oldSize <= size; oldSize++) {
      const proof = await prover.consistency(oldSize)
      const given = { oldSize, size, oldRoot: roots[oldSize]!, root: roots[size]!, proof }
      assert.ok(verifyConsistency(given), `${oldSize} to ${size}`)
      if (oldSize === 0) assert.deepEqual(proof, [])
      else assert.equal(hexes(proof).join(), naive.subproof(oldSize, 0, size, true).join())
    }
  }
})

test('proofs across three levels of tiles', async () => {
  for (const size of [65_535, 65_536, 65_537, large.length]) {
    const leaves = large.slice(0, size)
    const { read, edge } = treeOf(leaves)
    const root = edgeRoot(edge)
    const prover = createProver(size, read)
    assert.equal(hex(root), hex(rootOf(appendLeaves(emptyFrontier, leaves))))
    for (const index of [0, 255, 256, 65_279, size - 1]) {
      const proof = await prover.inclusion(index)
      assert.ok(verifyInclusion({ index, size, leaf: leaves[index]!, root, proof }))
    }
    for (const oldSize of [1, 255, 256, 257, 40_000, 65_535, size]) {
      const proof = await prover.consistency(oldSize)
      const oldRoot = rootOf(appendLeaves(emptyFrontier, leaves.slice(0, oldSize)))
      assert.ok(verifyConsistency({ oldSize, oldRoot, size, root, proof }))
    }
  }
})

test('tiles written piece by piece are those written at once', async () => {
  const pieces = fc.array(fc.nat({ max: 700 }), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(
      pieces,
      fc.oneof(fc.nat({ max: 3000 }), fc.nat({ max: 64_000 })),
      async (counts, start) => {
        const first = growTiles(emptyEdge, large.slice(0, start))
        const tiles = first.full
        let { edge } = first
        for (const count of counts) {
          // As a sequencer does that takes over: the edge comes from the partial tiles.
          edge = await readEdge(edge.size, readerOf(partialTiles(edge)))
          const grown = growTiles(edge, large.slice(edge.size, edge.size + count))
          tiles.push(...grown.full)
          edge = grown.edge
        }
        const whole = growTiles(emptyEdge, large.slice(0, edge.size))
        assert.deepEqual(hexes(edge.levels), hexes(whole.edge.levels))
        assert.deepEqual(tiles.map(named), whole.full.map(named))
        const { hashes } = appendLeaves(emptyFrontier, large.slice(0, edge.size))
        assert.deepEqual(hexes(frontierOf(edge).hashes), hexes(hashes))
        for (const tile of [...tiles, ...partialTiles(edge)]) {
          assert.equal(tile.bytes.length, tileWidthAt(tile.level, tile.index, edge.size) * 32)
        }
      },
    ),
    { numRuns: 15 },
  )
})

const named = ({ level, index, bytes }: Tile): string => `${level}/${index} ${hex(sha256(bytes))}`

test('a tampered proof never verifies', async () => {
  const trees = await Promise.all(
    [2, 3, 7, 64, 100, 257, 300].map(async (size) => {
      const { read, edge } = treeOf(small.slice(0, size))
      return { size, prover: createProver(size, read), root: edgeRoot(edge) }
    }),
  )
  const damage = fc.record({
    tree: fc.constantFrom(...trees),
    at: fc.nat(),
    bit: fc.nat({ max: 255 }),
    kind: fc.constantFrom('flip', 'drop', 'twice', 'swap', 'leaf', 'index', 'size', 'root', 'cut'),
    consistency: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(damage, async ({ tree: { size, prover, root }, at, bit, kind, consistency }) => {
      const flip = (hash: Uint8Array) =>
        hash.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      const index = consistency ? 1 + (at % (size - 1)) : at % size
      const proof = consistency ? await prover.consistency(index) : await prover.inclusion(index)
      const given = { index, size, root, proof: [...proof] }
      let start = consistency ? Buffer.from(naive.root(0, index), 'hex') : small[index]!
      const spot = at % Math.max(1, proof.length)
      if (kind === 'flip') given.proof[spot] = flip(proof[spot]!)
      if (kind === 'drop') given.proof.splice(spot, 1)
      if (kind === 'twice') given.proof.splice(spot, 0, proof[spot]!)
      if (kind === 'swap') given.proof.reverse()
      if (kind === 'cut') given.proof[spot] = proof[spot]!.subarray(0, 31)
      if (kind === 'leaf') start = flip(start)
      if (kind === 'index') given.index = (index + 1 + (at % (size - 1))) % size
      if (kind === 'size') given.size = size + 1 + (at % 1000)
      if (kind === 'root') given.root = flip(root)
      const same = kind === 'swap' && proof.length < 2
      // Of another size, or of a later leaf, some proofs are by RFC 9162 the same: what they prove is then true too.
      const verdict = consistency
        ? verifyConsistency({ ...given, oldSize: given.index, oldRoot: start })
        : verifyInclusion({ ...given, leaf: start })
      if (kind === 'size') return
      assert.equal(verdict, same || given.index === index ? same : false)
    }),
    { numRuns: 2000 },
  )
})
