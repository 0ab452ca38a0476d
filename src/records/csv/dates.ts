/** Days as spreadsheets write them. One cell may be read in two ways; a whole column seldom can. */
import { fold } from '../search/index.ts'
import { isDay } from './curp.ts'
import type { DateOrder } from './types.ts'

/** What a cell may mean, before the column or the CURP decides. */
export type Written =
  | { is: 'day'; date: string }
  /** Two numbers that are day and month in either order; years of two digits have no century yet. */
  | { is: 'numbers'; first: number; second: number; year: string }
  /** The month is a word, the year has two digits. */
  | { is: 'short'; day: number; month: number; year: string }
  | { is: 'serial'; days: number }

/** Reads a cell without its hour; undefined where it is no day at all. */
export function readDay(text: string): Written | undefined {
  const cell = fold(text)
    .replace(/[\s,]+/g, ' ')
    .replace(/(?<=\d)[t ]+\d{1,2}:\d\d(:\d\d(\.\d+)?)?( ?[ap]\.? ?m\.?)?(z|[+-]\d\d:?\d\d)?$/, '')
    .trim()
  const iso =
    /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(cell) ?? /^((?:18|19|20)\d\d)(\d\d)(\d\d)$/.exec(cell)
  if (iso) return dayOf(iso[1]!, Number(iso[2]), Number(iso[3]))
  const numbers = /^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d\d)$/.exec(cell)
  if (numbers)
    return { is: 'numbers', first: Number(numbers[1]), second: Number(numbers[2]), year: numbers[3]! }
  const words =
    /^(\d{1,2})(?:[-/. ]| de )?([a-z]{3,10})\.?(?:[-/. ]| de | del )?(\d{4}|\d\d)$/.exec(cell) ??
    swapped(/^([a-z]{3,10})\.?[-/. ](\d{1,2})[-/. ](\d{4}|\d\d)$/.exec(cell))
  if (words) {
    const month = monthOf(words[2]!)
    if (month === undefined) return undefined
    if (words[3]!.length === 4) return dayOf(words[3]!, month, Number(words[1]))
    return { is: 'short', day: Number(words[1]), month, year: words[3]! }
  }
  const serial = /^(\d{1,5})(?:\.\d+)?$/.exec(cell)
  if (serial) return { is: 'serial', days: Number(serial[1]) }
  return undefined
}

const swapped = (found: RegExpExecArray | null) => found && [found[0], found[2], found[1], found[3]]

function dayOf(year: string, month: number, day: number): Written | undefined {
  const date = `${year}-${two(month)}-${two(day)}`
  return isDay(date) ? { is: 'day', date } : undefined
}

export interface Reading {
  order: DateOrder | undefined
  epoch: 1900 | 1904
  today: string
  /** Of the CURP in the row: it knows the century, and chooses where two readings remain. */
  known?: string | undefined
}

/** The days that a cell can mean under a reading, the likeliest first; empty where none. */
export function daysOf(written: Written, { order, epoch, today, known }: Reading): string[] {
  const days = candidates(written, order, epoch).flatMap(({ year, month, day }) =>
    yearsOf(year, `${two(month)}-${two(day)}`, today).map((full) => `${full}-${two(month)}-${two(day)}`),
  )
  const real = [...new Set(days)].filter(isDay)
  return known !== undefined && real.includes(known) ? [known] : real
}

function candidates(
  written: Written,
  order: DateOrder | undefined,
  epoch: 1900 | 1904,
): { year: string; month: number; day: number }[] {
  if (written.is === 'day') {
    const [year = '', month, day] = written.date.split('-')
    return [{ year, month: Number(month), day: Number(day) }]
  }
  if (written.is === 'short') return [written]
  if (written.is === 'serial') {
    const day = dayOfSerial(written.days, epoch)
    if (day === undefined) return []
    const [year = '', month, date] = day.split('-')
    return [{ year, month: Number(month), day: Number(date) }]
  }
  const { first, second, year } = written
  return [
    ...(order === 'month-first' ? [] : [{ year, month: second, day: first }]),
    ...(order === 'day-first' ? [] : [{ year, month: first, day: second }]),
  ]
}

/** Nobody is born tomorrow; and a hospital has more children than people of a hundred years. */
function yearsOf(year: string, monthDay: string, today: string): string[] {
  if (year.length === 4) return [year]
  return `20${year}-${monthDay}` <= today ? [`20${year}`, `19${year}`] : [`19${year}`]
}

/** Excel's day 60 is 29 February 1900, which never was (Lotus 1-2-3 had it); Excel for Mac once began in 1904. */
export function dayOfSerial(days: number, epoch: 1900 | 1904): string | undefined {
  if (days < 1 || (epoch === 1900 && days === 60)) return undefined
  const offset = epoch === 1904 ? 0 : days < 60 ? -1 : -2
  const start = Date.UTC(epoch, 0, 1)
  return new Date(start + (days + offset) * 86_400_000).toISOString().slice(0, 10)
}

function monthOf(word: string): number | undefined {
  const at = months.findIndex((names) =>
    names.some((name) => name === word || (word.length >= 3 && name.startsWith(word))),
  )
  return at < 0 ? undefined : at + 1
}

const months = [
  ['enero', 'january'],
  ['febrero', 'february'],
  ['marzo', 'march'],
  ['abril', 'april'],
  ['mayo', 'may'],
  ['junio', 'june'],
  ['julio', 'july'],
  ['agosto', 'august'],
  ['septiembre', 'setiembre', 'september'],
  ['octubre', 'october'],
  ['noviembre', 'november'],
  ['diciembre', 'december'],
]

const two = (value: number): string => String(value).padStart(2, '0')

/** A CURP may be another person's, or its day mistyped: so many must agree for each that does not. */
const noise = 20

/** What a column of days has told so far. */
export class DateColumn {
  dayFirst = 0
  monthFirst = 0
  either = 0
  byCurp = { 'day-first': 0, 'month-first': 0 }
  serials = { 1900: 0, 1904: 0 }

  take(text: string, known: string | undefined): void {
    const written = readDay(text)
    if (written?.is === 'serial' && known !== undefined) {
      for (const epoch of [1900, 1904] as const)
        if (dayOfSerial(written.days, epoch) === known) this.serials[epoch] += 1
    }
    if (written?.is !== 'numbers' || written.first === written.second) return
    const { first, second, year } = written
    if (first > 12 && second <= 12) this.dayFirst += 1
    else if (second > 12 && first <= 12) this.monthFirst += 1
    else if (first <= 12) {
      this.either += 1
      if (known === undefined || !known.slice(0, 4).endsWith(year)) return
      const monthDay = known.slice(5)
      if (monthDay === `${two(second)}-${two(first)}`) this.byCurp['day-first'] += 1
      if (monthDay === `${two(first)}-${two(second)}`) this.byCurp['month-first'] += 1
    }
  }

  /** Undefined where rows contradict each other, or none decides. */
  order(): DateOrder | undefined {
    if (this.dayFirst > 0 && this.monthFirst > 0) return undefined
    const day = this.dayFirst + this.byCurp['day-first']
    const month = this.monthFirst + this.byCurp['month-first']
    if (day > noise * month) return 'day-first'
    return month > noise * day ? 'month-first' : undefined
  }

  isUndecided(): boolean {
    return this.order() === undefined && this.either + this.dayFirst + this.monthFirst > 0
  }

  epoch(): 1900 | 1904 {
    return this.serials[1904] > this.serials[1900] ? 1904 : 1900
  }
}
