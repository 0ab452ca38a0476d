import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { randomUuid, type Argon2Cost } from '#kernel/crypto/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { withNotice, type Account, type Accounts, type Passkey, type Refused } from '../accounts/index.ts'
import type { Authority, Who } from '../authority/index.ts'
import { createFlows, type Flow, type FlowBinding } from './flows.ts'
import {
  accountOf,
  creationOptions,
  normalLabel,
  readAssertion,
  readCreation,
  requestOptions,
  rpIdOf,
  type NewOwner,
} from './passkeys.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { newRecovery, recoveryHash } from './recovery.ts'
import { stepEnds, totpForm, totpOffer, totpStep } from './totp.ts'
import { TooMany } from './turns.ts'
import { weaknessOf, type Weakness } from './weakness.ts'

/** Both factors, in one request: there is nothing in between that says that the first was right. */
export type Proof =
  | { kind: 'passkey'; flow: string; response: AuthenticationResponseJSON }
  /** `code`: of the TOTP app, or a recovery code in its place. */
  | { kind: 'password'; login: string; password: string; code: string }

export interface ProofContext {
  purpose: 'sign-in' | 'step-up'
  /** Where the server is reached, such as `https://vault.example.org`. */
  origin: string
  /** RFC 7638 thumbprint of the browser's key. */
  thumbprint?: string
  /** Whose it has to be, by id: of a step-up, whoever is signed in. */
  account?: string
  /** Whether the account has signed in from there before: it then does not wait behind strangers. */
  isKnown?: (account: Account) => boolean
  who: Who
}

export type Method = 'passkey' | 'password-totp' | 'password-recovery'

/** For the ledger alone: whoever asked is told only that it was refused. */
export type ProofFault =
  | 'flow'
  | 'used-flow'
  | 'no-such-account'
  | 'suspended'
  | 'another-account'
  | 'wrong-password'
  | 'wrong-code'
  | 'used-code'
  | 'no-such-passkey'
  | 'suspended-passkey'
  | 'wrong-assertion'
  | 'cloned-passkey'

export type Proven =
  | { status: 'verified'; account: Account; method: Method }
  /** `account`: whose it would have been. */
  | { status: 'refused'; reason: ProofFault; account?: Account }
  /** Too many at once. Nothing was judged. */
  | { status: 'busy' }

/** Which browser, and whose account: of what is set up now and used later. */
export interface Setting {
  account: string
  thumbprint?: string
}

/** Who signs what. */
export interface ApprovalSigning {
  account: string
  approval: string
  thumbprint?: string
  challengeOf: (nonce: string) => Uint8Array
}

/** With all that it takes to judge it later, without the vault. Base64url. */
export interface SignedAnswer {
  nonce: string
  origin: string
  passkey: Pick<Passkey, 'id' | 'publicKey' | 'deviceType'>
  clientDataJSON: string
  authenticatorData: string
  signature: string
}

/** What people sign in with, judged and made. What is made is not stored: whoever asks does that, with what it belongs to. */
export interface SigningIn {
  /** Both factors or nothing. What counts once was used when it returns. */
  verify(proof: Proof, context: ProofContext): Promise<Proven>
  /** Undefined where the origin is an address, which no passkey is for. */
  passkeyOptions(
    origin: string,
    binding: Omit<FlowBinding, 'purpose'> & { purpose: ProofContext['purpose'] },
  ): Promise<{ flow: string; options: PublicKeyCredentialRequestOptionsJSON } | undefined>
  registrationOptions(
    origin: string,
    owner: NewOwner,
    thumbprint?: string,
  ): Promise<{ flow: string; options: PublicKeyCredentialCreationOptionsJSON } | undefined>
  readPasskey(
    origin: string,
    given: { flow: string; response: RegistrationResponseJSON; label: string },
    setting: Setting,
  ): Promise<{ status: 'ok'; passkey: Passkey } | { status: 'refused' }>
  /** `secret` in base32, `uri` for a QR code. */
  offerTotp(login: string, setting: Setting): Promise<{ flow: string; secret: string; uri: string }>
  /** The code shows that the app has the secret; its step is used then. */
  readTotp(
    given: { flow: string; code: string },
    setting: Setting,
  ): Promise<{ status: 'ok'; totp: NonNullable<Account['factors']['totp']> } | { status: 'refused' }>
  /** `words`: of the facility, which say themselves. */
  hashPassword(
    password: string,
    of: { login: string; name: string; words?: readonly string[] },
  ): Promise<
    | { status: 'ok'; password: NonNullable<Account['factors']['password']> }
    | { status: 'refused'; reason: Weakness }
    /** Too many at once: nothing was computed. */
    | { status: 'busy' }
  >
  /** Undefined where the origin is an address. The passkey signs what `challengeOf` makes of a nonce. */
  approvalOptions(
    origin: string,
    signing: ApprovalSigning,
  ): Promise<{ flow: string; options: PublicKeyCredentialRequestOptionsJSON } | undefined>
  /** What was signed, judged and used: nobody sends it again. */
  readApproval(
    origin: string,
    given: { flow: string; response: AuthenticationResponseJSON },
    signing: ApprovalSigning & { who: Who },
  ): Promise<{ status: 'ok'; signed: SignedAnswer } | { status: 'refused'; reason: ProofFault }>
  /** Codes are shown once; hashes are kept. */
  newRecovery(account: string): { codes: string[]; hashes: string[] }
}

export interface FactorsOptions {
  authority: Authority
  accounts: Accounts
  keys: Keys
  /** Seconds since 1970, never back. */
  now: () => number
  /** Of passwords; what the house uses where it is absent. */
  passwordCost?: Argon2Cost
  passwords?: Passwords
}

/** Of a passkey, and whose it has to be. */
interface Answer {
  origin: string
  wanted: string | undefined
  response: AuthenticationResponseJSON
  who: Who
}

export function createFactors({
  authority,
  accounts,
  keys,
  now,
  passwordCost,
  passwords = createPasswords(passwordCost),
}: FactorsOptions): SigningIn {
  const flows = createFlows({ keys, authority, now })

  async function verifyPassword(
    { login, password, code }: Extract<Proof, { kind: 'password' }>,
    { account: wanted, isKnown, who }: ProofContext,
  ): Promise<Proven> {
    // The same reads and the same computation whoever it is, and whatever of it is wrong.
    const account = (await accounts.findByLogin(login))?.value
    const lane = account && isKnown?.(account) ? 'known' : 'stranger'
    let isRight: boolean
    try {
      isRight = await passwords.isRight(account?.factors.password?.hash, password, lane)
    } catch (error) {
      if (error instanceof TooMany) return { status: 'busy' }
      throw error
    }
    const totp = account?.factors.totp
    const step = await totpStep(secretOf(totp?.secret), code, now())
    const hash = recoveryHash(keys, account?.id ?? '', code)
    const isRecovery = account?.factors.recovery.includes(hash) ?? false
    const reason = faultOf()
    // A code is used where the password is right as well: else whoever guesses would use up the codes of others.
    const isTotp = !reason && totp !== undefined && totpForm.test(code) && step !== undefined
    const used = isTotp ? `${account!.id} ${totp.id} ${step}` : 'nobody'
    const isFirst = await authority.useOnce('totp', used, isTotp ? stepEnds(step) : new Date(0))
    if (!account) return { status: 'refused', reason: 'no-such-account' }
    if (reason) return { status: 'refused', reason, account }
    if (isTotp)
      return isFirst
        ? { status: 'verified', account, method: 'password-totp' }
        : { status: 'refused', reason: 'used-code', account }
    return useRecovery(account, hash, who)

    function faultOf(): ProofFault | undefined {
      if (!account) return 'no-such-account'
      if (!isRight) return 'wrong-password'
      // The password alone is no way in, nor are recovery codes to it: they stand in for a TOTP that there is.
      if (!totp) return 'wrong-code'
      if (!(totpForm.test(code) ? step !== undefined : isRecovery)) return 'wrong-code'
      if (account.status !== 'active') return 'suspended'
      return wanted !== undefined && wanted !== account.id ? 'another-account' : undefined
    }
  }

  async function useRecovery({ id }: Account, hash: string, who: Who): Promise<Proven> {
    const notice = { kind: 'recovery-used', at: now(), address: who.address } as const
    const changed = await accounts.change(
      id,
      (account): Account | Refused<'used-code'> => {
        const recovery = account.factors.recovery.filter((each) => each !== hash)
        if (recovery.length === account.factors.recovery.length) return { refused: 'used-code' }
        return withNotice({ ...account, factors: { ...account.factors, recovery } }, notice)
      },
      who,
      'recovery code used',
    )
    if (changed.status === 'changed') return { ...changed, status: 'verified', method: 'password-recovery' }
    return { status: 'refused', reason: 'used-code' }
  }

  async function verifyPasskey(
    { flow: text, response }: Extract<Proof, { kind: 'passkey' }>,
    context: ProofContext,
  ): Promise<Proven> {
    const { purpose, origin, thumbprint, account: wanted, who } = context
    const flow = flows.read(text, bindingOf({ purpose, account: wanted, thumbprint }))
    const rpId = rpIdOf(origin)
    if (!flow || rpId === undefined) return { status: 'refused', reason: 'flow' }
    return answered(flow, rpId, { origin, wanted, response, who })
  }

  /** Whether the passkey of an account has answered this flow, which is used then. */
  async function answered(
    flow: Flow,
    rpId: string,
    { origin, wanted, response, who }: Answer,
  ): Promise<Proven & { passkey?: Passkey }> {
    const account = (await accounts.find(accountOf(response.response.userHandle) ?? ''))?.value
    if (!account) return { status: 'refused', reason: 'no-such-account' }
    const refuse = (reason: ProofFault): Proven => ({ status: 'refused', reason, account })
    const passkey = account.factors.passkeys.find(({ id }) => id === response.id)
    if (!passkey) return refuse('no-such-passkey')
    const counter = await readAssertion(response, passkey, { origin, rpId, challenge: flow.challenge })
    if (counter === undefined) return refuse('wrong-assertion')
    if (!(await flows.use(flow))) return refuse('used-flow')
    if (passkey.suspendedAt) return refuse('suspended-passkey')
    if (account.status !== 'active') return refuse('suspended')
    if (wanted !== undefined && wanted !== account.id) return refuse('another-account')
    if (counter === 0 && passkey.counter === 0)
      return { status: 'verified', account, method: 'passkey', passkey }
    return { ...(await count(account, passkey, counter, who)), passkey }
  }

  /** A passkey that counts less than it has is there twice (WebAuthn §6.1.1): it counts no more, and neither does what was begun with it. */
  async function count(account: Account, { id }: Passkey, counter: number, who: Who): Promise<Proven> {
    let isClone = false
    const at = now()
    const changed = await accounts.change(
      account.id,
      (current): Account | Refused<'suspended-passkey'> => {
        const own = current.factors.passkeys.find((each) => each.id === id)
        if (!own || own.suspendedAt) return { refused: 'suspended-passkey' }
        isClone = counter <= own.counter
        const after: Passkey = isClone ? { ...own, suspendedAt: at } : { ...own, counter }
        const passkeys = current.factors.passkeys.map((each) => (each === own ? after : each))
        const counted = { ...current, factors: { ...current.factors, passkeys } }
        if (!isClone) return counted
        const notice = { kind: 'passkey-cloned', at, address: who.address, about: own.label } as const
        return withNotice({ ...counted, generation: counted.generation + 1 }, notice)
      },
      who,
      'passkey used',
    )
    if (changed.status !== 'changed') return { status: 'refused', reason: 'suspended-passkey', account }
    if (isClone) return { status: 'refused', reason: 'cloned-passkey', account: changed.account }
    return { status: 'verified', account: changed.account, method: 'passkey' }
  }

  return {
    verify: (proof, context) =>
      proof.kind === 'passkey' ? verifyPasskey(proof, context) : verifyPassword(proof, context),

    async passkeyOptions(origin, binding) {
      const rpId = rpIdOf(origin)
      if (rpId === undefined) return undefined
      const { flow, challenge } = flows.begin(bindingOf(binding))
      return { flow, options: await requestOptions(rpId, challenge) }
    },

    async registrationOptions(origin, owner, thumbprint) {
      const rpId = rpIdOf(origin)
      if (rpId === undefined) return undefined
      const binding = bindingOf({ purpose: 'passkey', account: owner.id, thumbprint })
      const { flow, challenge } = flows.begin(binding)
      return { flow, options: await creationOptions(rpId, challenge, owner) }
    },

    async readPasskey(origin, { flow: text, response, label }, setting) {
      const flow = flows.read(text, bindingOf({ purpose: 'passkey', ...setting }))
      const rpId = rpIdOf(origin)
      if (!flow || rpId === undefined) return { status: 'refused' }
      const made = await readCreation(response, { origin, rpId, challenge: flow.challenge })
      if (!made || !(await flows.use(flow))) return { status: 'refused' }
      return { status: 'ok', passkey: { ...made, label: normalLabel(label), addedAt: now() } }
    },

    async offerTotp(login, setting) {
      const { secret, base32, uri } = await totpOffer(login)
      const { flow } = flows.begin(bindingOf({ purpose: 'totp', ...setting }), { secret })
      return { flow, secret: base32, uri }
    },

    async readTotp({ flow: text, code }, setting) {
      const flow = flows.read(text, bindingOf({ purpose: 'totp', ...setting }))
      if (!flow?.secret || !totpForm.test(code)) return { status: 'refused' }
      const step = await totpStep(secretOf(flow.secret), code, now())
      if (step === undefined || !(await flows.use(flow))) return { status: 'refused' }
      const id = randomUuid()
      await authority.useOnce('totp', `${setting.account} ${id} ${step}`, stepEnds(step))
      return { status: 'ok', totp: { id, secret: flow.secret, setAt: now() } }
    },

    async hashPassword(password, of) {
      const reason = await weaknessOf(password, of)
      if (reason) return { status: 'refused', reason }
      try {
        return { status: 'ok', password: { hash: await passwords.hash(password), setAt: now() } }
      } catch (error) {
        if (error instanceof TooMany) return { status: 'busy' }
        throw error
      }
    },

    async approvalOptions(origin, { challengeOf, ...binding }) {
      const rpId = rpIdOf(origin)
      if (rpId === undefined) return undefined
      const { flow, challenge } = flows.begin(bindingOf({ purpose: 'approval', ...binding }), { challengeOf })
      return { flow, options: await requestOptions(rpId, challenge) }
    },

    async readApproval(origin, { flow: text, response }, { challengeOf, who, ...binding }) {
      const flow = flows.read(text, bindingOf({ purpose: 'approval', ...binding }))
      const rpId = rpIdOf(origin)
      const { nonce, challenge } = flow ?? {}
      if (!flow || nonce === undefined || rpId === undefined) return { status: 'refused', reason: 'flow' }
      // What is signed is the act as it is now.
      if (challenge !== Buffer.from(challengeOf(nonce)).toString('base64url'))
        return { status: 'refused', reason: 'flow' }
      const proven = await answered(flow, rpId, { origin, wanted: binding.account, response, who })
      if (proven.status !== 'verified' || !proven.passkey)
        return { status: 'refused', reason: proven.status === 'refused' ? proven.reason : 'flow' }
      const { id, publicKey, deviceType } = proven.passkey
      const { clientDataJSON, authenticatorData, signature } = response.response
      const passkey = { id, publicKey, deviceType }
      return {
        status: 'ok',
        signed: { nonce, origin, passkey, clientDataJSON, authenticatorData, signature },
      }
    },

    newRecovery: (account) => newRecovery(keys, account),
  }
}

/** Without what is not there: a flow is compared with its binding field by field. */
function bindingOf({
  purpose,
  account,
  thumbprint,
  approval,
}: {
  purpose: FlowBinding['purpose']
  account?: string | undefined
  thumbprint?: string | undefined
  approval?: string | undefined
}): FlowBinding {
  return {
    purpose,
    ...(account === undefined ? {} : { account }),
    ...(thumbprint === undefined ? {} : { thumbprint }),
    ...(approval === undefined ? {} : { approval }),
  }
}

/** Of who has none, of any: the work is the same. */
function secretOf(base64: string | undefined): Uint8Array {
  return base64 === undefined ? nobodysSecret : Buffer.from(base64, 'base64')
}

const nobodysSecret = new Uint8Array(20)
