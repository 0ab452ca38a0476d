/** When campaigns open and are due, and whose access they leave open: no clock and no database. Times in milliseconds since 1970. */

/** From `fromMs` on a campaign opens every so many months, the first at once; until the next term begins. */
export interface Term {
  fromMs: number
  months: number
  dueDays: number
}

/** What is kept of when. */
export interface Schedule {
  terms: readonly Term[]
}

export interface Campaign {
  openedMs: number
  /** Who was not certified by then has no access any more. */
  dueMs: number
}

/** Quarterly, and never less often; answered in two weeks, and never later than in three. */
export const monthsMax = 3
export const monthsMin = 1
export const dueDaysMax = 21
export const dueDaysMin = 7
const usual = { months: monthsMax, dueDays: 14 }
export const dayMs = 86_400_000

/** The first campaign opens a quarter after the vault was founded: who is there then was approved by two people. */
export const begun = (nowMs: number): Schedule => ({
  terms: [{ fromMs: monthsLater(nowMs, usual.months), ...usual }],
})

/** The same, opening one at once: of an invented hospital. */
export const begunNow = (nowMs: number): Schedule => ({ terms: [{ fromMs: nowMs, ...usual }] })

/** From the next campaign on it is as is said; the one that is open stays as it is. */
export function withTerm(
  schedule: Schedule,
  { months, dueDays }: Pick<Term, 'months' | 'dueDays'>,
  nowMs: number,
): Schedule {
  const current = campaignAt(schedule, nowMs)
  const first = schedule.terms[0]?.fromMs ?? monthsLater(nowMs, months)
  const nextMs = current ? monthsLater(current.openedMs, months) : Math.min(first, monthsLater(nowMs, months))
  const past = schedule.terms.filter(({ fromMs }) => fromMs <= nowMs)
  return { terms: [...past, { fromMs: Math.max(nowMs, nextMs), months, dueDays }] }
}

/** The newest that has opened. */
export const campaignAt = (schedule: Schedule, nowMs: number): Campaign | undefined =>
  around(schedule, nowMs).current

/** When the next one opens. */
export const nextOpeningMs = (schedule: Schedule, nowMs: number): number => around(schedule, nowMs).nextMs

/**
 * Whether access is open to who was certified, or came, at that time: since the newest campaign that is due opened, or later. `sinceMs`: when they
 * came, where that is known; `certifiedMs`: when somebody else last said that they should have it.
 */
export function isOpen(
  schedule: Schedule | undefined,
  { sinceMs, certifiedMs = 0 }: { sinceMs: number | undefined; certifiedMs?: number | undefined },
  nowMs: number,
): boolean {
  if (schedule) {
    const { due } = around(schedule, nowMs)
    return !due || due.openedMs <= Math.max(sinceMs ?? 0, certifiedMs)
  }
  // There is always one, once the vault was opened; where SQL took it away nobody has more time than one could give.
  return sinceMs === undefined || nowMs < monthsLater(sinceMs, monthsMax) + dueDaysMax * dayMs
}

interface Around {
  fromMs: number
  untilMs: number
  current: Campaign | undefined
  /** The newest whose time is over. */
  due: Campaign | undefined
  nextMs: number
}

/** Asked with each act, and the same until something opens or is due. */
const known = new WeakMap<Schedule, Around>()

function around(schedule: Schedule, nowMs: number): Around {
  const remembered = known.get(schedule)
  if (remembered && remembered.fromMs <= nowMs && nowMs < remembered.untilMs) return remembered
  const made = lookAround(schedule, nowMs)
  known.set(schedule, made)
  return made
}

function lookAround({ terms }: Schedule, nowMs: number): Around {
  let current: Campaign | undefined
  let due: Campaign | undefined
  for (const [at, { fromMs, months, dueDays }] of terms.entries()) {
    const endMs = terms[at + 1]?.fromMs ?? Infinity
    for (let n = 0; ; n++) {
      const openedMs = monthsLater(fromMs, n * months)
      if (openedMs >= endMs) break
      if (openedMs > nowMs) {
        const untilMs = Math.min(openedMs, current && current.dueMs > nowMs ? current.dueMs : Infinity)
        const since = due && due.dueMs > (current?.openedMs ?? 0) ? due.dueMs : (current?.openedMs ?? 0)
        return { fromMs: since, untilMs, current, due, nextMs: openedMs }
      }
      current = { openedMs, dueMs: openedMs + dueDays * dayMs }
      if (current.dueMs <= nowMs) due = current
    }
  }
  throw new Error('a schedule of campaigns without an end')
}

/** By the calendar, at the same time of day; of a day that the month has not, its last. */
export function monthsLater(ms: number, months: number): number {
  const date = new Date(ms)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return date.getTime()
}
