import { fieldsOf, type Field } from './context.ts'
import { hmac } from './hash.ts'
import { keyBytes, keyOf, reveal, type SealKey } from './key.ts'

/** Begins the `info` of every derived key; the seal's own label differs, so the two never meet. */
const keyLabel = 'sigilo/key@v1+'

/** HKDF-Expand, RFC 5869 §2.3. `length` in bytes. */
export function hkdfExpand(
  algorithm: 'sha256' | 'sha512',
  prk: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const hashBytes = algorithm === 'sha512' ? 64 : 32
  if (length > 255 * hashBytes) throw new RangeError(`HKDF gives at most ${255 * hashBytes} bytes`)
  const output = new Uint8Array(length)
  const message = new Uint8Array(hashBytes + info.length + 1)
  message.set(info, hashBytes)
  for (let done = 0, counter = 1; done < length; done += hashBytes, counter++) {
    message[message.length - 1] = counter
    // T(1) has no block before it.
    const block = hmac(algorithm, prk, counter === 1 ? message.subarray(hashBytes) : message)
    output.set(length - done < hashBytes ? block.subarray(0, length - done) : block, done)
    message.set(block)
    block.fill(0)
  }
  message.fill(0, 0, hashBytes)
  return output
}

/** HKDF-Extract, RFC 5869 §2.2. */
export function hkdfExtract(algorithm: 'sha256' | 'sha512', salt: Uint8Array, input: Uint8Array): Uint8Array {
  return hmac(algorithm, salt, input)
}

/** The key that `parent` gives for `label`: 32 bytes of HKDF-Expand-SHA512(parent, 'sigilo/key@v1+' ‖ label). */
export function deriveKey(parent: SealKey, label: string): SealKey {
  if (!label.isWellFormed()) throw new TypeError('a label must be well-formed Unicode')
  return keyOf(hkdfExpand('sha512', reveal(parent), Buffer.from(keyLabel + label), keyBytes))
}

/** 32 bytes: HMAC-SHA-256 over the canonical form of the fields, see `context.ts`. */
export function keyedHash(key: SealKey, ...fields: Field[]): Uint8Array {
  return hmac('sha256', reveal(key), fieldsOf(fields))
}
