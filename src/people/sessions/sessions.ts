import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Account, Accounts } from '../accounts/index.ts'
import type { Authority, Change, Row, Who } from '../authority/index.ts'
import { Believed } from '../believed.ts'
import type { SteadyClock } from '../clock.ts'
import type { PersonAsking, Principal } from '../principal.ts'
import { limitsOf, plainLimits } from './limits.ts'
import { Seen } from './seen.ts'
import type { Method } from '../factors/index.ts'
import { newToken, sessionId, sessionPrefix, type Session, type Sessions } from './session.ts'

/** A session that is good now, and whose it is. */
export interface Standing {
  session: Session
  principal: Principal
  endsAt: number
  idleSeconds: number
}

export interface NewSession {
  account: Account
  method: Method
  /** RFC 7638 thumbprint of the key that it is bound to. */
  key?: string
  isPlain?: true
  purpose?: string
  device: string
  deviceName?: string
  address: string
}

/** The token is told once, to whoever signed in. */
export interface Begun {
  token: string
  session: Session
}

/** The rows that a session stands on. */
interface Both {
  session: Row<Session>
  account: Row<Account>
}

/** As the person and officers see it. */
export interface Listed extends Pick<
  Session,
  'id' | 'createdAt' | 'method' | 'device' | 'deviceName' | 'address' | 'purpose' | 'steppedUpAt' | 'isPlain'
> {
  seenAt: number
  endsAt: number
}

export interface SessionKeeperOptions {
  authority: Authority
  accounts: Pick<Accounts, 'find'>
  sql: Sql
  keys: Keys
  clock: SteadyClock
}

/** Sessions of one account at once: one more ends the oldest. */
const liveMax = 20
/** Both factors count as shown for so long. */
const steppedUpSeconds = 300
/** Clocks of two machines may be apart so far. */
const aheadSecondsMax = 60
/** Whose sessions are, remembered so that both rows are read in one statement. */
const ownersMax = 10_000
/** Somebody else signs in to the same account at the same moment. */
const triesMax = 50

/** Sessions of people: begun by whoever has shown both factors, judged with the account, ended. docs/spec/people.md. */
export class SessionKeeper {
  readonly #authority: Authority
  readonly #accounts: Pick<Accounts, 'find'>
  readonly #clock: SteadyClock
  readonly #seen: Seen
  readonly #believed = new Believed((ids) => this.#look(ids))
  #owners = new Map<string, string>()
  #standings = new WeakMap<Row<Session>, { account: Row<Account>; standing: Standing | undefined }>()

  constructor({ authority, accounts, sql, keys, clock }: SessionKeeperOptions) {
    this.#authority = authority
    this.#accounts = accounts
    this.#clock = clock
    this.#seen = new Seen(sql, keys)
  }

  /** Always with a new token, whatever the browser sent. */
  async start(of: NewSession, who: Who): Promise<Begun> {
    const { account, ...rest } = of
    const token = newToken()
    const session: Session = {
      ...rest,
      id: sessionId(token),
      account: account.id,
      generation: account.generation,
      createdAt: this.#clock.seconds(),
      ...(rest.isPlain ? plainLimits : limitsOf(account.roles)),
    }
    await this.#write(account.id, [{ kind: 'session', name: session.id, value: session }], session, {
      who,
      action: 'sign-in',
      query: `${session.method}, ${session.device}`,
    })
    return { token, session }
  }

  /** What a token is good for, at once where that was read a moment ago; undefined where it is good for nothing. */
  judge(token: string): Standing | undefined | Promise<Standing | undefined> {
    if (!token.startsWith(sessionPrefix)) return undefined
    const standing = this.#believed.judge(sessionId(token))
    return standing instanceof Promise ? standing.then(this.#lasting) : this.#lasting(standing)
  }

  /** It is used: by whoever has its key, so that a cookie alone does not keep it from ending. */
  touch({ session }: Standing): Promise<void> | undefined {
    return this.#seen.touch(session.id, this.#clock.seconds())
  }

  /** Those of an account that have not ended, the oldest first. */
  async list(account: string): Promise<Listed[]> {
    const owner = await this.#accounts.find(account)
    if (!owner) return []
    const rows = await this.#rows(account)
    await this.#seen.read(rows.map(({ value }) => value.id))
    const standings = rows.map(({ value }) => this.#lasting(standingOf(value, owner.value)))
    return standings.filter((each) => each !== undefined).map((each) => this.#listed(each))
  }

  /** It ends here at once, elsewhere within a second. False where the account has no such session. */
  async end(account: string, id: string, who: Who): Promise<boolean> {
    const isOwn = who.actor === actorOf(account)
    const act = isOwn
      ? ({ action: 'sign-out', query: 'signed out' } as const)
      : ({ action: 'authority', query: `account ${account}: session ended` } as const)
    for (let tries = 0; tries < triesMax; tries++) {
      const row = await this.#authority.find<Session>('session', id)
      if (row?.value.account !== account || row.value.endedAt !== undefined) return false
      const isDone = await this.#authority.put({ ...this.#ended(row), act: { ...who, ...act } })
      this.#believed.forget(id)
      if (isDone) return true
    }
    throw new Error('a session is changed all the time')
  }

  /**
   * Both factors were shown again: the session goes on under a new token, and the one of before ends. Undefined where it has ended
   * meanwhile.
   */
  async stepUp(id: string, method: Method, who: Who): Promise<Begun | undefined> {
    for (let tries = 0; tries < triesMax; tries++) {
      // Where a purpose is said meanwhile, the row is another and the session still there: what was shown for it is used up.
      const row = await this.#authority.find<Session>('session', id)
      if (!row || row.value.endedAt !== undefined) return undefined
      const token = newToken()
      const session: Session = {
        ...row.value,
        id: sessionId(token),
        method,
        steppedUpAt: this.#clock.seconds(),
        steppedUpFrom: who.address,
      }
      const changes: Change[] = [this.#ended(row), { kind: 'session', name: session.id, value: session }]
      const isDone = await this.#write(session.account, changes, session, {
        who,
        action: 'step-up',
        query: method,
      })
      this.#believed.forget(id)
      if (isDone) return { token, session }
    }
    throw new Error('a session is changed all the time')
  }

  /** What for, from the next request on; none: what is usual. False where the session has ended meanwhile. */
  async say(id: string, purpose: string | undefined, who: Who): Promise<boolean> {
    for (let tries = 0; tries < triesMax; tries++) {
      const row = await this.#authority.find<Session>('session', id)
      if (!row || row.value.endedAt !== undefined) return false
      const { purpose: before, ...rest } = row.value
      if (before === purpose) return true
      const value: Session = { ...rest, ...(purpose === undefined ? {} : { purpose }) }
      const endsAt = new Date(endOf(value) * 1000)
      const query = `purpose of the session: ${before ?? 'usual'}, now ${purpose ?? 'usual'}`
      const isDone = await this.#authority.put({
        kind: 'session',
        name: id,
        value,
        after: row,
        endsAt,
        act: { ...who, action: 'authority', query },
      })
      this.#believed.forget(id)
      if (isDone) return true
    }
    throw new Error('a session is changed all the time')
  }

  /**
   * Undefined where the session stands no more. Otherwise its row as it is, once more: committed with what its owner changes, it makes that wait
   * for nothing, and come to nothing where the session was ended meanwhile. `generation`: that the account has to have still.
   */
  async holding({
    account,
    session: id,
  }: Pick<PersonAsking, 'account' | 'session'>): Promise<
    { generation: number; unchanged: Change } | undefined
  > {
    const [session, owner] = await this.#authority.findEach([
      { kind: 'session', name: id },
      { kind: 'account', name: account },
    ])
    if (!session || !owner) return undefined
    const after = session as Row<Session>
    const { value } = after
    const standing = standingOf(value, (owner as Row<Account>).value)
    if (!standing || standing.endsAt <= this.#clock.seconds()) return undefined
    const endsAt = new Date(endOf(value) * 1000)
    return { generation: value.generation, unchanged: { kind: 'session', name: id, value, after, endsAt } }
  }

  isSteppedUp({ steppedUpAt }: { steppedUpAt?: number }): boolean {
    return steppedUpAt !== undefined && this.#clock.seconds() - steppedUpAt < steppedUpSeconds
  }

  /** The vault was sealed. */
  forget(): void {
    this.#believed.forgetAll()
    this.#seen.forgetAll()
    this.#owners = new Map()
  }

  tend(): Promise<void> {
    return this.#seen.tend()
  }

  /**
   * These rows, and with them the list that the session is in. False where one of them has changed meanwhile; of two who sign in at the
   * same moment each gets in.
   */
  async #write(
    account: string,
    changes: readonly Change[],
    session: Session,
    { who, ...act }: { who: Who; action: 'sign-in' | 'step-up'; query: string },
  ): Promise<boolean> {
    const [first] = changes
    for (let tries = 0; tries < triesMax; tries++) {
      const list = await this.#authority.find<Sessions>('sessions', account)
      const now = this.#clock.seconds()
      const others = (list?.value.live ?? []).filter(({ id, endsAt }) => endsAt > now && id !== first?.name)
      const kept = others.slice(-(liveMax - 1))
      const live = [...kept, { id: session.id, endsAt: endOf(session) }]
      const dropped = await this.#find(others.slice(0, others.length - kept.length).map(({ id }) => id))
      const all: Change[] = [
        ...changes.map((change) => ({ ...change, endsAt: new Date(endOf(session) * 1000) })),
        ...dropped.filter(({ value }) => value.endedAt === undefined).map((row) => this.#ended(row)),
        { kind: 'sessions', name: account, value: { live }, ...(list ? { after: list } : {}) },
      ]
      if (await this.#authority.putEach(all, { ...who, ...act })) {
        for (const { value } of dropped) this.#believed.forget(value.id)
        return true
      }
      if (first?.after && (await this.#find([first.name]))[0]?.version !== first.after.version) return false
    }
    throw new Error('the sessions of an account change all the time')
  }

  #ended(row: Row<Session>): Change {
    const { value } = row
    const endsAt = new Date(endOf(value) * 1000)
    return {
      kind: 'session',
      name: value.id,
      value: { ...value, endedAt: this.#clock.seconds() },
      after: row,
      endsAt,
    }
  }

  async #rows(account: string): Promise<Row<Session>[]> {
    const list = await this.#authority.find<Sessions>('sessions', account)
    return this.#find((list?.value.live ?? []).map(({ id }) => id))
  }

  async #find(ids: readonly string[]): Promise<Row<Session>[]> {
    if (ids.length === 0) return []
    const rows = await this.#authority.findEach(ids.map((name) => ({ kind: 'session', name })))
    return rows.filter((row) => row !== undefined) as Row<Session>[]
  }

  async #look(ids: readonly string[]): Promise<(Standing | undefined)[]> {
    const both = await this.#both(ids)
    // By whichever process it was used last.
    const unheard = both.filter((found) => {
      const { id, idleSeconds } = found?.session.value ?? {}
      const usedAt = id === undefined ? undefined : this.#seen.at(id)
      return found && (usedAt === undefined || this.#clock.seconds() - usedAt > (idleSeconds ?? 0) / 2)
    })
    if (unheard.length > 0) await this.#seen.read(unheard.map((found) => found!.session.value.id))
    return both.map((found) => this.#lasting(found && this.#standingOf(found)))
  }

  /** Sessions with their accounts, of one moment where it is known whose they are. */
  async #both(ids: readonly string[]): Promise<(Both | undefined)[]> {
    const owners = new Set(ids.map((id) => this.#owners.get(id)).filter((owner) => owner !== undefined))
    const rows = await this.#authority.findEach([
      ...ids.map((name) => ({ kind: 'session', name }) as const),
      ...[...owners].map((name) => ({ kind: 'account', name }) as const),
    ])
    const sessions = rows.slice(0, ids.length) as (Row<Session> | undefined)[]
    const accounts = new Map([...owners].map((owner, n) => [owner, rows[ids.length + n]]))
    const unknown = new Set(
      sessions.flatMap((row) => row?.value.account ?? []).filter((id) => !accounts.has(id)),
    )
    if (unknown.size > 0) {
      const names = [...unknown].map((name) => ({ kind: 'account', name }) as const)
      const found = await this.#authority.findEach(names)
      for (const [n, { name }] of names.entries()) accounts.set(name, found[n])
    }
    return sessions.map((session) => {
      const account = session && (accounts.get(session.value.account) as Row<Account> | undefined)
      if (!account) return undefined
      if (this.#owners.size >= ownersMax) this.#owners.clear()
      this.#owners.set(session.value.id, account.value.id)
      return { session, account }
    })
  }

  /** The same of the same rows, which are the same objects for as long as nothing in them changes. */
  #standingOf({ session, account }: Both): Standing | undefined {
    const known = this.#standings.get(session)
    if (known?.account === account) return known.standing
    const standing = standingOf(session.value, account.value)
    this.#standings.set(session, { account, standing })
    return standing
  }

  readonly #lasting = (standing: Standing | undefined): Standing | undefined => {
    if (!standing) return undefined
    const { session, endsAt, idleSeconds } = standing
    const now = this.#clock.seconds()
    const unusedSeconds = now - this.#usedAt(session)
    // Used later than it is now: the clock was set back, and when this session ends nobody can say.
    const isOfNow = unusedSeconds > -aheadSecondsMax
    return isOfNow && now < endsAt && unusedSeconds < idleSeconds ? standing : undefined
  }

  #usedAt({ id, createdAt, steppedUpAt = 0 }: Session): number {
    return Math.max(createdAt, steppedUpAt, this.#seen.at(id) ?? 0)
  }

  #listed({ session, endsAt }: Standing): Listed {
    const { id, createdAt, method, device, deviceName, address, purpose, steppedUpAt, isPlain } = session
    const rest = Object.fromEntries(
      Object.entries({ deviceName, purpose, steppedUpAt, isPlain }).filter(
        ([, value]) => value !== undefined,
      ),
    )
    return { id, createdAt, method, device, address, ...rest, seenAt: this.#usedAt(session), endsAt }
  }
}

export const actorOf = (account: string): string => `person/${account}`

const endOf = ({ createdAt, absoluteSeconds }: Session): number => createdAt + absoluteSeconds

/** Undefined where the session has ended, or its account lets it be no more. */
function standingOf(session: Session, account: Account): Standing | undefined {
  if (session.endedAt !== undefined || account.status !== 'active') return undefined
  if (session.account !== account.id || session.generation !== account.generation) return undefined
  const limits = session.isPlain ? plainLimits : limitsOf(account.roles)
  return {
    session,
    principal: principalOf(session, account),
    endsAt: session.createdAt + Math.min(session.absoluteSeconds, limits.absoluteSeconds),
    idleSeconds: Math.min(session.idleSeconds, limits.idleSeconds),
  }
}

/** With the roles that the account has now. */
function principalOf(session: Session, account: Account): Principal {
  const { id, key, isPlain, deviceName: device, purpose, steppedUpAt, steppedUpFrom } = session
  const { person, login, name, roles, practitioner, patient, represents = [], addedAt: since } = account
  const maybe = { practitioner, patient, key, device, purpose, steppedUpAt, steppedUpFrom, since }
  const some = Object.entries(maybe).filter(([, value]) => value !== undefined)
  return {
    actor: actorOf(account.id),
    client: isPlain ? 'token' : 'web',
    person: {
      account: account.id,
      person,
      login,
      name,
      roles,
      represents,
      session: id,
      ...Object.fromEntries(some),
    },
  }
}
