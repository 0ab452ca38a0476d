import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { boolean, bytes, decode, encode, enumeration, integer, structure, text, type Item } from './ttlv.ts'

/** KMIP 1.4 §9.1.2, "Examples". */
const published: [string, Item, string][] = [
  ['an integer', integer(0x420020, 8), '42002002000000040000000800000000'],
  ['an enumeration', enumeration(0x420020, 255), '4200200500000004000000ff00000000'],
  ['a boolean', boolean(0x420020, true), '42002006000000080000000000000001'],
  ['a text', text(0x420020, 'Hello World'), '420020070000000b48656c6c6f20576f726c640000000000'],
  ['bytes', bytes(0x420020, Buffer.from([1, 2, 3])), '42002008000000030102030000000000'],
  [
    'a structure',
    structure(0x420020, enumeration(0x420004, 254), integer(0x420005, 255)),
    '42002001000000204200040500000004000000fe000000004200050200000004000000ff00000000',
  ],
]

for (const [what, item, hex] of published) {
  test(`the standard's example of ${what}`, () => {
    assert.equal(encode(item).toString('hex'), hex)
    assert.deepEqual(decode(Buffer.from(hex, 'hex')), plain(item))
  })
}

test('long integers, dates and intervals are passed over', () => {
  const found = decode(Buffer.from('42002003000000080123456789abcdef', 'hex'))
  assert.deepEqual(found, { tag: 0x420020, type: 'other' })
})

const tag = fc.integer({ min: 0x420000, max: 0x42ffff })
const { item } = fc.letrec<{ item: Item }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(tag, fc.integer({ min: 0, max: 0x7fffffff })).map(([at, value]) => integer(at, value)),
    fc.tuple(tag, fc.nat(0xffffffff)).map(([at, value]) => enumeration(at, value)),
    fc.tuple(tag, fc.boolean()).map(([at, value]) => boolean(at, value)),
    fc.tuple(tag, fc.string({ unit: 'grapheme' })).map(([at, value]) => text(at, value)),
    fc.tuple(tag, fc.uint8Array()).map(([at, value]) => bytes(at, Buffer.from(value))),
    fc.tuple(tag, fc.array(tie('item'), { maxLength: 4 })).map(([at, items]) => structure(at, ...items)),
  ),
}))

test('what is encoded is decoded', () => {
  fc.assert(fc.property(item, (given) => assert.deepEqual(decode(encode(given)), plain(given))))
})

test('a server that sends anything at all is refused, and takes nothing down', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (sent) => {
      try {
        decode(Buffer.from(sent))
      } catch (error) {
        assert.ok(error instanceof RangeError)
      }
    }),
  )
  const nested = Array.from({ length: 40 }).reduce<Item>((inner) => structure(0x420020, inner), integer(1, 1))
  assert.throws(() => decode(encode(nested)), RangeError)
  // Cut anywhere, it is not taken for something else.
  const whole = encode(structure(0x420020, text(0x420021, 'sigilo'), integer(0x420022, 1)))
  for (let length = 0; length < whole.length - 4; length++) {
    assert.throws(() => decode(whole.subarray(0, length)), RangeError, String(length))
  }
})

/** Bytes as `decode` gives them: a view of what was read. */
function plain(given: Item): Item {
  if (given.type === 'structure') return { ...given, items: given.items.map(plain) }
  return given.type === 'bytes' ? { ...given, value: Buffer.from(given.value) } : given
}
