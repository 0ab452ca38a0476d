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

export type HmacHash = keyof typeof hmacs

/*
 * HMAC (RFC 2104) as two one-shot hashes over scratch memory: a third faster than `createHmac`, and a seal needs two
 * of them. The scratch holds key bytes only during a call, which is synchronous, and is wiped at its end.
 */

/** Messages up to this length are hashed in place; longer ones get memory of their own. */
const scratchBytes = 4096
const innerScratch = Buffer.alloc(128 + 64 + scratchBytes)
const outerScratch = Buffer.alloc(128 + 64)

/** HMAC, RFC 2104. */
export function hmac(algorithm: HmacHash, key: Uint8Array, message: Uint8Array): Uint8Array {
  const { blockBytes } = hmacs[algorithm]
  const length = blockBytes + message.length
  const inner = length > innerScratch.length ? Buffer.alloc(length) : innerScratch
  writePads(algorithm, key, inner, 0)
  inner.set(message, blockBytes)
  const result = finish(algorithm, inner.subarray(0, length))
  inner.fill(0, 0, length)
  outerScratch.fill(0)
  return result
}

/** HKDF-Expand, RFC 5869 §2.3, filling `output`. */
export function expandInto(algorithm: HmacHash, prk: Uint8Array, info: Uint8Array, output: Uint8Array): void {
  const { blockBytes, hashBytes } = hmacs[algorithm]
  if (output.length > 255 * hashBytes) throw new RangeError(`HKDF gives at most ${255 * hashBytes} bytes`)
  // T(n) = HMAC(prk, T(n-1) ‖ info ‖ n), and T(0) is empty. So the inner message stays where it is and only the pad
  // before it moves:
  //   T(1):  ……… pad ‖ info ‖ 1
  //   T(2):  pad ‖ T(1) ‖ info ‖ 2
  const end = blockBytes + hashBytes + info.length + 1
  const inner = end > innerScratch.length ? Buffer.alloc(end) : innerScratch
  writePads(algorithm, prk, inner, hashBytes)
  inner.set(info, hashBytes + blockBytes)
  for (let done = 0, counter = 1; done < output.length; done += hashBytes, counter++) {
    inner[end - 1] = counter
    const block = finish(algorithm, inner.subarray(counter === 1 ? hashBytes : 0, end))
    if (counter === 1) inner.copyWithin(0, hashBytes, hashBytes + blockBytes)
    inner.set(block, blockBytes)
    output.set(output.length - done < hashBytes ? block.subarray(0, output.length - done) : block, done)
    block.fill(0)
  }
  inner.fill(0, 0, end)
  outerScratch.fill(0)
}

/** The inner pad at `at` in `inner`, the outer pad at the start of `outerScratch`. */
function writePads(algorithm: HmacHash, key: Uint8Array, inner: Buffer, at: number): void {
  const { blockBytes } = hmacs[algorithm]
  const block = key.length > blockBytes ? hash(algorithm, key, 'buffer') : key
  inner.fill(0x36, at, at + blockBytes)
  outerScratch.fill(0x5c, 0, blockBytes)
  for (let i = 0; i < block.length; i++) {
    const byte = block[i] as number
    inner[at + i] = byte ^ 0x36
    outerScratch[i] = byte ^ 0x5c
  }
}

function finish(algorithm: HmacHash, inner: Uint8Array): Uint8Array {
  const { blockBytes, hashBytes } = hmacs[algorithm]
  // As text, which costs 1 µs less than a Buffer; without the key the inner hash is of no use.
  outerScratch.write(hash(algorithm, inner, 'latin1'), blockBytes, 'latin1')
  return hash(algorithm, outerScratch.subarray(0, blockBytes + hashBytes), 'buffer')
}
