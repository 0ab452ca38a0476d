import { SoughtCodes } from '../extract/sought-codes.ts'
import type { DateOperand, Filter, Matcher, ValueFilter } from './types.ts'
import { holds } from './ranges.ts'
import { testOf } from './tests.ts'

/** A filter as one function, to be made once for a search: what can be folded and looked up beforehand has been. */
export function compileFilter(filter: Filter): Matcher {
  switch (filter.is) {
    case 'missing': {
      const { parameter, missing } = filter
      if (parameter === '_lastUpdated' || parameter === '_id') return () => !missing
      return ({ tuple }) => (tuple.values(parameter) === undefined) === missing
    }
    case 'chain': {
      const { parameter } = filter
      return ({ tuple }, found) => {
        const values = tuple.values(parameter)
        if (values === undefined || values.length === 0) return false
        const targets = found(filter)
        return values.some((value) => {
          if (value.kind !== 'reference') return false
          const { type, id, url, version } = value
          if (id !== undefined) return targets.has(`${type}/${id}`)
          return url !== undefined && (targets.has(url) || targets.has(`${url}|${version}`))
        })
      }
    }
    case 'has':
      return ({ tuple }, found) => {
        const own = tuple.values('_id')?.[0]
        return own?.kind === 'token' && found(filter).has(`${tuple.type}/${own.code}`)
      }
    case 'value':
      return valueMatcher(filter)
  }
}

/** All of the filters at once; those first that are told with the least work, since the rest are asked only of what is left. */
export function compileFilters(filters: readonly Filter[]): Matcher {
  const all = filters.toSorted((one, other) => workOf(one) - workOf(other)).map(compileFilter)
  if (all.length === 1) return all[0]!
  return (candidate, found) => {
    for (const matcher of all) if (!matcher(candidate, found)) return false
    return true
  }
}

/** Nearly every search names its patient, by a text of every resource's own, and nearly everything there is the patient's. */
function workOf(filter: Filter): number {
  if (filter.is !== 'value') return filter.is === 'missing' ? 1 : 3
  if (filter.parameter === '_lastUpdated' || codesOf(filter) !== undefined) return 0
  return filter.kind === 'reference' ? 2 : 1
}

function valueMatcher({ parameter, modifier, operands }: ValueFilter): Matcher {
  if (parameter === '_lastUpdated') {
    const dates = operands as readonly DateOperand[]
    return ({ updatedAt }) => dates.some((date) => holds(date.prefix, date, updatedAt, updatedAt + 1))
  }
  const test = testOf(operands, modifier)
  const codes = codesOf({ modifier, operands })
  // R4 search.html#token: "this includes resources that have no value for the parameter", and the negation is of the whole list.
  const isNegative = modifier === 'not' || modifier === 'not-in'
  return ({ tuple }) => {
    if (codes !== undefined && !tuple.couldHave(parameter, codes)) return isNegative
    const values = tuple.values(parameter)
    return (values !== undefined && test(values, tuple)) !== isNegative
  }
}

/** Where nothing matches, or with `:not` everything, but what has one of these codes. */
function codesOf({
  modifier,
  operands,
}: Pick<ValueFilter, 'modifier' | 'operands'>): SoughtCodes | undefined {
  if (modifier !== undefined && modifier !== 'not') return undefined
  const codes: string[] = []
  for (const operand of operands) {
    if (operand.kind !== 'token' || operand.code === undefined) return undefined
    codes.push(operand.code)
  }
  return SoughtCodes.of(codes)
}
