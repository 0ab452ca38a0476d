import type { Day, Sex } from './types.ts'

/** What a CURP is made from. Names as written, with accents. */
export interface CurpSubject {
  given: string
  family: string
  /** Empty where there is none. */
  secondFamily: string
  birthDate: Day
  sex: Sex
  /** Code of the place of birth, `NE` abroad. */
  state: string
}

/**
 * The CURP of an invented person: Instructivo normativo para la asignación de la CURP, DOF 18-10-2021, Annex. A real
 * person's is never computed (NOM-024-SSA3-2012, 6.5.1), so this lives with the demonstration and nowhere else.
 *
 * `homonym`: how many persons who agree in all else came before. Position 17 counts them: digits for those born before
 * 2000, letters after.
 */
export function inventedCurp(subject: CurpSubject, homonym: number): string {
  const symbol = (subject.birthDate < '2000' ? '0123456789' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')[homonym]
  if (symbol === undefined) throw new RangeError(`${homonym} homonyms`)
  const seventeen = curpStem(subject) + symbol
  return seventeen + curpCheckDigit(seventeen)
}

/** The first 16 symbols: all that names, date, sex and place decide. */
export function curpStem({ given, family, secondFamily, birthDate, sex, state }: CurpSubject): string {
  const father = wordOf(family)
  const mother = wordOf(secondFamily)
  const name = givenWordOf(given)
  const [year = '', month = '', day = ''] = birthDate.split('-')
  return [
    seemly(initial(father) + innerVowel(father) + initial(mother) + initial(name)),
    year.slice(2) + month + day,
    sex === 'male' ? 'H' : 'M',
    state,
    innerConsonant(father) + innerConsonant(mother) + innerConsonant(name),
  ].join('')
}

/** Position 18: Σ value × (18 − i) over the first 17 symbols; (10 − s mod 10) mod 10. */
export function curpCheckDigit(curp: string): string {
  const sum = [...curp]
    .slice(0, 17)
    .reduce((total, symbol, i) => total + symbols.indexOf(symbol) * (18 - i), 0)
  return String((10 - (sum % 10)) % 10)
}

const symbols = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ'

/** Annex: these particles of a name do not count, unless there is nothing else. */
const particles = new Set('DA DAS DE DEL DER DI DIE DD EL LA LOS LAS LE LES MAC MC VAN VON Y'.split(' '))

/** Annex: four letters that would be a word one does not say have an X in place of the second. */
const unseemly = new Set(
  [
    'BACA BAKA BUEI BUEY CACA CACO CAGA CAGO CAKA CAKO COGE COGI COJA COJE COJI COJO COLA CULO FALO FETO GETA',
    'GUEI GUEY JETA JOTO KACA KACO KAGA KAGO KAKA KAKO KOGE KOGI KOJA KOJE KOJI KOJO KOLA KULO LILO LOCA LOCO',
    'LOKA LOKO MAME MAMO MEAR MEAS MEON MIAR MION MOCO MOKO MULA MULO NACA NACO PEDA PEDO PENE PIPI PITO POPO',
    'PUTA PUTO QULO RATA ROBA ROBE ROBO RUIN SENO TETA VACA VAGA VAGO VAKA VUEI VUEY WUEI WUEY',
  ].flatMap((line) => line.split(' ')),
)

const seemly = (letters: string): string =>
  unseemly.has(letters) ? `${letters[0]}X${letters.slice(2)}` : letters

/** Upper case without accents; Ñ and whatever is no letter become X (an apostrophe, a hyphen). */
function wordsOf(name: string): string[] {
  const words = name
    .toUpperCase()
    .normalize('NFD')
    .replace(/N\u0303/g, 'X')
    .replace(/\p{M}/gu, '')
    .split(' ')
    .map((word) => word.replace(/[^A-Z]/g, 'X'))
  const telling = words.filter((word) => !particles.has(word))
  return telling.length > 0 ? telling : words
}

const wordOf = (family: string): string => wordsOf(family)[0] ?? ''

/** María and José are too common to tell people apart: where another name follows, that one counts. */
function givenWordOf(given: string): string {
  const [first = '', second] = wordsOf(given)
  return second !== undefined && ['MARIA', 'JOSE'].includes(first) ? second : first
}

const initial = (letters: string): string => letters[0] ?? 'X'
const innerVowel = (letters: string): string => /^.[^AEIOU]*([AEIOU])/.exec(letters)?.[1] ?? 'X'
const innerConsonant = (letters: string): string => /^.[AEIOU]*([^AEIOU])/.exec(letters)?.[1] ?? 'X'
