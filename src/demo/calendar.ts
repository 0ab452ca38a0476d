import type { Day } from './types.ts'

/** Days as the facility counts them, and instants as FHIR writes them. */
export interface Calendar {
  dayOf(milliseconds: number): Day
  /** Minutes count from midnight; those of another day (below 0, from 1,440) are carried over. */
  at(day: Day, minute: number): string
}

/** `timeZone`: its IANA name. */
export function createCalendar(timeZone: string): Calendar {
  // A clock changes in the night: the offset of noon is that of all hours at which a hospital makes appointments.
  const offsets = new Map<Day, string>()
  const offsetOf = (day: Day) => {
    const known = offsets.get(day)
    if (known !== undefined) return known
    const { offset } = Temporal.PlainDate.from(day).toZonedDateTime({ timeZone, plainTime: '12:00' })
    offsets.set(day, offset)
    return offset
  }
  return {
    dayOf: (milliseconds) =>
      Temporal.Instant.fromEpochMilliseconds(milliseconds)
        .toZonedDateTimeISO(timeZone)
        .toPlainDate()
        .toString(),
    at(day, minute) {
      const within = addDays(day, Math.floor(minute / minutesOfDay))
      const rest = ((minute % minutesOfDay) + minutesOfDay) % minutesOfDay
      const [hours, minutes] = [Math.floor(rest / 60), Math.floor(rest % 60)].map((part) =>
        String(part).padStart(2, '0'),
      )
      return `${within}T${hours}:${minutes}:00${offsetOf(within)}`
    },
  }
}

const minutesOfDay = 24 * 60
const millisecondsOfDay = minutesOfDay * 60_000

/** Days since 1970-01-01: to count and to compare with. */
export function dayNumber(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`) / millisecondsOfDay
}

export function addDays(day: Day, count: number): Day {
  return count === 0 ? day : new Date((dayNumber(day) + count) * millisecondsOfDay).toISOString().slice(0, 10)
}

/** 0 is Sunday. */
function weekday(day: Day): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay()
}

/** Completed years. */
export function ageOn(birthDate: Day, day: Day): number {
  return Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4)) - (day.slice(5) < birthDate.slice(5) ? 1 : 0)
}

/** Ley Federal del Trabajo, artículo 74. */
function isHoliday(day: Day): boolean {
  const monthDay = day.slice(5)
  if (['01-01', '05-01', '09-16', '12-25'].includes(monthDay)) return true
  // The change of the Executive, 1 October every sixth year since 2024.
  if (monthDay === '10-01') return (Number(day.slice(0, 4)) - 2024) % 6 === 0
  const date = Number(day.slice(8))
  const isMonday = weekday(day) === 1
  return (
    (isMonday && day.slice(5, 7) === '02' && date <= 7) ||
    (isMonday && ['03', '11'].includes(day.slice(5, 7)) && date >= 15 && date <= 21)
  )
}

/** Of consulting rooms and offices. */
export function isWorkday(day: Day): boolean {
  return weekday(day) % 6 !== 0 && !isHoliday(day)
}
