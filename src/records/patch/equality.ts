import type { Work } from './faults.ts'
import type { Tree } from './tree.ts'

/**
 * RFC 6902 §4.6: same kind; numbers by value, objects without regard to order. `wanted` is no deeper than a body may be,
 * which bounds the recursion. Also false where there is no work left.
 */
export function isEqual(found: Tree, wanted: Tree, work: Work): boolean {
  if (found.kind !== wanted.kind) return false
  switch (wanted.kind) {
    case 'object': {
      const theirs = found.members as NonNullable<Tree['members']>
      const ours = wanted.members as NonNullable<Tree['members']>
      if (theirs.size !== ours.size) return false
      for (const [name, { value }] of ours) {
        const other = theirs.get(name)
        if (!other || !isEqual(other.value, value, work)) return false
      }
      return true
    }
    case 'list': {
      const theirs = found.items as Tree[]
      const ours = wanted.items as Tree[]
      return (
        theirs.length === ours.length && ours.every((item, at) => isEqual(theirs[at] as Tree, item, work))
      )
    }
    case 'string':
      return found.string === wanted.string
    case 'number': {
      const [theirs, ours] = [found.literal as string, wanted.literal as string]
      // A short number may equal a very long one, again and again; all else is as long as what was sent to compare it with.
      return work.spend(theirs.length + ours.length) && isSameNumber(theirs, ours)
    }
    case 'boolean':
    case 'null':
      return found.literal === wanted.literal
  }
}

/** Equal in value, whatever the digits of a double would make of them: `1.0` and `1e0`, but not 2⁵³ and 2⁵³ + 1. */
export function isSameNumber(left: string, right: string): boolean {
  return left === right || normalForm(left) === normalForm(right)
}

/** Digits without zeros at either end, and the power of ten of the last one. */
function normalForm(literal: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(literal)
  if (!match) return literal
  const [, sign = '', whole = '', fraction = '', power = '0'] = match
  // Powers beyond what can be counted are equal only as written.
  if (power.length > powerDigitsMax) return literal
  const digits = whole + fraction
  let start = 0
  while (start < digits.length && digits[start] === '0') start++
  let end = digits.length
  while (end > start && digits[end - 1] === '0') end--
  if (start === end) return '0'
  return `${sign}${digits.slice(start, end)}e${Number(power) - fraction.length + (digits.length - end)}`
}

const powerDigitsMax = 15
