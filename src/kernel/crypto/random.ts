import { randomFillSync, randomUUID } from 'node:crypto'

/** Bytes drawn from the system at a time for salts: one call costs 2 µs whether for 24 bytes or for 4,096. */
const saltPoolBytes = 24 * 170

const saltPool = new Uint8Array(saltPoolBytes)
let saltPoolUsed = saltPoolBytes

export function randomBytes(length: number): Uint8Array {
  return randomFillSync(new Uint8Array(length))
}

/** A random (version 4) UUID in text form. */
export function randomUuid(): string {
  return randomUUID()
}

/**
 * Writes 24 fresh random bytes at the start of `target`. For salts alone, which are public: keys never
 * come from the pool, so nothing secret waits in it.
 */
export function randomSalt(target: Uint8Array): void {
  if (saltPoolUsed === saltPoolBytes) {
    randomFillSync(saltPool)
    saltPoolUsed = 0
  }
  target.set(saltPool.subarray(saltPoolUsed, saltPoolUsed + 24))
  saltPoolUsed += 24
}
