import { fieldsLength, writeFields, type Field } from './context.ts'
import { expand, hmac, hmacOf, type HmacHash } from './hash.ts'
import { keyBytes, keyOf, reveal, type SealKey } from './key.ts'

/** Begins the `info` of every derived key; the seal's own label differs, so the two never meet. */
const keyLabel = 'sigilo/key@v1+'

/** HKDF-Expand, RFC 5869 §2.3. `length` in bytes. */
export function hkdfExpand(
  algorithm: HmacHash,
  prk: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return expand(algorithm, prk, info, length)
}

/** HKDF-Extract, RFC 5869 §2.2. */
export function hkdfExtract(algorithm: HmacHash, salt: Uint8Array, input: Uint8Array): Uint8Array {
  return hmac(algorithm, salt, input)
}

/** The key that `parent` gives for `label`: 32 bytes of HKDF-Expand-SHA512(parent, 'sigilo/key@v1+' ‖ label). */
export function deriveKey(parent: SealKey, label: string): SealKey {
  if (!label.isWellFormed()) throw new TypeError('a label must be well-formed Unicode')
  return keyOf(hkdfExpand('sha512', reveal(parent), Buffer.from(keyLabel + label), keyBytes))
}

/** 32 bytes: HMAC-SHA-256 over the canonical form of the fields, see `context.ts`. */
export function keyedHash(key: SealKey, ...fields: Field[]): Uint8Array {
  return hmacOf('sha256', reveal(key), fieldsLength(fields), (inner, at) => writeFields(fields, inner, at))
}
