/** Searches that are listings by time: these the database answers by itself. */
import type { Interval, ListOptions } from '../../types.ts'
import type { Filter, Search } from '../query/types.ts'

export type Listed = Pick<ListOptions, 'lastUpdated' | 'ascending'>

/** Undefined where more than times is asked. */
export function listedOf({ type, filters, sort }: Search): Listed | undefined {
  if (type === undefined || sort.length > 1) return undefined
  const [key] = sort
  if (key !== undefined && key.parameter !== '_lastUpdated') return undefined
  let from = -Infinity
  let to = Infinity
  for (const filter of filters) {
    const interval = intervalOf(filter)
    if (!interval) return undefined
    from = Math.max(from, interval.from ?? -Infinity)
    to = Math.min(to, interval.to ?? Infinity)
  }
  const lastUpdated = { ...(from > -Infinity ? { from } : {}), ...(to < Infinity ? { to } : {}) }
  return { lastUpdated, ascending: key !== undefined && !key.isDescending }
}

function intervalOf(filter: Filter): Interval | undefined {
  if (filter.is !== 'value' || filter.parameter !== '_lastUpdated' || filter.modifier !== undefined)
    return undefined
  const [operand, ...more] = filter.operands
  if (operand?.kind !== 'date' || more.length > 0) return undefined
  const { prefix, low, high } = operand
  switch (prefix) {
    case 'eq':
    case 'ap':
      return { from: low, to: high }
    case 'gt':
    case 'sa':
      return { from: high }
    case 'ge':
      return { from: low }
    case 'lt':
    case 'eb':
      return { to: low }
    case 'le':
      return { to: high }
    case 'ne':
      return undefined
  }
}
