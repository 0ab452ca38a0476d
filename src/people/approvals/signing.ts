/** That somebody said so: signed by their passkey, for this act and nothing else; or, where they have none, attested by the vault. */
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { Account } from '../accounts/index.ts'
import type { Who } from '../authority/index.ts'
import type { SigningIn } from '../factors/index.ts'
import type { PersonAsking } from '../principal.ts'
import { isSteppedUp } from '../stepped-up.ts'
import { challengeOf } from './acts.ts'
import type { Signature } from './contract.ts'
import type { Approved, Say } from './values.ts'

/** What is signed: canonical JSON, for `id` and nothing else. */
export interface Deed {
  id: string
  act: string
}

export type SigningOptions =
  | { status: 'ok'; flow: string; options: PublicKeyCredentialRequestOptionsJSON }
  | Refusal

export interface Signing {
  /** A short time ago, and where they are now. */
  isStepped(person: PersonAsking, who: Pick<Who, 'address'>): boolean
  sayOf(person: PersonAsking): Say
  /** What the passkey is to sign; refused where they have none. `account`: of that person, as it is now. */
  options(person: PersonAsking, account: Account, deed: Deed, origin: string): Promise<SigningOptions>
  /** With a passkey that is not taken, or factors that were not shown again, refused. */
  sign(
    by: { person: PersonAsking; account: Account; who: Who },
    deed: Deed,
    signature: Signature,
  ): Promise<Approved | Refusal>
}

export function createSigning(options: {
  factors: Pick<SigningIn, 'approvalOptions' | 'readApproval'>
  /** Seconds since 1970, that do not run back. */
  now: () => number
}): Signing {
  const { factors, now } = options

  const isStepped: Signing['isStepped'] = (person, { address }) => isSteppedUp(person, address, now())

  const sayOf = ({ account, person, name }: PersonAsking): Say => ({ account, person, name, at: now() })

  return {
    isStepped,
    sayOf,

    async options(person, account, deed, origin) {
      if (!hasPasskey(account)) return refuse('no-passkey')
      const begun = await factors.approvalOptions(origin, signingOf(person, deed))
      return begun ? { status: 'ok', ...begun } : refuse('no-passkey')
    },

    async sign({ person, account, who }, deed, { origin, proof }) {
      if (!hasPasskey(account))
        return isStepped(person, who) ? { ...sayOf(person), by: 'attested' } : refuse('step-up-needed')
      if (!proof) return refuse('signature-needed')
      const read = await factors.readApproval(origin, proof, { ...signingOf(person, deed), who })
      return read.status === 'ok'
        ? { ...sayOf(person), by: 'signed', ...read.signed }
        : refuse('signature-unfit')
    },
  }
}

/** What they are shown is what they sign: the act as it stands there. */
const signingOf = ({ account, key }: PersonAsking, { id, act }: Deed) => ({
  account,
  approval: id,
  ...(key === undefined ? {} : { thumbprint: key }),
  challengeOf: (nonce: string) => challengeOf(id, act, nonce),
})

const hasPasskey = ({ factors: { passkeys } }: Account): boolean => passkeys.some((each) => !each.suspendedAt)
