import { equalBytes, keyedHash, randomBytes, type SealKey } from '#kernel/crypto/index.ts'

/**
 * Bearer tokens of a demonstration: full access for local programs.
 *
 *     sgl_ base64url( expiry, seconds since 1970, 8 bytes big-endian ‖ 16 random bytes ‖ MAC, 32 bytes )
 *
 * Nothing is stored: the MAC, under the keyring's token key, is the proof. So such a token cannot be taken back
 * before it expires, which is why real homes have none.
 */
const prefix = 'sgl_'
const label = 'demo-token-v1'
const expiryBytes = 8
const nonceBytes = 16
const macBytes = 32
const tokenBytes = expiryBytes + nonceBytes + macBytes

/** A working day. */
export const tokenSecondsMax = 8 * 3600

/** A new token and its end, eight hours from `now`. */
export function mintToken(key: SealKey, now: Date): { token: string; expires: Date } {
  const expiresSeconds = Math.floor(now.getTime() / 1000) + tokenSecondsMax
  const bytes = Buffer.alloc(tokenBytes)
  bytes.writeBigUInt64BE(BigInt(expiresSeconds))
  bytes.set(randomBytes(nonceBytes), expiryBytes)
  bytes.set(macOf(key, bytes), expiryBytes + nonceBytes)
  return { token: prefix + bytes.toString('base64url'), expires: new Date(expiresSeconds * 1000) }
}

/** Whether this home's server made the token and it has not expired. The MAC is compared in constant time. */
export function tokenIsValid(key: SealKey, token: string, now: Date): boolean {
  if (!token.startsWith(prefix)) return false
  const text = token.slice(prefix.length)
  const bytes = Buffer.from(text, 'base64url')
  // Base64url has several spellings of the same bytes: only the one that was given out is good.
  if (bytes.length !== tokenBytes || bytes.toString('base64url') !== text) return false
  const genuine = equalBytes(bytes.subarray(expiryBytes + nonceBytes), macOf(key, bytes))
  return genuine && bytes.readBigUInt64BE() > BigInt(Math.floor(now.getTime() / 1000))
}

const macOf = (key: SealKey, bytes: Uint8Array): Uint8Array =>
  keyedHash(key, label, bytes.subarray(0, expiryBytes + nonceBytes))

/** Tokens remembered as genuine at most; a program has one at a time. */
const rememberedTokensMax = 256

/**
 * Judges tokens as `tokenIsValid` does, and remembers those it found genuine: a program sends the same one with every
 * request, and proving it again costs a tenth of a read. What is remembered is forgotten with the key (`seal`
 * gives it up, `unseal` makes another), and still expires. Strangers' tokens are never remembered.
 */
export function createTokenJudge(): (key: SealKey, token: string, now: Date) => boolean {
  const expiries = new Map<string, number>()
  let provenBy: SealKey | undefined
  return (key, token, now) => {
    if (key !== provenBy || key.zeroed) expiries.clear()
    provenBy = key
    const known = expiries.get(token)
    if (known !== undefined) return known > Math.floor(now.getTime() / 1000)
    if (!tokenIsValid(key, token, now)) return false
    if (expiries.size === rememberedTokensMax) expiries.clear()
    const bytes = Buffer.from(token.slice(prefix.length), 'base64url')
    expiries.set(token, Number(bytes.readBigUInt64BE()))
    return true
  }
}
