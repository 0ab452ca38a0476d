/** Signing in and out, and showing both factors again. */
import type { FastifyRequest } from 'fastify'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { steppedUpSeconds, type From, type PersonAsking } from '#people/index.ts'
import { cookieOf, setCookie } from '../cookies.ts'
import { askingOf, made, nothing, officerOf, replied, type Context, type Handlers } from './context.ts'

type Names =
  | 'passkey-options'
  | 'sign-in'
  | 'look-at-session'
  | 'sign-out'
  | 'step-up-options'
  | 'step-up'
  | 'list-sessions'
  | 'end-session'
  | 'list-sessions-of'
  | 'end-sessions-of'

/** That the browser was here before is known for a year after its last sign-in. */
const deviceSeconds = 365 * 24 * 3600

export const sessioning: Pick<Handlers, Names> = {
  'passkey-options': async ({ edge }, { body: { key } }) => {
    const begun = await edge.people.signIn.passkeyOptions(edge.origin, key)
    return begun ? replied({ flow: begun.flow, options: { ...begun.options } }) : refuse('not-found')
  },

  'sign-in': async (context, { body: { proof, key, purpose, plain } }) => {
    const { edge } = context
    // Of one of both: a browser's session is bound to its key.
    if ((key === undefined) === (plain === undefined)) return refuse('invalid-member', { member: '/key' })
    const asked = {
      proof: proof as never,
      ...(key ? { key } : {}),
      ...(plain ? { isPlain: plain } : {}),
      ...(purpose === undefined ? {} : { purpose }),
    }
    const signed = await edge.people.signIn.begin(asked, fromOf(context))
    if (signed.status !== 'signed-in') return refusedBy(context, signed)
    const { token, session, account, device } = signed
    if (plain) return made({ token, endsAt: session.createdAt + session.absoluteSeconds })
    return made(
      {
        session: session.id,
        account: account.id,
        login: account.login,
        name: account.name,
        roles: [...account.roles],
        language: account.language,
        ...(purpose === undefined ? {} : { purpose }),
        notices: [...account.notices],
      },
      [
        'Set-Cookie',
        setCookie('session', token, edge.origin),
        'Set-Cookie',
        setCookie('device', device, edge.origin, deviceSeconds),
      ],
    )
  },

  'look-at-session': async (context) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const { person } = asking
    const row = await context.edge.people.accounts.find(person.account)
    if (!row) return refuse('unauthorized')
    const { id, login, name, roles, language, notices } = row.value
    const { purpose, steppedUpAt } = person
    return replied({
      session: person.session,
      account: id,
      login,
      name,
      roles: [...roles],
      language,
      ...(purpose === undefined ? {} : { purpose }),
      ...(steppedUpAt === undefined ? {} : { steppedUpUntil: steppedUpAt + steppedUpSeconds }),
      notices: [...notices],
    })
  },

  'sign-out': async (context) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const { account, session } = asking.person
    await context.edge.people.sessions.end(account, session, asking.who)
    return nothing(['Set-Cookie', setCookie('session', '', context.edge.origin, 0)])
  },

  'step-up-options': async (context) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const begun = await context.edge.people.signIn.stepUpOptions(context.edge.origin, asking.person)
    return begun ? replied({ flow: begun.flow, options: { ...begun.options } }) : refuse('not-found')
  },

  'step-up': async (context, { body: { proof } }) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const { edge } = context
    const stepped = await edge.people.signIn.stepUp(asking.person, proof as never, fromOf(context))
    if (stepped.status !== 'stepped-up') return refusedBy(context, stepped)
    const { token, session } = stepped
    const until = (session.steppedUpAt ?? 0) + steppedUpSeconds
    // A bearer token goes on as one.
    if (session.isPlain) return replied({ session: session.id, until, token })
    return replied({ session: session.id, until }, ['Set-Cookie', setCookie('session', token, edge.origin)])
  },

  'list-sessions': async (context) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    return replied({ sessions: await sessionsOf(context, asking.person.account, asking.person) })
  },

  'end-session': async (context, { params: { id } }) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const isEnded = await context.edge.people.sessions.end(asking.person.account, id, asking.who)
    return isEnded ? nothing() : refuse('not-found')
  },

  'list-sessions-of': async (context, { params: { id } }) => {
    const officer = await officerOf(context, `sessions of ${id}`)
    if ('status' in officer) return officer
    return replied({ sessions: await sessionsOf(context, id, officer.person) })
  },

  'end-sessions-of': async (context, { params: { id } }) => {
    const officer = await officerOf(context)
    if ('status' in officer) return officer
    const { accounts } = context.edge.people
    const raised = (account: { generation: number }) => ({ generation: account.generation + 1 })
    const ended = await accounts.change(
      id,
      (account) => ({ ...account, ...raised(account) }),
      officer.who,
      'sessions ended',
    )
    return ended.status === 'changed' ? nothing() : refuse('not-found')
  },
}

async function sessionsOf({ edge }: Context, account: string, { session }: PersonAsking) {
  const listed = await edge.people.sessions.list(account)
  return listed.map(({ id, createdAt, seenAt, endsAt, method, device, address }) => ({
    id,
    createdAt,
    seenAt,
    endsAt,
    method,
    device,
    address,
    isThis: id === session,
  }))
}

/** Alike in text and status, whatever of it was wrong. */
function refusedBy(
  { edge, request }: Context,
  refused: { status: 'refused' | 'not-plain' } | { status: 'wait'; seconds: number },
): Refusal {
  if (refused.status === 'not-plain') return refuse('forbidden')
  const isWaiting = refused.status === 'wait'
  edge.strangers.count(request.raw.socket.remoteAddress, isWaiting ? 'too-many-tries' : 'sign-in-failed')
  if (!isWaiting) return refuse('sign-in-failed')
  return refuse('too-many-tries', {}, { retryAfterSeconds: refused.seconds })
}

export function fromOf({ edge, request: { raw } }: Context): From {
  const { headers, socket } = raw
  const device = cookieOf(headers.cookie, 'device', edge.origin)
  return {
    address: socket.remoteAddress ?? 'unknown',
    isForwarded: headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined,
    ...(device === undefined ? {} : { device }),
    deviceName: deviceNameOf(raw),
    origin: edge.origin,
  }
}

const browsers: readonly [pattern: RegExp, name: string][] = [
  [/\bEdg\//, 'Edge'],
  [/\bFirefox\//, 'Firefox'],
  [/\bChrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const systems: readonly [pattern: RegExp, name: string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b/, 'Mac'],
  [/\bCrOS\b/, 'Chromebook'],
  [/\bLinux\b/, 'Linux'],
]

/** What the browser says that it is, in two words that its owner knows. */
function deviceNameOf({ headers }: FastifyRequest['raw']): string {
  const agent = headers['user-agent'] ?? ''
  const named = (among: typeof browsers) => among.find(([pattern]) => pattern.test(agent))?.[1]
  const names = [named(browsers), named(systems)].filter((name) => name !== undefined)
  return names.join(', ') || (/^[\w./-]{1,40}/.exec(agent)?.[0] ?? '?')
}
