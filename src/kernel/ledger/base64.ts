import { hashBytes } from './tree.ts'

/** RFC 4648 §4, with padding. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Undefined for any text but the one that `toBase64` gives: one thing signed has one form. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** Hashes of 32 bytes, one a line; undefined where a line is none. */
export function hashesFrom(lines: readonly string[]): Uint8Array[] | undefined {
  const hashes = lines.map(fromBase64).filter((hash) => hash !== undefined)
  const whole = hashes.length === lines.length && hashes.every((hash) => hash.length === hashBytes)
  return whole ? hashes : undefined
}

/** A whole number in ASCII decimal, without zeros in front; undefined for anything else, and beyond 2^53. */
export function fromDecimal(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : undefined
}
