/** The one way to a session: both factors in one request. docs/spec/auth.md, "Signing in". */
import { calculateJwkThumbprint, type JWK } from 'jose'
import { deriveKey, keyedHash, randomBytes } from '#kernel/crypto/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Ledger } from '#kernel/ledger/index.ts'
import { normalLogin, withKnown, withNotice, type Account, type Accounts } from './accounts/index.ts'
import type { SteadyClock } from './clock.ts'
import type { Proof, ProofContext, Proven, SigningIn } from './factors/index.ts'
import type { PersonAsking } from './principal.ts'
import { isLoopback } from './credentials.ts'
import { actorOf, type Begun as SessionBegun, type SessionKeeper } from './sessions/index.ts'
import type { Throttling } from './throttling/index.ts'

/** From where somebody asks. */
export interface From {
  /** Of the peer. */
  address: string
  /** It says of itself that it was passed on: then the address says nothing of who asks. */
  isForwarded: boolean
  /** The cookie of the device, which says that it was here before and opens nothing. */
  device?: string
  /** As the person will see it in their list. */
  deviceName: string
  /** Of this server. */
  origin: string
}

export interface SignInAsked {
  proof: Proof
  /** Of the browser: the session is good for whoever has it. None of a bearer token. */
  key?: JWK
  isPlain?: true
  purpose?: string
}

export type SignedIn =
  | {
      status: 'signed-in'
      token: string
      session: SessionBegun['session']
      account: Account
      /** For its cookie. */
      device: string
    }
  /** Whatever of it was wrong. */
  | { status: 'refused' }
  | { status: 'wait'; seconds: number }
  /** Bearer tokens are a demonstration's, and good on this machine alone. */
  | { status: 'not-plain' }

export interface SignIn {
  begin(asked: SignInAsked, from: From): Promise<SignedIn>
  /** Both factors again, of whoever is signed in: the session goes on under a new token. */
  stepUp(
    person: PersonAsking,
    proof: Proof,
    from: From,
  ): Promise<
    ({ status: 'stepped-up' } & SessionBegun) | { status: 'refused' } | { status: 'wait'; seconds: number }
  >
  passkeyOptions(origin: string, key?: JWK): ReturnType<SigningIn['passkeyOptions']>
  stepUpOptions(origin: string, person: PersonAsking): ReturnType<SigningIn['passkeyOptions']>
}

export interface SignInOptions {
  accounts: Accounts
  factors: Pick<SigningIn, 'verify' | 'passkeyOptions'>
  sessions: SessionKeeper
  throttling: Throttling
  ledger: Pick<Ledger, 'record'>
  keys: Keys
  clock: SteadyClock
  isDemo: boolean
}

const deviceRandomBytes = 16
/** Of a device that is none of ours. */
const deviceForm = /^[\w-]{22}$/
/** While all that the machine has for passwords is taken. */
const busySeconds = 2

export function createSignIn(options: SignInOptions): SignIn {
  const { accounts, factors, sessions, throttling, ledger, keys, clock, isDemo } = options

  const deviceHash = (device: string): string => {
    const key = deriveKey(keys.authority, 'device')
    try {
      return Buffer.from(keyedHash(key, device)).toString('base64')
    } finally {
      key.zero()
    }
  }

  /** Where the account has signed in with both factors before: by its device, or else by its address. */
  function knownAt(account: Account, { device, address, isForwarded }: From) {
    const hash = device !== undefined && deviceForm.test(device) ? deviceHash(device) : undefined
    if (hash !== undefined && account.known.some((each) => each.device === hash)) return { device: hash }
    return !isForwarded && account.known.some((each) => each.address === address) ? { address } : undefined
  }

  async function prove(
    proof: Proof,
    context: Pick<ProofContext, 'purpose' | 'account' | 'thumbprint'>,
    from: From,
  ): Promise<Proven | { status: 'wait'; seconds: number }> {
    const { address, isForwarded, origin } = from
    const who = {
      actor: context.account === undefined ? 'nobody' : actorOf(context.account),
      client: 'web',
      address,
    }
    const judge = () =>
      factors.verify(proof, {
        ...context,
        origin,
        who,
        isKnown: (account) => knownAt(account, from) !== undefined,
      })
    // Of a passkey there is nothing to guess.
    if (proof.kind === 'passkey') return judge()
    const login = normalLogin(proof.login) ?? ''
    const account = (await accounts.findByLogin(login))?.value
    const known = account && knownAt(account, from)
    const counted = await throttling.count({
      login,
      address: isForwarded ? undefined : address,
      ...(known ? { known } : {}),
    })
    if (counted.status === 'wait') return counted
    const proven = await judge()
    if (proven.status === 'verified') await counted.forgive()
    return proven
  }

  /** For the ledger alone: whoever asked learns that it was refused, and nothing else. */
  async function refused(
    proven: Proven,
    proof: Proof,
    action: 'sign-in' | 'step-up',
    { address }: From,
  ): Promise<void> {
    if (proven.status !== 'refused') return
    const { account, reason } = proven
    const query = account
      ? `account ${account.id}`
      : proof.kind === 'password'
        ? `login ${proof.login.slice(0, 64)}`
        : 'passkey'
    await ledger.record([{ client: 'web', address, action, outcome: 'refused', query, reason }])
  }

  /** The account as it is after it: a device that was not here before is told of. */
  async function remember(account: Account, device: string, { address, deviceName }: From): Promise<Account> {
    const hash = deviceHash(device)
    if (account.known.some((each) => each.device === hash && each.address === address)) return account
    const isNew = account.known.length > 0 && !account.known.some((each) => each.device === hash)
    const at = clock.seconds()
    const who = { actor: actorOf(account.id), client: 'web', address }
    const changed = await accounts.change(
      account.id,
      (current) => {
        const known = withKnown(current, { device: hash, address, at })
        return isNew ? withNotice(known, { kind: 'new-device', at, address, about: deviceName }) : known
      },
      who,
      'signed in from a new place',
    )
    return changed.status === 'changed' ? changed.account : account
  }

  return {
    async begin({ proof, key, isPlain, purpose }, from) {
      if (isPlain && !(isDemo && isLoopback(from.address) && !from.isForwarded))
        return { status: 'not-plain' }
      const thumbprint = key && !isPlain ? await calculateJwkThumbprint(key) : undefined
      const bound = thumbprint === undefined ? {} : { thumbprint }
      const proven = await prove(proof, { purpose: 'sign-in', ...bound }, from)
      await refused(proven as Proven, proof, 'sign-in', from)
      if (proven.status === 'busy') return { status: 'wait', seconds: busySeconds }
      if (proven.status !== 'verified') return proven.status === 'wait' ? proven : { status: 'refused' }
      const device = from.device !== undefined && deviceForm.test(from.device) ? from.device : newDevice()
      const account = await remember(proven.account, device, from)
      const { address, deviceName } = from
      const begun = await sessions.start(
        {
          account,
          method: proven.method,
          device: deviceName,
          address,
          ...(thumbprint === undefined ? {} : { key: thumbprint }),
          ...(isPlain ? { isPlain } : {}),
          ...(purpose === undefined ? {} : { purpose }),
        },
        { actor: actorOf(account.id), client: isPlain ? 'token' : 'web', address },
      )
      return { status: 'signed-in', ...begun, account, device }
    },

    async stepUp({ account, session }, proof, from) {
      const proven = await prove(proof, { purpose: 'step-up', account }, from)
      await refused(proven as Proven, proof, 'step-up', from)
      if (proven.status === 'busy') return { status: 'wait', seconds: busySeconds }
      if (proven.status !== 'verified') return proven.status === 'wait' ? proven : { status: 'refused' }
      const who = { actor: actorOf(account), client: 'web', address: from.address }
      const begun = await sessions.stepUp(session, proven.method, who)
      return begun ? { status: 'stepped-up', ...begun } : { status: 'refused' }
    },

    async passkeyOptions(origin, key) {
      const thumbprint = key && (await calculateJwkThumbprint(key))
      return factors.passkeyOptions(origin, {
        purpose: 'sign-in',
        ...(thumbprint === undefined ? {} : { thumbprint }),
      })
    },

    stepUpOptions: (origin, { account }) => factors.passkeyOptions(origin, { purpose: 'step-up', account }),
  }
}

const newDevice = (): string => Buffer.from(randomBytes(deviceRandomBytes)).toString('base64url')
