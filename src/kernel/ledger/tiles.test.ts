import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createProver } from './proofs.ts'
import {
  decodeBundle,
  emptyEdge,
  encodeBundle,
  growTiles,
  parseTilePath,
  partialTiles,
  readEdge,
  tilePath,
  tileWidthAt,
} from './tiles.ts'
import { leafHash } from './tree.ts'

test('paths are those of tlog-tiles, and are read as they were written', () => {
  const table: [Parameters<typeof tilePath>[0], string][] = [
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 0, width: 1 }, 'tile/0/000.p/1'],
    [{ level: 1, index: 999, width: 255 }, 'tile/1/999.p/255'],
    [{ level: 1, index: 1000, width: 256 }, 'tile/1/x001/000'],
    [{ level: 'entries', index: 1_234_067, width: 256 }, 'tile/entries/x001/x234/067'],
    [{ level: 63, index: 5, width: 8 }, 'tile/63/005.p/8'],
  ]
  for (const [name, path] of table) {
    assert.equal(tilePath(name), path)
    assert.deepEqual(parseTilePath(path), name)
  }
  const any = fc.record({
    level: fc.oneof(fc.nat({ max: 63 }), fc.constant('entries' as const)),
    index: fc.oneof(fc.nat({ max: 5000 }), fc.maxSafeNat()),
    width: fc.integer({ min: 1, max: 256 }),
  })
  fc.assert(fc.property(any, (name) => assert.deepEqual(parseTilePath(tilePath(name)), { ...name })))
})

test('what is no path of a tile names none', () => {
  const wrong = [
    '',
    'tile',
    'tile/0/0',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/1000',
    'tile/0/001/000',
    'tile/0/x000/001',
    'tile/0/x001',
    'tile/0/000.p',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/1/',
    'tile/0/000/',
    '/tile/0/000',
    'tile/Entries/000',
    'tile/0/../000',
    'tile/0/x999/x999/x999/x999/x999/x999/999',
  ]
  for (const path of wrong) assert.equal(parseTilePath(path), undefined, path)
})

test('the tiles of 70,000 leaves are those that tlog-tiles counts', () => {
  const leaf = leafHash(new Uint8Array(0))
  const { edge, full } = growTiles(
    emptyEdge,
    Array.from({ length: 70_000 }, () => leaf),
  )
  assert.equal(full.filter(({ level }) => level === 0).length, 273)
  assert.equal(full.filter(({ level }) => level === 1).length, 1)
  const widths = partialTiles(edge).map(({ level, index, bytes }) => [level, index, bytes.length / 32])
  assert.deepEqual(widths, [
    [0, 273, 112],
    [1, 1, 17],
    [2, 0, 1],
  ])
  for (const [level, index, width] of widths) assert.equal(tileWidthAt(level!, index!, 70_000), width)
})

const lettersOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

test('bundles are read as they were written', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
  fc.assert(
    fc.property(entries, (entries) => {
      const read = decodeBundle(encodeBundle(entries))!
      assert.deepEqual(read.map(lettersOf), entries.map(lettersOf))
    }),
  )
  const bundle = encodeBundle([Buffer.alloc(65_535, 1), Buffer.from('b')])
  assert.equal(decodeBundle(bundle)!.length, 2)
  for (const cut of [1, 2, 3]) {
    const read = decodeBundle(bundle.subarray(0, bundle.length - cut))
    assert.equal(read?.length, cut === 3 ? 1 : undefined)
  }
  assert.throws(() => encodeBundle([Buffer.alloc(65_536)]), RangeError)
})

test('what does not fit together is refused', async () => {
  const leaf = leafHash(new Uint8Array(0))
  assert.throws(() => growTiles({ size: 3, levels: [new Uint8Array(32)] }, [leaf]), RangeError)
  assert.throws(() => growTiles({ size: 300, levels: [new Uint8Array(44 * 32)] }, [leaf]), RangeError)
  assert.throws(() => growTiles(emptyEdge, [leaf.subarray(1)]), RangeError)
  await assert.rejects(
    readEdge(5, () => new Uint8Array(4 * 32)),
    /tile\/0\/000\.p\/5 is too short/,
  )
  const prover = createProver(5, () => new Uint8Array(5 * 32))
  await assert.rejects(prover.inclusion(5), RangeError)
  await assert.rejects(prover.inclusion(-1), RangeError)
  await assert.rejects(prover.consistency(6), RangeError)
})
