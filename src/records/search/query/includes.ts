import type { Refusal } from '#kernel/outcome.ts'
import { typeCode } from '#records/fhir/index.ts'
import { parameterOf } from '../extract/catalogue.ts'
import { badValue, expected, unsupported } from './faults.ts'
import { canRefer } from './filters.ts'
import type { Include } from './types.ts'

/** `_include` and `_revinclude` (R4 search.html#revinclude), with or without `:iterate`. */
export function includeOf(name: string, value: string): Include | Refusal {
  const isIterated = name.endsWith(':iterate')
  if (value === '*') return { type: undefined, parameter: undefined, target: undefined, isIterated }
  const [type, parameter, target, ...more] = value.split(':')
  if (type === undefined || !parameter || more.length > 0 || target === '')
    return badValue(name, 1, expected.include)
  const asked = `${name}=${value}`
  if (typeCode(type) === undefined) return unsupported(asked)
  if (target !== undefined && typeCode(target) === undefined) return unsupported(asked)
  if (parameter === '*') return { type, parameter: undefined, target, isIterated }
  const found = parameterOf(type, parameter)
  if (found?.kind !== 'reference') return unsupported(asked)
  if (target !== undefined && !canRefer(found, target)) return unsupported(asked)
  return { type, parameter, target, isIterated }
}
