/** Headings as people write them, to fields. */
import { fold } from '../search/index.ts'
import { fieldNames, fields, isField, repeats } from './fields.ts'
import type { Field } from './fields.ts'
import type { CsvOptions, Question, Remark } from './types.ts'

export interface Mapping {
  columns: (Field | undefined)[]
  /** Why a column maps to nothing although its heading is known, or what is odd about it. */
  remarks: Remark[]
  questions: Question[]
}

/** The field that a heading says, whatever its case, accents, points, underscores, or `apellidoPaterno` in one word. */
export function fieldOfHeading(heading: string): Field | undefined {
  const words = foldHeading(heading)
  return (
    byHeading.get(words) ??
    byHeading.get(words.replace(ofPatient, '')) ??
    byHeading.get(words.replaceAll(' ', ''))
  )
}

/** Maps each column. What the user says about a column goes before its heading. */
export function mapHeadings(headings: readonly string[], options: Pick<CsvOptions, 'columns'>): Mapping {
  const said = new Map(
    Object.entries(options.columns ?? {}).map(([heading, field]) => [foldHeading(heading), field]),
  )
  const [remarks, questions]: [Remark[], Question[]] = [[], []]
  const own = new Set(headings.map(foldHeading))
  for (const [heading, field] of Object.entries(options.columns ?? {})) {
    if (!own.has(foldHeading(heading))) questions.push(noSuchColumn(heading))
    if (field !== 'ignore' && !isField(field)) questions.push(noSuchField(heading, field))
  }
  const wanted = headings.map((heading) => {
    const told = said.get(foldHeading(heading))
    if (told === 'ignore') return undefined
    return told !== undefined && isField(told) ? told : fieldOfHeading(heading)
  })
  // "Nombre" is the given names beside a column of family names, and the whole name alone.
  const hasFamily = wanted.some((field) => field !== undefined && families.has(field))
  const seen = new Map<Field, number>()
  const columns = wanted.map((field, at) => {
    const column = headings[at] ?? ''
    const settled = field === 'name' ? (hasFamily ? 'given' : 'fullName') : field
    if (settled === undefined) return undefined
    if (settled === 'fullName' && hasFamily && wanted.includes('given')) {
      remarks.push({ code: 'column-whole-name', column, text: wholeNameToo(column) })
      return undefined
    }
    const before = seen.get(settled)
    if (before !== undefined && !repeats(settled)) {
      remarks.push({ code: 'column-twice', column, text: twice(column, headings[before] ?? '') })
      return undefined
    }
    seen.set(settled, at)
    return settled
  })
  if (
    !columns.some(
      (field) => field === 'fullName' || field === 'given' || (field !== undefined && families.has(field)),
    )
  ) {
    questions.push(noName)
  }
  return { columns, remarks, questions }
}

export function foldHeading(heading: string): string {
  return fold(heading.replace(/(\p{Ll})(?=\p{Lu})/gu, '$1 '))
    .replace(
      /\([a-z]{1,4}[/ .-][a-z]{1,4}[/ .-][a-z]{2,4}\)|\b(?:dd?[/-]mm[/-]aa(?:aa)?|dd?[/-]mm[/-]yy(?:yy)?)\b/g,
      ' ',
    )
    .replace(/[^\p{L}\p{N}]+|[ºª]/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
}

const ofPatient =
  / (?:del? |de la )?(?:paciente|pac|patient|derechohabiente|usuario|titular)$|^(?:patient|paciente|pac) /

const families = new Set<Field>(['fathersFamily', 'mothersFamily', 'families'])

const byHeading = new Map<string, Field>(
  fieldNames.flatMap((field) =>
    [...fields[field].headings, foldHeading(field)].map((heading) => [heading, field] as const),
  ),
)

const noName: Question = {
  code: 'no-name',
  option: 'columns',
  text: {
    es: 'Ninguna columna es un nombre. Diga cuál con --column "ENCABEZADO=fullName" (o given, fathersFamily, mothersFamily).',
    en: 'No column is a name. Say which with --column "HEADING=fullName" (or given, fathersFamily, mothersFamily).',
  },
}

const noSuchColumn = (heading: string): Question => ({
  code: 'no-such-column',
  option: 'columns',
  column: heading,
  text: { es: `La tabla no tiene la columna «${heading}».`, en: `The table has no column "${heading}".` },
})

const noSuchField = (heading: string, field: string): Question => ({
  code: 'no-such-field',
  option: 'columns',
  column: heading,
  text: {
    es: `No existe el campo «${field}». Los campos son: ignore, ${fieldNames.join(', ')}.`,
    en: `There is no field "${field}". Fields are: ignore, ${fieldNames.join(', ')}.`,
  },
})

const wholeNameToo = (column: string) => ({
  es: `«${column}» no se usa: el nombre viene por partes en otras columnas.`,
  en: `"${column}" is not used: the name comes in parts in other columns.`,
})

const twice = (column: string, first: string) => ({
  es: `«${column}» dice lo mismo que «${first}», que va antes: no se usa.`,
  en: `"${column}" says the same as "${first}", which comes first: it is not used.`,
})
