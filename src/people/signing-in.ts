/** Signing in, and showing both factors again: slowed where somebody guesses, in the ledger, and told to whose account it is. */
import { randomBytes } from '#kernel/crypto/index.ts'
import type { Ledger } from '#kernel/ledger/index.ts'
import {
  normalLogin,
  withKnown,
  withNotice,
  type Account,
  type Accounts,
  type KnownDevice,
  type Refused,
} from './accounts/index.ts'
import type { Who } from './authority/index.ts'
import type { SteadyClock } from './clock.ts'
import { isLoopback } from './credentials.ts'
import { accountOf, type Proof, type ProofContext, type Proven, type SigningIn } from './factors/index.ts'
import type { PersonAsking } from './principal.ts'
import { actorOf, type SessionKeeper } from './sessions/index.ts'
import { placeOf, type Counted, type Throttling, type Try } from './throttling/index.ts'

/** From where a request comes. */
export interface From {
  /** Of the peer. */
  address: string | undefined
  /** It says of itself that it was passed on. */
  isForwarded: boolean
  /** The cookie that the device keeps. */
  device?: string | undefined
  /** `User-Agent`. */
  agent?: string | undefined
  /** Of this server. */
  origin: string
}

export interface SignInAsked {
  proof: Proof
  /** RFC 7638, of the browser's key; none where the session is to be plain. */
  thumbprint?: string
  /** What for: a code of HL7's PurposeOfUse, say. */
  purpose?: string
  /** A bearer token, of a demonstration. */
  isPlain?: boolean
}

export type SignedIn =
  /** `session`: its id, which proofs are made for. `device`: the cookie to keep, for whoever signs in by a browser. */
  { status: 'signed-in'; token: string; session: string; account: Account; device?: string } | NotSignedIn

/** Nobody is told more. `isRecorded`: false where it is to be counted among what strangers did. */
export type NotSignedIn =
  | { status: 'refused'; isRecorded: boolean }
  | { status: 'wait'; seconds: number }
  | { status: 'busy' }

export interface Entrance {
  signIn(asked: SignInAsked, from: From): Promise<SignedIn>
  /** The session goes on under the new token. */
  stepUp(
    person: PersonAsking,
    proof: Proof,
    from: From,
  ): Promise<{ status: 'stepped-up'; token: string; session: string } | NotSignedIn>
}

export interface EntranceOptions {
  accounts: Accounts
  factors: Pick<SigningIn, 'verify'>
  sessions: SessionKeeper
  throttling: Throttling
  ledger: Pick<Ledger, 'record'>
  clock: SteadyClock
  isDemo: boolean
}

/** Entries of refused tries in a minute: strangers do not fill the disk. Those beyond are counted by address. */
const recordedMax = 60
const agentMax = 200
/** Characters of a device's name in the ledger: 66 bits. More, and what is said of a look would not fit the floor of an entry as it is. */
const shownLength = 11
/** A device is known by its cookie. */
const deviceForm = /^sgd_[A-Za-z0-9_-]{43}$/
/** Between two times that it is noted of a device that it was there. */
const notedSeconds = 24 * 3_600

export function createEntrance(options: EntranceOptions): Entrance {
  const { accounts, factors, sessions, throttling, ledger, clock, isDemo } = options
  const isWithinMeasure = perMinute(recordedMax, clock)

  async function signIn({ proof, thumbprint, purpose, isPlain }: SignInAsked, from: From): Promise<SignedIn> {
    // A session is its browser's, or a demonstration's on this machine.
    const isPlaced = isPlain ? isDemo && isLoopback(from.address) && !from.isForwarded : thumbprint
    if (!isPlaced) return { status: 'refused', isRecorded: false }
    // Whose it would be: nobody is told whether there is one.
    const wanted =
      proof.kind === 'password'
        ? (await accounts.findByLogin(proof.login))?.value
        : await accountShown(proof.response.response.userHandle)
    const place = placeIn(from, isPlain === true)
    const counted = await count(proof, wanted, place)
    if (counted.status === 'wait') return counted
    const client = isPlain ? 'token' : 'web'
    const who = whoOf(wanted?.id, client, from, place.isKept ? shownOf(place) : {})
    const isKnown = (): boolean => wanted !== undefined && knownAs(wanted, place) !== undefined
    const bound = isPlain || thumbprint === undefined ? {} : { key: thumbprint }
    const context = { purpose: 'sign-in', origin: from.origin, isKnown, who } as const
    const proven = await factors.verify(
      proof,
      thumbprint === undefined ? context : { ...context, thumbprint },
    )
    if (proven.status === 'busy') return proven
    if (proven.status === 'refused') return refuse('sign-in', proof, proven, who)
    const account = await welcome(proven.account, place, who)
    if (!account) return refuse('sign-in', proof, { reason: 'changed', account: proven.account }, who)
    await counted.forgive()
    const { device: deviceName } = shownOf(place)
    const { token, session } = await sessions.start(
      {
        account,
        method: proven.method,
        ...bound,
        ...(isPlain ? { isPlain } : {}),
        ...(purpose === undefined ? {} : { purpose }),
        device: agentOf(from),
        ...(deviceName === undefined ? {} : { deviceName }),
        address: from.address ?? 'unknown',
      },
      whoOf(account.id, client, from, shownOf(place)),
    )
    const kept = place.cookie === undefined ? {} : { device: place.cookie }
    return { status: 'signed-in', token, session: session.id, account, ...kept }
  }

  async function stepUp(
    { account, login, session, key, device }: PersonAsking,
    proof: Proof,
    from: From,
  ): ReturnType<Entrance['stepUp']> {
    const who = whoOf(
      account,
      key === undefined ? 'token' : 'web',
      from,
      device === undefined ? {} : { device },
    )
    // Of the session alone, so that nobody else keeps its owner waiting.
    const counted = await throttling.count({
      login,
      address: undefined,
      known: { device: `session ${session}` },
    })
    if (counted.status === 'wait') return counted
    const context: ProofContext = {
      purpose: 'step-up',
      origin: from.origin,
      account,
      isKnown: () => true,
      who,
    }
    const proven = await factors.verify(proof, key === undefined ? context : { ...context, thumbprint: key })
    if (proven.status === 'busy') return proven
    if (proven.status === 'refused') return refuse('step-up', proof, proven, who)
    await counted.forgive()
    const begun = await sessions.stepUp(session, proven.method, who)
    if (!begun) return refuse('step-up', proof, { reason: 'changed', account: proven.account }, who)
    return { status: 'stepped-up', token: begun.token, session: begun.session.id }
  }

  async function accountShown(userHandle: string | undefined): Promise<Account | undefined> {
    return (await accounts.find(accountOf(userHandle) ?? ''))?.value
  }

  /** With a passkey there is nothing to guess: who has one is never kept waiting. */
  async function count(proof: Proof, wanted: Account | undefined, place: Place): Promise<Counted> {
    if (proof.kind === 'passkey') return { status: 'go', forgive: async () => {} }
    const known = wanted && knownAs(wanted, place)
    const tried: Try = { login: normalLogin(proof.login) ?? '', address: place.address }
    return throttling.count(known ? { ...tried, known } : tried)
  }

  /**
   * The account, knowing where it is now; its owner is told of a device that it did not know. Undefined where it was changed so, since
   * its factors were judged, that they may count no more.
   */
  async function welcome(proven: Account, place: Place, who: Who): Promise<Account | undefined> {
    const at = clock.seconds()
    const device: KnownDevice = { ...deviceOf(place), address: who.address, at }
    const isNoted = proven.known.some(
      (each) =>
        each.device === device.device && each.address === device.address && at - each.at < notedSeconds,
    )
    if (isNoted) return proven
    const isNew =
      proven.known.length > 0 &&
      !proven.known.some(
        (each) =>
          each.device === device.device && (each.device !== undefined || each.address === device.address),
      )
    const changed = await accounts.change(
      proven.id,
      (account): Account | Refused<'changed'> => {
        if (account.generation !== proven.generation || account.status !== 'active')
          return { refused: 'changed' }
        const known = withKnown(account, device)
        return isNew
          ? withNotice(known, { kind: 'new-device', at, address: who.address, about: place.agent })
          : known
      },
      { ...who, actor: actorOf(proven.id) },
      isNew ? 'signs in on a new device' : 'signs in from here',
    )
    return changed.status === 'changed' ? changed.account : undefined
  }

  /** The same whether there is such an account or not: what is recorded takes time. */
  async function refuse(
    action: 'sign-in' | 'step-up',
    proof: Proof,
    { reason, account }: Pick<Extract<Proven, { status: 'refused' }>, 'account'> & { reason: string },
    who: Who,
  ): Promise<NotSignedIn> {
    if (action === 'sign-in' && !isWithinMeasure()) return { status: 'refused', isRecorded: false }
    // What was typed as a login that nobody has may be a password.
    const query = account ? `${proof.kind}, ${account.login}` : proof.kind
    const { actor: _, ...somebody } = who
    const by = action === 'sign-in' ? somebody : who
    await ledger.record([{ ...by, action, outcome: 'refused', query, reason }])
    return { status: 'refused', isRecorded: true }
  }

  /** Where somebody is, as far as it can be known again. */
  function placeIn({ address, isForwarded, device, agent }: From, isPlain: boolean): Place {
    const own = isForwarded || address === undefined ? undefined : address
    const named = agentOf({ agent })
    if (isPlain) return { address: own, cookie: undefined, isKept: false, agent: named }
    const isOurs = device !== undefined && deviceForm.test(device)
    return { address: own, cookie: isOurs ? device : newDevice(), isKept: isOurs, agent: named }
  }

  const deviceOf = ({ cookie }: Place): { device?: string } =>
    cookie === undefined ? {} : { device: throttling.deviceName(cookie) }

  /** As the ledger names it. */
  const shownOf = (place: Place): { device?: string } => {
    const { device } = deviceOf(place)
    return device === undefined ? {} : { device: device.slice(0, shownLength) }
  }

  /** By its device, else by its address. */
  function knownAs({ known }: Account, place: Place): Try['known'] {
    const { device } = deviceOf(place)
    if (device !== undefined && known.some((each) => each.device === device)) return { device }
    const { address } = place
    if (address === undefined) return undefined
    return known.some((each) => placeOf(each.address) === placeOf(address)) ? { address } : undefined
  }

  return { signIn, stepUp }
}

interface Place {
  /** Of who asks; undefined where it is only a proxy's. */
  address: string | undefined
  /** Of the device; undefined where it keeps none. */
  cookie: string | undefined
  /** It came with the request, and is not one just made. */
  isKept: boolean
  agent: string
}

const newDevice = (): string => `sgd_${Buffer.from(randomBytes(32)).toString('base64url')}`

function whoOf(
  account: string | undefined,
  client: string,
  { address = 'unknown' }: From,
  shown: { device?: string },
): Who {
  return { actor: account === undefined ? 'nobody' : actorOf(account), client, address, ...shown }
}

/** On one line, and not too long. */
function agentOf({ agent = 'unknown' }: Pick<From, 'agent'>): string {
  return agent
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, agentMax)
}

/** True so many times a minute. */
function perMinute(times: number, clock: SteadyClock): () => boolean {
  let minute = 0
  let left = times
  return () => {
    const now = Math.floor(clock.seconds() / 60)
    if (now !== minute) [minute, left] = [now, times]
    return left-- > 0
  }
}
