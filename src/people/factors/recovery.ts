/** Recovery codes: each stands in for a TOTP code once, never for the password. */
import { deriveKey, keyedHash, randomBytes } from '#kernel/crypto/index.ts'
import type { Keys } from '#kernel/keys/index.ts'

const codes = 10
/** 120 bits: no hash has to be slow for that (NIST SP 800-63B-4 §3.1.2.2, ASVS 6.5.2). */
const symbols = 24
/** Crockford's: without I, L, O and U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export function newRecovery(keys: Keys, account: string): { codes: string[]; hashes: string[] } {
  const made = Array.from({ length: codes }, newCode)
  return { codes: made, hashes: made.map((code) => recoveryHash(keys, account, code)) }
}

/** Of a code however it was typed; the same code of another account has another. */
export function recoveryHash(keys: Keys, account: string, code: string): string {
  const key = deriveKey(keys.authority, 'recovery')
  try {
    return Buffer.from(keyedHash(key, account, normalCode(code))).toString('base64')
  } finally {
    key.zero()
  }
}

function newCode(): string {
  // 256 is eight times 32: every symbol is as likely.
  const text = Array.from(randomBytes(symbols), (byte) => alphabet[byte % 32]).join('')
  return text.replace(/(.{4})(?=.)/g, '$1-')
}

/** What looks alike is taken for the same. */
function normalCode(code: string): string {
  return code.slice(0, 100).toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
}
