/**
 * A second reader, written from docs/spec/seal.md with nothing but Web Crypto: it shares no line with ours, so
 * that an agreement on the vectors speaks for the document too.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokenOf, bytesOf, messageOf, readSealVectors, type FieldVector } from '#test/vectors/seal.ts'

const { subtle } = globalThis.crypto
type Bytes = Uint8Array<ArrayBuffer>

async function hmac(hash: 'SHA-256' | 'SHA-512', key: Bytes, message: Bytes): Promise<Bytes> {
  const imported = await subtle.importKey('raw', key, { name: 'HMAC', hash }, false, ['sign'])
  return new Uint8Array(await subtle.sign('HMAC', imported, message))
}

/** "Key derivation": HKDF-Expand of RFC 5869. */
async function expand(key: Bytes, info: Bytes, length: number): Promise<Bytes> {
  let block = join()
  let output = join()
  for (let counter = 1; output.length < length; counter++) {
    block = await hmac('SHA-512', key, join(block, info, Uint8Array.of(counter)))
    output = join(output, block)
  }
  return output.slice(0, length)
}

async function read(key: Bytes, context: Bytes, sealed: Bytes): Promise<Bytes | string> {
  if (sealed.length < 2) return 'truncated'
  if (sealed[0] !== 1 || sealed[1] !== 1) return 'format'
  if (sealed.length < 58) return 'truncated'
  const info = join(ascii('sigilo/seal@v1+AEAD_AES_256_GCM\0\x01\x01'), sealed.slice(2, 26), context)
  const secrets = await expand(key, info, 64)
  const differs = secrets.slice(32).some((byte, i) => byte !== sealed[26 + i])
  if (differs) return 'commitment'
  const aes = await subtle.importKey('raw', secrets.slice(0, 32), 'AES-GCM', false, ['decrypt'])
  let message = join()
  for (let chunk = 0; ; chunk++) {
    const part = sealed.slice(58 + chunk * 16_400, 58 + (chunk + 1) * 16_400)
    if (part.length < 16) return 'truncated'
    const iv = new Uint8Array(12)
    new DataView(iv.buffer).setUint32(8, chunk)
    try {
      message = join(message, new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv }, aes, part)))
    } catch {
      return 'tag'
    }
    if (part.length < 16_400) return message
  }
}

/** "Contexts": tag, length, value. */
function encode(fields: FieldVector[]): Bytes {
  return join(
    ...fields.flatMap((field) => {
      const length = new DataView(new ArrayBuffer(4))
      const value =
        'text' in field
          ? new TextEncoder().encode(field.text)
          : 'bytes' in field
            ? bytesOf.hex(field.bytes)
            : bytesOf.hex(field.number.toString(16).padStart(16, '0'))
      length.setUint32(0, value.length)
      const tag = 'bytes' in field ? 1 : 'text' in field ? 2 : 3
      return [Uint8Array.of(tag), new Uint8Array(length.buffer), value]
    }),
  )
}

function join(...parts: Uint8Array[]): Bytes {
  return new Uint8Array(Buffer.concat(parts))
}

function ascii(text: string): Bytes {
  return join(Buffer.from(text, 'ascii'))
}

const vectors = readSealVectors()
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('it reads every valid vector', async () => {
  for (const { name, key, context, sealed, message } of vectors.seal) {
    const got = await read(bytesOf.hex(key), bytesOf.hex(context), bytesOf.base64(sealed))
    assert.deepEqual(got, messageOf(message), name)
  }
})

test('it refuses every broken vector, for the same reason', async () => {
  for (const vector of vectors.broken) {
    const { key, context, sealed } = brokenOf(vectors, vector)
    assert.equal(await read(key, context, sealed), vector.reason, vector.name)
  }
})

test('it agrees on contexts, derived keys, keyed hashes and wraps', async () => {
  for (const { fields, context } of vectors.contexts) assert.equal(hexOf(encode(fields)), context)
  for (const { parent, label, key } of vectors.deriveKey) {
    const info = join(ascii('sigilo/key@v1+'), new TextEncoder().encode(label))
    assert.equal(hexOf(await expand(bytesOf.hex(parent), info, 32)), key, label)
  }
  for (const { key, fields, hash } of vectors.keyedHash) {
    assert.equal(hexOf(await hmac('SHA-256', bytesOf.hex(key), encode(fields))), hash)
  }
  for (const { name, wrapping, fields, key, wrapped } of vectors.wraps) {
    const got = await read(bytesOf.hex(wrapping), encode(fields), bytesOf.base64(wrapped))
    assert.equal(hexOf(got as Bytes), key, name)
  }
})
