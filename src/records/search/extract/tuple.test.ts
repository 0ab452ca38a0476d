import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { JsonObject } from '#records/json/index.ts'
import { amountOf, decodeTuple, encodeTuple, extract, parametersOf } from '../index.ts'
import type { Extracted, Value } from '../index.ts'
import { SoughtCodes } from './sought-codes.ts'
import { words } from './words.ts'

const timeZone = 'America/Mexico_City'

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(...words.slice(0, 80)),
  fc.uuid(),
  fc.string().map((each) => each.repeat(30)),
)
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })
const record: typeof fc.record = ((model: object) =>
  fc.record(model as Record<string, fc.Arbitrary<unknown>>, { noNullPrototype: true })) as typeof fc.record
const time = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_800_000 })

const amount = fc.oneof(
  fc
    .tuple(fc.integer({ min: -(10 ** 13), max: 10 ** 13 }), fc.integer({ min: -8, max: 20 }))
    .map(([mantissa, decimals]) => amountOf(`${mantissa}e${-decimals}`)!),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => amountOf(String(value))!),
  fc
    .tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true }))
    .map(([low, high]) => ({ value: undefined, decimals: 0, low, high })),
)

const single: fc.Arbitrary<Value> = fc.oneof(
  record({ kind: fc.constant('token'), system: maybe(text), code: maybe(text), text: maybe(text) }),
  record({
    kind: fc.constant('reference'),
    type: maybe(fc.constantFrom('Patient', 'Slot')),
    id: maybe(text),
    version: maybe(text),
    url: maybe(text),
    identifier: maybe(record({ system: maybe(text), value: text })),
  }),
  fc
    .tuple(fc.oneof(time, fc.constant(-Infinity)), fc.oneof(time, fc.constant(Infinity)))
    .map(([low, high]): Value => ({ kind: 'date', low, high })),
  record({ kind: fc.constant('string'), text }),
  record({ kind: fc.constant('uri'), uri: text }),
  amount.map((each): Value => ({ kind: 'number', ...each })),
  fc
    .tuple(amount, maybe(text), maybe(text), maybe(text))
    .map(([each, system, code, unit]): Value => ({ kind: 'quantity', ...each, system, code, unit })),
  record({
    kind: fc.constant('position'),
    latitude: fc.double({ noNaN: true }),
    longitude: fc.double({ noNaN: true }),
  }),
)
const list = fc.array(single, { maxLength: 4 })
const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 5, arbitrary: single },
  {
    weight: 1,
    arbitrary: record({ kind: fc.constant('composite'), components: fc.array(list, { maxLength: 3 }) }),
  },
)

const extracted: fc.Arbitrary<Extracted> = fc.constantFrom('Observation', 'Patient', 'Slot').chain((type) =>
  fc
    .tuple(
      fc.subarray(parametersOf(type).map(({ name }) => name)),
      fc.array(fc.array(value, { maxLength: 4 }), { minLength: 50, maxLength: 50 }),
      fc.array(value, { minLength: 1, maxLength: 3 }),
    )
    .map(([names, lists, shared]) => ({
      type,
      // Every third parameter has the values of another.
      values: new Map(names.map((name, at) => [name, at % 3 === 0 ? shared : lists[at]!])),
    })),
)

test('property: a tuple gives back what was put in, as a whole and by parameter, asked in any order', () => {
  fc.assert(
    fc.property(extracted, (each) => {
      const bytes = encodeTuple(each)
      assert.deepEqual(decodeTuple(bytes).all(), each)
      const tuple = decodeTuple(bytes)
      for (const { name } of parametersOf(each.type).toReversed()) {
        // As it lies, and as it was read before.
        assert.deepEqual(decodeTuple(bytes).values(name), each.values.get(name))
        assert.deepEqual(tuple.values(name), each.values.get(name))
      }
      // Among other bytes.
      assert.deepEqual(decodeTuple(Buffer.concat([Buffer.alloc(7, 255), bytes, bytes]), 7).all(), each)
    }),
  )
})

/** With those that are parts of another. */
function countOf(list: readonly Value[]): number {
  return list.reduce(
    (sum, one) =>
      sum + 1 + (one.kind === 'composite' ? one.components.reduce((n, each) => n + countOf(each), 0) : 0),
    0,
  )
}

test('property: by its bytes a tuple is passed over where no value has the code, whatever its case, and only there', () => {
  const code = fc.oneof(fc.constantFrom('final', 'FINAL', '718-7', 'N', 'n'), text)
  const coded: fc.Arbitrary<Value[]> = fc.array(
    record({ kind: fc.constant('token'), system: maybe(text), code, text: maybe(text) }),
  )
  fc.assert(
    fc.property(extracted, coded, fc.array(code, { maxLength: 3 }), ({ type, values }, tokens, others) => {
      const all = new Map(values).set('_tag', tokens)
      const bytes = encodeTuple({ type, values: all })
      // A larger one is read at once, and not looked at as it lies.
      const isRead = [...all.values()].reduce((sum, list) => sum + countOf(list), 0) > 100
      for (const [name, list] of all) {
        const codes = list.flatMap((one) =>
          one.kind === 'token' && one.code !== undefined ? [one.code] : [],
        )
        for (const sought of [...codes, ...codes.map((one) => one.toUpperCase()), ...others]) {
          const found = SoughtCodes.of(['none', sought])
          if (!found) continue
          const isThere = codes.some((one) => one.toLowerCase() === sought.toLowerCase())
          const could = decodeTuple(bytes).couldHave(name, found)
          // A UUID is not read for it.
          assert.ok(could === isThere || (could && (isRead || sought.length === 36)), `${name} ${sought}`)
        }
      }
      const absent = parametersOf(type).find(({ name }) => !all.has(name))
      const some = SoughtCodes.of(['final']) as SoughtCodes
      if (absent && !isRead) assert.equal(decodeTuple(bytes).couldHave(absent.name, some), false)
    }),
  )
})

test('codes that bytes do not tell are not told by them', () => {
  for (const codes of [['ñ'], ['K'], ['ok'], ['\n'], ['a', 'b', 'c', 'd', 'e']])
    assert.equal(SoughtCodes.of(codes), undefined, codes.join())
  const folded: string[] = []
  for (let point = 128; point <= 0x10_ff_ff; point++) {
    const letter = String.fromCodePoint(point).toLowerCase()
    if (/^[\0-\x7f]+$/.test(letter)) folded.push(letter)
  }
  assert.deepEqual(folded, ['k'])
})

test('what parameters share stands once', () => {
  const code = { coding: [{ system: 'urn:some', code: 'longer', display: 'Than a word' }] }
  const size = (resource: JsonObject) => encodeTuple(extract(resource, { timeZone })).length
  const none = size({ resourceType: 'Observation' })
  // code and combo-code, with a system, a code and a display.
  assert.ok(size({ resourceType: 'Observation', code }) - none <= 3 + 4 + 4 + 8 + 6 + 11)
})

test('the bytes of format 1 are frozen', () => {
  const vectors = JSON.parse(
    readFileSync(new URL('../../../../test/vectors/tuple-v1.json', import.meta.url), 'utf8'),
  ) as { resource: JsonObject; tuple: string }[]
  for (const { resource, tuple } of vectors) {
    const each = extract(resource, { timeZone, text: JSON.stringify(resource) })
    assert.equal(Buffer.from(encodeTuple(each)).toString('hex'), tuple)
    assert.deepEqual(decodeTuple(Buffer.from(tuple, 'hex')).all(), each)
  }
})

test('other formats and types are refused', () => {
  const bytes = encodeTuple(extract({ resourceType: 'Slot', id: 'a' }, { timeZone }))
  assert.throws(() => decodeTuple(bytes.with(0, 2)), /format/)
  assert.throws(() => decodeTuple(bytes.with(1, 0)))
  assert.throws(() => encodeTuple({ type: 'Nothing', values: new Map() }), /type/)
})
