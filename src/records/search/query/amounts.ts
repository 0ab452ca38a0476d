import type { Refusal } from '#kernel/outcome.ts'
import { spanOf } from '../extract/dates.ts'
import { amountOf, wholly } from '../extract/decimals.ts'
import type { Zone } from '../extract/zone.ts'
import { badValue, expected } from './faults.ts'
import { plainText, splitAt } from './pieces.ts'
import type { Piece } from './pieces.ts'
import type { DateOperand, NumberOperand, Prefix, QuantityOperand } from './types.ts'

const prefixed = /^(?:eq|ne|gt|lt|ge|le|sa|eb|ap)/

function prefixOf(text: string): { prefix: Prefix; rest: string } {
  const prefix = prefixed.exec(text)?.[0] as Prefix | undefined
  return prefix === undefined ? { prefix: 'eq', rest: text } : { prefix, rest: text.slice(2) }
}

/** R4 search.html#prefix: "10% of the stated value (or for a date, 10% of the gap between now and the date)". */
const nearness = 0.1

export function dateOf(
  name: string,
  { at }: Piece,
  text: string,
  zone: Zone,
  now: number,
): DateOperand | Refusal {
  const { prefix, rest } = prefixOf(text)
  // A plus sign that was not percent-encoded arrives as a space.
  const span = spanOf(rest.replace(' ', '+'), zone)
  if (!span) return badValue(name, at + text.length - rest.length, expected.date)
  const { low, high } = span
  if (prefix !== 'ap') return { kind: 'date', prefix, low, high }
  const gap = nearness * Math.max(0, low - now, now - high)
  return { kind: 'date', prefix, low: low - gap, high: high + gap }
}

export function numberOf(name: string, { at }: Piece, text: string): NumberOperand | Refusal {
  const { prefix, rest } = prefixOf(text)
  const amount = amountOf(rest.replace(/^\+(?=\d)/, ''))
  const value = amount?.value
  if (!amount || value === undefined || !Number.isFinite(value))
    return badValue(name, at + text.length - rest.length, expected.number)
  const { low, high } = amount
  if (prefix !== 'ap') return { kind: 'number', prefix, value, low, high }
  const tenth = Math.abs(value) * nearness
  return {
    kind: 'number',
    prefix,
    value,
    low: Math.min(low, value - tenth),
    high: Math.max(high, wholly(value + tenth)),
  }
}

export function quantityOf(name: string, piece: Piece): QuantityOperand | Refusal {
  const thirds = splitAt(piece, '|')
  const [number, system, code] = thirds.map((third) => (plainText(third) as { text: string }).text)
  const read = numberOf(name, thirds[0]!, number!)
  if ('status' in read) return read
  if (thirds.length === 2 || thirds.length > 3 || (thirds.length === 3 && !code))
    return badValue(name, thirds[thirds.length === 3 ? 2 : 1]!.at, expected.units)
  return { ...read, kind: 'quantity', system: system || undefined, code: code || undefined }
}
