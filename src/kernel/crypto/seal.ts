import { createCipheriv, createDecipheriv } from 'node:crypto'
import { equalBytes, hmacOf } from './hash.ts'
import { keyBytes, keyOf, reveal, type SealKey } from './key.ts'
import { randomSalt } from './random.ts'

declare const brand: unique symbol
/** Bytes made by `seal`: what may be stored. */
export type SealedBytes = Uint8Array & { readonly [brand]: 'SealedBytes' }

export type SealFault = 'format' | 'commitment' | 'truncated' | 'tag'

/** Thrown by `open`: the bytes are not what was sealed under this key for this place. */
export class SealBroken extends Error {
  readonly reason: SealFault

  constructor(reason: SealFault) {
    super(`the seal is broken: ${reason}`)
    this.name = 'SealBroken'
    this.reason = reason
  }
}

/** Version byte of the seal. */
export const sealVersion = 1
/** Message bytes in each chunk but the last, which is always shorter. */
export const chunkBytes = 16 * 1024
export const tagBytes = 16
export const saltBytes = 24
export const commitmentBytes = 32
const nonceBytes = 12
/** version ‖ algorithm ‖ salt ‖ commitment */
export const headerBytes = 2 + saltBytes + commitmentBytes
/** 2^38 chunks, 4 PiB (C2SP chunked-encryption, "Message chunking"). */
export const chunkCountMax = 2 ** 38

/** The allow-list: the byte in the blob only chooses among these. */
export const algorithms = {
  1: { aead: 'AEAD_AES_256_GCM', cipher: 'aes-256-gcm', keyBytes: 32 },
} as const

export type AlgorithmId = keyof typeof algorithms
export const currentAlgorithm: AlgorithmId = 1

/** Begins the `info` of every seal. */
const sealLabel = 'sigilo/seal@v1+'

const prefixes = Object.fromEntries(
  Object.entries(algorithms).map(([id, { aead }]) => [
    id,
    Buffer.concat([Buffer.from(sealLabel + aead), Uint8Array.of(0, sealVersion, Number(id))]),
  ]),
)

/** Seals a message that is whole in memory. The result is 74 bytes longer, and 16 more for every 16 KiB. */
export function seal(key: SealKey, context: Uint8Array, plaintext: Uint8Array): SealedBytes {
  const salt = new Uint8Array(saltBytes)
  randomSalt(salt)
  return sealWithSalt(key, context, plaintext, salt)
}

/** For vectors alone: a salt used twice under one key and context breaks the seal. */
export function sealWithSalt(
  key: SealKey,
  context: Uint8Array,
  plaintext: Uint8Array,
  salt: Uint8Array,
): SealedBytes {
  const secrets = deriveSecrets(key, currentAlgorithm, salt, context)
  const chunks = Math.floor(plaintext.length / chunkBytes) + 1
  // Every byte is written below.
  const out = Buffer.allocUnsafe(headerBytes + plaintext.length + chunks * tagBytes)
  writeHeader(out, currentAlgorithm, salt, secrets.commitment)
  let at = headerBytes
  for (let chunk = 0; chunk < chunks; chunk++) {
    const message = plaintext.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes)
    at = sealChunk(secrets, chunk, message, out, at)
  }
  secrets.zero()
  return out as Uint8Array as SealedBytes
}

/**
 * Opens what `seal` made, whole in memory.
 * @throws {SealBroken} when the bytes are not exactly what was sealed under this key and context.
 */
export function open(key: SealKey, context: Uint8Array, sealed: Uint8Array): Uint8Array {
  const secrets = openHeader(key, context, sealed)
  try {
    const body = sealed.length - headerBytes
    const chunks = Math.ceil((body + 1) / (chunkBytes + tagBytes))
    const last = body - (chunks - 1) * (chunkBytes + tagBytes)
    // The last chunk is always short: a full one, or none, says that what followed is missing.
    if (last < tagBytes) throw new SealBroken('truncated')
    if (chunks === 1) return openChunk(secrets, 0, sealed.subarray(headerBytes))
    const out = new Uint8Array(body - chunks * tagBytes)
    for (let chunk = 0; chunk < chunks; chunk++) {
      const start = headerBytes + chunk * (chunkBytes + tagBytes)
      const message = openChunk(secrets, chunk, sealed.subarray(start, start + chunkBytes + tagBytes))
      out.set(message, chunk * chunkBytes)
    }
    return out
  } finally {
    secrets.zero()
  }
}

/** Seals a key under another key, in a place. */
export function wrapKey(wrapping: SealKey, context: Uint8Array, key: SealKey): SealedBytes {
  return seal(wrapping, context, reveal(key))
}

/** @throws {SealBroken} as `open` does; 'format' when what is sealed is not a key. */
export function unwrapKey(wrapping: SealKey, context: Uint8Array, wrapped: Uint8Array): SealKey {
  const bytes = open(wrapping, context, wrapped)
  if (bytes.length !== 32) throw new SealBroken('format')
  return keyOf(bytes)
}

/** Seals several keys as one message, in their order. */
export function wrapKeys(wrapping: SealKey, context: Uint8Array, keys: readonly SealKey[]): SealedBytes {
  const message = new Uint8Array(keys.length * keyBytes)
  for (const [n, key] of keys.entries()) message.set(reveal(key), n * keyBytes)
  const sealed = seal(wrapping, context, message)
  message.fill(0)
  return sealed
}

/** @throws {SealBroken} as `unwrapKey` does; 'format' too when it is another number of keys. */
export function unwrapKeys(
  wrapping: SealKey,
  context: Uint8Array,
  wrapped: Uint8Array,
  count: number,
): SealKey[] {
  const bytes = open(wrapping, context, wrapped)
  if (bytes.length !== count * keyBytes) throw new SealBroken('format')
  return Array.from({ length: count }, (_, n) => keyOf(bytes.subarray(n * keyBytes, (n + 1) * keyBytes)))
}

/** What one seal is made with: used for one message and zeroed. */
export class Secrets {
  readonly cipher: (typeof algorithms)[AlgorithmId]['cipher']
  readonly key: Uint8Array
  readonly commitment: Uint8Array
  readonly #all: Uint8Array

  /** `all`: key ‖ commitment. */
  constructor(cipher: Secrets['cipher'], all: Uint8Array, keyLength: number) {
    this.cipher = cipher
    this.#all = all
    this.key = all.subarray(0, keyLength)
    this.commitment = all.subarray(keyLength, keyLength + commitmentBytes)
  }

  zero(): void {
    this.#all.fill(0)
  }
}

/**
 * HKDF-Expand-SHA512(key, prefix ‖ salt ‖ context, 64). Key and commitment together are as long as one hash, so this is
 * its first block alone: HMAC-SHA512(key, info ‖ 1), and the info is written where it is hashed.
 */
export function deriveSecrets(
  key: SealKey,
  algorithm: AlgorithmId,
  salt: Uint8Array,
  context: Uint8Array,
): Secrets {
  const { cipher, keyBytes } = algorithms[algorithm]
  const prefix = prefixes[algorithm] as Buffer
  const infoBytes = prefix.length + saltBytes + context.length
  const okm = hmacOf('sha512', reveal(key), infoBytes + 1, (inner, at) => {
    inner.set(prefix, at)
    inner.set(salt, at + prefix.length)
    inner.set(context, at + prefix.length + saltBytes)
    inner[at + infoBytes] = 1
  })
  return new Secrets(cipher, okm, keyBytes)
}

export function writeHeader(
  out: Uint8Array,
  algorithm: AlgorithmId,
  salt: Uint8Array,
  commitment: Uint8Array,
): void {
  out[0] = sealVersion
  out[1] = algorithm
  out.set(salt, 2)
  out.set(commitment, 2 + saltBytes)
}

/** Reads the header at the start of `sealed` and checks the commitment, before anything is decrypted. */
export function openHeader(key: SealKey, context: Uint8Array, sealed: Uint8Array): Secrets {
  if (sealed.length < 2) throw new SealBroken('truncated')
  const algorithm = sealed[1] as AlgorithmId
  if (sealed[0] !== sealVersion || !Object.hasOwn(algorithms, algorithm)) throw new SealBroken('format')
  if (sealed.length < headerBytes) throw new SealBroken('truncated')
  const secrets = deriveSecrets(key, algorithm, sealed.subarray(2, 2 + saltBytes), context)
  if (!equalBytes(secrets.commitment, sealed.subarray(2 + saltBytes, headerBytes))) {
    secrets.zero()
    throw new SealBroken('commitment')
  }
  return secrets
}

/** Writes the sealed chunk into `out` from `at`; returns where it ends. */
export function sealChunk(
  { cipher, key }: Secrets,
  chunk: number,
  message: Uint8Array,
  out: Uint8Array,
  at: number,
): number {
  return encrypt(cipher, key, nonceOf(chunk), message, out, at)
}

/** `sealed` is one chunk with its tag, at least as long as the tag. */
export function openChunk({ cipher, key }: Secrets, chunk: number, sealed: Uint8Array): Uint8Array {
  return decrypt(cipher, key, nonceOf(chunk), sealed)
}

/** The AEAD itself, for published vectors too. Writes ciphertext and tag into `out` from `at`; returns where they end. */
export function encrypt(
  algorithm: Secrets['cipher'],
  key: Uint8Array,
  nonce: Uint8Array,
  message: Uint8Array,
  out: Uint8Array,
  at: number,
): number {
  const cipher = createCipheriv(algorithm, key, nonce)
  // GCM is a stream mode: `update` gives every byte and `final` none.
  out.set(cipher.update(message), at)
  cipher.final()
  out.set(cipher.getAuthTag(), at + message.length)
  return at + message.length + tagBytes
}

/** @throws {SealBroken} 'tag' */
export function decrypt(
  algorithm: Secrets['cipher'],
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  const end = sealed.length - tagBytes
  const decipher = createDecipheriv(algorithm, key, nonce, authTagLength)
  decipher.setAuthTag(sealed.subarray(end))
  const message = decipher.update(sealed.subarray(0, end))
  try {
    decipher.final()
  } catch {
    message.fill(0)
    throw new SealBroken('tag')
  }
  return message
}

const authTagLength = { authTagLength: tagBytes }

/** The chunk's number, big-endian. The key is for this message alone, so no nonce is ever used twice under it. */
function nonceOf(chunk: number): Uint8Array {
  if (chunk === 0) return firstNonce
  if (chunk >= chunkCountMax) throw new RangeError('a message has at most 2^38 chunks')
  const nonce = Buffer.alloc(nonceBytes)
  nonce.writeUIntBE(chunk, nonceBytes - 6, 6)
  return nonce
}

const firstNonce = new Uint8Array(nonceBytes)
