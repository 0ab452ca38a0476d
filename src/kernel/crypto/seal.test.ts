import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  brokenOf,
  bytesOf,
  fieldOf,
  messageOf,
  readSealVectors,
  type SealVectors,
} from '#test/vectors/seal.ts'
import { makeVectors } from '../../../tools/vectors.ts'
import {
  contextOf,
  keyOf,
  open,
  openRange,
  openStream,
  placeContext,
  randomKey,
  seal,
  SealBroken,
  sealStream,
  unwrapKey,
  wrapKey,
} from './index.ts'
import { reveal } from './key.ts'
import { sealWithSalt } from './seal.ts'
import { sealStreamWithSalt } from './stream.ts'

const vectors = readSealVectors()

test('the vectors are frozen: what makes them still gives the same', () => {
  const made: SealVectors = makeVectors()
  for (const part of ['seal', 'broken', 'contexts', 'deriveKey', 'keyedHash', 'wraps', 'padme'] as const) {
    assert.deepEqual(made[part], vectors[part], part)
  }
  // Deflate is free to pack otherwise in another zlib: there, only that it opens is fixed (pack.test.ts).
  assert.deepEqual(made.frames.filter(fixed), vectors.frames.filter(fixed))
})

for (const vector of vectors.seal) {
  test(`vector: ${vector.name}, whole and streamed`, async () => {
    const key = keyOf(bytesOf.hex(vector.key))
    const context = bytesOf.hex(vector.context)
    const salt = bytesOf.hex(vector.salt)
    const message = messageOf(vector.message)
    const sealed = bytesOf.base64(vector.sealed)
    assert.deepEqual(Buffer.from(sealWithSalt(key, context, message, salt)), Buffer.from(sealed))
    assert.deepEqual(
      await whole(sealStreamWithSalt(key, context, cut(message, 1000), salt)),
      Buffer.from(sealed),
    )
    assert.deepEqual(Buffer.from(open(key, context, sealed)), Buffer.from(message))
    assert.deepEqual(await whole(openStream(key, context, cut(sealed, 777))), Buffer.from(message))
  })
}

for (const vector of vectors.broken) {
  test(`broken vector: ${vector.name}`, async () => {
    const { key: bytes, context, sealed } = brokenOf(vectors, vector)
    const key = keyOf(bytes)
    const broken = { name: 'SealBroken', reason: vector.reason }
    assert.throws(() => open(key, context, sealed), broken)
    await assert.rejects(whole(openStream(key, context, cut(sealed, 777))), broken)
  })
}

test('vectors of key wraps', () => {
  for (const vector of vectors.wraps) {
    const [format, ...rest] = vector.fields.map(fieldOf)
    const context = contextOf(format as string, ...rest)
    const wrapping = keyOf(bytesOf.hex(vector.wrapping))
    const key = unwrapKey(wrapping, context, bytesOf.base64(vector.wrapped))
    assert.equal(Buffer.from(reveal(key)).toString('hex'), vector.key, vector.name)
  }
})

test('only a key unwraps as a key', () => {
  const wrapping = randomKey()
  const context = contextOf('test')
  assert.equal(wrapKey(wrapping, context, randomKey()).length, 106)
  assert.throws(() => unwrapKey(wrapping, context, seal(wrapping, context, new Uint8Array(31))), SealBroken)
})

const context = placeContext('version', {
  compartment: '6f1f4a3e-8f0b-4c53-9d3b-0d6f5f0a7c11',
  type: 'Observation',
  resource: '0b5ac5d8-9c7c-4e3b-8f36-1c8a7e6b8f22',
  version: 1,
  generation: 1,
  previous: new Uint8Array(0),
})

test('property: what is sealed opens, and never twice to the same bytes', () => {
  const key = randomKey()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40_000 }), fc.uint8Array({ maxLength: 80 }), (message, place) => {
      const sealed = seal(key, place, message)
      assert.deepEqual(new Uint8Array(open(key, place, sealed)), message)
      assert.notDeepEqual(seal(key, place, message), sealed)
    }),
    { numRuns: 100 },
  )
})

test('property: any flipped bit, and any cut, fails', () => {
  const key = randomKey()
  const lengths = fc.constantFrom(0, 1, 100, 16_384, 20_000)
  fc.assert(
    fc.property(lengths, fc.nat(), fc.nat(7), (length, where, bit) => {
      const sealed = seal(key, context, new Uint8Array(length))
      const at = where % sealed.length
      assert.throws(() => open(key, context, sealed.subarray(0, at)), SealBroken)
      sealed[at] = (sealed[at] as number) ^ (1 << bit)
      assert.throws(() => open(key, context, sealed), SealBroken)
    }),
    { numRuns: 500 },
  )
})

test('property: streamed and whole agree, however the pieces are cut; ranges too', async () => {
  const key = randomKey()
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 60_000, size: 'max' }),
      fc.integer({ min: 1, max: 50_000 }),
      fc.nat(),
      fc.nat(),
      async (message, piece, a, b) => {
        const sealed = await whole(sealStream(key, context, cut(message, piece)))
        assert.deepEqual(Buffer.from(open(key, context, sealed)), Buffer.from(message))
        const opened = await whole(openStream(key, context, cut(seal(key, context, message), piece)))
        assert.deepEqual(opened, Buffer.from(message))
        const start = a % (message.length + 1)
        const end = start + (b % (message.length - start + 1))
        const source = {
          length: sealed.length,
          read: async (from: number, to: number) => sealed.subarray(from, to),
        }
        const range = await whole(openRange(key, context, source, start, end))
        assert.deepEqual(range, Buffer.from(message.subarray(start, end)))
      },
    ),
    { numRuns: 50 },
  )
})

test('a range of a truncated source is refused, also where its own chunks are whole', async () => {
  const key = randomKey()
  const sealed = seal(key, context, new Uint8Array(40_000)).subarray(0, 58 + 2 * 16_400)
  const source = {
    length: sealed.length,
    read: async (from: number, to: number) => sealed.subarray(from, to),
  }
  await assert.rejects(whole(openRange(key, context, source, 0, 10)), { reason: 'truncated' })
})

test('256 MiB flow through with flat memory', async () => {
  const key = randomKey()
  const piece = new Uint8Array(65_536)
  const source = function* () {
    for (let i = 0; i < 4096; i++) yield piece
  }
  let bytes = 0
  let peak = 0
  const before = process.memoryUsage().rss
  for await (const message of openStream(key, context, sealStream(key, context, source()))) {
    bytes += message.length
    if (bytes % (1 << 20) === 0) peak = Math.max(peak, process.memoryUsage().rss)
  }
  assert.equal(bytes, 256 << 20)
  // What the collector has not come to yet: half of what flowed would already be holding on to it.
  assert.ok(peak - before < 128 << 20, `grew by ${peak - before} bytes`)
})

test('a reader that stops early lets the source go', async () => {
  let closed = false
  const source = function* () {
    try {
      for (;;) yield new Uint8Array(16_384)
    } finally {
      closed = true
    }
  }
  for await (const _ of sealStream(randomKey(), context, source())) break
  for await (const piece of sealStream(randomKey(), context, source())) if (piece.length > 100) break
  assert.equal(closed, true)
})

function* cut(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

function fixed({ name }: { name: string }): boolean {
  return !name.startsWith('deflated')
}
