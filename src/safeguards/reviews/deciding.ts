/** A decision: by whom it may be made as things are at this moment, the exact act that is signed, and what it does. */
import { isRefusal, refuse, refuseAs, type Refusal } from '#kernel/outcome.ts'
import type { Deed, EndpointContext, Narrowing, Said } from '#kernel/safeguard.ts'
import { canonical } from '#people/index.ts'
import type { Campaign } from './campaign.ts'
import {
  decisionIn,
  isMutual,
  isOverseer,
  isWork,
  nothingYet,
  reviewersOf,
  withDecision,
  type Decision,
  type Kept,
} from './review.ts'
import type { DecisionBody, Deciding } from './schemas.ts'
import { hashOfShown, isoOf, ofSubject, shownOf } from './showing.ts'
import { subjectAt, type Found } from './standing.ts'

type Context = Pick<
  EndpointContext,
  | 'person'
  | 'who'
  | 'rows'
  | 'everybody'
  | 'programs'
  | 'uses'
  | 'holds'
  | 'params'
  | 'nowMs'
  | 'signed'
  | 'signingOptions'
  | 'notify'
>

interface Prepared {
  status: 'prepared'
  found: Found
  deed: Deed
  lost: Lost
}

interface Lost {
  narrows: Omit<Narrowing, 'atMs'>
  /** Roles, each with its login. */
  names: readonly string[]
  result: Decision['result']
}

export async function decisionOptions(context: Context, body: Deciding) {
  const prepared = await prepare(context, body)
  if (isRefusal(prepared)) return prepared
  const begun = await context.signingOptions(prepared.deed)
  if (isRefusal(begun)) return begun
  const { flow, options } = begun
  return { status: 'answer', value: { flow, options } } as const
}

export async function decide(context: Context, body: DecisionBody) {
  const prepared = await prepare(context, body)
  if (isRefusal(prepared)) return prepared
  const { found, deed, lost } = prepared
  const signed = await context.signed(deed, body.proof)
  if (isRefusal(signed)) return signed
  const { said, entry } = signed
  const done = await write(context, found, { said, entry, lost, note: body.note ?? '' })
  if (isRefusal(done)) return done
  const { subject } = found.item
  const about = [said.name, ...lost.names].join(' · ')
  await context.notify((each) => each.person === subject.person, { kind: 'review-decided', about })
  const { names, result } = lost
  return { status: 'answer', value: { id: subject.id, result, lost: [...names], how: said.by } } as const
}

async function prepare(context: Context, body: Deciding): Promise<Prepared | Refusal> {
  const { person, nowMs } = context
  const found = await subjectAt(context)
  // Whoever answers for nobody is told of nobody, whether there is such a human or program or not.
  if (isRefusal(found))
    return found.status === 'not-found' && !isOverseer(person) ? refuse('forbidden') : found
  const { item, campaign } = found
  const { subject, kept } = item
  const refused = await faultOfReviewer(context, found)
  if (refused) return refused
  if (decisionIn(kept, campaign)) return refuse('request-over')
  const untilMs = Date.parse(body.until)
  if (!(untilMs <= nowMs && untilMs > nowMs - shownMsMax)) return changed
  const shown = await shownOf(context, item, campaign, untilMs)
  if (hashOfShown(subject, campaign, shown) !== body.hash) return changed
  const lost = lostBy(found, body)
  if ('status' in lost) return lost
  const act = canonical({
    kind: 'review',
    of: ofSubject(subject),
    campaign: isoOf(campaign.openedMs),
    by: person.person,
    shown,
    result: lost.result,
    takes: lost.names,
    note: body.note ?? '',
  })
  return {
    status: 'prepared',
    found,
    lost,
    deed: { id: deedId(subject.id, campaign), act, askedAtMs: campaign.openedMs },
  }
}

const changed = refuseAs('review-changed', {
  es: 'Lo que se mostró ya no es lo que hay: vuelva a mirarlo antes de responder.',
  en: 'What was shown is not what there is any more: look again before you answer.',
})

const mutual = refuseAs('mutual-review', {
  es: 'Esta persona ya revisó el acceso de usted en esta campaña: revise el suyo otro responsable, que lo hay.',
  en: 'This person has reviewed your own access in this campaign: let another officer review theirs, since there is one.',
})

/** What was shown is decided upon on the same day. */
const shownMsMax = 86_400_000

const deedId = (id: string, { openedMs }: Campaign): string => `review/${isoOf(openedMs)}/${id}`

/** As they are now, and not when they signed in: nobody their own, by whichever account; and of two who review one another not both, where others could. */
async function faultOfReviewer(
  { person, rows }: Pick<Context, 'person' | 'rows'>,
  { item, campaign, people }: Found,
): Promise<Refusal | undefined> {
  const { subject, reviewers } = item
  if (subject.person === person.person) return refuse('own-request')
  const account = people.find((each) => each.login === person.login)
  if (!account || !reviewers.some((each) => each.login === account.login)) return refuse('forbidden')
  const isWithThem = async (of: string): Promise<boolean> => {
    const kept = await rows.find<Kept>(of)
    return isMutual(subject, kept && decisionIn(kept, campaign))
  }
  if (!(await isWithThem(person.person))) return undefined
  for (const other of new Set(reviewers.map((each) => each.person)))
    if (other !== person.person && !(await isWithThem(other))) return mutual
  return undefined
}

/** What is taken away of what was shown. */
function lostBy({ item: { subject } }: Found, { takes, roles = [] }: Deciding): Lost | Refusal {
  const { accounts, program } = subject
  if ((takes === 'roles') !== roles.length > 0) return refuse('invalid-member', { member: '/roles' })
  if (takes === 'nothing') return { narrows: { accounts: [], programs: [] }, names: [], result: 'certified' }
  if (program) {
    if (takes === 'roles') return refuse('invalid-member', { member: '/takes' })
    return { narrows: { accounts: [], programs: [program.id] }, names: [program.scope], result: 'revoked' }
  }
  const all = accounts.flatMap(({ actor = '', login, roles: theirs }) =>
    theirs.filter(isWork).map((role) => ({ actor, login, role })),
  )
  const isTaken = ({ actor, role }: (typeof all)[number]) =>
    takes === 'all' || roles.some((each) => each.account === actor && each.role === role)
  const taken = all.filter(isTaken)
  const isKnown = (each: (typeof roles)[number]) =>
    all.some(({ actor, role }) => actor === each.account && role === each.role)
  if (!roles.every(isKnown)) return refuse('invalid-member', { member: '/roles' })
  const byAccount = Map.groupBy(taken, ({ actor }) => actor)
  return {
    narrows: {
      accounts: [...byAccount].map(([actor, each]) => ({ actor, loses: each.map(({ role }) => role) })),
      programs: [],
    },
    names: taken.map(({ login, role }) => `${login}: ${role}`),
    result: taken.length === all.length ? 'revoked' : 'narrowed',
  }
}

/** Once in each campaign, by who may answer as the row says when it is written. */
function write(
  { person, rows, who, nowMs }: Pick<Context, 'person' | 'rows' | 'who' | 'nowMs'>,
  { item: { subject }, campaign, people }: Found,
  { said, entry, lost, note }: { said: Said; entry: string; lost: Lost; note: string },
): Promise<{ status: 'done' } | Refusal> {
  const { result, names, narrows } = lost
  const of = subject.program ? `program ${subject.program.id}` : subject.id
  return rows.narrow<Kept, { status: 'done' } | Refusal>(subject.id, who, (kept = nothingYet) => {
    const nothing: Narrowing = { accounts: [], programs: [], atMs: nowMs }
    const mayStill = reviewersOf(subject, kept, people, campaign.dueMs <= nowMs).some(
      (each) => each.login === person.login,
    )
    if (!mayStill) return { result: refuse('forbidden'), narrows: nothing }
    if (decisionIn(kept, campaign)) return { result: refuse('request-over'), narrows: nothing }
    const decision: Decision = {
      campaignMs: campaign.openedMs,
      atMs: nowMs,
      by: person.person,
      name: said.name,
      of: subject.name,
      how: said.by,
      result,
      lost: names,
      note,
    }
    const what = names.length === 0 ? `${of} ${result}` : `${of} ${result}: ${names.join(', ')}`
    return {
      write: { value: withDecision(kept, decision), what, proof: entry },
      result: { status: 'done' },
      narrows: { ...narrows, atMs: nowMs },
    }
  })
}
