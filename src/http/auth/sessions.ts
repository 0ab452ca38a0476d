/** Signing in and out, and showing both factors again. */
import { calculateJwkThumbprint } from 'jose'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import {
  steppedUpSeconds,
  type Account,
  type From,
  type NotSignedIn,
  type PersonAsking,
  type Proof,
} from '#people/index.ts'
import { cookieOf, setCookie } from '../cookies.ts'
import type { BodyOf } from './schemas.ts'
import { askingOf, made, nothing, officerOf, replied, type Context, type Handlers } from './context.ts'

type Names =
  | 'passkey-options'
  | 'sign-in'
  | 'look-at-session'
  | 'say-purpose'
  | 'sign-out'
  | 'step-up-options'
  | 'step-up'
  | 'list-sessions'
  | 'end-session'
  | 'list-sessions-of'
  | 'end-sessions-of'

/** That the browser was here before is known for as long as browsers keep a cookie after its last sign-in. */
const deviceSeconds = 400 * 24 * 3600

export const sessioning: Pick<Handlers, Names> = {
  'passkey-options': async ({ edge }, { body: { key } }) => {
    const { factors } = edge.people
    const bound = key === undefined ? {} : { thumbprint: await calculateJwkThumbprint(key) }
    const begun = await factors.passkeyOptions(edge.origin, { purpose: 'sign-in', ...bound })
    return begun ? replied({ flow: begun.flow, options: { ...begun.options } }) : refuse('not-found')
  },

  'sign-in': async (context, { body: { proof, key, purpose, plain } }) => {
    const { edge } = context
    // Of one of both: a browser's session is bound to its key.
    if ((key === undefined) === (plain === undefined)) return refuse('invalid-member', { member: '/key' })
    const asked = {
      proof: proofOf(proof),
      ...(key ? { thumbprint: await calculateJwkThumbprint(key) } : {}),
      ...(plain ? { isPlain: plain } : {}),
      ...(purpose === undefined ? {} : { purpose }),
    }
    const signed = await edge.people.signIn(asked, fromOf(context))
    if (signed.status !== 'signed-in') return refusedBy(context, signed)
    const { token, session, account, device } = signed
    if (plain) return made({ token })
    const cookies = ['Set-Cookie', setCookie('session', token, edge.origin)]
    if (device !== undefined)
      cookies.push('Set-Cookie', setCookie('device', device, edge.origin, deviceSeconds))
    return made(
      {
        session,
        account: account.id,
        login: account.login,
        name: account.name,
        roles: [...account.roles],
        language: account.language,
        ...(purpose === undefined ? {} : { purpose }),
        notices: account.notices.map(noticeSeen),
      },
      cookies,
    )
  },

  'look-at-session': async (context) => {
    const asking = askingOf(context)
    return 'status' in asking ? asking : me(context, asking.person)
  },

  'say-purpose': async (context, { body }) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const { purpose: _, ...person } = asking.person
    const said = body.purpose === null ? {} : { purpose: body.purpose }
    const isSaid = await context.edge.people.sessions.say(person.session, said.purpose, asking.who)
    return isSaid ? me(context, { ...person, ...said }) : refuse('unauthorized')
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
    const { account, key } = asking.person
    const bound = key === undefined ? {} : { thumbprint: key }
    const { edge } = context
    const begun = await edge.people.factors.passkeyOptions(edge.origin, {
      purpose: 'step-up',
      account,
      ...bound,
    })
    return begun ? replied({ flow: begun.flow, options: { ...begun.options } }) : refuse('not-found')
  },

  'step-up': async (context, { body: { proof } }) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const { edge } = context
    const { person } = asking
    const stepped = await edge.people.stepUp(person, proofOf(proof), fromOf(context))
    if (stepped.status !== 'stepped-up') return refusedBy(context, stepped)
    const { token, session } = stepped
    const until = edge.people.seconds() + steppedUpSeconds
    // A bearer token goes on as one.
    if (person.key === undefined) return replied({ session, until, token })
    return replied({ session, until }, ['Set-Cookie', setCookie('session', token, edge.origin)])
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
    if (!(await context.edge.people.accounts.find(id))) return refuse('not-found')
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

async function me({ edge }: Context, person: PersonAsking) {
  const row = await edge.people.accounts.find(person.account)
  if (!row) return refuse('unauthorized')
  const { id, login, name, roles, language, notices } = row.value
  const { session, purpose, steppedUpAt } = person
  return replied({
    session,
    account: id,
    login,
    name,
    roles: [...roles],
    language,
    ...(purpose === undefined ? {} : { purpose }),
    ...(steppedUpAt === undefined ? {} : { steppedUpUntil: steppedUpAt + steppedUpSeconds }),
    notices: notices.map(noticeSeen),
  })
}

async function sessionsOf({ edge }: Context, account: string, { session }: PersonAsking) {
  const listed = await edge.people.sessions.list(account)
  return listed.map(({ id, createdAt, seenAt, endsAt, method, device, deviceName, address }) => ({
    id,
    createdAt,
    seenAt,
    endsAt,
    method,
    device: deviceNameOf(device),
    ...(deviceName === undefined ? {} : { deviceName }),
    address,
    isThis: id === session,
  }))
}

/** Of a device its name, in place of all that it says of itself. */
const noticeSeen = (notice: Account['notices'][number]) =>
  notice.kind === 'new-device' && notice.about !== undefined
    ? { ...notice, about: deviceNameOf(notice.about) }
    : notice

/** Its shape was judged; what SimpleWebAuthn takes it for says more than that. */
const proofOf = (proof: BodyOf<'step-up'>['proof']): Proof => proof as Proof

/** Alike in text and status, whatever of it was wrong. */
function refusedBy({ edge, request }: Context, refused: NotSignedIn): Refusal {
  const { remoteAddress } = request.raw.socket
  switch (refused.status) {
    case 'refused':
      if (!refused.isRecorded) edge.strangers.count(remoteAddress, 'sign-in-failed')
      return refuse('sign-in-failed')
    case 'wait':
      edge.strangers.count(remoteAddress, 'too-many-tries')
      return refuse('too-many-tries', {}, { retryAfterSeconds: refused.seconds })
    case 'busy':
      edge.strangers.count(remoteAddress, 'busy')
      return refuse('busy')
  }
}

function fromOf({ edge, request: { raw } }: Context): From {
  const { headers, socket } = raw
  return {
    address: socket.remoteAddress,
    isForwarded: headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined,
    device: cookieOf(headers.cookie, 'device', edge.origin),
    agent: headers['user-agent'],
    origin: edge.origin,
  }
}

const browsers: readonly [pattern: RegExp, name: string][] = [
  [/\bEdg\//, 'Edge'],
  [/\bFirefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
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

/** What a browser says that it is, in two words that its owner knows. */
function deviceNameOf(agent: string): string {
  const named = (among: typeof browsers) => among.find(([pattern]) => pattern.test(agent))?.[1]
  const names = [named(browsers), named(systems)].filter((name) => name !== undefined)
  return names.join(', ') || agent.slice(0, 40)
}
