import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import * as fc from 'fast-check'
import { dictionaryBytesMax, readied, squeeze, squeezedBytesMax } from './squeeze.ts'

const room = 16 * 1024

/** The deflated bytes, having been opened by zlib; undefined where they are more than `limit`. */
function squeezed(message: Uint8Array, words: Uint8Array, limit = room): Uint8Array | undefined {
  const out = Buffer.alloc(limit + 64, 0xaa)
  const at = 5
  const end = squeeze(message, readied(words), out, at, at + limit)
  assert.ok(
    out.subarray(at + limit).every((byte) => byte === 0xaa),
    'nothing beyond the limit',
  )
  assert.ok(
    out.subarray(0, at).every((byte) => byte === 0xaa),
    'nothing before its place',
  )
  if (end === undefined) return undefined
  assert.ok(end <= at + limit)
  const packed = out.subarray(at, end)
  const opened = inflateRawSync(packed, words.length > 0 ? { dictionary: words } : {})
  assert.deepEqual(new Uint8Array(opened), new Uint8Array(message))
  return packed
}

const none = new Uint8Array(0)

test('property: zlib opens it, with every dictionary and limit', () => {
  // Few different bytes, so that there are matches of all lengths; and all 256, so that there are all literals.
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }),
    fc.uint8Array({ max: 2, maxLength: 3_000 }),
    fc
      .array(fc.constantFrom('"code":', '"system":"http://loinc.org"', 'ñ', '0b0e4a2c', '}'), {
        maxLength: 200,
      })
      .map((parts) => new TextEncoder().encode(parts.join(''))),
  )
  fc.assert(
    fc.property(bytes, bytes, fc.integer({ min: 0, max: room }), (message, words, limit) => {
      squeezed(message, words)
      squeezed(message, words, limit)
    }),
    { numRuns: 300 },
  )
})

test('nothing goes beyond a limit, however little there is to write', () => {
  for (const length of [0, 1, 2])
    for (let limit = 0; limit < 12; limit++) squeezed(new Uint8Array(length), none, limit)
})

test('matches of every length, and at every distance', () => {
  for (let length = 0; length <= 600; length++) squeezed(new Uint8Array(length).fill(7), none)
  const word = new TextEncoder().encode('Condition')
  for (let distance = word.length; distance < 5_000; distance = Math.ceil(distance * 1.03)) {
    const message = new Uint8Array(distance + word.length)
    for (let n = 0; n < message.length; n++) message[n] = (n * 167 + (n >> 8) * 31) & 255
    message.set(word)
    message.set(word, distance)
    squeezed(message, none)
  }
})

test('the longest message, with the longest dictionary, found at its beginning', () => {
  const words = Uint8Array.from({ length: dictionaryBytesMax }, (_, n) => (n * n) >> 7)
  const message = new Uint8Array(squeezedBytesMax)
  message.set(words.subarray(0, 300), squeezedBytesMax - 300)
  for (let n = 0; n < message.length - 300; n++) message[n] = (n * 7919) >> 5
  squeezed(message, words)
})

test('it goes on to the limit, and says where that is not enough', () => {
  const message = new TextEncoder().encode('{"resourceType":"Observation","status":"final"}'.repeat(20))
  const whole = squeezed(message, none)
  assert.ok(whole && whole.length < message.length / 4)
  assert.equal(squeezed(message, none, whole.length - 1), undefined)
  assert.ok(squeezed(message, none, whole.length + 7))
  assert.equal(squeezed(message, none, 0), undefined)
})
