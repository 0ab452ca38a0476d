import type { Value } from '../extract/values.ts'
import { anyOf, anyOfKeyed } from './any.ts'
import type { Test } from './any.ts'
import { codeMatcher, systemMatcher } from './tokens.ts'
import type { ReferenceOperand, TokenOperand } from './types.ts'

/** R4 search.html#reference. */
export const referenceTest = { byAddress, byIdentifier }

/** `isBelow`: a version counts as far as it was given, `1` for `1.0` and `1.1` (search.html#versions). */
function byAddress(operands: readonly ReferenceOperand[], isBelow: boolean): Test {
  return anyOfKeyed(
    operands,
    ({ type, id, url, version }) =>
      (value) => {
        if (value.kind !== 'reference' || value.id !== id || value.url !== url) return false
        if (type !== undefined && value.type !== undefined && value.type !== type) return false
        return version === undefined || isVersion(value.version, version, isBelow)
      },
    keyOf,
    (value: Value) => (value.kind === 'reference' ? keyOf(value) : undefined),
  )
}

const keyOf = ({ id, url }: { id: string | undefined; url: string | undefined }): string | undefined =>
  id ?? url

function isVersion(version: string | undefined, wanted: string, isBelow: boolean): boolean {
  return version === wanted || (isBelow && version !== undefined && /^[.-]/.test(after(version, wanted)))
}

const after = (text: string, start: string): string =>
  text.startsWith(start) ? text.slice(start.length) : ''

function byIdentifier(operands: readonly TokenOperand[]): Test {
  return anyOf(operands, (operand) => {
    const isCode = codeMatcher(operand)
    const isSystem = systemMatcher(operand)
    return (value) => {
      const identifier = value.kind === 'reference' ? value.identifier : undefined
      return identifier !== undefined && isCode(identifier.value) && isSystem(identifier.system)
    }
  })
}
