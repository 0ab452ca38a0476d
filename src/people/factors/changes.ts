/** What somebody's factors become. Pure; whoever asks has shown both factors a moment ago. Each is told to the person. */
import { isComplete, withNotice, type Account, type Passkey, type Refused } from '../accounts/index.ts'

/** From where and when, in seconds since 1970. */
export interface Where {
  at: number
  address: string
}

/** Of one person. */
const passkeysMax = 20

export function withPasskey(
  account: Account,
  passkey: Passkey,
  where: Where,
): Account | Refused<'known-passkey' | 'too-many'> {
  const { passkeys } = account.factors
  if (passkeys.some((each) => each.id === passkey.id)) return { refused: 'known-passkey' }
  if (passkeys.length >= passkeysMax) return { refused: 'too-many' }
  return told(account, { passkeys: [...passkeys, passkey] }, 'new-factor', where, passkey.label)
}

/** Password and TOTP belong together: neither is a way in alone. */
export function withPassword(
  account: Account,
  { password, totp, recovery }: Required<Pick<Account['factors'], 'password' | 'totp' | 'recovery'>>,
  where: Where,
): Account {
  return told(account, { password, totp, recovery }, 'new-factor', where, 'password')
}

/** Codes of before are good no more. */
export function withRecovery(account: Account, recovery: readonly string[], where: Where): Account {
  return told(account, { recovery }, 'new-factor', where, 'recovery-codes')
}

/** `id`: of a passkey, or `password`, with which its TOTP and recovery codes go. One whole way to sign in always stays. */
export function withoutFactor(
  account: Account,
  id: string,
  where: Where,
): Account | Refused<'unknown-factor' | 'last-way'> {
  const { factors } = account
  const gone = factors.passkeys.find((each) => each.id === id)
  if (!gone && (id !== 'password' || !factors.password)) return { refused: 'unknown-factor' }
  const { password: _, totp: __, ...passkeysAlone } = factors
  const left = gone
    ? { ...factors, passkeys: factors.passkeys.filter((each) => each !== gone) }
    : { ...passkeysAlone, recovery: [] }
  if (!isComplete(left)) return { refused: 'last-way' }
  const notice = { kind: 'removed-factor', about: gone?.label ?? id, ...where } as const
  return withNotice({ ...account, factors: left }, notice)
}

function told(
  account: Account,
  factors: Partial<Account['factors']>,
  kind: 'new-factor',
  where: Where,
  about: string,
): Account {
  const changed = { ...account, factors: { ...account.factors, ...factors } }
  return withNotice(changed, { kind, about, ...where })
}
