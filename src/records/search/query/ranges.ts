import type { Amount } from '../extract/values.ts'
import type { NumberOperand, Prefix } from './types.ts'

interface Limits {
  low: number
  high: number
}

/**
 * R4 search.html#prefix, as it is said of ranges: what is searched, and the value's from `low` on, before `high`. The range above
 * is "the specified value and up": so ge holds of whatever reaches into it, as a stay does that ended that day.
 */
export function holds(prefix: Prefix, searched: Limits, low: number, high: number): boolean {
  const isWithin = searched.low <= low && high <= searched.high
  switch (prefix) {
    case 'eq':
      return isWithin
    case 'ne':
      return !isWithin
    case 'gt':
      return high > searched.high
    case 'lt':
      return low < searched.low
    case 'ge':
      return high > searched.low
    case 'le':
      return low < searched.high
    case 'sa':
      return low >= searched.high
    case 'eb':
      return high <= searched.low
    case 'ap':
      return high > searched.low && low < searched.high
  }
}

/**
 * Of numbers. "The implicit precision of the number is ignored" with gt, lt, ge, le, sa and eb (R4 search.html#number), and a value
 * that was written as one number counts as that number alone.
 */
export function holdsAmount(searched: NumberOperand | Omit<NumberOperand, 'kind'>, amount: Amount): boolean {
  const { prefix, value } = searched
  const { low, high } = amount
  const at = amount.value
  if (at === undefined) {
    if (prefix === 'eq' || prefix === 'ne' || prefix === 'ap') return holds(prefix, searched, low, high)
    if (prefix === 'gt' || prefix === 'ge') return high > value
    if (prefix === 'lt') return low < value
    if (prefix === 'le') return low <= value
    return prefix === 'sa' ? low > value : high <= value
  }
  switch (prefix) {
    case 'eq':
    case 'ap':
      return searched.low <= at && at < searched.high
    case 'ne':
      return at < searched.low || at >= searched.high
    case 'gt':
    case 'sa':
      return at > value
    case 'lt':
    case 'eb':
      return at < value
    case 'ge':
      return at >= value
    case 'le':
      return at <= value
  }
}
