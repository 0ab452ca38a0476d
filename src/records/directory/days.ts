/** Days of the facility: what work lists are asked by. */

/** Stands for the days of a period that has too many of them, or no end. */
export const longPeriod = 'long'
/** A month: beyond that a period stands under one term of its own. */
export const daysMax = 31

/** The days, as `2026-11-22`, that a time from `low` on and before `high` touches; undefined where they are too many. */
export function daysOf({ low, high }: { low: number; high: number }, timeZone: string): string[] | undefined {
  if (!(high - low <= (daysMax + 1) * 86_400_000)) return undefined
  const first = dayOf(low, timeZone)
  const last = dayOf(Math.max(low, high - 1), timeZone)
  const days: string[] = []
  for (let day = first; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    if (days.length === daysMax) return undefined
    days.push(day.toString())
  }
  return days
}

/** Half a year: beyond that a period stands under one term of its own. */
const monthsMax = 6

/** The months, as `2026-11`, that such a time touches; undefined where they are too many. */
export function monthsOf(
  { low, high }: { low: number; high: number },
  timeZone: string,
): string[] | undefined {
  if (!(high - low <= (monthsMax + 1) * 31 * 86_400_000)) return undefined
  const last = dayOf(Math.max(low, high - 1), timeZone).toPlainYearMonth()
  const months: string[] = []
  for (
    let month = dayOf(low, timeZone).toPlainYearMonth();
    Temporal.PlainYearMonth.compare(month, last) <= 0;
    month = month.add({ months: 1 })
  ) {
    if (months.length === monthsMax) return undefined
    months.push(month.toString())
  }
  return months
}

function dayOf(ms: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(ms)).toZonedDateTimeISO(timeZone).toPlainDate()
}
