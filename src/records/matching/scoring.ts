/** How likely it is that two Patients are one person, and why. Nobody is merged by it: two people decide. */
import type { JsonObject } from '#records/json/index.ts'
import { fold, nameWordsOf } from '../search/index.ts'

/** Each has words of its own, for whoever decides (`reasonTexts`). */
export type Reason =
  | 'same-curp'
  | 'same-identifier'
  | 'same-record-number'
  | 'same-name'
  | 'name-sounds-alike'
  | 'part-of-name'
  | 'same-birth-date'
  | 'near-birth-date'
  | 'other-sex'
  | 'other-curp'

/** http://hl7.org/fhir/R4/codesystem-match-grade.html, less what is certainly not. */
export type Grade = 'certain' | 'probable' | 'possible'

export interface Scored {
  /** 0 to 1, in hundredths. */
  score: number
  grade: Grade
  reasons: readonly Reason[]
}

/**
 * In hundredths. Two who have one CURP, or one name and one birth date, are proposed at once; a name alone, or a birth date alone, proposes
 * nobody. Of two with different CURPs one was written wrongly, or they are two.
 */
const weights: Readonly<Record<Reason, number>> = {
  'same-curp': 60,
  'same-identifier': 45,
  'same-record-number': 40,
  'same-name': 30,
  'name-sounds-alike': 25,
  'part-of-name': 15,
  'same-birth-date': 25,
  'near-birth-date': 12,
  'other-sex': -10,
  'other-curp': -40,
}

const least: readonly (readonly [grade: Grade, hundredths: number])[] = [
  ['certain', 85],
  ['probable', 50],
  ['possible', 35],
]

export const reasonTexts: Readonly<Record<Reason, { es: string; en: string }>> = {
  'same-curp': { es: 'la misma CURP', en: 'the same CURP' },
  'same-identifier': { es: 'un mismo identificador', en: 'an identifier in common' },
  'same-record-number': { es: 'el mismo número de expediente', en: 'the same record number' },
  'same-name': { es: 'el mismo nombre', en: 'the same name' },
  'name-sounds-alike': { es: 'un nombre que suena igual', en: 'a name that sounds the same' },
  'part-of-name': { es: 'parte del nombre', en: 'part of the name' },
  'same-birth-date': { es: 'la misma fecha de nacimiento', en: 'the same birth date' },
  'near-birth-date': { es: 'una fecha de nacimiento casi igual', en: 'nearly the same birth date' },
  'other-sex': { es: 'otro sexo', en: 'another sex' },
  'other-curp': { es: 'otra CURP', en: 'another CURP' },
}

/** What is compared of a Patient. */
export interface Traits {
  curp: string | undefined
  /** `system|value`, folded; those of type `MR` apart. */
  identifiers: ReadonlySet<string>
  recordNumbers: ReadonlySet<string>
  /** Of each of the names: words in order of the alphabet, without particles, and their sounds likewise. */
  names: readonly { words: readonly string[]; sounds: readonly string[] }[]
  birthDate: string | undefined
  sex: string | undefined
}

interface Identifier {
  system?: unknown
  value?: unknown
  type?: { coding?: { code?: unknown }[] }
}
interface HumanName {
  text?: unknown
  family?: unknown
  given?: unknown
}

const listOf = <Each>(value: unknown): readonly Each[] => (Array.isArray(value) ? (value as Each[]) : [])
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

export function traitsOf(patient: JsonObject): Traits {
  const identifiers = new Set<string>()
  const recordNumbers = new Set<string>()
  let curp: string | undefined
  for (const { system, value, type } of listOf<Identifier>(patient['identifier'])) {
    if (typeof value !== 'string' || value.trim() === '') continue
    const codes = listOf<{ code?: unknown }>(type?.coding).map(({ code }) => code)
    // CURPs have one shape (RENAPO), under whichever system they were written.
    if (curpShape.test(value.trim().toUpperCase())) curp ??= value.trim().toUpperCase()
    else
      (codes.includes('MR') ? recordNumbers : identifiers).add(
        `${textOf(system) ?? ''}|${fold(value.trim())}`,
      )
  }
  const names = listOf<HumanName>(patient['name']).flatMap((name) => {
    const given = listOf<unknown>(name.given)
    const parts = name.family === undefined && given.length === 0 ? [name.text] : [name.family, ...given]
    const words = nameWordsOf(parts.filter((part) => typeof part === 'string').join(' ')).filter(
      ({ folded }) => !particles.has(folded),
    )
    if (words.length === 0) return []
    return [
      {
        words: words.map(({ folded }) => folded).toSorted(),
        sounds: words.map(({ folded, sound }) => sound ?? folded).toSorted(),
      },
    ]
  })
  return {
    curp,
    identifiers,
    recordNumbers,
    names,
    birthDate: textOf(patient['birthDate']),
    sex: textOf(patient['gender']),
  }
}

const curpShape = /^[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d$/
const particles = new Set(['de', 'del', 'la', 'las', 'los', 'el', 'y', 'e'])

/** Undefined: too little says that they are one. */
export function scoreOf(one: Traits, other: Traits): Scored | undefined {
  const reasons: Reason[] = []
  if (one.curp !== undefined && other.curp !== undefined)
    reasons.push(one.curp === other.curp ? 'same-curp' : 'other-curp')
  if (!one.identifiers.isDisjointFrom(other.identifiers)) reasons.push('same-identifier')
  if (!one.recordNumbers.isDisjointFrom(other.recordNumbers)) reasons.push('same-record-number')
  const name = nameReason(one, other)
  if (name) reasons.push(name)
  if (one.birthDate !== undefined && other.birthDate !== undefined) {
    if (one.birthDate === other.birthDate) reasons.push('same-birth-date')
    else if (isNear(one.birthDate, other.birthDate)) reasons.push('near-birth-date')
  }
  if (isKnownSex(one.sex) && isKnownSex(other.sex) && one.sex !== other.sex) reasons.push('other-sex')
  const sum = reasons.reduce((total, reason) => total + weights[reason], 0)
  const grade = least.find(([, hundredths]) => sum >= hundredths)?.[0]
  return grade && { score: Math.min(sum, 100) / 100, grade, reasons }
}

const isKnownSex = (sex: string | undefined): boolean => sex === 'female' || sex === 'male'

/** The best of any name of the one with any of the other: maiden names and nicknames are names too. */
function nameReason(one: Traits, other: Traits): Reason | undefined {
  let best: Reason | undefined
  for (const own of one.names) {
    for (const theirs of other.names) {
      if (own.words.length > 1 && equal(own.words, theirs.words)) return 'same-name'
      if (own.sounds.length > 1 && equal(own.sounds, theirs.sounds)) best = 'name-sounds-alike'
      const common = own.sounds.filter((sound) => theirs.sounds.includes(sound)).length
      // With one family name, or with two; with one given name, or with two.
      if (common >= 2 && common === Math.min(own.sounds.length, theirs.sounds.length)) best ??= 'part-of-name'
    }
  }
  return best
}

const equal = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((word, at) => word === other[at])

/** One digit apart, or day and month changed over. */
function isNear(one: string, other: string): boolean {
  if (one.length !== other.length) return false
  const apart = [...one].filter((digit, at) => digit !== other[at]).length
  return apart === 1 || `${one.slice(0, 5)}${one.slice(8)}-${one.slice(5, 7)}` === other
}
