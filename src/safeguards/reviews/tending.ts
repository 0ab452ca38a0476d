/** What is done without being asked: the schedule begins, people are told, and what nobody could answer is held. What is open or closed needs none of it. */
import type { SafeguardPerson, Tending } from '#kernel/safeguard.ts'
import { begun, campaignAt, dayMs, type Campaign, type Schedule } from './campaign.ts'
import { nothingYet, type Kept } from './review.ts'
import { findSchedule, scheduleName, standingOf, toldName, unanswered, type Item } from './standing.ts'

export { scheduleName } from './standing.ts'

/** How far people were told of a campaign. */
interface Told {
  campaignMs: number
  step: number
}

/** So long before the end people are told again; and so long, nobody who could answer is still to come. */
const warnDays = [7, 2]
const holdDays = 3

export async function tend(tending: Tending): Promise<void> {
  const { rows, who, nowMs } = tending
  const schedule = (await findSchedule(rows)) ?? (await begin(tending))
  const campaign = campaignAt(schedule, nowMs)
  if (!campaign) return
  const step = stepOf(campaign, nowMs)
  const told = await rows.find<Told>(toldName)
  const isTold = told?.campaignMs === campaign.openedMs && told.step >= step
  const isLate = campaign.dueMs - holdDays * dayMs <= nowMs
  if (isTold && !isLate) return
  const standing = await standingOf(tending, schedule)
  if (!standing) return
  const open = unanswered(standing)
  // Nobody is there who could: that closes nobody out.
  for (const { subject, kept } of isLate ? open.filter((each) => isNobodys(each)) : []) {
    if (kept.heldMs === campaign.openedMs) continue
    await rows.change<Kept, void>(subject.id, who, (now = nothingYet) => ({
      write: {
        value: { ...now, heldMs: campaign.openedMs },
        what: `${subject.name}: held, there is nobody to review it`,
      },
      result: undefined,
    }))
  }
  if (isTold) return
  // Written down first: nobody is told twice, whichever server comes first.
  const isFirst = await rows.change<Told, boolean>(toldName, who, (now) =>
    now?.campaignMs === campaign.openedMs && now.step >= step
      ? { result: false }
      : {
          write: { value: { campaignMs: campaign.openedMs, step }, what: stepWords(campaign, step) },
          result: true,
        },
  )
  if (isFirst) await tell(tending, open, campaign, step)
}

const isNobodys = ({ reviewers, state }: Item): boolean => reviewers.length === 0 && state !== 'held'

function begin({ rows, who, nowMs }: Tending): Promise<Schedule> {
  return rows.change<Schedule, Schedule>(scheduleName, who, (there) => {
    if (there) return { result: there }
    const value = begun(nowMs)
    return { write: { value, what: 'campaigns begin' }, result: value }
  })
}

/** 1: it opened. Then as often as it is told that it ends; last: that it has. */
function stepOf({ dueMs }: Campaign, nowMs: number): number {
  const warned = warnDays.filter((days) => dueMs - days * dayMs <= nowMs).length
  return dueMs <= nowMs ? warnDays.length + 2 : warned + 1
}

const lastStep = warnDays.length + 2

const stepWords = ({ openedMs }: Campaign, step: number): string =>
  `campaign of ${dayOf(openedMs)}: ${step === 1 ? 'opened' : step === lastStep ? 'closed' : 'told again'}`

async function tell(
  { notify }: Tending,
  open: readonly Item[],
  { dueMs }: Campaign,
  step: number,
): Promise<void> {
  const due = dayOf(dueMs)
  const isOver = step === lastStep
  const persons = new Set(
    open.flatMap(({ subject, state }) => (state === 'held' ? [] : (subject.person ?? []))),
  )
  if (step > 1)
    await notify((each) => persons.has(each.person), {
      kind: isOver ? 'review-expired' : 'review-due',
      about: due,
    })
  const waiting = new Map<string, number>()
  for (const { reviewers } of open)
    for (const person of new Set(reviewers.map((each) => each.person)))
      waiting.set(person, (waiting.get(person) ?? 0) + 1)
  for (const count of new Set(waiting.values())) {
    const isOne = ({ person }: SafeguardPerson) => waiting.get(person) === count
    await notify(isOne, { kind: 'reviews-wait', about: `${count} · ${due}` })
  }
}

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
