import { isFields, listOf } from './fields.ts'
import type { Read } from './fields.ts'
import type { DateValue } from './values.ts'
import type { Zone } from './zone.ts'

export interface Span {
  low: number
  high: number
}

/** The time that a date, dateTime or instant covers at the precision it was written with; undefined where it is none. */
export function spanOf(text: string, zone: Zone): Span | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const year = Number(match[1])
  if (match[2] === undefined)
    return { low: zone.startOfDay(year, 1, 1), high: zone.startOfDay(year + 1, 1, 1) }
  const month = Number(match[2])
  if (month < 1 || month > 12) return undefined
  if (match[3] === undefined) {
    const low = zone.startOfDay(year, month, 1)
    return { low, high: month === 12 ? zone.startOfDay(year + 1, 1, 1) : zone.startOfDay(year, month + 1, 1) }
  }
  const day = Number(match[3])
  const length = daysIn(year, month)
  if (day < 1 || day > length) return undefined
  if (match[4] === undefined) {
    const low = zone.startOfDay(year, month, day)
    if (day < length) return { low, high: zone.startOfDay(year, month, day + 1) }
    return { low, high: month === 12 ? zone.startOfDay(year + 1, 1, 1) : zone.startOfDay(year, month + 1, 1) }
  }
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6] ?? 0)]
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const fraction = match[7]?.slice(0, 3)
  // A leap second is the end of the minute before it (R4 datatypes.html#instant).
  const clock = (hour * 60 + minute) * 60_000 + second * 1000
  const ms = fraction === undefined ? 0 : Number(fraction.padEnd(3, '0'))
  const width = match[6] === undefined ? 60_000 : fraction === undefined ? 1000 : 10 ** (3 - fraction.length)
  const low =
    match[8] === undefined
      ? zone.local(year, month, day, hour, minute, 0) + second * 1000 + ms
      : utcDay(year, month, day) + clock + ms - offsetMs(match[8])
  return { low, high: low + width }
}

const pattern =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/

function offsetMs(offset: string): number {
  if (offset === 'Z') return 0
  const ms = (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4))) * 60_000
  return offset.startsWith('-') ? -ms : ms
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** `Date.UTC`, which takes the years 0 to 99 for 1900 to 1999. */
function utcDay(year: number, month: number, day: number): number {
  return year >= 100 ? Date.UTC(year, month - 1, day) : Date.UTC(year + 400, month - 1, day) - fourCenturiesMs
}

const fourCenturiesMs = 146_097 * 86_400_000

const date = (low: number, high: number): DateValue => ({ kind: 'date', low, high })

/** R4 search.html#date: a Period without an end goes on for ever; of a Timing the outer limits count. */
export const dateReaders: Record<string, Read> = {
  date: readText,
  dateTime: readText,
  instant: readText,
  Period: (node, out, { zone }) => {
    const span = periodOf(node, zone)
    if (span) out.push(date(span.low, span.high))
  },
  Timing: (node, out, { zone }) => {
    if (!isFields(node)) return
    const repeat = node['repeat']
    const bounds = isFields(repeat) ? periodOf(repeat['boundsPeriod'], zone) : undefined
    let { low, high } = bounds ?? { low: Infinity, high: -Infinity }
    for (const event of listOf(node['event'])) {
      const span = typeof event === 'string' ? spanOf(event, zone) : undefined
      if (!span) continue
      low = Math.min(low, span.low)
      high = Math.max(high, span.high)
    }
    if (low < high) out.push(date(low, high))
  },
}

function readText(node: unknown, out: unknown[], { zone }: { zone: Zone }): void {
  const span = typeof node === 'string' ? spanOf(node, zone) : undefined
  if (span) out.push(date(span.low, span.high))
}

function periodOf(node: unknown, zone: Zone): Span | undefined {
  if (!isFields(node)) return undefined
  const start = typeof node['start'] === 'string' ? spanOf(node['start'], zone) : undefined
  const end = typeof node['end'] === 'string' ? spanOf(node['end'], zone) : undefined
  if (!start && !end) return undefined
  return { low: start?.low ?? -Infinity, high: end?.high ?? Infinity }
}
