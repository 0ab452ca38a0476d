/** The routes of reviews: who waits to be reviewed and what they have and used; the decision, signed; who manages whom; how often. */
import type { Static, TSchema } from 'typebox'
import { isRefusal, refuse } from '#kernel/outcome.ts'
import type { Endpoint, EndpointContext } from '#kernel/safeguard.ts'
import { nextOpeningMs, withTerm, type Schedule, type Term } from './campaign.ts'
import { decide, decisionOptions } from './deciding.ts'
import { isOfficer, isOverseer, isStaff, isUnanswered, nothingYet, type Kept } from './review.ts'
import * as schemas from './schemas.ts'
import { briefOf, hashOfShown, isoOf, shownOf } from './showing.ts'
import { findSchedule, scheduleName, standingOf, subjectAt, type Standing } from './standing.ts'

export const endpoints: Readonly<Record<string, Endpoint>> = {
  look: {
    summary:
      'The campaign: whom whoever asks is to review, how their own stands; of officers and auditors, all.',
    answer: schemas.looked,
    act: look,
  },
  show: {
    summary: 'What somebody, or a program, has, and what of it was used since it was last certified.',
    answer: schemas.shownItem,
    act: show,
  },
  options: {
    summary: 'What the passkey of whoever answers is to sign.',
    body: schemas.optionsBody,
    answer: schemas.optionsAnswer,
    act: decisionOptions,
  },
  decide: {
    summary:
      'Certifies what was shown, or takes away some of it or all, at once; signed by a passkey, or attested.',
    body: schemas.decisionBody,
    answer: schemas.decided,
    act: decide,
  },
  manage: {
    summary: 'Says who reviews somebody from now on, or that an officer does.',
    body: schemas.managerBody,
    answer: schemas.shownItem,
    act: manage,
  },
  schedule: {
    summary: 'How often a campaign opens, and how long it is answered; from the next one on.',
    body: schemas.scheduleBody,
    answer: schemas.scheduleAnswer,
    act: reschedule,
  },
}

async function look(context: EndpointContext) {
  const { rows, person, nowMs } = context
  const schedule = await findSchedule(rows)
  if (!schedule)
    return answered<typeof schemas.looked>({ months: 0, dueDays: 0, items: [], mayManage: false })
  const standing = await standingOf(context, schedule)
  const { months = 0, dueDays = 0 } = termAt(schedule, nowMs)
  const next = { next: isoOf(nextOpeningMs(schedule, nowMs)), months, dueDays }
  const mayManage = isOfficer(person)
  if (!standing) return answered<typeof schemas.looked>({ ...next, items: [], mayManage })
  const { campaign, items, people } = standing
  const keptOf = (of: string): Kept | undefined => items.find(({ subject }) => subject.person === of)?.kept
  const nameOf = (of: string | undefined) => people.find((each) => each.person === of)?.name
  const briefs = [...items, ...standing.gone].map((item) => {
    const managerName = nameOf(item.kept.manager)
    return briefOf(item, campaign, { person: person.person, managerName, keptOf })
  })
  const seen = isOverseer(person)
    ? briefs
    : briefs.filter(({ isYours, state, decision }) => isYours && (isUnanswered(state) || decision))
  const own = briefs[items.findIndex(({ subject }) => subject.person === person.person)]
  return answered<typeof schemas.looked>({
    campaign: campaignSeen(standing, nowMs),
    ...next,
    ...(own
      ? {
          own: {
            state: own.state,
            reviewers: own.reviewers,
            ...(own.decision ? { decision: own.decision } : {}),
          },
        }
      : {}),
    items: seen,
    mayManage,
  })
}

const campaignSeen = ({ campaign: { openedMs, dueMs } }: Pick<Standing, 'campaign'>, nowMs: number) => ({
  opened: isoOf(openedMs),
  due: isoOf(dueMs),
  isOver: dueMs <= nowMs,
})

/** What was used is told to the minute: what happens meanwhile is in another look. */
const minuteMs = 60_000

async function show(context: EndpointContext) {
  const { person, nowMs } = context
  const found = await subjectAt(context)
  if (isRefusal(found)) return found
  const { item, campaign, people } = found
  const { subject, kept } = item
  const isReviewer = item.reviewers.some((each) => each.person === person.person)
  if (!isReviewer && !isOverseer(person)) return refuse('not-found')
  const untilMs = Math.floor(nowMs / minuteMs) * minuteMs
  const shown = await shownOf(context, item, campaign, untilMs)
  const deciders = [...new Set(kept.decisions.map(({ by }) => by))]
  const known = new Map(
    await Promise.all(deciders.map(async (by) => [by, await context.rows.find<Kept>(by)] as const)),
  )
  const managerName = people.find((each) => each.person === kept.manager)?.name
  const brief = briefOf(item, campaign, {
    person: person.person,
    managerName,
    keptOf: (of) => known.get(of),
  })
  return answered<typeof schemas.shownItem>({
    ...brief,
    campaign: campaignSeen({ campaign }, nowMs),
    ...shown,
    hash: hashOfShown(subject, campaign, shown),
  })
}

/** Officers, and not for themselves: who chooses their reviewer would be reviewed by whom they like. */
async function manage(context: EndpointContext, { login }: Static<typeof schemas.managerBody>) {
  const { person, rows, who } = context
  const found = await subjectAt(context)
  if (isRefusal(found))
    return found.status === 'not-found' && !isOfficer(person) ? refuse('forbidden') : found
  const { people, item } = found
  const { subject } = item
  const own = people.filter((each) => each.person === person.person)
  if (!own.some((each) => each.login === person.login && isOfficer(each))) return refuse('forbidden')
  if (subject.person === undefined) return refuse('not-found')
  if (subject.person === person.person) return refuse('own-request')
  const manager = people.find((each) => each.login === login && isStaff(each))
  if (login !== undefined && !manager) return refuse('invalid-member', { member: '/login' })
  if (manager?.person === subject.person) return refuse('own-request')
  await rows.change<Kept, void>(subject.person, who, (there = nothingYet) => {
    const { manager: _, ...rest } = there
    const value: Kept = manager ? { ...rest, manager: manager.person } : rest
    const words = manager ? `reviewed by ${manager.person}` : 'reviewed by an officer'
    return { write: { value, what: `${subject.person} is ${words}` }, result: undefined }
  })
  return show(context)
}

async function reschedule(
  { person, everybody, rows, who, nowMs }: EndpointContext,
  term: Omit<Term, 'fromMs'>,
) {
  const people = await Array.fromAsync(everybody())
  if (!people.some((each) => each.login === person.login && isOfficer(each))) return refuse('forbidden')
  const schedule = await rows.change<Schedule, Schedule | undefined>(scheduleName, who, (there) => {
    if (!there) return { result: undefined }
    const value = withTerm(there, term, nowMs)
    const what = `a campaign every ${term.months} months, answered in ${term.dueDays} days`
    return { write: { value, what }, result: value }
  })
  if (!schedule) return refuse('request-over')
  const { months, dueDays } = term
  return answered<typeof schemas.scheduleAnswer>({
    next: isoOf(nextOpeningMs(schedule, nowMs)),
    months,
    dueDays,
  })
}

/** As it is from the next campaign on. */
const termAt = ({ terms }: Schedule, nowMs: number): Partial<Term> =>
  terms.find(({ fromMs }) => fromMs > nowMs) ?? terms.at(-1) ?? {}

const answered = <Schema extends TSchema>(value: Static<Schema>) => ({
  status: 'answer' as const,
  value: value as object,
})
