import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  contextOf,
  deriveKey,
  keyedHash,
  keyOf,
  KeyZeroed,
  placeContext,
  randomBytes,
  randomKey,
  seal,
  uuidBytes,
  zeroWhenDropped,
} from './index.ts'
import { reveal } from './key.ts'

test('no inspection, text or copy of a key shows it', () => {
  const bytes = Buffer.from('a secret of 32 bytes, in letters')
  const key = keyOf(Buffer.from(bytes))
  const shown = [
    inspect(key, { showHidden: true, depth: 9 }),
    inspect({ deep: [key] }, { depth: 9 }),
    JSON.stringify({ key }),
    String(key),
    `${Object.entries(key)}`,
    JSON.stringify(structuredClone({ ...key })),
    inspect(new Error('with a cause', { cause: key }), { depth: 9 }),
  ].join('\n')
  for (const secret of [
    'secret',
    bytes.toString('hex'),
    bytes.toString('base64'),
    '97, 32, 115',
    '61 20 73',
  ]) {
    assert.ok(!shown.includes(secret), shown)
  }
  assert.match(inspect(key), /^\[SealKey\]$/)
  assert.equal(JSON.stringify(key), '"[SealKey]"')
})

test('a zeroed key is of no use', () => {
  const key = randomKey()
  const bytes = reveal(key)
  assert.ok(bytes.some((byte) => byte !== 0))
  key.zero()
  key.zero()
  assert.ok(bytes.every((byte) => byte === 0))
  assert.equal(key.zeroed, true)
  assert.throws(() => seal(key, new Uint8Array(0), new Uint8Array(0)), KeyZeroed)
  assert.throws(() => deriveKey(key, 'x'), KeyZeroed)
  assert.throws(() => keyedHash(key, 'x'), KeyZeroed)
})

test('the bytes a key is made from are zeroed', () => {
  const bytes = randomBytes(32)
  keyOf(bytes)
  assert.ok(bytes.every((byte) => byte === 0))
  assert.throws(() => keyOf(randomBytes(31)), RangeError)
})

test('a dropped key is zeroed once nobody holds it, and not before', async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  let key: ReturnType<typeof randomKey> | undefined = randomKey()
  const bytes = reveal(key)
  zeroWhenDropped(key)
  collect()
  await setImmediate()
  assert.ok(bytes.some((byte) => byte !== 0))
  assert.equal(key.zeroed, false)
  key = undefined
  for (let turn = 0; turn < 50 && bytes.some((byte) => byte !== 0); turn++) {
    collect()
    await setImmediate()
  }
  assert.ok(bytes.every((byte) => byte === 0))
})

test('property: two lists of fields have one encoding only if they are one list', () => {
  const field = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 6 }),
    fc.uint8Array({ maxLength: 6 }),
    fc.maxSafeNat(),
    fc.nat(3),
  )
  const list = fc.array(field, { maxLength: 4 })
  const seen = new Map<string, string>()
  fc.assert(
    fc.property(list, (fields) => {
      const encoded = Buffer.from(contextOf('f', ...fields)).toString('hex')
      assert.equal(seen.get(encoded) ?? shown(fields), shown(fields))
      seen.set(encoded, shown(fields))
    }),
    { numRuns: 2000 },
  )
})

test('fields that have no one encoding are refused', () => {
  for (const field of ['\ud800', -1, 0.5, Number.NaN, 2 ** 53]) assert.throws(() => contextOf('f', field))
  assert.throws(() => contextOf('\udc00'))
  assert.throws(() => deriveKey(randomKey(), '\ud800'))
  for (const text of ['', 'x', '6f1f4a3e8f0b4c539d3b0d6f5f0a7c11', '6f1f4a3e-8f0b-4c53-9d3b-0d6f5f0a7c1g']) {
    assert.throws(() => uuidBytes(text))
  }
})

test('a UUID is one place in either case', () => {
  const place = {
    compartment: '6f1f4a3e-8f0b-4c53-9d3b-0d6f5f0a7c11',
    type: 'Patient',
    resource: '0b5ac5d8-9c7c-4e3b-8f36-1c8a7e6b8f22',
    version: 1,
    generation: 1,
    previous: new Uint8Array(0),
  }
  const upper = { ...place, compartment: place.compartment.toUpperCase() }
  assert.deepEqual(placeContext('version', upper), placeContext('version', place))
})

function shown(fields: (string | number | Uint8Array)[]): string {
  return JSON.stringify(fields.map((each) => (each instanceof Uint8Array ? { bytes: [...each] } : each)))
}
