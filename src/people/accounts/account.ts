/** What the row of an account holds. Times in seconds since 1970. */
import type { Role } from '../roles.ts'

export interface Account {
  /** UUID. */
  id: string
  /** As `normalLogin` gives it. */
  login: string
  /** UUID of the human: of two accounts of one, neither confirms what the other asked for. */
  person: string
  /** As it is shown: `Dra. Ana Ruiz Pérez`. */
  name: string
  roles: readonly Role[]
  /** `Practitioner/…`, of staff. */
  practitioner?: string
  /** `Patient/…`, of whoever has the role `patient`. */
  patient?: string
  /** `Patient/…`, of whoever has the role `representative`. */
  represents?: readonly string[]
  language: 'es' | 'en'
  factors: Factors
  /** Sessions of an earlier generation count no more: raised to end all of them. */
  generation: number
  status: 'active' | 'suspended'
  /** When it was made; absent of those that were made before this was kept. */
  addedAt?: number
  /** What the person is told when they are next here, oldest first. */
  notices: readonly Notice[]
  /** Where this account signed in with both factors, oldest first. */
  known: readonly KnownDevice[]
}

/** With what somebody proves that the account is theirs: a passkey, or the password with a code. */
export interface Factors {
  passkeys: readonly Passkey[]
  password?: { /** PHC string. */ hash: string; setAt: number }
  totp?: { id: string; /** Base64. */ secret: string; setAt: number }
  /** Keyed hashes of those that were not used yet. */
  recovery: readonly string[]
}

export interface Passkey {
  /** Credential id, base64url. */
  id: string
  /** COSE key, base64url. */
  publicKey: string
  /** What it last said of how often it was used; always 0 of one that does not count. */
  counter: number
  transports: readonly string[]
  /** Whether it may be on several devices of its owner. Never changes. */
  deviceType: 'singleDevice' | 'multiDevice'
  /** As the person calls it. */
  label: string
  addedAt: number
  /** Since when it counts no more, since it seems to be there twice. */
  suspendedAt?: number
}

export interface Notice {
  kind: NoticeKind
  at: number
  /** From where it was done. */
  address?: string
  /** Which of several, such as the label of a passkey. */
  about?: string
}

export type NoticeKind =
  | 'new-device'
  | 'new-factor'
  | 'removed-factor'
  | 'recovery-used'
  | 'passkey-cloned'
  | 'reset-asked'
  | 'reset-done'
  | 'roles-changed'
  /** Somebody opened a record in an emergency. */
  | 'breakglass'
  /** Whose access somebody is to review, until when; that one's own is not reviewed yet; that it has closed; what was decided. */
  | 'reviews-wait'
  | 'review-due'
  | 'review-expired'
  | 'review-decided'
  /** Somebody asks for one's record, or for that of whom one cares for. */
  | 'grant-asked-of-you'
  | 'grant-asked'
  /** A record was opened to one; one's own to somebody; it was closed again. */
  | 'granted'
  | 'granted-of-you'
  | 'grant-ended'

export interface KnownDevice {
  /** Keyed hash of the device's cookie; none where it keeps none. */
  device?: string
  address: string
  at: number
}

/** Notices and devices kept at most, the newest. */
const keptMax = 20

export function withNotice(account: Account, notice: Notice): Account {
  return { ...account, notices: [...account.notices, notice].slice(-keptMax) }
}

/** The account, knowing the device, which takes the place of what was known of it. */
export function withKnown(account: Account, device: KnownDevice): Account {
  const isSame = (each: KnownDevice) => each.device === device.device && each.address === device.address
  const others = account.known.filter((each) => !isSame(each))
  return { ...account, known: [...others, device].slice(-keptMax) }
}

/** Whether there is one whole way to sign in. */
export function isComplete({ passkeys, password, totp }: Factors): boolean {
  return (password !== undefined && totp !== undefined) || passkeys.some((each) => !each.suspendedAt)
}

/** Letters of other scripts look like these: two logins that look alike are one. */
const loginForm = /^[\p{Script=Latin}0-9][\p{Script=Latin}0-9._@+-]{1,63}$/u

/** Letters of the alphabet, with or without marks, and a few that nobody takes for another. */
const plainLetters = /^[a-z0-9._@+ßæœøðþ-]+$/

/** A new login has no letter that is mistaken for another of its own script (UTS 39): `ı` for i, `ɑ` for a. `login` as `normalLogin` gives it. */
export function isUnmistakable(login: string): boolean {
  return plainLetters.test(login.normalize('NFD').replaceAll(/\p{M}/gu, ''))
}

/** As logins are compared; undefined where it cannot be one. */
export function normalLogin(login: string): string | undefined {
  // A long one is not worth normalising: four times as long is what NFKC makes of 64 characters at most.
  if (login.length > 256) return undefined
  const normal = login.normalize('NFKC').trim().toLowerCase()
  return loginForm.test(normal) ? normal : undefined
}
