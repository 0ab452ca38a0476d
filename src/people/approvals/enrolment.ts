/** Whoever has a one-time link enrols with it: a passkey, or a password and a code app. No session comes of it. */
import type { PublicKeyCredentialCreationOptionsJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { randomUuid } from '#kernel/crypto/index.ts'
import { refuse, type Language, type Refusal } from '#kernel/outcome.ts'
import { withNotice, type Account, type Accounts, type Factors } from '../accounts/index.ts'
import type { Change, Who } from '../authority/index.ts'
import type { SigningIn } from '../factors/index.ts'
import type { Found, Invitations } from './invitations.ts'
import { foundationName } from './values.ts'

/** Of a new passkey, and of the secret of a code app: whichever is answered. */
export interface Offer {
  /** None where the server is reached by an address, for which there are no passkeys. */
  passkey?: { flow: string; options: PublicKeyCredentialCreationOptionsJSON }
  totp: { flow: string; secret: string; uri: string }
}

export type Enrolling =
  | { passkey: { flow: string; response: RegistrationResponseJSON; label: string } }
  | { password: { password: string; flow: string; code: string } }

export interface Invited {
  login: string
  name: string
  language: Language
  /** Whether the account is there already, and its factors are replaced. */
  isReset: boolean
  endsAt: number
}

export interface Enrolment {
  look(token: string): Promise<{ status: 'ok'; invited: Invited } | Refusal>
  offer(token: string, origin: string): Promise<{ status: 'ok'; offer: Offer } | Refusal>
  /** Once. `recoveryCodes` are told this once, to whoever has chosen a password. */
  enrol(
    given: { token: string; origin: string; address: string },
    enrolling: Enrolling,
  ): Promise<{ status: 'ok'; account: string; recoveryCodes: string[] } | Refusal>
}

export interface EnrolmentOptions {
  accounts: Pick<Accounts, 'find' | 'add' | 'change'>
  factors: Omit<SigningIn, 'verify' | 'passkeyOptions'>
  invitations: Pick<Invitations, 'find'>
  /** Seconds since 1970, that do not run back. */
  now: () => number
}

/** Two officers who enrol at the same moment change one row. */
const triesMax = 10

export function createEnrolment({ accounts, factors, invitations, now }: EnrolmentOptions): Enrolment {
  return {
    async look(token) {
      const found = await invitations.find(token)
      if (!found) return refuse('link-invalid')
      const { login, name, language, account, endsAt } = found.invitation
      return { status: 'ok', invited: { login, name, language, isReset: account !== undefined, endsAt } }
    },

    async offer(token, origin) {
      const found = await invitations.find(token)
      if (!found) return refuse('link-invalid')
      const { login, name } = found.invitation
      const id = accountOf(found)
      const passkeys = (await accounts.find(id))?.value.factors.passkeys ?? []
      const passkey = await factors.registrationOptions(origin, { id, login, name, passkeys })
      const totp = await factors.offerTotp(login, { account: id })
      return { status: 'ok', offer: { ...(passkey ? { passkey } : {}), totp } }
    },

    async enrol({ token, origin, address }, enrolling) {
      const first = await invitations.find(token)
      if (!first) return refuse('link-invalid')
      const id = accountOf(first)
      const shown = await shownBy(id, first, origin, enrolling)
      if ('status' in shown) return shown
      const who: Who = { actor: `person/${id}`, client: 'web', address }
      const person = first.invitation.person ?? randomUuid()
      for (let tries = 0; tries < triesMax; tries++) {
        // Of all who come with one link at once the first is who enrols: the others find it used.
        const found = tries === 0 ? first : await invitations.find(token)
        if (!found) return refuse('link-invalid')
        const written = await write(found, token, { id, person, factors: shown.factors }, who)
        if (written === 'taken') return refuse('login-taken')
        if (written === 'done') return { status: 'ok', account: id, recoveryCodes: shown.codes }
      }
      throw new Error('a link was changed all the time')
    },
  }

  /** The factors that somebody chose, once they have shown that they have them. */
  async function shownBy(
    id: string,
    { invitation: { login, name } }: Found,
    origin: string,
    enrolling: Enrolling,
  ): Promise<{ factors: Factors; codes: string[] } | Refusal> {
    if ('passkey' in enrolling) {
      const read = await factors.readPasskey(origin, enrolling.passkey, { account: id })
      if (read.status !== 'ok') return refuse('unusable-factor')
      return { factors: { passkeys: [read.passkey], recovery: [] }, codes: [] }
    }
    const { password, flow, code } = enrolling.password
    const hashed = await factors.hashPassword(password, { login, name })
    if (hashed.status === 'busy') return refuse('busy')
    if (hashed.status !== 'ok') return refuse('weak-password', { reason: weaknesses[hashed.reason] })
    const read = await factors.readTotp({ flow, code }, { account: id })
    if (read.status !== 'ok') return refuse('unusable-factor')
    const { codes, hashes } = factors.newRecovery(id)
    return { factors: { passkeys: [], password: hashed.password, totp: read.totp, recovery: hashes }, codes }
  }

  /** The account, the link that is used, and what it came from: all or none. */
  async function write(
    found: Found,
    token: string,
    { id, person, factors }: Pick<Account, 'id' | 'person' | 'factors'>,
    who: Who,
  ): Promise<'done' | 'taken' | 'again'> {
    const { invitation } = found
    const along = { along: usedBy(found, token, id) }
    if (invitation.account !== undefined) {
      const changed = await accounts.change(
        id,
        (account) => renewed(account, factors, who),
        who,
        'enrolled anew',
        along,
      )
      return changed.status === 'changed' ? 'done' : 'again'
    }
    const { login, name, language, standing } = invitation
    const added = await accounts.add(
      {
        id,
        login,
        person,
        name,
        ...standing,
        language,
        factors,
        generation: 1,
        addedAt: now(),
        status: 'active',
        notices: [],
        known: [],
      },
      who,
      along,
    )
    if (added === 'added') return 'done'
    return added === 'lost' ? 'again' : 'taken'
  }

  /** Whoever had the old factors, or a session, has nothing any more. */
  function renewed(account: Account, factors: Factors, { address }: Who): Account {
    const notice = { kind: 'reset-done', at: now(), address } as const
    return withNotice({ ...account, factors, generation: account.generation + 1 }, notice)
  }
}

/** Of a new account, that of its invitation: the passkey is made for it before it is there. */
const accountOf = ({ invitation: { account, id } }: Found): string => account ?? id

function usedBy({ invitation, row, approval }: Found, token: string, account: string): Change[] {
  const used: Change = {
    kind: 'invitation',
    name: token,
    value: { ...invitation, isUsed: true },
    after: row,
    endsAt: new Date(invitation.endsAt * 1000),
  }
  const { value } = approval
  if ('officers' in value) {
    const officers = value.officers.map((officer) =>
      officer.invitation === invitation.id ? { ...officer, account } : officer,
    )
    return [used, { kind: 'request', name: foundationName, value: { officers }, after: approval }]
  }
  const done = { ...value, state: 'done' } as const
  const endsAt = new Date(value.endsAt * 1000)
  return [used, { kind: 'request', name: value.id, value: done, after: approval, endsAt }]
}

/** Why a password is not taken. */
export const weaknesses = {
  short: { es: 'tiene menos de 12 caracteres', en: 'it has fewer than 12 characters' },
  long: { es: 'tiene más de 256 caracteres', en: 'it has more than 256 characters' },
  common: { es: 'es conocida, y se adivina pronto', en: 'it is a known one, and soon guessed' },
  pattern: { es: 'es una serie fácil de adivinar', en: 'it is a pattern that is easily guessed' },
  personal: { es: 'contiene el nombre o el usuario', en: 'it has the name or the user name in it' },
} as const
