/** Whether two patients may be one person, and why. Nobody is merged by it: people decide. */
import type { Json, JsonObject } from '#records/json/index.ts'
import { isObject } from '#records/json/index.ts'
import { fold, nameWordsOf } from '../search/index.ts'
import { systems } from './patient.ts'
import type { Text } from './types.ts'

export type Likeness = 'sure' | 'likely' | 'possible'

export interface Verdict {
  likeness: Likeness
  code:
    | 'same-curp'
    | 'same-record'
    | 'record-of-another'
    | 'same-name-and-birth'
    | 'sounds-and-birth'
    | 'part-of-name-and-birth'
    | 'sounds-and-near-birth'
    | 'namesakes'
  why: Text
}

/** What is compared of a patient. */
export interface Traits {
  curp: string | undefined
  record: string | undefined
  birthDate: string | undefined
  /** Words of the name, folded and in order of the alphabet, without particles. */
  words: readonly string[]
  /** Their sounds, likewise. */
  sounds: readonly string[]
}

export function traitsOf(patient: JsonObject): Traits {
  const identifiers = listOf(patient['identifier']).filter(isObject)
  const valueOf = (found: JsonObject | undefined): string | undefined => {
    const value = found?.['value']
    return typeof value === 'string' ? value : undefined
  }
  const record = identifiers.find(isRecord)
  const [name] = listOf(patient['name']).filter(isObject)
  const parts =
    name?.['family'] === undefined && name?.['given'] === undefined
      ? [name?.['text']]
      : [name['family'], ...listOf(name['given'] ?? [])]
  const words = nameWordsOf(parts.filter((part) => typeof part === 'string').join(' ')).filter(
    ({ folded }) => !particles.has(folded),
  )
  const birthDate = patient['birthDate']
  return {
    curp: valueOf(identifiers.find(({ system }) => system === systems.curp))?.toUpperCase(),
    record:
      record &&
      `${typeof record['system'] === 'string' ? record['system'] : ''}|${fold(valueOf(record) ?? '')}`,
    birthDate: typeof birthDate === 'string' ? birthDate : undefined,
    words: words.map(({ folded }) => folded).sort(),
    sounds: words.map(({ folded, sound }) => sound ?? folded).sort(),
  }
}

/** Undefined: nothing says that they are one. */
export function likenessOf(one: Traits, other: Traits): Verdict | undefined {
  const sameBirth = one.birthDate !== undefined && one.birthDate === other.birthDate
  const sameSounds = one.sounds.length > 1 && equal(one.sounds, other.sounds)
  if (one.curp !== undefined && one.curp === other.curp) return verdict('sure', 'same-curp')
  const differs = one.curp !== undefined && other.curp !== undefined
  if (one.record !== undefined && one.record === other.record) {
    return !differs && (sameBirth || sameSounds || shared(one.sounds, other.sounds) >= 2)
      ? verdict('sure', 'same-record')
      : verdict('possible', 'record-of-another')
  }
  if (sameBirth && sameSounds) {
    if (differs) return verdict('possible', 'namesakes')
    return equal(one.words, other.words)
      ? verdict('likely', 'same-name-and-birth')
      : verdict('likely', 'sounds-and-birth')
  }
  if (differs) return undefined
  const common = shared(one.sounds, other.sounds)
  if (sameBirth && common >= 2 && common === Math.min(one.sounds.length, other.sounds.length)) {
    return verdict('possible', 'part-of-name-and-birth')
  }
  if (sameSounds && one.birthDate && other.birthDate && isNear(one.birthDate, other.birthDate)) {
    return verdict('possible', 'sounds-and-near-birth')
  }
  return undefined
}

/** One digit apart, or day and month changed over. */
function isNear(one: string, other: string): boolean {
  const apart = [...one].filter((digit, at) => digit !== other[at]).length
  return apart === 1 || `${one.slice(0, 5)}${one.slice(8)}-${one.slice(5, 7)}` === other
}

function isRecord(identifier: JsonObject): boolean {
  const type = identifier['type']
  const coding = isObject(type) ? listOf(type['coding'] ?? []) : []
  return coding.some((each) => isObject(each) && each['code'] === 'MR')
}

const equal = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((word, at) => word === other[at])

const shared = (one: readonly string[], other: readonly string[]): number =>
  one.filter((word) => other.includes(word)).length

const listOf = (value: Json | undefined): Json[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]

const particles = new Set(['de', 'del', 'la', 'las', 'los', 'el', 'y', 'e'])

function verdict(likeness: Likeness, code: Verdict['code']): Verdict {
  return { likeness, code, why: whys[code] }
}

const whys: Record<Verdict['code'], Text> = {
  'same-curp': { es: 'la misma CURP', en: 'the same CURP' },
  'same-record': { es: 'el mismo número de expediente', en: 'the same record number' },
  'record-of-another': {
    es: 'el mismo número de expediente con otra persona',
    en: 'the same record number with another person',
  },
  'same-name-and-birth': { es: 'el mismo nombre y fecha de nacimiento', en: 'the same name and birth date' },
  'sounds-and-birth': {
    es: 'un nombre que suena igual y la misma fecha de nacimiento',
    en: 'a name that sounds the same and the same birth date',
  },
  'part-of-name-and-birth': {
    es: 'parte del nombre y la misma fecha de nacimiento',
    en: 'part of the name and the same birth date',
  },
  'sounds-and-near-birth': {
    es: 'un nombre que suena igual y una fecha de nacimiento casi igual',
    en: 'a name that sounds the same and nearly the same birth date',
  },
  namesakes: {
    es: 'mismo nombre y fecha de nacimiento, pero otra CURP',
    en: 'same name and birth date, but another CURP',
  },
}
