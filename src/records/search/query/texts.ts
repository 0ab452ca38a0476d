import { fold } from '../extract/strings.ts'
import { soundOf } from '../sound.ts'
import type { NameWord } from './types.ts'

/**
 * A string as it is compared: folded, without punctuation, one space between words (R4 search.html#string). Empty
 * where there is no letter and no digit.
 */
export function searchText(text: string): string {
  const folded = fold(text)
  if (isPlain.test(folded)) return folded
  return folded.replaceAll(joined, '').replaceAll(between, ' ').trim()
}

const isPlain = /^[a-z0-9]*(?: [a-z0-9]+)*$/
/** O'Brien is one word, S.A. too; Pérez-Gil is two. */
const joined = /['’´`.]/g
const between = /[\p{P}\p{S}\p{Z}\p{C}]+/gu

/** The words of a person's name, folded. */
export function wordsOf(text: string): string[] {
  return searchText(text)
    .split(' ')
    .filter((word) => word !== '')
}

/** The same with their sounds. */
export function nameWordsOf(text: string): NameWord[] {
  return wordsOf(text).map((folded) => ({ folded, sound: soundOf(folded) || undefined }))
}

/** Parameters that are searched by words and sounds, since their values are the parts of a person's name. */
export function isNameParameter(type: string, parameter: string): boolean {
  return isPersonType(type) && nameParameters.has(parameter)
}

export function isPersonType(type: string): boolean {
  return personTypes.has(type)
}

const personTypes = new Set(['Patient', 'Person', 'Practitioner', 'RelatedPerson'])
const nameParameters = new Set(['name', 'family', 'given', 'phonetic'])
