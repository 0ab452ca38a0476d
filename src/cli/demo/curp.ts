/** What a CURP is made from. Names as written, with accents; `state` is the code of the place of birth, `NE` abroad. */
export interface CurpSubject {
  given: string
  fathersFamily: string
  mothersFamily: string
  /** `YYYY-MM-DD` */
  birthDate: string
  sex: 'H' | 'M' | 'X'
  state: string
  /** Position 17, which tells apart people who agree in all else: a digit for those born before 2000, else a letter. */
  homonym: string
}

const symbols = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ'

/**
 * The CURP of an invented person: Instructivo normativo para la asignación de la CURP, DOF 18-10-2021, Annex. A real
 * person's is never computed (NOM-024-SSA3-2012, 6.5.1), so this lives with the demonstration and nowhere else.
 */
export function inventedCurp(subject: CurpSubject): string {
  const father = lettersOf(subject.fathersFamily)
  const mother = lettersOf(subject.mothersFamily)
  const given = lettersOf(subject.given)
  const [year = '', month = '', day = ''] = subject.birthDate.split('-')
  const seventeen = [
    initial(father) + innerVowel(father) + initial(mother) + initial(given),
    year.slice(2) + month + day,
    subject.sex + subject.state,
    innerConsonant(father) + innerConsonant(mother) + innerConsonant(given),
    subject.homonym,
  ].join('')
  return seventeen + curpCheckDigit(seventeen)
}

/** Position 18: Σ value × (18 − i) over the first 17 symbols; (10 − s mod 10) mod 10. */
export function curpCheckDigit(curp: string): string {
  const sum = [...curp]
    .slice(0, 17)
    .reduce((total, symbol, i) => total + symbols.indexOf(symbol) * (18 - i), 0)
  return String((10 - (sum % 10)) % 10)
}

/** Upper case without accents; Ñ stays, to become X where it would be taken. Particles of a family name are skipped. */
function lettersOf(name: string): string {
  const words = name
    .toUpperCase()
    .normalize('NFD')
    .replace(/N\u0303/g, 'Ñ')
    .replace(/\p{M}/gu, '')
    .split(' ')
    .filter((word) => !['DE', 'DEL', 'LA', 'LAS', 'LOS', 'Y'].includes(word))
  // María and José are too common to tell people apart: the next name counts.
  const [first = '', second] = words
  return second !== undefined && ['MARIA', 'JOSE'].includes(first) ? second : first
}

const noEnye = (letter: string | undefined): string => (letter === undefined || letter === 'Ñ' ? 'X' : letter)
const initial = (letters: string): string => noEnye(letters[0])
const innerVowel = (letters: string): string => noEnye(/^.[^AEIOU]*([AEIOU])/.exec(letters)?.[1])
const innerConsonant = (letters: string): string => noEnye(/^.[AEIOU]*([^AEIOU])/.exec(letters)?.[1])
