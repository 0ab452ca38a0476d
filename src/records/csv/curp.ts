/**
 * What a CURP says, and whether it agrees with the person: Instructivo normativo para la asignación de la CURP,
 * DOF 18-10-2021, Annex. One is checked here and never made (NOM-024-SSA3-2012, 6.5.1).
 */

export interface Curp {
  value: string
  /** `YYYY-MM-DD`; position 17 tells the century: a digit for those born before 2000, else a letter. */
  birthDate: string
  sex: 'male' | 'female' | 'other'
  /** Two letters, `NE` abroad. */
  state: string
}

export type CurpFault = 'length' | 'form' | 'date' | 'check-digit'

/** Reads a CURP, written with or without spaces and in any case. */
export function readCurp(text: string): Curp | { fault: CurpFault } {
  const value = text.toUpperCase().replace(/[\s.-]/g, '')
  if ([...value].length !== 18) return { fault: 'length' }
  const found = form.exec(value)
  if (!found) return { fault: 'form' }
  const [, yy = '', mm = '', dd = '', letter = '', state = '', homonym = ''] = found
  const birthDate = `${/\d/.test(homonym) ? '19' : '20'}${yy}-${mm}-${dd}`
  if (!isDay(birthDate)) return { fault: 'date' }
  if (curpCheckDigit(value) !== value[17]) return { fault: 'check-digit' }
  return { value, birthDate, sex: letter === 'H' ? 'male' : letter === 'M' ? 'female' : 'other', state }
}

const form = /^[A-ZÑ]{4}(\d\d)(\d\d)(\d\d)([HMX])([A-Z]{2})[A-ZÑ]{3}([0-9A-ZÑ])\d$/
const symbols = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ'

/** Position 18: Σ value × (18 − i) over the first 17 symbols; (10 − s mod 10) mod 10. */
export function curpCheckDigit(curp: string): string {
  const sum = [...curp]
    .slice(0, 17)
    .reduce((total, symbol, i) => total + symbols.indexOf(symbol) * (18 - i), 0)
  return String((10 - (sum % 10)) % 10)
}

/**
 * Whether the seven letters of a CURP can come from these names. Positions that the Annex replaces by X (inconvenient words, Ñ,
 * what is missing) agree with all.
 */
export function nameAgrees(curp: string, father: string, mother: string, given: string): boolean {
  const names = { father: lettersOf(father), mother: lettersOf(mother), given: givenLettersOf(given) }
  const want = [
    initial(names.father),
    innerVowel(names.father),
    initial(names.mother),
    initial(names.given),
    innerConsonant(names.father),
    innerConsonant(names.mother),
    innerConsonant(names.given),
  ]
  const has = [...curp.slice(0, 4), ...curp.slice(13, 16)]
  return has.every((letter, at) => letter === want[at] || (letter === 'X' && (at === 1 || want[at] === 'X')))
}

/** Whether `YYYY-MM-DD` is a day of the calendar. */
export function isDay(date: string): boolean {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
}

const particles = new Set([
  'DA',
  'DAS',
  'DE',
  'DEL',
  'DER',
  'DI',
  'DIE',
  'DD',
  'EL',
  'LA',
  'LOS',
  'LAS',
  'LE',
  'LES',
  'MAC',
  'MC',
  'VAN',
  'VON',
  'Y',
])
/** Too common to tell people apart: the next name counts. */
const commonest = new Set(['MARIA', 'MA', 'M', 'JOSE', 'J'])

function wordsOf(name: string): string[] {
  return name
    .toUpperCase()
    .normalize('NFD')
    .replace(/N\u0303/g, 'Ñ')
    .replace(/\p{M}/gu, '')
    .split(/[^A-ZÑ]+/u)
    .filter((word) => word !== '' && !particles.has(word))
}

const lettersOf = (name: string): string => wordsOf(name)[0] ?? ''

function givenLettersOf(name: string): string {
  const [first = '', second] = wordsOf(name)
  return second !== undefined && commonest.has(first) ? second : first
}

const noEnye = (letter: string | undefined): string => (letter === undefined || letter === 'Ñ' ? 'X' : letter)
const initial = (letters: string): string => noEnye(letters[0])
const innerVowel = (letters: string): string => noEnye(/^.[^AEIOU]*([AEIOU])/.exec(letters)?.[1])
const innerConsonant = (letters: string): string => noEnye(/^.[AEIOU]*([^AEIOU])/.exec(letters)?.[1])
