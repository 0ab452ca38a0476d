/** How likely it is that two Patients are one person, and why. Nobody is merged by it: two people decide. */
import type { JsonObject } from '#records/json/index.ts'
import { fold, nameWordsOf, type NameWord } from '../search/index.ts'

/** Each has words of its own, for whoever decides (`reasonTexts`). */
export type Reason =
  | 'same-curp'
  | 'same-identifier'
  | 'same-record-number'
  | 'same-name'
  | 'name-sounds-alike'
  | 'near-name'
  | 'part-of-name'
  | 'same-birth-date'
  | 'swapped-birth-date'
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
  'near-name': 20,
  'part-of-name': 15,
  'same-birth-date': 25,
  'swapped-birth-date': 20,
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
  'near-name': { es: 'un nombre que difiere en una letra', en: 'a name that differs by one letter' },
  'part-of-name': { es: 'parte del nombre', en: 'part of the name' },
  'same-birth-date': { es: 'la misma fecha de nacimiento', en: 'the same birth date' },
  'swapped-birth-date': {
    es: 'la misma fecha de nacimiento con día y mes cambiados',
    en: 'the same birth date with day and month changed over',
  },
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
  names: readonly Name[]
  birthDate: string | undefined
  sex: string | undefined
}

interface Name {
  /** In order of the alphabet, without particles, and their sounds likewise. */
  words: readonly string[]
  sounds: readonly string[]
  /** All of it as one word, the family name first and last: O Brian is OBrian, Pérez-Gil PérezGil. */
  wholes: readonly string[]
  /** The same of the sounds. */
  wholeSounds: readonly string[]
}

interface Identifier {
  system?: unknown
  value?: unknown
  type?: { coding?: unknown } | null
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
  for (const { system, value, type } of identifiersOf(patient)) {
    if (value.trim() === '') continue
    const codes = listOf<{ code?: unknown } | null>(type?.coding).map((coding) => coding?.code)
    // CURPs have one shape (RENAPO), under whichever system they were written.
    if (curpShape.test(value.trim().toUpperCase())) curp ??= value.trim().toUpperCase()
    else
      (codes.includes('MR') ? recordNumbers : identifiers).add(
        `${textOf(system) ?? ''}|${fold(value.trim())}`,
      )
  }
  const names = namesOf(patient).flatMap((name): Name[] => {
    const given = listOf<unknown>(name.given)
    const isText = name.family === undefined && given.length === 0
    const [first, second] = isText ? [wordsIn([name.text]), []] : [wordsIn([name.family]), wordsIn(given)]
    const words = [...first, ...second]
    if (words.length === 0) return []
    const whole = (of: (word: NameWord) => string): string[] => {
      const [one, other] = [first, second].map((part) => part.map(of).join(''))
      return [`${one}${other}`, `${other}${one}`]
    }
    return [
      {
        words: words.map(wordOf).toSorted(),
        sounds: words.map(soundIn).toSorted(),
        wholes: whole(wordOf),
        wholeSounds: whole(soundIn),
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

/** Of whom there is more, it is no name: each is compared with each of the other. */
const namesMax = 10
const wordsMax = 20
const lettersMax = 500

/** Those that have a value. */
export const identifiersOf = (patient: JsonObject): readonly (Identifier & { value: string })[] =>
  objectsIn<Identifier>(patient['identifier']).filter(
    (each): each is Identifier & { value: string } => typeof each.value === 'string',
  )

const objectsIn = <Each>(value: unknown): Each[] =>
  listOf<unknown>(value).filter((each) => typeof each === 'object' && each !== null) as Each[]

/** Names as they are compared: what a client sends is no more than this. */
export const namesOf = (patient: JsonObject): readonly HumanName[] =>
  objectsIn<HumanName>(patient['name']).slice(0, namesMax)

/** Without particles. */
export const wordsIn = (parts: readonly unknown[]): NameWord[] =>
  nameWordsOf(
    parts
      .filter((part) => typeof part === 'string')
      .slice(0, wordsMax)
      .join(' ')
      .slice(0, lettersMax),
  )
    .filter(({ folded }) => !particles.has(folded))
    .slice(0, wordsMax)
const wordOf = ({ folded }: NameWord): string => folded
const soundIn = ({ folded, sound }: NameWord): string => sound ?? folded

const curpShape = /^[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d$/
const particles: ReadonlySet<string> = new Set(['de', 'del', 'la', 'las', 'los', 'el', 'y', 'e'])

/** Undefined: too little says that they are one. */
export function scoreOf(one: Traits, other: Traits): Scored | undefined {
  const reasons: Reason[] = []
  if (one.curp !== undefined && other.curp !== undefined)
    reasons.push(one.curp === other.curp ? 'same-curp' : 'other-curp')
  if (!one.identifiers.isDisjointFrom(other.identifiers)) reasons.push('same-identifier')
  if (!one.recordNumbers.isDisjointFrom(other.recordNumbers)) reasons.push('same-record-number')
  const isOtherSex = isKnownSex(one.sex) && isKnownSex(other.sex) && one.sex !== other.sex
  const name = nameReason(one, other)
  // Luis and Luisa, born on one day, are twins.
  if (name && !(name === 'near-name' && isOtherSex)) reasons.push(name)
  if (one.birthDate !== undefined && other.birthDate !== undefined) {
    if (one.birthDate === other.birthDate) reasons.push('same-birth-date')
    else if (isSwapped(one.birthDate, other.birthDate)) reasons.push('swapped-birth-date')
    else if (isNear(one.birthDate, other.birthDate)) reasons.push('near-birth-date')
  }
  if (isOtherSex) reasons.push('other-sex')
  const sum = reasons.reduce((total, reason) => total + weights[reason], 0)
  const grade = least.find(([, hundredths]) => sum >= hundredths)?.[0]
  return grade && { score: Math.min(sum, 100) / 100, grade, reasons }
}

const isKnownSex = (sex: string | undefined): boolean => sex === 'female' || sex === 'male'

const nameReasons = ['same-name', 'name-sounds-alike', 'near-name', 'part-of-name'] as const

/** The best of any name of the one with any of the other: maiden names and nicknames are names too. */
function nameReason(one: Traits, other: Traits): Reason | undefined {
  const found = new Set(one.names.flatMap((own) => other.names.map((theirs) => likeness(own, theirs))))
  return nameReasons.find((reason) => found.has(reason))
}

function likeness(own: Name, theirs: Name): (typeof nameReasons)[number] | undefined {
  const isWhole = own.words.length > 1 && theirs.words.length > 1
  if (!isWhole) return undefined
  if (equal(own.words, theirs.words) || own.wholes.some((each) => theirs.wholes.includes(each)))
    return 'same-name'
  if (equal(own.sounds, theirs.sounds) || own.wholeSounds.some((each) => theirs.wholeSounds.includes(each)))
    return 'name-sounds-alike'
  if (isSlip(own, theirs)) return 'near-name'
  const common = own.sounds.filter((sound) => theirs.sounds.includes(sound)).length
  // With one family name, or with two; with one given name, or with two.
  return common >= 2 && common === Math.min(own.sounds.length, theirs.sounds.length)
    ? 'part-of-name'
    : undefined
}

const equal = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((word, at) => word === other[at])

/** Shorter words are too like each other: Ana, Ama. */
const slipLettersMin = 4

/** All words but one are the same, and that one differs by a letter: another, one more, or two changed over. */
function isSlip(own: Name, theirs: Name): boolean {
  if (own.words.length !== theirs.words.length) return false
  const [word, second] = own.words.filter((each) => !theirs.words.includes(each))
  const [their, another] = theirs.words.filter((each) => !own.words.includes(each))
  if (word === undefined || their === undefined || second !== undefined || another !== undefined) return false
  return Math.min(word.length, their.length) >= slipLettersMin && isOneSlip(word, their)
}

function isOneSlip(one: string, other: string): boolean {
  const [long, short] = one.length < other.length ? [other, one] : [one, other]
  if (long.length - short.length > 1) return false
  let at = 0
  while (at < short.length && long[at] === short[at]) at++
  if (long.length > short.length) return long.slice(at + 1) === short.slice(at)
  if (long.slice(at + 1) === short.slice(at + 1)) return true
  return (
    long[at] === short[at + 1] && long[at + 1] === short[at] && long.slice(at + 2) === short.slice(at + 2)
  )
}

/** Day and month changed over. */
const isSwapped = (one: string, other: string): boolean =>
  one.length === 10 && `${one.slice(0, 5)}${one.slice(8)}-${one.slice(5, 7)}` === other

/** One digit apart. */
const isNear = (one: string, other: string): boolean =>
  one.length === other.length && [...one].filter((digit, at) => digit !== other[at]).length === 1
