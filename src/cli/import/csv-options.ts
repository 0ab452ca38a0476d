/** What the command line says about a table of patients. */
import {
  delimiters,
  encodings,
  fieldNames,
  isField,
  type CsvOptions,
  type Field,
} from '#records/csv/index.ts'
import type { Context } from '../command.ts'
import { exit } from '../exit.ts'
import { problem, type Problem } from '../house/problem.ts'

const sexes = { mujer: 'female', masculino: 'male' } as const

export function csvOptionsOf({
  options,
  settings,
  now,
}: Context): { status: 'ok'; csv: CsvOptions } | Problem {
  const columns: Record<string, Field | 'ignore'> = {}
  for (const pair of Array.isArray(options['column']) ? (options['column'] as readonly string[]) : []) {
    const mark = pair.lastIndexOf('=')
    const field = pair.slice(mark + 1)
    if (mark < 1 || (field !== 'ignore' && !isField(field))) return wrongColumn
    columns[pair.slice(0, mark)] = field
  }
  const { encoding, delimiter, dates, m, names } = options
  const recordSystem = options['record-system']
  return {
    status: 'ok',
    csv: {
      today: dayOf(now(), settings.timeZone),
      ...chosen('encoding', encodings, encoding),
      ...chosen('delimiter', delimiters, delimiter === 'tab' ? '\t' : delimiter),
      ...chosen('dates', ['day-first', 'month-first'] as const, dates),
      ...chosen('names', ['given-first', 'family-first'] as const, names),
      ...(m === 'mujer' || m === 'masculino' ? { sexM: sexes[m] } : {}),
      ...(typeof recordSystem === 'string' ? { recordSystem } : {}),
      ...(Object.keys(columns).length > 0 ? { columns } : {}),
    },
  }
}

function chosen<Name extends string, Value extends string>(
  name: Name,
  values: readonly Value[],
  given: unknown,
): { [Each in Name]?: Value } {
  const value = values.find((each) => each === given)
  return (value === undefined ? {} : { [name]: value }) as { [Each in Name]?: Value }
}

/** The facility's day, `YYYY-MM-DD`. */
function dayOf(now: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(now)
}

const wrongColumn = problem(exit.usage, {
  es: `--column lleva un encabezado y su campo: --column "No. de hoja=record". Campos: ${fieldNames.join(', ')}; o ignore.`,
  en: `--column takes a heading and its field: --column "Sheet no.=record". Fields: ${fieldNames.join(', ')}; or ignore.`,
})
