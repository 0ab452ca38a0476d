import { addDays, ageOn, dayNumber, isWorkday } from '../calendar.ts'
import type { Day } from '../types.ts'

/** Days as a hospital lives them: ages, days off, and how a note writes them. */
export { addDays, ageOn, dayNumber, isWorkday }

export const daysBetween = (from: Day, to: Day): number => dayNumber(to) - dayNumber(from)

export function addMonths(day: Day, count: number): Day {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const last = new Date(Date.UTC(year, month + count, 0)).getUTCDate()
  return new Date(Date.UTC(year, month - 1 + count, Math.min(date, last))).toISOString().slice(0, 10)
}

/** Completed months. */
export function monthsBetween(from: Day, to: Day): number {
  const months =
    (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 +
    Number(to.slice(5, 7)) -
    Number(from.slice(5, 7))
  return months - (to.slice(8) < from.slice(8) ? 1 : 0)
}

/** The day itself, or the next on which consulting rooms are open. */
export function workdayFrom(day: Day): Day {
  let found = day
  while (!isWorkday(found)) found = addDays(found, 1)
  return found
}

const monthNames = [
  'enero',
  'febrero',
  'marzo',
  'abril',
  'mayo',
  'junio',
  'julio',
  'agosto',
  'septiembre',
  'octubre',
  'noviembre',
  'diciembre',
]

export const monthName = (day: Day): string => monthNames[Number(day.slice(5, 7)) - 1] ?? ''

/** `3 de marzo de 2025` */
export function longDate(day: Day): string {
  return `${Number(day.slice(8))} de ${monthName(day)} de ${day.slice(0, 4)}`
}

/** `03/03/2025`, as forms and nurses write it. */
export function shortDate(day: Day): string {
  return `${day.slice(8)}/${day.slice(5, 7)}/${day.slice(0, 4)}`
}

export const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60) % 24).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

/** `58 años`, `1 año 4 meses`, `7 meses`, `12 días`. */
export function sayAge(birthDate: Day, day: Day): string {
  const years = ageOn(birthDate, day)
  if (years >= 5) return `${years} años`
  const months = monthsBetween(birthDate, day)
  if (months < 1) return count(daysBetween(birthDate, day), 'día', 'días')
  if (months < 12) return count(months, 'mes', 'meses')
  const rest = months % 12
  return count(years, 'año', 'años') + (rest > 0 ? ` ${count(rest, 'mes', 'meses')}` : '')
}

/** How long ago: `3 semanas`, `5 meses`, `2 años`. */
export function sayTime(days: number): string {
  if (days < 14) return count(Math.max(1, days), 'día', 'días')
  if (days < 60) return count(Math.round(days / 7), 'semana', 'semanas')
  if (days < 700) return count(Math.round(days / 30.4), 'mes', 'meses')
  return count(Math.round(days / 365.25), 'año', 'años')
}

export const count = (number: number, one: string, many: string): string =>
  `${number} ${number === 1 ? one : many}`
