/**
 * Makes test/vectors/seal-v1.json: what docs/spec/seal.md says, as bytes. Frozen with the format: a test holds
 * the file to what this gives.
 *
 *     node tools/vectors.ts
 */
import { writeFileSync } from 'node:fs'
import { contextOf, placeContext, uuidBytes, type Field } from '../src/kernel/crypto/context.ts'
import { deriveKey, keyedHash } from '../src/kernel/crypto/derive.ts'
import { sha256 } from '../src/kernel/crypto/hash.ts'
import { keyOf, reveal, type SealKey } from '../src/kernel/crypto/key.ts'
import { createPacker, padme } from '../src/kernel/crypto/pack.ts'
import { headerBytes, sealWithSalt, type SealFault } from '../src/kernel/crypto/seal.ts'

/** A message or a key that anyone can make: SHA-256 of the name, over and over. */
function bytesOf(name: string, length: number): Uint8Array {
  const seed = sha256(name)
  return Uint8Array.from({ length }, (_, i) => seed[i % seed.length] as number)
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const keyNamed = (name: string): SealKey => keyOf(bytesOf(name, 32))

const place = {
  compartment: '6f1f4a3e-8f0b-4c53-9d3b-0d6f5f0a7c11',
  type: 'Observation',
  resource: '0b5ac5d8-9c7c-4e3b-8f36-1c8a7e6b8f22',
  version: 3,
  generation: 1,
  previous: sha256('the sealed bytes of version 2'),
}
const context = placeContext('version', place)

/** One way to break a sealed thing; offsets and lengths in bytes of it. */
type Edit = { flip: number; bit: number } | { pieces: [number, number][] } | { append: string }

export function makeVectors() {
  return {
    about:
      'docs/spec/seal.md. Bytes in hex; `sealed` in base64. `repeat` over and over gives `length` bytes.',
    seal: sealed(),
    broken: broken(),
    contexts: contexts(),
    deriveKey: ['record', 'identity', 'index', 'pseudonym', 'locator', 'directory', 'token', ''].map(
      (label) => ({
        parent: hex(bytesOf('parent', 32)),
        label,
        key: hex(reveal(deriveKey(keyNamed('parent'), label))),
      }),
    ),
    keyedHash: contexts().map(({ fields }) => ({
      key: hex(bytesOf('hash key', 32)),
      fields,
      hash: hex(keyedHash(keyNamed('hash key'), ...fields.map(fieldOf))),
    })),
    wraps: wraps(),
    padme: [0, 1, 2, 3, 8, 9, 100, 511, 512, 513, 1000, 1025, 4097, 65537, 1000001].map(
      (n) => [n, padme(n)] as [number, number],
    ),
    frames: frames(),
    brokenFrames: brokenFrames(),
  }
}

function sealed() {
  const lengths = [0, 1, 15, 16, 17, 600, 16383, 16384, 16385, 32767, 32768, 40960]
  return lengths.map((length) => {
    const name = `${length} bytes`
    const salt = bytesOf(`salt of ${name}`, 24)
    const message = bytesOf('message', length)
    return {
      name,
      key: hex(bytesOf('key', 32)),
      context: hex(context),
      salt: hex(salt),
      message: { repeat: hex(bytesOf('message', 32)), length },
      sealed: Buffer.from(sealWithSalt(keyNamed('key'), context, message, salt)).toString('base64'),
    }
  })
}

function broken() {
  const chunk = 16384 + 16
  const at = (number: number): number => headerBytes + number * chunk
  const end = at(2) + 40960 - 2 * 16384 + 16
  const cases: {
    name: string
    of: string
    reason: SealFault
    key?: string
    context?: string
    edits?: Edit[]
  }[] = [
    { name: 'wrong key', of: '600 bytes', reason: 'commitment', key: hex(bytesOf('another key', 32)) },
    ...(['compartment', 'type', 'resource', 'version', 'generation', 'previous'] as const).map((field) => ({
      name: `wrong context: ${field}`,
      of: '600 bytes',
      reason: 'commitment' as const,
      context: hex(placeContext('version', otherPlace(field))),
    })),
    {
      name: 'wrong context: format',
      of: '600 bytes',
      reason: 'commitment',
      context: hex(placeContext('capsule', place)),
    },
    { name: 'wrong context: empty', of: '600 bytes', reason: 'commitment', context: '' },
    { name: 'unknown version 0', of: '600 bytes', reason: 'format', edits: [{ flip: 0, bit: 0 }] },
    { name: 'unknown version 3', of: '600 bytes', reason: 'format', edits: [{ flip: 0, bit: 1 }] },
    { name: 'unknown algorithm 0', of: '600 bytes', reason: 'format', edits: [{ flip: 1, bit: 0 }] },
    { name: 'unknown algorithm 3', of: '600 bytes', reason: 'format', edits: [{ flip: 1, bit: 1 }] },
    {
      name: 'salt flipped at its start',
      of: '600 bytes',
      reason: 'commitment',
      edits: [{ flip: 2, bit: 7 }],
    },
    { name: 'salt flipped at its end', of: '600 bytes', reason: 'commitment', edits: [{ flip: 25, bit: 0 }] },
    {
      name: 'commitment flipped at its start',
      of: '600 bytes',
      reason: 'commitment',
      edits: [{ flip: 26, bit: 7 }],
    },
    {
      name: 'commitment flipped at its end',
      of: '600 bytes',
      reason: 'commitment',
      edits: [{ flip: 57, bit: 0 }],
    },
    { name: 'ciphertext flipped', of: '600 bytes', reason: 'tag', edits: [{ flip: 58, bit: 0 }] },
    { name: 'tag flipped', of: '600 bytes', reason: 'tag', edits: [{ flip: 58 + 600 + 15, bit: 0 }] },
    { name: 'tag of the empty message flipped', of: '0 bytes', reason: 'tag', edits: [{ flip: 58, bit: 0 }] },
    { name: 'a later chunk flipped', of: '40960 bytes', reason: 'tag', edits: [{ flip: at(1) + 5, bit: 3 }] },
    { name: 'nothing', of: '600 bytes', reason: 'truncated', edits: cut(0) },
    { name: 'version byte alone', of: '600 bytes', reason: 'truncated', edits: cut(1) },
    { name: 'truncated in the salt', of: '600 bytes', reason: 'truncated', edits: cut(20) },
    { name: 'truncated in the commitment', of: '600 bytes', reason: 'truncated', edits: cut(57) },
    { name: 'truncated after the header', of: '600 bytes', reason: 'truncated', edits: cut(58) },
    { name: 'truncated in the first tag', of: '0 bytes', reason: 'truncated', edits: cut(58 + 15) },
    { name: 'truncated in a chunk', of: '600 bytes', reason: 'tag', edits: cut(58 + 300) },
    { name: 'one byte short', of: '600 bytes', reason: 'tag', edits: cut(58 + 600 + 15) },
    { name: 'the last chunk gone', of: '40960 bytes', reason: 'truncated', edits: cut(at(2)) },
    { name: 'the empty last chunk gone', of: '16384 bytes', reason: 'truncated', edits: cut(at(1)) },
    { name: 'truncated in the last tag', of: '16384 bytes', reason: 'truncated', edits: cut(at(1) + 15) },
    { name: 'two chunks gone', of: '40960 bytes', reason: 'truncated', edits: cut(at(1)) },
    {
      name: 'chunks swapped',
      of: '40960 bytes',
      reason: 'tag',
      edits: [
        {
          pieces: [
            [0, at(0)],
            [at(1), at(2)],
            [at(0), at(1)],
            [at(2), end],
          ],
        },
      ],
    },
    {
      name: 'first chunk dropped',
      of: '40960 bytes',
      reason: 'tag',
      edits: [
        {
          pieces: [
            [0, at(0)],
            [at(1), end],
          ],
        },
      ],
    },
    {
      name: 'middle chunk dropped',
      of: '40960 bytes',
      reason: 'tag',
      edits: [
        {
          pieces: [
            [0, at(1)],
            [at(2), end],
          ],
        },
      ],
    },
    {
      name: 'a chunk twice',
      of: '40960 bytes',
      reason: 'tag',
      edits: [
        {
          pieces: [
            [0, at(1)],
            [at(0), end],
          ],
        },
      ],
    },
    { name: 'a byte appended', of: '600 bytes', reason: 'tag', edits: [{ append: '00' }] },
    { name: 'an empty chunk appended', of: '600 bytes', reason: 'tag', edits: [{ append: '00'.repeat(16) }] },
    { name: 'a byte after a full last chunk', of: '16384 bytes', reason: 'tag', edits: [{ append: '00' }] },
  ]
  return cases
}

function cut(length: number): Edit[] {
  return [{ pieces: [[0, length]] }]
}

function otherPlace(field: keyof typeof place) {
  const others = {
    compartment: '6f1f4a3e-8f0b-4c53-9d3b-0d6f5f0a7c12',
    type: 'Condition',
    resource: '0b5ac5d8-9c7c-4e3b-8f36-1c8a7e6b8f23',
    version: 4,
    generation: 2,
    previous: new Uint8Array(0),
  }
  return { ...place, [field]: others[field] }
}

type FieldVector = { text: string } | { bytes: string } | { number: number }

function fieldOf(field: FieldVector): Field {
  if ('text' in field) return field.text
  return 'bytes' in field ? Buffer.from(field.bytes, 'hex') : field.number
}

function contexts() {
  const lists: FieldVector[][] = [
    [{ text: 'version' }],
    [{ text: '' }],
    [{ text: 'a' }, { text: 'b' }],
    [{ text: 'ab' }],
    [{ text: 'a' }, { bytes: '62' }],
    [{ text: 'peña 𝄞' }, { number: 0 }],
    [{ text: 'n' }, { number: 1 }, { number: 2 ** 32 }, { number: Number.MAX_SAFE_INTEGER }],
    [{ text: 'n' }, { bytes: '0000000000000001' }],
    [{ text: 'e' }, { bytes: '' }, { text: '' }],
    [
      { text: 'version' },
      { bytes: hex(uuidBytes(place.compartment)) },
      { text: place.type },
      { bytes: hex(uuidBytes(place.resource)) },
      { number: place.version },
      { number: place.generation },
      { bytes: hex(place.previous) },
    ],
  ]
  return lists.map((fields) => {
    const [format, ...rest] = fields.map(fieldOf)
    return { fields, context: hex(contextOf(format as string, ...rest)) }
  })
}

function wraps() {
  const epoch = '4a8d5ab2-6c0c-4f4d-8f7b-2f6c3d1e9a01'
  const opener = '9b2d5ab2-6c0c-4f4d-8f7b-2f6c3d1e9a02'
  const cases: { name: string; fields: FieldVector[] }[] = [
    {
      name: 'patient key',
      fields: [
        { text: 'patient key' },
        { bytes: hex(uuidBytes(place.compartment)) },
        { bytes: hex(uuidBytes(epoch)) },
        { number: 1 },
      ],
    },
    {
      name: 'epoch key',
      fields: [{ text: 'keyring key' }, { bytes: hex(uuidBytes(epoch)) }, { text: 'epoch' }],
    },
    {
      name: 'root key',
      fields: [{ text: 'opener' }, { bytes: hex(uuidBytes(opener)) }, { text: 'key-file' }, { text: '{}' }],
    },
  ]
  return cases.map(({ name, fields }) => {
    const [format, ...rest] = fields.map(fieldOf)
    const salt = bytesOf(`salt of ${name}`, 24)
    const wrapped = sealWithSalt(
      keyNamed('wrapping'),
      contextOf(format as string, ...rest),
      bytesOf(name, 32),
      salt,
    )
    return {
      name,
      wrapping: hex(bytesOf('wrapping', 32)),
      fields,
      key: hex(bytesOf(name, 32)),
      wrapped: Buffer.from(wrapped).toString('base64'),
    }
  })
}

const dictionary = {
  id: 7,
  bytes: Buffer.from('{"resourceType":"Observation","status":"final","valueQuantity":{'),
}

function frames() {
  const packer = createPacker([dictionary])
  const observation = Buffer.from(
    '{"resourceType":"Observation","status":"final","valueQuantity":{"value":1.0}}',
  )
  const long = Buffer.from(JSON.stringify(Array.from({ length: 80 }, (_, i) => `value ${i}`)))
  const cases = [
    { name: 'empty', message: Buffer.alloc(0), floor: 64, dictionary: 0 },
    { name: 'fits the floor, stored', message: observation, floor: 512, dictionary: 7 },
    { name: 'deflated with a dictionary', message: observation, floor: 64, dictionary: 7 },
    { name: 'deflated without', message: long, floor: 64, dictionary: 0 },
    {
      name: 'stored, because deflate gains nothing',
      message: Buffer.from(bytesOf('noise', 32)),
      floor: 16,
      dictionary: 0,
    },
  ]
  return cases.map(({ name, message, floor, dictionary: id }) => ({
    name,
    message: hex(message),
    floor,
    dictionary: id,
    dictionaryBytes: id === 0 ? '' : hex(dictionary.bytes),
    plaintext: hex(packer.pack(message, { floor, dictionary: id })),
  }))
}

function brokenFrames() {
  const good = Buffer.from(frames()[2]?.plaintext ?? '', 'hex')
  const put = (offset: number, ...bytes: number[]): Buffer => {
    const copy = Buffer.from(good)
    copy.set(bytes, offset)
    return copy
  }
  const length = good.readUInt32BE(8)
  return [
    { name: 'shorter than its header', plaintext: good.subarray(0, 11) },
    { name: 'unknown version', plaintext: put(0, 2) },
    { name: 'unknown method', plaintext: put(1, 2) },
    { name: 'unknown dictionary', plaintext: put(2, 0, 8) },
    { name: 'packed length beyond the end', plaintext: put(4, 0, 0, 2, 0) },
    { name: 'original length too small', plaintext: put(8, 0, 0, 0, length - 1) },
    { name: 'original length too great', plaintext: put(8, 0, 0, 0, length + 1) },
    { name: 'original length beyond the limit', plaintext: put(8, 0x7f, 0xff, 0xff, 0xff) },
    { name: 'stored with two lengths', plaintext: put(1, 0) },
  ].map(({ name, plaintext }) => ({ name, plaintext: hex(plaintext) }))
}

if (import.meta.main) {
  const file = new URL('../test/vectors/seal-v1.json', import.meta.url)
  writeFileSync(file, `${JSON.stringify(makeVectors(), null, 1)}\n`)
}
