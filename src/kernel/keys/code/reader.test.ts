/** A second reader of codes, shares and kits, written from docs/spec/keys.md with nothing of this room in it. */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { identityToRecipient } from 'age-encryption'
import { bech32 } from '@scure/base'
import { kitText, readKit } from '../kit/index.ts'
import { readShare, shamirOpener, shareText } from '../shares/index.ts'

interface Vectors {
  house: { index: string; name: string }
  deal: {
    key: string
    parameters: string
    shares: {
      code: string
      house: string
      deal: string
      threshold: number
      number: number
      of: number
      values: string
      at: number
    }[]
  }
  kit: {
    code: string
    house: string
    id: string
    seed: string
    bond: string
    identity: string
    recipientBegins: string
  }
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/codes-v1.json', import.meta.url), 'utf8'),
)

const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Bytes of a code, its checks seen to be right. */
function bytesOf(code: string, sumBytes: number): Buffer {
  let bits = ''
  for (const [at, group] of code.split(' ').entries()) {
    const [a, b, c, d, check] = [...group].map((letter) => letters.indexOf(letter)) as [
      number,
      number,
      number,
      number,
      number,
    ]
    const twice = (value: number) => ((value << 1) & 31) ^ (value & 16 ? 5 : 0)
    const sum = twice(a ^ twice(b ^ twice(c ^ twice(d)))) ^ (at % 32)
    assert.equal(sum, check, group)
    for (const value of [a, b, c, d]) bits += value.toString(2).padStart(5, '0')
  }
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)))
  const body = bytes.subarray(0, -sumBytes)
  const hash = createHash('sha256').update('sigilo/code@v1+').update(body).digest()
  assert.deepEqual(bytes.subarray(-sumBytes), hash.subarray(0, sumBytes))
  return body
}

function nameOf(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const text = (bits.match(/.{5}/g) ?? []).map((five) => letters[Number.parseInt(five, 2)]).join('')
  return `${text.slice(0, 4)}-${text.slice(4)}`
}

/** Product in GF(2⁸) modulo x⁸ + x⁴ + x³ + x + 1. */
function times(a: number, b: number): number {
  let product = 0
  for (let x = a, y = b; y > 0; y >>= 1, x = (x << 1) ^ (x & 128 ? 0x11b : 0)) if (y & 1) product ^= x
  return product
}

const inverse = (a: number): number =>
  Array.from({ length: 256 }, (_, b) => b).find((b) => times(a, b) === 1)!

test('the vectors are read as the document says', () => {
  for (const share of vectors.deal.shares) {
    const body = bytesOf(share.code, 5)
    assert.equal(body[0], 1)
    assert.equal(nameOf(body.subarray(1, 6)), share.house)
    assert.equal(body.subarray(6, 9).toString('hex'), share.deal)
    assert.deepEqual([...body.subarray(9, 12)], [share.threshold, share.number, share.of])
    assert.equal(body.subarray(12, 44).toString('hex'), share.values)
    assert.equal(body[44], share.at)
  }
  const { kit } = vectors
  const body = bytesOf(kit.code, 7)
  assert.equal(body[0], 2)
  assert.equal(nameOf(body.subarray(1, 6)), kit.house)
  assert.equal(body.subarray(6, 9).toString('hex'), kit.id)
  assert.equal(body.subarray(9, 41).toString('hex'), kit.seed)
  assert.equal(body.subarray(41).toString('hex'), kit.bond)
})

test('three shares give the key, by Lagrange at nought; the commitments are theirs', () => {
  const some = vectors.deal.shares.slice(2)
  const key = Buffer.alloc(32)
  for (const share of some) {
    const weight = some
      .filter((other) => other !== share)
      .reduce((product, { at }) => times(product, times(at, inverse(at ^ share.at))), 1)
    const values = Buffer.from(share.values, 'hex')
    for (const [index, value] of values.entries()) key[index]! ^= times(value, weight)
  }
  assert.equal(key.toString('hex'), vectors.deal.key)
  const { commitments, ...rest } = JSON.parse(vectors.deal.parameters)
  const [first] = vectors.deal.shares
  assert.deepEqual(rest, { scheme: 'shamir-gf256', house: first?.house, deal: first?.deal, threshold: 3 })
  const hashes = vectors.deal.shares.map(({ values, at }) =>
    createHash('sha256')
      .update('sigilo/share@v1+')
      .update(Buffer.from(values, 'hex'))
      .update(Buffer.from([at]))
      .digest('base64url'),
  )
  assert.deepEqual(commitments, hashes)
})

test('the name of a house is what its index key says', () => {
  // HKDF-Expand-SHA512 of one block (seal.md, "Derived keys"), then HMAC-SHA-256 over the field 'house name'.
  const hmac = (hash: string, key: Buffer, ...parts: Buffer[]) =>
    parts.reduce((mac, part) => mac.update(part), createHmac(hash, key)).digest()
  const index = Buffer.from(vectors.house.index, 'hex')
  const key = hmac('sha512', index, Buffer.from('sigilo/key@v1+name'), Buffer.from([1])).subarray(0, 32)
  const text = Buffer.from('house name')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  const field = Buffer.concat([Buffer.from([2]), length, text])
  assert.equal(nameOf(hmac('sha256', key, field).subarray(0, 5)), vectors.house.name)
})

test('the identity of a kit is age’s', async () => {
  const { seed, identity, recipientBegins } = vectors.kit
  const text = bech32.encodeFromBytes('AGE-SECRET-KEY-PQ-', Buffer.from(seed, 'hex')).toUpperCase()
  assert.equal(text, identity)
  assert.ok((await identityToRecipient(identity)).startsWith(recipientBegins))
})

test('ours reads and writes them too', async () => {
  const shares = vectors.deal.shares.map(({ code }) => {
    const read = readShare(code)
    assert.ok(read.status === 'ok')
    assert.equal(shareText(read.share), code)
    return read.share
  })
  const made = await shamirOpener.create({ kind: 'shamir', shares })
  assert.ok(made.status === 'ok')
  assert.equal(made.parameters, vectors.deal.parameters)
  const kit = readKit(vectors.kit.code)
  assert.ok(kit.status === 'ok')
  assert.equal(kitText(kit.kit), vectors.kit.code)
  assert.equal(Buffer.from(kit.kit.seed).toString('hex'), vectors.kit.seed)
})
