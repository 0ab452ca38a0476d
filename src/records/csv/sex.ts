/** Sex as a cell writes it. M is Mujer beside H, and masculino beside F: only the column tells. */
import { fold } from '../search/index.ts'

export type Gender = 'female' | 'male' | 'other' | 'unknown'

const words: Record<Gender, readonly string[]> = {
  female: ['f', 'fem', 'femenino', 'femenina', 'female', 'mujer', 'muj', 'woman', 'nina', '2'],
  male: ['h', 'masc', 'masculino', 'masculina', 'male', 'hombre', 'hom', 'man', 'varon', 'nino', '1'],
  other: ['x', 'nb', 'no binario', 'no binaria', 'otro', 'otra', 'other', 'intersexual', 'indeterminado'],
  unknown: [
    'u',
    'i',
    'unknown',
    'desconocido',
    'se desconoce',
    'no especificado',
    'ignorado',
    'sin dato',
    '0',
    '9',
  ],
}

const genders = new Map(
  Object.entries(words).flatMap(([gender, all]) => all.map((word) => [word, gender as Gender] as const)),
)

const foldSex = (text: string): string =>
  fold(text)
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()

/** `M` alone is what `m` says; undefined where the cell says nothing that is known. */
export function genderOf(text: string, m: 'female' | 'male' | undefined): Gender | undefined {
  const word = foldSex(text)
  return word === 'm' ? m : genders.get(word)
}

/** A CURP may be another person's: so many must agree for each that does not. */
const noise = 20

/** What a column of sex has told so far. */
export class SexColumn {
  #h = 0
  #f = 0
  #m = 0
  #byCurp = { female: 0, male: 0 }

  take(text: string, known: 'male' | 'female' | 'other' | undefined): void {
    const word = foldSex(text)
    if (word === 'h') this.#h += 1
    if (word === 'f') this.#f += 1
    if (word !== 'm') return
    this.#m += 1
    if (known === 'female' || known === 'male') this.#byCurp[known] += 1
  }

  /** What M means; undefined where H and F both occur, or neither, and the CURPs do not tell. */
  m(): 'female' | 'male' | undefined {
    if (this.#h > 0 !== this.#f > 0) return this.#h > 0 ? 'female' : 'male'
    const { female, male } = this.#byCurp
    if (female > noise * male) return 'female'
    return male > noise * female ? 'male' : undefined
  }

  isUndecided(): boolean {
    return this.#m > 0 && this.m() === undefined
  }
}
