/** From a filter to the terms of what can match it. */
import {
  isNameParameter,
  wordsOf,
  type DateOperand,
  type Filter,
  type Operand,
  type ValueFilter,
} from '../search/index.ts'
import { daysMax, daysOf, longPeriod } from './days.ts'
import { codeTerm, dated, ownerTerm, prefixTerm, soundTerm, tagged, type Term } from './terms.ts'

/** Whatever matches has at least one of these; likelier ones first. */
export type AnyOf = readonly Term[]
/** Whatever matches has something of each. */
export type Choices = readonly AnyOf[]

/**
 * Of each operand, what has to be there; whatever matches the filter matches one of the operands. Undefined: the directory
 * does not know enough to answer the filter alone.
 */
export function wantedBy(type: string, filter: Filter, timeZone: string): Choices[] | undefined {
  if (filter.is !== 'value') return undefined
  const wanted: Choices[] = []
  for (const operand of filter.operands) {
    const choices = choicesOf(type, filter, operand, timeZone)
    if (choices.length === 0) return undefined
    wanted.push(choices)
  }
  return wanted
}

function choicesOf(type: string, filter: ValueFilter, operand: Operand, timeZone: string): Choices {
  const { parameter, modifier } = filter
  switch (operand.kind) {
    case 'token':
      if (modifier !== undefined) return []
      if (parameter === 'identifier') return one(codeTerm('identifier', operand.code))
      return parameter === '_tag' && tagged.has(type) ? one(codeTerm('tag', operand.code)) : []
    case 'string':
      return isNameParameter(type, parameter) ? nameChoices(modifier, operand) : []
    case 'date':
      if (!dated.has(type) || parameter !== 'date' || (operand.prefix !== 'eq' && operand.prefix !== 'ap'))
        return []
      return dayChoices(operand, timeZone)
    case 'reference':
      return type === 'Task' && parameter === 'owner' && modifier === undefined ? one(ownerTerm(operand)) : []
    default:
      return []
  }
}

const one = (term: Term | undefined): Choices => (term ? [[term]] : [])

function nameChoices(
  modifier: ValueFilter['modifier'],
  { text, folded, words }: Extract<Operand, { kind: 'string' }>,
): Choices {
  if (modifier !== undefined && modifier !== 'exact') return []
  if (words && modifier === undefined) {
    return words.flatMap((word): AnyOf[] => {
      const sound = word.sound === undefined ? undefined : soundTerm(word.sound)
      // What sounds like it may have been too short for a term.
      if (word.sound !== undefined && !sound) return []
      // Of several pieces, such as O'Farrill, each has to be there.
      const prefix = wordsOf(word.folded)
        .map(prefixTerm)
        .find((term) => term !== undefined)
      return prefix ? [sound ? [sound, prefix] : [prefix]] : []
    })
  }
  // Compared as a whole: it begins, or is, one of the parts of the name, so all of its words begin words of the name.
  return wordsOf(modifier === 'exact' ? text : folded).flatMap((word) => {
    const prefix = prefixTerm(word)
    return prefix ? [[prefix]] : []
  })
}

function dayChoices(span: { low: number; high: number }, timeZone: string): Choices {
  const days = daysOf(span, timeZone)
  return days ? [[...days, longPeriod].map((text): Term => ({ kind: 'day', text }))] : []
}

/** Bounds by several filters, such as `date=ge2026-11-01&date=lt2026-12-01`: what matches touches what is between. */
export function wantedBetween(
  type: string,
  filters: readonly Filter[],
  timeZone: string,
): Choices[] | undefined {
  if (!dated.has(type)) return undefined
  let low = -Infinity
  let high = Infinity
  for (const filter of filters) {
    if (filter.is !== 'value' || filter.parameter !== 'date' || filter.modifier !== undefined) continue
    const [operand] = filter.operands
    if (filter.operands.length !== 1 || operand?.kind !== 'date') continue
    low = Math.max(low, lowest[operand.prefix]?.(operand) ?? -Infinity)
    high = Math.min(high, highest[operand.prefix]?.(operand) ?? Infinity)
  }
  if (!(low < high && high - low <= (daysMax + 1) * 86_400_000)) return undefined
  const choices = dayChoices({ low, high }, timeZone)
  return choices.length > 0 ? [choices] : undefined
}

type Bounds = Partial<Record<DateOperand['prefix'], (operand: DateOperand) => number>>

/** R4 search.html#prefix: what matches ends after this. */
const lowest: Bounds = {
  eq: ({ low }) => low,
  ap: ({ low }) => low,
  ge: ({ low }) => low,
  gt: ({ high }) => high,
  sa: ({ high }) => high,
}

/** … and begins before this. */
const highest: Bounds = {
  eq: ({ high }) => high,
  ap: ({ high }) => high,
  le: ({ high }) => high,
  lt: ({ low }) => low,
  eb: ({ low }) => low,
}
