import type { Refusal } from '#kernel/outcome.ts'
import { typeCode } from '#records/fhir/index.ts'
import { parameterOf } from '../extract/catalogue.ts'
import { badUse, badValue, expected, unsupported } from './faults.ts'
import { commonParameterOf, filterOf } from './filters.ts'
import { includeOf } from './includes.ts'
import type { Filter, Include, Parsed, ParseOptions, Search, SortKey } from './types.ts'

/**
 * Pairs of names and values as a search: all of them, or a refusal that names the first that cannot be. It throws for a
 * time zone that is none, and never for what a caller wrote.
 */
export function parseSearch(options: ParseOptions): Parsed {
  const { type, pairs, isLenient = false } = options
  const beyond = pairs[parametersMax]
  if (beyond) return badUse(beyond[0], expected.parameters)
  const types = typesOf(options)
  if ('status' in types) return types
  const search = {
    type,
    types,
    filters: [] as Filter[],
    sort: [] as readonly SortKey[],
    count: undefined as number | undefined,
    total: undefined as Search['total'],
    includes: [] as Include[],
    revincludes: [] as Include[],
    summary: undefined as string | undefined,
    elements: undefined as string | undefined,
    ignored: [] as string[],
    understood: [] as (readonly [string, string])[],
  }
  const seen = new Set<string>()
  const size = { values: 0, links: 0 }
  for (const [name, value] of pairs) {
    const refusal = name === '_sort' ? readSort(value) : readPair(name, value)
    if (refusal === undefined) {
      if (name !== '_sort') search.understood.push([name, value])
      continue
    }
    if (!isLeftOut(refusal)) return refusal
    search.ignored.push(nameIn(refusal))
  }
  return { status: 'ok', search }

  function isLeftOut({ status }: Refusal): boolean {
    return isLenient && leftOut.has(status)
  }

  /** Of several keys those that are not supported are left out by themselves. */
  function readSort(value: string): Refusal | undefined {
    if (seen.has('_sort')) return badUse('_sort', expected.one)
    seen.add('_sort')
    const texts = value.split(',')
    if (texts.length > sortKeysMax) return badUse('_sort', expected.sortKeys)
    const keys: SortKey[] = []
    const kept: string[] = []
    let at = 1
    for (const text of texts) {
      const key = sortKeyOf(types as readonly string[], text, at)
      at += text.length + 1
      if (!('status' in key)) {
        keys.push(key)
        kept.push(text)
      } else if (isLeftOut(key)) search.ignored.push(nameIn(key))
      else return key
    }
    search.sort = keys
    if (kept.length > 0) search.understood.push(['_sort', kept.join()])
    return undefined
  }

  function readPair(name: string, value: string): Refusal | undefined {
    if (single.has(name)) {
      if (seen.has(name)) return badUse(name, expected.one)
      seen.add(name)
    }
    switch (name) {
      case '_type':
        return type === undefined ? undefined : unsupported(name)
      case '_format':
      case '_pretty':
        return undefined
      case '_summary':
        search.summary = value
        return undefined
      case '_elements':
        search.elements = value
        return undefined
      case '_count':
        if (!/^\d{1,9}$/.test(value)) return badValue(name, 1, expected.count)
        search.count = Number(value)
        return undefined
      case '_total':
        if (value !== 'none' && value !== 'estimate' && value !== 'accurate')
          return badValue(name, 1, expected.total)
        search.total = value
        return undefined
      case '_include':
      case '_include:iterate':
      case '_revinclude':
      case '_revinclude:iterate': {
        const include = includeOf(name, value)
        if ('status' in include) return include
        ;(name.startsWith('_rev') ? search.revincludes : search.includes).push(include)
        return undefined
      }
      default: {
        const filter = filterOf(types as readonly string[], name, value, options)
        if ('status' in filter) return filter
        measure(filter, size)
        if (size.values > valuesMax) return badUse(name, expected.values)
        if (size.links > linksMax) return badUse(name, expected.links)
        search.filters.push(filter)
        return undefined
      }
    }
  }
}

/** Of one search: parameters, values between their commas, links of all its chains and `_has`. Each costs work or memory. */
const parametersMax = 200
const valuesMax = 10_000
const linksMax = 20
/** Each is read of every match, and stands in each page link. */
const sortKeysMax = 8

function measure(filter: Filter, size: { values: number; links: number }): void {
  if (filter.is === 'value') size.values += filter.operands.length
  if (filter.is !== 'chain' && filter.is !== 'has') return
  size.links++
  measure(filter.filter, size)
}

/** What a lenient caller wants left out: what is not supported, but not what is wrong. */
const leftOut: ReadonlySet<string> = new Set(['unsupported-parameter', 'unknown-value-set'])

const single = new Set(['_type', '_count', '_total', '_summary', '_elements', '_format', '_pretty'])

function typesOf({ type, pairs }: ParseOptions): readonly string[] | Refusal {
  if (type !== undefined) return [type]
  const asked = pairs.find(([name]) => name === '_type')?.[1]
  if (asked === undefined) return []
  const types = asked.split(',')
  let at = 1
  for (const each of types) {
    if (typeCode(each) === undefined) return badValue('_type', at, expected.types)
    at += each.length + 1
  }
  return [...new Set(types)]
}

/** R4 search.html#sort. `at`: its place in the parameter's value. */
function sortKeyOf(types: readonly string[], text: string, at: number): SortKey | Refusal {
  const isDescending = text.startsWith('-')
  const parameter = isDescending ? text.slice(1) : text
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(parameter)) return badValue('_sort', at, expected.sort)
  const all =
    types.length === 0 ? [commonParameterOf(parameter)] : types.map((type) => parameterOf(type, parameter))
  const kind = all[0]?.kind
  if (kind === undefined || kind === 'composite' || kind === 'special' || all.includes(undefined))
    return unsupported(`_sort=${text}`)
  if (all.some((other) => other!.kind !== kind)) return badUse('_sort', expected.oneKind)
  return { parameter, kind, isDescending }
}

function nameIn({ slots }: Refusal): string {
  return String(slots?.['parameter'] ?? '?')
}
