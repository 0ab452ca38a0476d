import type { Tuple } from '../extract/read-tuple.ts'
import type { Value } from '../extract/values.ts'

/** Whether the values of a parameter have what was asked for; the tuple is that of their resource. */
export type Test = (values: readonly Value[], tuple: Tuple) => boolean
export type ValueTest = (value: Value) => boolean

export function anyOf<Operand>(operands: readonly Operand[], make: (operand: Operand) => ValueTest): Test {
  const tests = operands.map(make)
  if (tests.length === 1) {
    const [test] = tests as [ValueTest]
    return (values) => {
      for (const value of values) if (test(value)) return true
      return false
    }
  }
  return (values) => {
    for (const value of values) for (const test of tests) if (test(value)) return true
    return false
  }
}

/** From so many operands on, each value asks only those that have its key. */
const keyedFrom = 8

/** The same where an operand with a key can only match a value with that key: a thousand ids cost what one does. */
export function anyOfKeyed<Operand>(
  operands: readonly Operand[],
  make: (operand: Operand) => ValueTest,
  keyOf: (operand: Operand) => string | undefined,
  keyOfValue: (value: Value) => string | undefined,
): Test {
  if (operands.length < keyedFrom) return anyOf(operands, make)
  const rest = anyOf(
    operands.filter((operand) => keyOf(operand) === undefined),
    make,
  )
  const byKey = new Map<string, ValueTest[]>()
  for (const operand of operands) {
    const key = keyOf(operand)
    if (key === undefined) continue
    const alike = byKey.get(key)
    if (alike) alike.push(make(operand))
    else byKey.set(key, [make(operand)])
  }
  return (values, tuple) => {
    for (const value of values) {
      const key = keyOfValue(value)
      const tests = key === undefined ? undefined : byKey.get(key)
      if (tests?.some((test) => test(value))) return true
    }
    return rest(values, tuple)
  }
}
