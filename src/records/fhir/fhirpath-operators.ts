import { box, isFields, none, same } from './fhirpath-collections.ts'
import type { Collection, Fields, Truth } from './fhirpath-collections.ts'
import { compareTemporal, isTemporal } from './temporal.ts'

export function equals(left: Collection, right: Collection): Truth {
  if (left.length === 0 || right.length === 0) return undefined
  return left.length === right.length && left.every((item, index) => same(item, right[index]))
}

export function equivalent(left: Collection, right: Collection): boolean {
  const loose = (value: unknown) =>
    typeof value === 'string' ? value.toLowerCase().replace(/\s+/g, ' ') : value
  if (left.length !== right.length) return false
  return left.every((item) => right.some((other) => same(loose(item), loose(other))))
}

/** Less than zero, zero or more as `left` stands to `right`; undefined where an operand is empty, 'unknown' where they cannot be told apart. */
export function compare(left: Collection, right: Collection): number | 'unknown' | undefined {
  if (left.length === 0 || right.length === 0) return undefined
  const [a, b] = [left[0], right[0]]
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') {
    if (isTemporal(a) && isTemporal(b)) return compareTemporal(a, b) ?? 'unknown'
    return a < b ? -1 : a > b ? 1 : 0
  }
  if (isFields(a) && isFields(b) && typeof a['value'] === 'number' && typeof b['value'] === 'number') {
    const unit = (quantity: Fields) => quantity['code'] ?? quantity['unit']
    if (unit(a) === unit(b) && a['system'] === b['system']) return a['value'] - b['value']
  }
  return 'unknown'
}

/** `compare` judged by an operator. `unknown` is what a comparison that cannot be decided gives. */
export function ordered(
  left: Collection,
  right: Collection,
  judge: (order: number) => boolean,
  unknown: Truth = undefined,
): Truth {
  const order = compare(left, right)
  if (order === undefined) return undefined
  return order === 'unknown' ? unknown : judge(order)
}

// Strings and numbers.

const text = (from: Collection): string | undefined => (typeof from[0] === 'string' ? from[0] : undefined)

export function onText(
  from: Collection,
  arg: Collection,
  test: (value: string, arg: string) => boolean,
): Truth {
  const [value, other] = [text(from), text(arg)]
  return value === undefined || other === undefined ? undefined : test(value, other)
}

export function matches(from: Collection, pattern: RegExp): Truth {
  const value = text(from)
  return value === undefined ? undefined : pattern.test(value)
}

export function mapText(from: Collection, change: (value: string) => unknown): Collection {
  const value = text(from)
  return value === undefined ? none : box(change(value))
}

export function concat(left: Collection, right: Collection): Collection {
  return [`${printed(left[0])}${printed(right[0])}`]
}

export function add(left: Collection, right: Collection): Collection {
  const [a, b] = [left[0], right[0]]
  if (typeof a === 'number' && typeof b === 'number') return [a + b]
  return typeof a === 'string' && typeof b === 'string' ? [a + b] : none
}

export function arithmetic(
  left: Collection,
  right: Collection,
  work: (a: number, b: number) => number,
): Collection {
  const [a, b] = [left[0], right[0]]
  if (typeof a !== 'number' || typeof b !== 'number') return none
  const result = work(a, b)
  return Number.isFinite(result) ? [result] : none
}

export function toInteger(from: Collection): Collection {
  const value = from[0]
  if (typeof value === 'boolean') return [value ? 1 : 0]
  if (typeof value === 'number') return Number.isInteger(value) ? [value] : none
  return typeof value === 'string' && /^[+-]?\d+$/.test(value) ? [Number(value)] : none
}

export function toText(from: Collection): Collection {
  const value = from[0]
  return value === undefined || isFields(value) ? none : [String(value)]
}

const printed = (value: unknown): string => (value === undefined || isFields(value) ? '' : String(value))
