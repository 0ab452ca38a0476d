import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import * as fc from 'fast-check'
import { bytesOf, readSealVectors } from '#test/vectors/seal.ts'
import { createPacker, floors, pack, unpack } from './index.ts'
import { frameHeaderBytes, padme } from './pack.ts'

const vectors = readSealVectors()
const words = Buffer.from('"resourceType":"Observation","status":"final"')
const packer = createPacker([{ id: 1, bytes: words }])

test('vectors of frames open', () => {
  for (const { name, message, dictionary, dictionaryBytes, plaintext } of vectors.frames) {
    const known = dictionary === 0 ? [] : [{ id: dictionary, bytes: bytesOf.hex(dictionaryBytes) }]
    const got = createPacker(known).unpack(bytesOf.hex(plaintext))
    assert.equal(Buffer.from(got).toString('hex'), message, name)
  }
})

test('vectors of broken frames are refused', () => {
  const known = vectors.frames.find(({ dictionary }) => dictionary !== 0)
  const reader = createPacker([{ id: 7, bytes: bytesOf.hex(known?.dictionaryBytes ?? '') }])
  for (const { name, plaintext } of vectors.brokenFrames) {
    assert.throws(() => reader.unpack(bytesOf.hex(plaintext)), name)
  }
})

test('vectors of Padmé', () => {
  for (const [length, padded] of vectors.padme) assert.equal(padme(length), padded)
})

test('property: Padmé never shrinks, wastes at most 12 %, and is its own fixed point', () => {
  fc.assert(
    fc.property(fc.nat(100_000_000), (length) => {
      const padded = padme(length)
      assert.ok(padded >= length && padded <= length * 1.12 + 1)
      assert.equal(padme(padded), padded)
    }),
  )
})

test('property: what is packed unpacks, at a length that Padmé allows and no less than the floor', () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.json().map((text) => new Uint8Array(Buffer.from(text.repeat(5)))),
  )
  fc.assert(
    fc.property(
      message,
      fc.constantFrom(...Object.values(floors)),
      fc.constantFrom(0, 1),
      (bytes, floor, dictionary) => {
        const plaintext = packer.pack(bytes, { floor, dictionary })
        assert.deepEqual(new Uint8Array(packer.unpack(plaintext)), bytes)
        assert.ok(plaintext.length === floor || plaintext.length === padme(plaintext.length))
        assert.ok(plaintext.length <= Math.max(floor, padme(frameHeaderBytes + bytes.length)))
      },
    ),
  )
})

test('messages that fit the floor are all of one length', () => {
  for (const length of [0, 1, 100, 500]) {
    assert.equal(pack(new Uint8Array(length), { floor: floors.version, dictionary: 0 }).length, 512)
  }
})

test('a bomb does not swell', () => {
  const bomb = deflateRawSync(Buffer.alloc(200 << 20))
  const plaintext = new Uint8Array(frameHeaderBytes + bomb.length)
  const view = new DataView(plaintext.buffer)
  view.setUint8(0, 1)
  view.setUint8(1, 1)
  view.setUint32(4, bomb.length)
  plaintext.set(bomb, frameHeaderBytes)
  for (const stated of [0, 1000, 64 << 20, (64 << 20) + 1, 200 << 20]) {
    view.setUint32(8, stated)
    const before = process.memoryUsage().arrayBuffers
    assert.throws(() => unpack(plaintext))
    assert.ok(process.memoryUsage().arrayBuffers - before < 140 << 20)
  }
})

test('dictionaries: two under one id, one beyond the window, an unknown one', () => {
  assert.throws(() =>
    createPacker([
      { id: 1, bytes: words },
      { id: 1, bytes: words },
    ]),
  )
  assert.throws(() => createPacker([{ id: 1, bytes: new Uint8Array(8192) }]))
  assert.throws(() => createPacker([{ id: 0, bytes: words }]))
  assert.throws(() => packer.pack(words, { floor: 0, dictionary: 2 }))
})
