import { soundOf } from '../sound.ts'
import { anyOf } from './any.ts'
import type { Test } from './any.ts'
import { isPersonType, searchText } from './texts.ts'
import type { NameWord, StringOperand, ValueModifier } from './types.ts'

/** R4 search.html#string. */
export function stringTest(operands: readonly StringOperand[], modifier: ValueModifier | undefined): Test {
  if (modifier === 'exact')
    return anyOf(
      operands,
      ({ text }) =>
        (value) =>
          value.kind === 'string' && value.text === text,
    )
  if (modifier === 'contains')
    return anyOf(
      operands,
      ({ folded }) =>
        (value) =>
          value.kind === 'string' && searchText(value.text).includes(folded),
    )
  return anyOf(
    operands,
    ({ folded }) =>
      (value) =>
        value.kind === 'string' && searchText(value.text).startsWith(folded),
  )
}

/**
 * Each word that was asked for begins, or sounds like, some word of the person's names: family names and given ones in any order,
 * as R4 asks of double family names (search.html#string).
 */
export function nameTest(operands: readonly StringOperand[]): Test {
  const otherwise = stringTest(operands, undefined)
  const tests = operands.map(({ words }) => words!)
  const plain = remembering(searchText)
  const sounds = remembering(soundOf)
  return (values, tuple) => {
    // Among several types the parameter may be a plain string of one.
    if (!isPersonType(tuple.type)) return otherwise(values, tuple)
    const texts = values.map((value) => (value.kind === 'string' ? plain(value.text) : ''))
    return tests.some((words) => words.every((word) => isThere(word, texts, sounds)))
  }
}

function isThere({ folded, sound }: NameWord, texts: readonly string[], sounds: Made): boolean {
  for (const text of texts) if (text.startsWith(folded) || text.includes(` ${folded}`)) return true
  if (sound === undefined) return false
  for (const text of texts) for (const word of text.split(' ')) if (sounds(word) === sound) return true
  return false
}

type Made = (text: string) => string

/** Names repeat: what was made of those that a search saw is kept until it ends. */
function remembering(make: Made): Made {
  const known = new Map<string, string>()
  return (text) => {
    let made = known.get(text)
    if (made !== undefined) return made
    made = make(text)
    if (known.size === namesMax) known.clear()
    known.set(text, made)
    return made
  }
}

/** More than a country has different names in use; some megabytes. */
const namesMax = 50_000
