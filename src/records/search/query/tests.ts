import type { Tuple } from '../extract/read-tuple.ts'
import type { QuantityValue, Value } from '../extract/values.ts'
import { anyOf } from './any.ts'
import type { Test } from './any.ts'
import { holds, holdsAmount } from './ranges.ts'
import { referenceTest } from './references.ts'
import { nameTest, stringTest } from './strings.ts'
import { codeTest, mimeTest, textTest, valueSetTest } from './tokens.ts'
import type {
  CompositeOperand,
  Operand,
  QuantityOperand,
  StringOperand,
  TokenOperand,
  UriOperand,
  ValueModifier,
} from './types.ts'

/** Whether the values of a parameter have what any of the operands, all of one kind, asks for. */
export function testOf(operands: readonly Operand[], modifier: ValueModifier | undefined): Test {
  const first = operands[0]!
  switch (first.kind) {
    case 'token': {
      const tokens = operands as readonly TokenOperand[]
      if (modifier === 'identifier') return referenceTest.byIdentifier(tokens)
      return modifier === 'below' ? mimeTest(tokens) : codeTest(tokens)
    }
    case 'text':
      return anyOf(operands as readonly (typeof first)[], textTest)
    case 'valueset':
      return anyOf(operands as readonly (typeof first)[], valueSetTest)
    case 'reference':
      return referenceTest.byAddress(operands as readonly (typeof first)[], modifier === 'below')
    case 'date':
      return anyOf(
        operands as readonly (typeof first)[],
        (date) => (value) => value.kind === 'date' && holds(date.prefix, date, value.low, value.high),
      )
    case 'string': {
      const strings = operands as readonly StringOperand[]
      return first.words === undefined ? stringTest(strings, modifier) : nameTest(strings)
    }
    case 'uri':
      return uriTest(operands as readonly UriOperand[], modifier)
    case 'number':
      return anyOf(
        operands as readonly (typeof first)[],
        (number) => (value) => value.kind === 'number' && holdsAmount(number, value),
      )
    case 'quantity':
      return anyOf(
        operands as readonly QuantityOperand[],
        (quantity) => (value) =>
          value.kind === 'quantity' && isUnit(quantity, value) && holdsAmount(quantity, value),
      )
    case 'composite': {
      const tests = (operands as readonly CompositeOperand[]).map(compositeTest)
      return (values, tuple) => tests.some((test) => test(values, tuple))
    }
  }
}

/** R4 search.html#quantity: without a system "either the code or the stated human unit". */
function isUnit({ system, code }: QuantityOperand, value: QuantityValue): boolean {
  if (system !== undefined) return value.system === system && value.code === code
  return code === undefined || value.code === code || value.unit === code
}

/** All components of one element (R4 search.html#combining). */
function compositeTest({ components }: CompositeOperand): Test {
  const tests = components.map((component) => testOf([component], undefined))
  return (values, tuple) =>
    values.some(
      (value) =>
        value.kind === 'composite' && tests.every((test, at) => test(value.components[at] ?? [], tuple)),
    )
}

function uriTest(operands: readonly UriOperand[], modifier: ValueModifier | undefined): Test {
  if (modifier === 'below')
    return anyOf(
      operands,
      ({ uri }) =>
        (value) =>
          value.kind === 'uri' && isAtOrBelow(value.uri, uri),
    )
  if (modifier === 'above')
    return anyOf(
      operands,
      ({ uri }) =>
        (value) =>
          value.kind === 'uri' && isAtOrBelow(uri, value.uri),
    )
  return (values, tuple) =>
    operands.some(({ uri, version }) => {
      if (!values.some((value) => value.kind === 'uri' && isUri(value.uri, uri))) return false
      return version === undefined || hasVersion(tuple, version)
    })
}

/** A canonical with a version is one of that address too. */
function isUri(uri: string, wanted: string): boolean {
  if (!uri.startsWith(wanted)) return false
  return uri.length === wanted.length || uri[wanted.length] === '|'
}

function hasVersion(tuple: Tuple, version: string): boolean {
  const isIt = (value: Value): boolean => value.kind === 'token' && value.code === version
  return tuple.values('version')?.some(isIt) ?? false
}

/** By whole parts of a path: `http://acme.org/fhir` has nothing of `http://acme.org/fhirside` below it. */
function isAtOrBelow(uri: string, parent: string): boolean {
  if (!uri.startsWith(parent)) return false
  return uri.length === parent.length || parent.endsWith('/') || '/?#|'.includes(uri[parent.length]!)
}
