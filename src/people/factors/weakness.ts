/** Which passwords are not taken: NIST SP 800-63B-4 §3.1.1.2, ASVS 5.0 6.2. No rules about what they are made of. */
import { isCommon, isWord } from './lists/lists.ts'
import { passwordCharactersMax } from './passwords.ts'

export type Weakness = 'short' | 'long' | 'common' | 'pattern' | 'personal'

/** Of whom a password is, and where. */
export interface Owner {
  login: string
  name: string
  /** Of the facility: its name, its town. */
  words?: readonly string[]
}

/** NIST asks for 8 where there is a second factor, as there always is here, and for 15 where there is none. */
const charactersMin = 12
/** What is left of it when what can be guessed is taken away. */
const unguessedMin = 6
/** Shorter ones are in too many words. */
const ownWordMin = 3
/** Of the product, and of every place that it is for. */
const houseWords = ['sigilo', 'hospital', 'clinica', 'consultorio', 'expediente']

export async function weaknessOf(password: string, owner: Owner): Promise<Weakness | undefined> {
  if ([...password.normalize('NFC')].length < charactersMin) return 'short'
  if (password.length > passwordCharactersMax) return 'long'
  const text = folded(password)
  if (await isKnown(text)) return 'common'
  if (unguessed(text) < unguessedMin) return 'pattern'
  const rest = without(text, wordsOf(owner))
  // Dates and numbers that somebody has beside their name are not hard to find.
  const isLittle = unguessed(rest) < unguessedMin || !/\p{L}/u.test(rest)
  if (rest !== text && isLittle) return 'personal'
  return undefined
}

/** As lists have it: without accents, in lower case. */
export function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

/** As it is, with signs for letters, or one word, once or several times, with digits and signs around it. */
async function isKnown(text: string): Promise<boolean> {
  const texts = new Set([text, spelled(text), repeated(text)])
  for (const each of texts) if (await isCommon(each)) return true
  const core = text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  const cores = [spelled(core), lettersOf(core), lettersOf(spelled(core))]
  const inner = new Set([...cores, ...cores.map(repeated)])
  for (const each of inner) if ((await isWord(each)) || (await isCommon(each))) return true
  return false
}

const lettersOf = (text: string): string => text.replace(/[^\p{L}]+/gu, '')

/** What is written for letters, and these. */
const signs = new Map([...'013457@$!€'].map((sign, n) => [sign, 'oieastasie'[n]!]))

const spelled = (text: string): string => text.replace(/[013457@$!€]/g, (sign) => signs.get(sign) ?? sign)

/** What it is made of, where that is one thing again and again. */
function repeated(text: string): string {
  const [, part = text] = /^(.+?)\1+$/su.exec(text) ?? []
  return part
}

/** Rows and columns of keyboards, and what everybody counts by. */
const runs = [
  '1234567890',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'azertyuiop',
  'qwertzuiop',
  '1qaz',
  '2wsx',
  '3edc',
  '4rfv',
  '5tgb',
  '6yhn',
  '7ujm',
  '8ik',
  '9ol',
]

const neighbours = new Set(
  runs.flatMap((run) => [...run].flatMap((key, n) => [`${run[n - 1]}${key}`, `${key}${run[n - 1]}`])),
)

/** How many characters do not follow from the one before, of what is repeated once. */
function unguessed(text: string): number {
  const characters = [...repeated(text)]
  const free = characters.filter((each, n) => {
    const before = characters[n - 1]
    return each !== before && !neighbours.has(`${before}${each}`)
  })
  return new Set(free).size < 4 ? 0 : free.length
}

function wordsOf({ login, name, words = [] }: Owner): string[] {
  const parts = [login, name, ...words].flatMap((text) => folded(text).split(/[^\p{L}\p{N}]+/u))
  return [...new Set([...parts, ...houseWords])]
    .filter((word) => word.length >= ownWordMin)
    .toSorted((a, b) => b.length - a.length)
}

function without(text: string, words: readonly string[]): string {
  let rest = text
  for (const word of words) rest = rest.replaceAll(word, '')
  return rest
}
