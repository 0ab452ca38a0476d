import type { Refusal } from '#kernel/outcome.ts'
import { resourceTypes, typeCode } from '#records/fhir/index.ts'
import { parameterOf } from '../extract/catalogue.ts'
import type { Parameter } from '../extract/catalogue.ts'
import { badUse, badValue, expected, unsupported } from './faults.ts'
import { modifierOf } from './modifiers.ts'
import { operandsOf } from './operands.ts'
import { wholeOf } from './pieces.ts'
import { isNameParameter } from './texts.ts'
import type { Filter, ParseOptions } from './types.ts'

/** A filter, and those of the types it was asked of that have its parameter. */
interface Understood {
  filter: Filter
  types: readonly string[]
}

export type FilterOptions = Pick<ParseOptions, 'timeZone' | 'base' | 'now'>

/** Links of chains and `_has` in one parameter: each is a search of its own. */
const linksMax = 5

/** `types`: empty for a search over all of them, which has the parameters that all of them have. */
export function filterOf(
  types: readonly string[],
  name: string,
  value: string,
  options: FilterOptions,
): Filter | Refusal {
  const read = createReader(name, value, options)(types, name, 0)
  if ('status' in read) return read
  return read.types.length === Math.max(types.length, 1) ? read.filter : unsupported(name)
}

type ReadRest = (types: readonly string[], rest: string, links: number) => Understood | Refusal

/** Reads what is left of a name whose first links were read; errors tell the whole name. */
function createReader(whole: string, value: string, options: FilterOptions): ReadRest {
  return read

  function read(types: readonly string[], rest: string, links: number): Understood | Refusal {
    if (links > linksMax) return badUse(whole, expected.depth)
    if (rest.startsWith('_has:')) return readHas(types, rest, links)
    const dot = rest.indexOf('.')
    if (dot >= 0) return readChain(types, rest.slice(0, dot), rest.slice(dot + 1), links)
    return readValue(types, rest)
  }

  function readHas(types: readonly string[], rest: string, links: number): Understood | Refusal {
    const [, type, parameter, ...inner] = rest.split(':')
    if (type === undefined || parameter === undefined || inner.length === 0)
      return badUse(whole, expected.has)
    const found = parameterOf(type, parameter)
    if (found?.kind !== 'reference') return unsupported(whole)
    const hit = types.filter((each) => canRefer(found, each))
    if (hit.length === 0 && types.length > 0) return unsupported(whole)
    const there = read([type], inner.join(':'), links + 1)
    if ('status' in there) return there
    return { filter: { is: 'has', type, parameter, filter: there.filter }, types: typesOr(hit) }
  }

  function readChain(
    types: readonly string[],
    head: string,
    rest: string,
    links: number,
  ): Understood | Refusal {
    const [name = '', type, ...more] = head.split(':')
    if (more.length > 0 || (type !== undefined && typeCode(type) === undefined)) return unsupported(whole)
    const found = lookUp(types, name).filter(
      ({ parameter }) => parameter.kind === 'reference' && (type === undefined || canRefer(parameter, type)),
    )
    if (found.length === 0) return unsupported(whole)
    const targets = type === undefined ? targetsOf(found.map(({ parameter }) => parameter)) : [type]
    const inner = read(targets, rest, links + 1)
    if ('status' in inner) return inner
    return {
      filter: { is: 'chain', parameter: name, targets: inner.types, filter: inner.filter },
      types: found.map((each) => each.type),
    }
  }

  function readValue(types: readonly string[], rest: string): Understood | Refusal {
    const colon = rest.indexOf(':')
    const name = colon < 0 ? rest : rest.slice(0, colon)
    const suffix = colon < 0 ? undefined : rest.slice(colon + 1)
    const found = lookUp(types, name)
    const parameter = found[0]?.parameter
    if (!parameter || parameter.kind === 'special') return unsupported(whole)
    const { kind } = parameter
    if (found.some((each) => each.parameter.kind !== kind)) return badUse(whole, expected.oneKind)
    const having = found.map((each) => each.type)
    if (suffix === 'missing' && kind !== 'composite') {
      if (value !== 'true' && value !== 'false') return badValue(whole, 1, expected.boolean)
      return { filter: { is: 'missing', parameter: name, missing: value === 'true' }, types: having }
    }
    const all = found.map((each) => each.parameter)
    const modifier = modifierOf(kind, suffix, all)
    if (!modifier) return unsupported(whole)
    const targets = targetsOf(all)
    const operands = operandsOf(wholeOf(value), {
      name: whole,
      parameter,
      kind,
      modifier: modifier.modifier,
      sources: all.flatMap(({ sources }) => sources),
      isName: having.some((type) => isNameParameter(type, name)),
      type: modifier.type ?? (targets.length === 1 ? targets[0] : undefined),
      isTyped: modifier.type !== undefined,
      timeZone: options.timeZone,
      base: options.base,
      now: options.now,
    })
    if ('status' in operands) return operands
    return {
      filter: { is: 'value', parameter: name, kind, modifier: modifier.modifier, operands },
      types: having,
    }
  }
}

/** The types that have a parameter of this name. */
function lookUp(types: readonly string[], name: string): { type: string; parameter: Parameter }[] {
  if (types.length === 0) {
    const parameter = commonParameterOf(name)
    return parameter ? [{ type: anyType, parameter }] : []
  }
  return types.flatMap((type) => {
    const parameter = parameterOf(type, name)
    return parameter ? [{ type, parameter }] : []
  })
}

/** Stands for all types where none is named. */
const anyType = 'Resource'
const typesOr = (types: readonly string[]): readonly string[] => (types.length > 0 ? types : [anyType])

/** A parameter that every type has. */
export function commonParameterOf(name: string): Parameter | undefined {
  const parameter = parameterOf('Basic', name)
  return parameter && parameter.number < ownFrom ? parameter : undefined
}

/** Parameters of all types have lower numbers. */
const ownFrom = 16

export function canRefer({ targets }: Parameter, type: string): boolean {
  return targets.length === 0 || targets.includes(type)
}

function targetsOf(parameters: readonly Parameter[]): readonly string[] {
  const [first, ...more] = parameters
  if (parameters.some(({ targets }) => targets.length === 0)) return resourceTypes
  return more.length === 0 ? first!.targets : [...new Set(parameters.flatMap(({ targets }) => targets))]
}
