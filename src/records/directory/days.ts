/** Days of the facility: what work lists are asked by. */

/** Stands for the days of a period that has too many of them, or no end. */
export const longPeriod = 'long'
/** A month: beyond that a period stands under one term of its own. */
export const daysMax = 31

const dayMs = 86_400_000

/** The days, as `2026-11-22`, that a time from `low` on and before `high` touches; undefined where they are too many. */
export function daysOf({ low, high }: { low: number; high: number }, timeZone: string): string[] | undefined {
  if (!(high - low <= (daysMax + 1) * dayMs)) return undefined
  const first = dayOf(low, timeZone)
  const count = dayOf(Math.max(low, high - 1), timeZone) - first + 1
  if (count > daysMax) return undefined
  return Array.from({ length: count }, (_, n) => dateText(first + n))
}

/** Half a year: beyond that a period stands under one term of its own. */
const monthsMax = 6

/** The months, as `2026-11`, that such a time touches; undefined where they are too many. */
export function monthsOf(
  { low, high }: { low: number; high: number },
  timeZone: string,
): string[] | undefined {
  if (!(high - low <= (monthsMax + 1) * 31 * dayMs)) return undefined
  const last = dayOf(Math.max(low, high - 1), timeZone)
  const months: string[] = []
  for (let day = dayOf(low, timeZone); day <= last; day = nextMonth(day)) {
    if (months.length === monthsMax) return undefined
    months.push(dateText(day).slice(0, -'-01'.length))
  }
  return months
}

/** Its first day. */
function nextMonth(day: number): number {
  const date = new Date(day * dayMs)
  date.setUTCMonth(date.getUTCMonth() + 1, 1)
  return date.getTime() / dayMs
}

function dateText(day: number): string {
  return new Date(day * dayMs).toISOString().split('T', 1)[0] as string
}

/** The facility's day, as a count of days since 1970-01-01. */
function dayOf(ms: number, timeZone: string): number {
  return Math.floor((ms + offsetAt(Math.floor(ms), timeZone)) / dayMs)
}

/** From and before when the clocks of a time zone are so far ahead of UTC, in milliseconds. */
interface Stretch {
  from: number
  before: number
  offset: number
}

/** By time zone, then by span: of a time in it. Asking Temporal takes 10 µs, and an import asks for each visit. */
const known = new Map<string, Map<number, Stretch>>()
/** About a season: there are two offsets a year where the clocks are put forward. */
const spanMs = 90 * dayMs
/** Three centuries. */
const spansMax = 1_200

function offsetAt(ms: number, timeZone: string): number {
  let stretches = known.get(timeZone)
  if (!stretches) known.set(timeZone, (stretches = new Map()))
  const span = Math.floor(ms / spanMs)
  let stretch = stretches.get(span)
  if (!stretch || ms < stretch.from || ms >= stretch.before) {
    if (stretches.size >= spansMax) stretches.clear()
    stretches.set(span, (stretch = stretchAt(ms, timeZone)))
  }
  return stretch.offset
}

function stretchAt(ms: number, timeZone: string): Stretch {
  const here = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone)
  const next = here.getTimeZoneTransition('next')
  // Of a change at this very moment the offset is the new one already.
  const last = here.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')
  return {
    from: last?.epochMilliseconds ?? -Infinity,
    before: next?.epochMilliseconds ?? Infinity,
    offset: here.offsetNanoseconds / 1e6,
  }
}
