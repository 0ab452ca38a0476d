/** What a table is, found out by reading it whole: its columns decide what a cell alone leaves open. */
import { cleanCell } from './cells.ts'
import { readCurp } from './curp.ts'
import { DateColumn } from './dates.ts'
import type { Field } from './fields.ts'
import { mapHeadings } from './headings.ts'
import { NameColumn } from './names.ts'
import { SexColumn } from './sex.ts'
import { openTable, rowsOf } from './table.ts'
import type { CsvOptions, Plan, Question, Remark, Source } from './types.ts'

export interface Planned {
  status: 'ok'
  plan: Plan
  /** Must be answered by options before a patient is imported. */
  questions: Question[]
  /** Of the table and its columns. */
  remarks: Remark[]
  /** Up to three values of each column, as they are written. */
  samples: string[][]
  rows: number
}

/** Reads a table twice, in bounded memory; no patient is made. */
export async function planOf(
  source: Source,
  options: CsvOptions,
): Promise<Planned | { status: 'unclear'; problem: Remark }> {
  const opened = await openTable(source, options)
  if (opened.status === 'unclear') return opened
  const { format } = opened
  const mapping = mapHeadings(format.headings, options)
  const at = (field: Field): number => mapping.columns.indexOf(field)
  const [dates, sexes, names] = [new DateColumn(), new SexColumn(), new NameColumn()]
  const samples: string[][] = format.headings.map(() => [])
  let rows = 0
  for await (const row of rowsOf(source, format)) {
    if ('problem' in row) continue
    rows += 1
    const cells = row.cells.map(cleanCell)
    for (const [column, cell] of cells.entries()) {
      const values = samples[column]
      if (values && values.length < samplesMax && cell !== '' && !values.includes(cell)) values.push(cell)
    }
    const cell = (field: Field): string => cells[at(field)] ?? ''
    const read = readCurp(cell('curp'))
    const curp = 'fault' in read ? undefined : read
    dates.take(cell('birthDate'), curp?.birthDate)
    sexes.take(cell('sex'), curp?.sex)
    if (cell('fullName') !== '') names.take(cell('fullName'), curp?.value)
  }
  const plan: Plan = {
    ...format,
    columns: mapping.columns,
    dates: options.dates ?? dates.order(),
    sexM: options.sexM ?? sexes.m(),
    names: options.names ?? names.order(),
    epoch: dates.epoch(),
    recordSystem: options.recordSystem,
    today: options.today,
  }
  const heading = (field: Field) => ({ column: format.headings[at(field)] ?? '' })
  const questions = [
    ...mapping.questions,
    ...(options.dates === undefined && dates.isUndecided()
      ? [{ ...whichDates, ...heading('birthDate') }]
      : []),
    ...(options.sexM === undefined && sexes.isUndecided() ? [{ ...whichSex, ...heading('sex') }] : []),
    ...(options.names === undefined && names.isUndecided()
      ? [{ ...whichNames, ...heading('fullName') }]
      : []),
    ...(at('record') >= 0 && !isUri(options.recordSystem) ? [{ ...whichSystem, ...heading('record') }] : []),
  ]
  return { status: 'ok', plan, questions, remarks: [...opened.remarks, ...mapping.remarks], samples, rows }
}

const samplesMax = 3

const isUri = (text: string | undefined): boolean =>
  text !== undefined && /^[a-z][a-z0-9+.-]*:\S+$/i.test(text)

const whichDates: Question = {
  code: 'which-dates',
  option: 'dates',
  text: {
    es: 'No se sabe si 03/04 es 3 de abril o 4 de marzo: la columna no lo dice o se contradice. Diga --dates day-first (3 de abril) o --dates month-first.',
    en: 'It cannot be told whether 03/04 is 3 April or 4 March: the column does not say, or contradicts itself. Say --dates day-first (3 April) or --dates month-first.',
  },
}
const whichSex: Question = {
  code: 'which-sex',
  option: 'sexM',
  text: {
    es: 'No se sabe si M es mujer o masculino. Diga --m mujer o --m masculino.',
    en: 'It cannot be told whether M is mujer (female) or masculino (male). Say --m mujer or --m masculino.',
  },
}
const whichNames: Question = {
  code: 'which-names',
  option: 'names',
  text: {
    es: 'No se sabe si los nombres completos empiezan por el nombre o por los apellidos. Diga --names given-first o --names family-first.',
    en: 'It cannot be told whether whole names begin with the given or the family names. Say --names given-first or --names family-first.',
  },
}
const whichSystem: Question = {
  code: 'which-record-system',
  option: 'recordSystem',
  text: {
    es: 'Hay números de expediente: diga de quién son con --record-system y una dirección propia, como https://mi-hospital.example/expediente.',
    en: 'There are record numbers: say whose they are with --record-system and an address of your own, such as https://my-hospital.example/record.',
  },
}
