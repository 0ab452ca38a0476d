/** How all stand in the campaign that is open: read anew, of whoever looks at many. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { EndpointContext, Looking, SafeguardPerson, SafeguardRows } from '#kernel/safeguard.ts'
import { campaignAt, type Campaign, type Schedule } from './campaign.ts'
import {
  decisionIn,
  isUnanswered,
  nothingYet,
  reviewersOf,
  stateOf,
  subjectsOf,
  type Kept,
  type State,
  type Subject,
} from './review.ts'

/** Names of rows that are of nobody. */
export const scheduleName = 'schedule'
export const toldName = 'told'

export interface Item {
  subject: Subject
  kept: Kept
  state: State
  reviewers: readonly SafeguardPerson[]
}

export interface Standing {
  campaign: Campaign
  items: readonly Item[]
  /** Who was reviewed in this campaign, and has no access any more. */
  gone: readonly Item[]
  people: readonly SafeguardPerson[]
}

export async function standingOf(
  { rows, everybody, programs, nowMs }: Looking,
  schedule: Schedule,
): Promise<Standing | undefined> {
  const campaign = campaignAt(schedule, nowMs)
  if (!campaign) return undefined
  const kept = new Map<string, Kept>()
  for await (const { name, value } of rows.list<Kept>()) kept.set(name, value)
  const [people, registered] = await Promise.all([Array.fromAsync(everybody()), Array.fromAsync(programs())])
  const items = subjectsOf(people, registered).map((subject) =>
    itemOf(subject, kept.get(subject.id) ?? nothingYet, { campaign, people, nowMs }),
  )
  const there = new Set(items.map(({ subject }) => subject.id))
  const gone = [...kept].flatMap(([id, value]) => {
    const decision = there.has(id) || !value.decisions ? undefined : decisionIn(value, campaign)
    if (!decision) return []
    const subject: Subject = { id, name: decision.of, accounts: [] }
    return [{ subject, kept: value, state: decision.result, reviewers: [] }]
  })
  return { campaign, items, gone, people }
}

export function itemOf(
  subject: Subject,
  kept: Kept,
  { campaign, people, nowMs }: { campaign: Campaign; people: readonly SafeguardPerson[]; nowMs: number },
): Item {
  const reviewers = reviewersOf(subject, kept, people, campaign.dueMs <= nowMs)
  return { subject, kept, state: stateOf(subject, kept, campaign, nowMs), reviewers }
}

export const unanswered = ({ items }: Standing): Item[] => items.filter(({ state }) => isUnanswered(state))

export const findSchedule = (rows: SafeguardRows): Promise<Schedule | undefined> =>
  rows.find<Schedule>(scheduleName)

/** Whom a route is about, of everybody as they are at this moment. */
export interface Found {
  status: 'found'
  item: Item
  campaign: Campaign
  people: readonly SafeguardPerson[]
}

export async function subjectAt({
  rows,
  everybody,
  programs,
  params,
  nowMs,
}: Looking & Pick<EndpointContext, 'params'>): Promise<Found | Refusal> {
  const schedule = await findSchedule(rows)
  const campaign = schedule && campaignAt(schedule, nowMs)
  if (!campaign) return refuse('request-over')
  const [people, registered] = await Promise.all([Array.fromAsync(everybody()), Array.fromAsync(programs())])
  const id = params['id'] ?? ''
  const subject = subjectsOf(people, registered).find((each) => each.id === id)
  if (!subject) return refuse('not-found')
  const kept = (await rows.find<Kept>(id)) ?? nothingYet
  return { status: 'found', item: itemOf(subject, kept, { campaign, people, nowMs }), campaign, people }
}
