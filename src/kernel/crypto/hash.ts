import { createHash, hash, timingSafeEqual } from 'node:crypto'

export function sha256(bytes: Uint8Array | string): Uint8Array {
  // As text, and into memory in the heap: a third less time than a Buffer, which has memory of its own to be freed.
  sha256Scratch.write(hash('sha256', bytes, 'latin1'), 'latin1')
  const result = Buffer.alloc(32)
  result.set(sha256Scratch)
  return result
}

const sha256Scratch = Buffer.alloc(32)

/** The hash of the parts, one after the other. What is short is put together first: a hasher costs as much as 4 kB. */
export function sha256Of(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  if (length > joined.length) {
    const hasher = createHasher('sha256')
    for (const part of parts) hasher.update(part)
    return hasher.digest()
  }
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return sha256(joined.subarray(0, length))
}

const joined = Buffer.alloc(8 * 1024)

/** A hash of what comes piece by piece. */
export interface Hasher {
  update(bytes: Uint8Array): void
  /** Once, at the end. */
  digest(): Uint8Array
}

/** SHA-1 is for `Attachment.hash`, which FHIR R4 defines by it: it tells damage, and proves nothing. */
export function createHasher(algorithm: 'sha1' | 'sha256'): Hasher {
  const hasher = createHash(algorithm)
  return { update: (bytes) => void hasher.update(bytes), digest: () => hasher.digest() }
}

/** Whether two byte strings are equal, in time that depends on their lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

const hmacs = {
  sha256: { blockBytes: 64, hashBytes: 32 },
  sha512: { blockBytes: 128, hashBytes: 64 },
} as const

export type HmacHash = keyof typeof hmacs

/*
 * HMAC (RFC 2104) as two one-shot hashes over scratch memory: a third faster than `createHmac`, and every seal needs
 * one. The scratch holds key bytes only during a call, which is synchronous, and is wiped at its end.
 */

/** Messages up to this length are hashed in place; longer ones get memory of their own. */
const scratchBytes = 4096
const innerScratch = Buffer.alloc(128 + 64 + scratchBytes)
const outerScratch = Buffer.alloc(128 + 64)

/** HMAC, RFC 2104. */
export function hmac(algorithm: HmacHash, key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmacOf(algorithm, key, message.length, (inner, at) => inner.set(message, at))
}

/** HMAC of the `length` bytes that `write` puts into memory that it is given, so that no copy is made. */
export function hmacOf(
  algorithm: HmacHash,
  key: Uint8Array,
  length: number,
  write: (inner: Buffer, at: number) => void,
): Uint8Array {
  const { blockBytes } = hmacs[algorithm]
  const end = blockBytes + length
  const inner = end > innerScratch.length ? Buffer.alloc(end) : innerScratch
  writePads(algorithm, key, inner, 0)
  write(inner, blockBytes)
  const result = finish(algorithm, inner.subarray(0, end))
  inner.fill(0, 0, end)
  outerScratch.fill(0)
  return result
}

/** HKDF-Expand, RFC 5869 §2.3. `length` in bytes. */
export function expand(algorithm: HmacHash, prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const { hashBytes } = hmacs[algorithm]
  if (length > 255 * hashBytes) throw new RangeError(`HKDF gives at most ${255 * hashBytes} bytes`)
  const output = new Uint8Array(length)
  let block: Uint8Array = new Uint8Array(0)
  for (let done = 0, counter = 1; done < length; done += hashBytes, counter++) {
    // T(n) = HMAC(prk, T(n-1) ‖ info ‖ n), and T(0) is empty.
    const before = block
    block = hmacOf(algorithm, prk, before.length + info.length + 1, (inner, at) => {
      inner.set(before, at)
      inner.set(info, at + before.length)
      inner[at + before.length + info.length] = counter
    })
    before.fill(0)
    output.set(block.subarray(0, Math.min(hashBytes, length - done)), done)
  }
  block.fill(0)
  return output
}

/** The inner pad at `at` in `inner`, the outer pad at the start of `outerScratch`. */
function writePads(algorithm: HmacHash, key: Uint8Array, inner: Buffer, at: number): void {
  const { blockBytes } = hmacs[algorithm]
  const block = key.length > blockBytes ? hash(algorithm, key, 'buffer') : key
  for (let i = 0; i < block.length; i++) {
    const byte = block[i] as number
    inner[at + i] = byte ^ 0x36
    outerScratch[i] = byte ^ 0x5c
  }
  inner.fill(0x36, at + block.length, at + blockBytes)
  outerScratch.fill(0x5c, block.length, blockBytes)
}

function finish(algorithm: HmacHash, inner: Uint8Array): Uint8Array {
  const { blockBytes, hashBytes } = hmacs[algorithm]
  // As text, which costs 1 µs less than a Buffer; without the key the inner hash is of no use.
  outerScratch.write(hash(algorithm, inner, 'latin1'), blockBytes, 'latin1')
  return hash(algorithm, outerScratch.subarray(0, blockBytes + hashBytes), 'buffer')
}
