/** Whole names taken apart: two family names of several words each, before the given names or after them. */
import { fold } from '../search/index.ts'
import { nameAgrees } from './curp.ts'
import type { NameOrder } from './types.ts'

export interface Names {
  given: string
  father: string
  mother: string
  /** Whether the words can be divided otherwise as well. */
  isGuess: boolean
}

/** Divides a whole name; undefined where it has but one word, or its order is not known. */
export function divide(
  text: string,
  order: NameOrder | undefined,
  curp: string | undefined,
): Names | undefined {
  const [before = '', after] = text.split(',').map((part) => part.trim())
  if (after) {
    const families = familiesOf(before)
    return { given: after, ...families, isGuess: families.isGuess && !agrees(curp, families, after) }
  }
  const units = unitsOf(text)
  if (units.length < 2) return undefined
  const ways = [
    ...(order === 'family-first' ? [] : waysOf(units, 'given-first')),
    ...(order === 'given-first' ? [] : waysOf(units, 'family-first')),
  ]
  const proven = curp === undefined ? [] : ways.filter((way) => agrees(curp, way, way.given))
  const [only] = proven
  if (only && (proven.length === 1 || order !== undefined)) return { ...only, isGuess: proven.length > 1 }
  const [likeliest] = order === undefined ? [] : ways
  // "Juan Pérez" divides in one way; "Ana María López" may have one family name or two.
  return likeliest && { ...likeliest, isGuess: units.length > 2 }
}

/** The order that a name alone betrays: its CURP, or given names that everybody knows. */
export function orderOf(text: string, curp: string | undefined): NameOrder | undefined {
  const units = unitsOf(text)
  if (units.length < 2 || text.includes(',')) return undefined
  const votes = (['given-first', 'family-first'] as const).filter((order) =>
    curp === undefined
      ? isGiven(order === 'given-first' ? units[0] : units.at(-1)) &&
        !isGiven(order === 'given-first' ? units.at(-1) : units[0])
      : waysOf(units, order).some((way) => agrees(curp, way, way.given)),
  )
  return votes.length === 1 ? votes[0] : undefined
}

/** «Pérez López», «de la Cruz y García», in one column of family names. */
export function familiesOf(text: string): { father: string; mother: string; isGuess: boolean } {
  const units = unitsOf(text)
  if (units.length > 2)
    return { father: units.slice(0, -1).join(' '), mother: units.at(-1) ?? '', isGuess: true }
  return { father: units[0] ?? '', mother: units[1] ?? '', isGuess: false }
}

/** Two family names first, where there are enough words; then one. */
function waysOf(
  units: readonly string[],
  order: NameOrder,
): { given: string; father: string; mother: string }[] {
  const counts = units.length > 2 ? [2, 1] : [1]
  return counts.map((count) => {
    const families = order === 'given-first' ? units.slice(-count) : units.slice(0, count)
    const given = order === 'given-first' ? units.slice(0, -count) : units.slice(count)
    return { given: given.join(' '), father: families[0] ?? '', mother: families[1] ?? '' }
  })
}

function agrees(
  curp: string | undefined,
  { father, mother }: { father: string; mother: string },
  given: string,
): boolean {
  return curp !== undefined && nameAgrees(curp, father, mother, given)
}

const particles = new Set([
  'de',
  'del',
  'la',
  'las',
  'los',
  'el',
  'da',
  'das',
  'do',
  'dos',
  'di',
  'von',
  'van',
  'der',
  'san',
  'santa',
  'mc',
  'mac',
  'y',
  'e',
])

/** A particle belongs to the word that follows. */
function unitsOf(text: string): string[] {
  const units: string[] = []
  let open = ''
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    open = open === '' ? word : `${open} ${word}`
    if (particles.has(fold(word))) continue
    units.push(open)
    open = ''
  }
  if (open !== '') units.push(open)
  return units
}

function isGiven(unit: string | undefined): boolean {
  return unit !== undefined && givenNames.has(fold(unit))
}

/** The commonest in Mexico of those that are no family names too. */
const givenNames = new Set(
  `maria jose juan luis carlos francisco jesus guadalupe miguel antonio alejandro pedro manuel fernando jorge ricardo
  roberto eduardo javier sergio rafael arturo daniel raul mario ana rosa martha laura leticia patricia alejandra
  elizabeth margarita gabriela silvia veronica claudia sofia fernanda ximena valeria camila regina renata mariana
  andrea daniela diego emiliano sebastian mateo leonardo gael ivan oscar hector hugo victor ernesto enrique alberto
  armando gerardo jaime ruben alfredo julio cesar adrian gustavo ramon teresa elena carmen josefina juana yolanda
  socorro irma alicia norma adriana beatriz gloria isabel susana lourdes esther monica sandra karla diana paola
  jessica brenda lucia julia cristina raquel angelica marisol rocio araceli lilia xochitl itzel citlali brayan
  kevin alan axel angel ernestina concepcion dolores esperanza graciela catalina consuelo petra luz fatima
  natalia victoria abigail melissa karen ingrid yesenia nayeli erika gilberto rogelio ignacio guillermo felipe
  andres pablo agustin alfonso tomas rodolfo saul noe abel esteban marcos lorena blanca olga elvira aurora`.split(
    /\s+/,
  ),
)

/** What a column of whole names has told so far. */
export class NameColumn {
  #votes = { 'given-first': 0, 'family-first': 0 }
  #open = 0

  take(text: string, curp: string | undefined): void {
    const order = orderOf(text, curp)
    if (order) this.#votes[order] += 1
    else if (!text.includes(',')) this.#open += 1
  }

  /** Undefined where the names do not agree enough. */
  order(): NameOrder | undefined {
    const { 'given-first': given, 'family-first': family } = this.#votes
    if (given > 0 && given >= margin * family) return 'given-first'
    return family > 0 && family >= margin * given ? 'family-first' : undefined
  }

  isUndecided(): boolean {
    return (
      this.order() === undefined && this.#open + this.#votes['given-first'] + this.#votes['family-first'] > 0
    )
  }
}

const margin = 4
