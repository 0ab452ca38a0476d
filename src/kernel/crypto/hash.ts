import { hash, timingSafeEqual } from 'node:crypto'

export function sha256(bytes: Uint8Array | string): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}

/** Whether two byte strings are equal, in time that depends on their lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

const hmacs = {
  sha256: { blockBytes: 64, hashBytes: 32 },
  sha512: { blockBytes: 128, hashBytes: 64 },
} as const

/** Messages up to this length are hashed in place; longer ones get a slab of their own. */
const scratchBytes = 2048
const innerScratch = new Uint8Array(128 + scratchBytes)
const outerScratch = new Uint8Array(128 + 64)

/**
 * HMAC, RFC 2104. Two one-shot hashes take 3.8 µs where `createHmac` takes 6.4 (200 bytes, SHA-512, a busy
 * core), and a seal needs two of them. `Scratch` holds key bytes only during the call, which is synchronous.
 */
export function hmac(algorithm: keyof typeof hmacs, key: Uint8Array, message: Uint8Array): Uint8Array {
  const { blockBytes, hashBytes } = hmacs[algorithm]
  const block = key.length > blockBytes ? hash(algorithm, key, 'buffer') : key
  const inner = message.length > scratchBytes ? new Uint8Array(blockBytes + message.length) : innerScratch
  inner.fill(0x36, 0, blockBytes)
  outerScratch.fill(0x5c, 0, blockBytes)
  for (let i = 0; i < block.length; i++) {
    const byte = block[i] as number
    inner[i] = byte ^ 0x36
    outerScratch[i] = byte ^ 0x5c
  }
  inner.set(message, blockBytes)
  const innerHash = hash(algorithm, inner.subarray(0, blockBytes + message.length), 'buffer')
  outerScratch.set(innerHash, blockBytes)
  const result = hash(algorithm, outerScratch.subarray(0, blockBytes + hashBytes), 'buffer')
  inner.fill(0, 0, blockBytes + message.length)
  outerScratch.fill(0)
  innerHash.fill(0)
  return result
}
