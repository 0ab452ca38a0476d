/** TOTP, RFC 6238: 6 digits, 30 seconds, HMAC-SHA-1, which is what every app for it knows. */
import { randomBytes } from '#kernel/crypto/index.ts'

/** RFC 4226 §4 recommends 160 bits. */
export const totpSecretBytes = 20
const settings = { algorithm: 'SHA1', digits: 6, period: 30 } as const
/** RFC 6238 §5.2: one step before and after, for clocks that differ, and for typing. */
const window = 1

export const totpForm = /^\d{6}$/

/** The time step whose code it is; undefined where it is none of now. */
export async function totpStep(
  secret: Uint8Array,
  code: string,
  nowSeconds: number,
): Promise<number | undefined> {
  // What is no code at all it would throw of.
  if (!totpForm.test(code)) return undefined
  const { Secret, TOTP } = await import('otpauth')
  const { period } = settings
  const own = new Secret({ buffer: Uint8Array.from(secret).buffer })
  const timestamp = nowSeconds * 1000
  const delta = TOTP.validate({ ...settings, secret: own, token: code, timestamp, window })
  return delta === null ? undefined : TOTP.counter({ period, timestamp }) + delta
}

/** A new secret as an app takes it: the text of its QR code, and what is typed where none can be read. */
export async function totpOffer(login: string): Promise<{ secret: Uint8Array; base32: string; uri: string }> {
  const { Secret, TOTP } = await import('otpauth')
  const secret = randomBytes(totpSecretBytes)
  const own = new Secret({ buffer: Uint8Array.from(secret).buffer })
  const uri = new TOTP({ ...settings, issuer: 'Sigilo', label: login, secret: own }).toString()
  return { secret, base32: own.base32, uri }
}

/** Until when a step that was used is remembered: a day longer than it lasts, should a clock be set back. */
export function stepEnds(step: number): Date {
  return new Date(((step + window + 1) * settings.period + 86_400) * 1000)
}
