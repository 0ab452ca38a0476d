import { anyOf, anyOfKeyed } from './any.ts'
import type { Test, ValueTest } from './any.ts'
import { searchText } from './texts.ts'
import type { TextOperand, TokenOperand, ValueSetOperand } from './types.ts'
import { valueSetOf } from './value-sets.ts'

/** R4 search.html#token. */
export function codeTest(operands: readonly TokenOperand[]): Test {
  return anyOfKeyed(
    operands,
    (operand) => {
      const isCode = codeMatcher(operand)
      const isSystem = systemMatcher(operand)
      return (value) => value.kind === 'token' && isCode(value.code) && isSystem(value.system)
    },
    ({ code }) => code?.toLowerCase(),
    (value) => (value.kind === 'token' ? value.code?.toLowerCase() : undefined),
  )
}

export function codeMatcher({ code, isExact }: TokenOperand): (code: string | undefined) => boolean {
  if (code === undefined) return () => true
  if (isExact) return (each) => each === code
  const lower = code.toLowerCase()
  // Most codes differ in length, which is cheaper to see than their letters.
  return (each) =>
    each === code || (each !== undefined && each.length === code.length && each.toLowerCase() === lower)
}

export function systemMatcher({ system }: TokenOperand): (system: string | undefined) => boolean {
  if (system === undefined) return () => true
  const wanted = system ?? undefined
  return (each) => each === wanted
}

/** The base part of a media type, without its parameters (R4 search.html#mimetype). */
export function mimeTest(operands: readonly TokenOperand[]): Test {
  return anyOf(operands, ({ code }) => {
    const base = code!.toLowerCase()
    return (value) => value.kind === 'token' && value.code?.split(';', 1)[0]!.trim().toLowerCase() === base
  })
}

export function textTest({ text }: TextOperand): ValueTest {
  const inner = ` ${text}`
  return (value) => {
    if (value.kind !== 'token' || value.text === undefined) return false
    const own = searchText(value.text)
    return own.startsWith(text) || own.includes(inner)
  }
}

/** A code without a system is that of an element whose value set has several: any of them will do. */
export function valueSetTest({ url }: ValueSetOperand): ValueTest {
  const set = valueSetOf(url)
  const any = new Set([...set.values()].flatMap((codes) => [...codes]))
  return (value) => {
    if (value.kind !== 'token' || value.code === undefined) return false
    return (value.system === undefined ? any : set.get(value.system))?.has(value.code) ?? false
  }
}
