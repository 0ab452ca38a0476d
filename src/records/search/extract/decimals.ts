import type { JsonObject } from '#records/json/index.ts'
import type { Amount } from './values.ts'

/** A number whose text says more than its value: `1.0`, `72.50`, `1e2`, or more digits than a double holds. */
export class WrittenNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/**
 * The tree of a resource's text with a `WrittenNumber` wherever a double would lose how the number was written;
 * undefined where there is none, which one look over the text tells.
 */
export function exactTree(text: string): JsonObject | undefined {
  if (!hasLossy(text)) return undefined
  return JSON.parse(text, ((_name: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source
    return typeof value === 'number' && source !== undefined && String(value) !== source
      ? new WrittenNumber(source)
      : value
  }) as (name: string, value: unknown) => unknown) as JsonObject
}

function hasLossy(text: string): boolean {
  for (const [number] of text.matchAll(suspects)) {
    if (String(Number(number)) !== number) return true
  }
  return false
}

// A number (or what looks like one inside a string: then the parsing was for nothing) that ends in a needless zero,
// has an exponent, or has 16 characters and more.
const suspects = /(?<=[:,[])-?(?:\d+\.\d*0|\d+(?:\.\d+)?[eE][-+]?\d+|[\d.]{16,})(?=[,}\]])/g

/** Digits that a double surely holds. */
const digitsMax = 14

/** The value of a number and the range that rounds to it; undefined where it is none. */
export function decimalOf(node: unknown): Amount | undefined {
  if (typeof node === 'number') return amountOf(String(node))
  return node instanceof WrittenNumber ? amountOf(node.text) : undefined
}

/** Of a number as written: `-12.50`, `1e2`. */
export function amountOf(text: string): Amount | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const fraction = match[2] ?? ''
  const decimals = fraction.length - Number(match[3] ?? 0)
  const digits = `${match[1]!}${fraction}`
  const value = Number(text)
  const mantissa = Number(digits)
  if (Math.abs(mantissa) >= 10 ** digitsMax || Math.abs(decimals) > 21)
    return { value, decimals: floating, low: value, high: wholly(value) }
  return amountFrom(mantissa, decimals)
}

/** `decimals` of a number that is a double as it stands, with no rounding to undo. */
export const floating = 127

const pattern = /^(-?\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/

/** Tens by their power are exact up to 10^22, so that one division or multiplication rounds as the text would. */
export function amountFrom(mantissa: number, decimals: number): Amount {
  const scaled = (tenths: number): number =>
    decimals >= 0 ? tenths / 10 ** (decimals + 1) : tenths * 10 ** (-decimals - 1)
  const tenths = mantissa * 10
  return { value: scaled(tenths), decimals, low: scaled(tenths - 5), high: scaled(tenths + 5) }
}

/** A double just above `value`, so that a range that excludes its end has the value in it. */
export function wholly(value: number): number {
  return Number.isFinite(value) ? value + (Math.abs(value) * Number.EPSILON || Number.MIN_VALUE) : value
}
