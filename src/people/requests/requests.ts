/** What one officer asks for, another person who is an officer confirms. docs/spec/auth.md, "Requests". */
import type { JWK } from 'jose'
import { randomUuid } from '#kernel/crypto/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { Account, Accounts } from '../accounts/index.ts'
import type { Authority, Row, Who } from '../authority/index.ts'
import type { PersonAsking, Principal } from '../principal.ts'
import type { Programs } from '../programs/index.ts'
import type { Given, Invitations } from './invitations.ts'
import { standingOf, type Request, type RequestState, type Say, type Wanted } from './values.ts'
import { accountOf, become, faultOf, inWords } from './wanted.ts'

/** Both factors were shown again so short a time ago. */
export const steppedUpSeconds = 300
const daySeconds = 24 * 3600
/** Until it is confirmed: a week, with its weekend. */
const pendingSeconds = 7 * daySeconds
/** It can be looked up for so long; the ledger has it for ever. */
const keptSeconds = 90 * daySeconds
/** Time for the person to be told, and to say no: a setting may make it longer. */
const resetWaitSecondsMin = daySeconds
/** Of all who change a request at once one is ahead each time; so many at once are no people. */
const triesMax = 40

/** A request as people are shown it. */
export interface RequestSeen {
  id: string
  wanted: Wanted
  /** Whom it is about, where they have an account. */
  about?: { account: string; name: string }
  state: RequestState | 'expired'
  askedBy: Pick<Say, 'account' | 'name' | 'at'>
  decidedBy?: Pick<Say, 'account' | 'name' | 'at'>
  expiresAt: number
  opensAt?: number
  /** Whether the one who looks asked for it, by any of their accounts. */
  isYours: boolean
}

export interface Asking {
  principal: Principal
  who: Who
}

export type Decided = { status: 'ok'; request: RequestSeen; link?: Given } | Refusal

export interface Requests {
  ask(asking: Asking, wanted: Wanted): Promise<Decided>
  /** All that are kept, for an officer, newest first; those that are about them, for others. */
  list(asking: Asking): Promise<RequestSeen[]>
  /** Carries it out; of an invitation the link is given with it. Confirmed again, what a fault broke off is finished. */
  confirm(asking: Asking, id: string): Promise<Decided>
  refuse(asking: Asking, id: string): Promise<Decided>
  /** By who asked. */
  withdraw(asking: Asking, id: string): Promise<Decided>
  /** By the person whose factors were to be reset. */
  object(asking: Asking, id: string): Promise<Decided>
  /** The one-time link of what was confirmed, once it may be given; one that was given before ends. */
  link(asking: Asking, id: string): Promise<{ status: 'ok'; link: Given } | Refusal>
}

export interface RequestsOptions {
  authority: Authority
  accounts: Pick<Accounts, 'find' | 'findByLogin' | 'change'>
  programs: Pick<Programs, 'register' | 'revoke' | 'keysOf'>
  invitations: Pick<Invitations, 'give'>
  /** Seconds since 1970, that do not run back. */
  now: () => number
  resetWaitSeconds?: number
}

export function createRequests({
  authority,
  accounts,
  programs,
  invitations,
  now,
  resetWaitSeconds = 0,
}: RequestsOptions): Requests {
  const waitSeconds = Math.max(resetWaitSeconds, resetWaitSecondsMin)

  const accountAt = async (id: string | undefined): Promise<Account | undefined> =>
    id === undefined ? undefined : (await accounts.find(id))?.value

  /** As they are at this moment, and not when they signed in. */
  async function isOfficer(id: string): Promise<boolean> {
    const account = await accountAt(id)
    return account?.status === 'active' && account.roles.includes('security-officer')
  }

  /** Whoever does what an officer does: both factors shown again a short time ago. */
  async function officer({ principal: { person } }: Asking): Promise<{ status: 'ok'; say: Say } | Refusal> {
    if (!person || !(await isOfficer(person.account))) return refuse('forbidden')
    const { steppedUpAt } = person
    if (steppedUpAt === undefined || steppedUpAt + steppedUpSeconds <= now()) return refuse('step-up-needed')
    return { status: 'ok', say: sayOf(person) }
  }

  const sayOf = ({ account, person, name }: PersonAsking): Say => ({ account, person, name, at: now() })

  const isOpen = ({ state, expiresAt }: Request) => state === 'pending' && expiresAt > now()
  /** Confirmed, and the link was not used. */
  const isWaiting = ({ state, wanted }: Request) =>
    state === 'confirmed' && (wanted.kind === 'reset' || wanted.kind === 'invite')

  async function seen(request: Request, { principal }: Asking): Promise<RequestSeen> {
    const { id, wanted, state, asked, decided, expiresAt, opensAt } = request
    const about = await accountAt(accountOf(wanted))
    return {
      id,
      wanted,
      ...(about ? { about: { account: about.id, name: about.name } } : {}),
      state: state === 'pending' && expiresAt <= now() ? 'expired' : state,
      askedBy: shown(asked),
      ...(decided ? { decidedBy: shown(decided) } : {}),
      expiresAt,
      ...(opensAt === undefined ? {} : { opensAt }),
      isYours: principal.person?.person === asked.person,
    }
  }

  const find = (id: string) => authority.find<Request>('request', id)

  const placed = (row: Row<Request>, value: Request) =>
    ({ kind: 'request', name: value.id, value, after: row, endsAt: new Date(value.endsAt * 1000) }) as const

  /** Changes it as `judge` says, with the account that it is about where `touches`; again where somebody was faster. */
  async function change(
    asking: Asking,
    id: string,
    query: string,
    judge: (request: Request) => Request | Refusal | Promise<Request | Refusal>,
    touches = false,
  ): Promise<Decided & { value?: Request }> {
    for (let tries = 0; tries < triesMax; tries++) {
      const row = await find(id)
      if (!row?.value.wanted) return refuse('not-found')
      const value = await judge(row.value)
      if ('status' in value) return value
      if (value !== row.value && !(await write(asking, row, value, query, touches))) continue
      return { status: 'ok', request: await seen(value, asking), value }
    }
    throw new Error(`a request was changed ${triesMax} times meanwhile`)
  }

  async function write(
    { who }: Asking,
    row: Row<Request>,
    value: Request,
    query: string,
    touches: boolean,
  ): Promise<boolean> {
    const what = `request ${value.id}: ${query}`
    const about = accountOf(value.wanted)
    if (!touches || about === undefined)
      return authority.put({ ...placed(row, value), act: { ...who, action: 'authority', query: what } })
    const changed = await accounts.change(
      about,
      (account) => become(account, value.wanted, now()),
      who,
      what,
      {
        along: [placed(row, value)],
      },
    )
    return changed.status === 'changed'
  }

  const requests: Requests = {
    async ask(asking, wanted) {
      const asker = await officer(asking)
      if (asker.status !== 'ok') return asker
      const fault = await faultOf(wanted, { accounts, programs })
      if (fault) return fault
      const about = await accountAt(accountOf(wanted))
      // Whoever lost their factors is not who asks: it would be somebody else at their open session.
      if (wanted.kind === 'reset' && about?.person === asker.say.person) return refuse('own-request')
      const id = randomUuid()
      const at = now()
      const value: Request = {
        id,
        wanted,
        state: 'pending',
        asked: asker.say,
        expiresAt: at + pendingSeconds,
        endsAt: at + keptSeconds,
      }
      const act = { ...asking.who, action: 'authority', query: `request ${id}: ${inWords(wanted)}` } as const
      const endsAt = new Date(value.endsAt * 1000)
      if (!(await authority.put({ kind: 'request', name: id, value, act, endsAt })))
        throw new Error('the id of a request was drawn twice')
      return { status: 'ok', request: await seen(value, asking) }
    },

    async list(asking) {
      const { person } = asking.principal
      if (!person) return []
      const isAll = await isOfficer(person.account)
      const found: RequestSeen[] = []
      for await (const { value } of authority.list<Request>('request')) {
        if (!value.wanted || value.endsAt <= now()) continue
        if (isAll || accountOf(value.wanted) === person.account) found.push(await seen(value, asking))
      }
      return found.toSorted((a, b) => b.askedBy.at - a.askedBy.at)
    },

    async confirm(asking, id) {
      const confirming = await officer(asking)
      if (confirming.status !== 'ok') return confirming
      const { say } = confirming
      const judge = async (request: Request): Promise<Request | Refusal> => {
        const { wanted, asked, state, decided } = request
        const about = await accountAt(accountOf(wanted))
        // Nobody confirms their own, by whichever of their accounts, nor what is about themselves.
        if (say.person === asked.person || say.person === about?.person) return refuse('own-request')
        if (state === 'confirmed' && decided?.person === say.person) return request
        if (!isOpen(request)) return refuse('request-over')
        // Who asked may have been an officer then, and be none now.
        if (!(await isOfficer(asked.account))) return refuse('request-over')
        const fault = await faultOf(wanted, { accounts, programs })
        if (fault) return fault
        const isWhole = wanted.kind === 'roles' || wanted.kind === 'suspend' || wanted.kind === 'reinstate'
        const opens = wanted.kind === 'reset' ? { opensAt: now() + waitSeconds } : {}
        return { ...request, ...opens, state: isWhole ? 'done' : 'confirmed', decided: say }
      }
      const confirmed = await change(asking, id, 'confirmed', judge, true)
      if (confirmed.status !== 'ok' || !confirmed.value) return confirmed
      const { request, value } = confirmed
      switch (value.wanted.kind) {
        case 'invite': {
          const given = await requests.link(asking, id)
          return given.status === 'ok' ? { status: 'ok', request, link: given.link } : given
        }
        case 'program':
        case 'revoke-program':
          return finish(asking, value)
        case 'roles':
        case 'suspend':
        case 'reinstate':
        case 'reset':
          return { status: 'ok', request }
      }
    },

    async refuse(asking, id) {
      const refusing = await officer(asking)
      if (refusing.status !== 'ok') return refusing
      return change(asking, id, 'refused', (request) => {
        if (!isOpen(request) && !isWaiting(request)) return refuse('request-over')
        return { ...request, state: 'refused', decided: refusing.say }
      })
    },

    async withdraw(asking, id) {
      const { person } = asking.principal
      if (!person) return refuse('forbidden')
      return change(asking, id, 'withdrawn', (request) => {
        if (request.asked.person !== person.person) return refuse('forbidden')
        if (!isOpen(request) && !isWaiting(request)) return refuse('request-over')
        return { ...request, state: 'withdrawn', decided: sayOf(person) }
      })
    },

    async object(asking, id) {
      const { person } = asking.principal
      if (!person) return refuse('forbidden')
      return change(asking, id, 'objected', (request) => {
        // What is about somebody else is as if it were not there.
        if (request.wanted.kind !== 'reset' || request.wanted.account !== person.account)
          return refuse('not-found')
        if (!isOpen(request) && !isWaiting(request)) return refuse('request-over')
        return { ...request, state: 'objected', decided: sayOf(person) }
      })
    },

    async link(asking, id) {
      const giving = await officer(asking)
      if (giving.status !== 'ok') return giving
      const row = await find(id)
      if (!row?.value.wanted) return refuse('not-found')
      const { wanted, opensAt } = row.value
      const about = await accountAt(accountOf(wanted))
      if (about?.person === giving.say.person) return refuse('own-request')
      if (!isWaiting(row.value)) return refuse('request-over')
      if (opensAt !== undefined && opensAt > now()) return refuse('not-yet')
      const invited = await invitedBy(wanted, about)
      if (!invited) return refuse('request-over')
      const given = invitations.give({ request: id, ...invited })
      const value: Request = { ...row.value, invitation: given.value.id }
      const act = { ...asking.who, action: 'authority', query: `request ${id}: link given` } as const
      const isFirst = await authority.putEach([placed(row, value), given.change], act)
      return isFirst ? { status: 'ok', link: given.link } : refuse('request-over')
    },
  }

  /** What has rows of its own, which are changed after the request: so it may be done once more. */
  async function finish(asking: Asking, { id, wanted }: Request): Promise<Decided> {
    if (wanted.kind === 'program') {
      const { id: program, name, scope, keys, replaces = false } = wanted
      const registered = await programs.register({ id: program, name, scope, keys }, asking.who, {
        replace: replaces,
      })
      // It was registered when a fault broke off what follows; otherwise by somebody who was faster.
      const isThere = registered === 'taken' && (await hasKeys(program, keys))
      if (registered !== 'registered' && !isThere)
        return refuse(registered === 'taken' ? 'program-taken' : 'unusable-program')
    } else if (wanted.kind === 'revoke-program') await programs.revoke(wanted.id, asking.who)
    return change(asking, id, 'done', (request) => ({ ...request, state: 'done' }))
  }

  async function hasKeys(program: string, keys: readonly JWK[]): Promise<boolean> {
    const known = (await programs.keysOf(program)) ?? []
    return keys.every((key) => known.some(({ x, n }) => x === key.x && n === key.n))
  }

  async function invitedBy(wanted: Wanted, about: Account | undefined) {
    if (wanted.kind === 'invite') {
      const { login, name, language, sameAs } = wanted
      const same = await accountAt(sameAs)
      const person = same ? { person: same.person } : {}
      return { login, name, language, standing: standingOf(wanted), ...person }
    }
    if (!about) return undefined
    const { id: account, person, login, name, language } = about
    return { login, name, language, standing: standingOf(about), account, person }
  }

  return requests
}

const shown = ({ account, name, at }: Say) => ({ account, name, at })
