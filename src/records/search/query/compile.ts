import type { TokenValue, Value } from '../extract/values.ts'
import { compareAmount, compareRange } from './ranges.ts'
import { stringTest } from './strings.ts'
import { tokenTest } from './tokens.ts'
import type {
  Candidate,
  ChainFilter,
  Filter,
  Found,
  HasFilter,
  Matcher,
  MissingFilter,
  Operand,
  QuantityOperand,
  ReferenceOperand,
  UriOperand,
  ValueFilter,
} from './types.ts'
import { referenceTest } from './references.ts'

/** Whether a value of the parameter is one that an operand asks for; with the type of the resource it is of. */
export type Test = (value: Value, candidate: Candidate) => boolean

/** A filter as one function. To be made once for a search: it has folded, sorted and looked up what it can beforehand. */
export function compileFilter(filter: Filter): Matcher {
  switch (filter.is) {
    case 'missing':
      return missingMatcher(filter)
    case 'chain':
      return chainMatcher(filter)
    case 'has':
      return hasMatcher(filter)
    case 'value':
      return valueMatcher(filter)
  }
}

/** The same of all filters at once. */
export function compileFilters(filters: readonly Filter[]): Matcher {
  const all = filters.map(compileFilter)
  if (all.length === 1) return all[0]!
  return (candidate, found) => {
    for (const matcher of all) if (!matcher(candidate, found)) return false
    return true
  }
}

function missingMatcher({ parameter, missing }: MissingFilter): Matcher {
  if (parameter === '_lastUpdated' || parameter === '_id') return () => !missing
  return ({ tuple }) => (tuple.values(parameter) === undefined) === missing
}

function chainMatcher(filter: ChainFilter): Matcher {
  const { parameter } = filter
  return ({ tuple }, found) => {
    const values = tuple.values(parameter)
    if (values === undefined || values.length === 0) return false
    const targets = found(filter)
    return values.some((value) => value.kind === 'reference' && isAmong(targets, value))
  }
}

function isAmong(
  targets: ReadonlySet<string>,
  { type, id, url, version }: { type?: string; id?: string; url?: string; version?: string } & object,
): boolean {
  if (id !== undefined && type !== undefined) return targets.has(`${type}/${id}`)
  if (url === undefined) return false
  return targets.has(url) || (version !== undefined && targets.has(`${url}|${version}`))
}

function hasMatcher(filter: HasFilter): Matcher {
  return ({ tuple }, found) => {
    const own = tuple.values('_id')?.[0]
    return own?.kind === 'token' && found(filter).has(`${tuple.type}/${own.code}`)
  }
}

function valueMatcher({ parameter, modifier, operands }: ValueFilter): Matcher {
  const tests = testsOf(operands, modifier, parameter)
  if (parameter === '_lastUpdated') {
    return ({ updatedAt }: Candidate, _found: Found) =>
      operands.some(
        (operand) =>
          operand.kind === 'date' && compareRange(operand.prefix, operand, updatedAt, updatedAt + 1),
      )
  }
  const isNegative = modifier === 'not' || modifier === 'not-in'
  return (candidate) => {
    const values = candidate.tuple.values(parameter)
    if (values === undefined) return isNegative
    for (const value of values) {
      for (const test of tests) if (test(value, candidate)) return !isNegative
    }
    return isNegative
  }
}
