import type { Language } from '#kernel/outcome.ts'
import { shown } from './cells.ts'
import { labelOf } from './fields.ts'
import type { Likeness } from './likeness.ts'
import type { Preview } from './preview.ts'
import type { Delimiter, Encoding } from './types.ts'

/** A preview as lines for a terminal. It shows values of the file: it is for whoever has the file, and for no log. */
export function previewLines(preview: Preview, language: Language): string[] {
  const { plan, columns, questions, remarks, rows, patients, problems, warnings, duplicates } = preview
  const say = (es: string, en: string): string => (language === 'es' ? es : en)
  const number = (value: number): string => value.toLocaleString(language === 'es' ? 'es-MX' : 'en')
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
  const width = Math.max(...columns.map(({ heading }) => [...shown(heading)].length))
  const column = ({ heading, field, samples }: Preview['columns'][number]): string => {
    const target =
      field === undefined ? say('— no se importa', '— not imported') : `→ ${labelOf(field)[language]}`
    return `${shown(heading).padEnd(width)}  ${target.padEnd(32)}  ${samples.map((sample) => shown(sample)).join(' · ')}`.trimEnd()
  }
  return [
    say(
      `${encodingNames[plan.encoding]}, separado por ${delimiterNames[plan.delimiter].es}, encabezados en la línea ${plan.headingLine}`,
      `${encodingNames[plan.encoding]}, delimited by ${delimiterNames[plan.delimiter].en}, headings on line ${plan.headingLine}`,
    ),
    '',
    ...columns.map(column),
    ...section(
      say('Antes de importar hay que decir:', 'To be said before importing:'),
      questions.map(({ text, column }) => named(column, text[language])),
    ),
    ...section(
      say('De la tabla:', 'Of the table:'),
      remarks.map(({ text }) => shown(text[language], 400)),
    ),
    '',
    say(
      `${number(rows)} filas: ${number(patients)} pacientes, ${number(problems.count)} con error`,
      `${number(rows)} rows: ${number(patients)} patients, ${number(problems.count)} in error`,
    ),
    ...section(
      say('Filas con error, que no se importan:', 'Rows in error, which are not imported:'),
      problems.first.map(
        ({ line, problem }) => `${say('línea', 'line')} ${line}: ${shown(problem.text[language], 400)}`,
      ),
    ),
    ...section(
      say('Avisos:', 'Warnings:'),
      warnings.map(
        ({ text, count, lines }) =>
          `${number(count)} × ${shown(text[language], 400)} (${say('líneas', 'lines')} ${lines.join(', ')}${count > lines.length ? '…' : ''})`,
      ),
    ),
    ...section(
      say(...duplicateTitle(duplicates.counts, number)),
      duplicates.first.map(
        ({ line, of, likeness, why }) =>
          `${say('línea', 'line')} ${line} ${say('y', 'and')} ${of}: ${likenessNames[likeness][language]}, ${why[language]}`,
      ),
    ),
  ]
}

const named = (column: string | undefined, text: string): string =>
  shown(column === undefined ? text : `${shown(column)}: ${text}`, 900)

function duplicateTitle(
  counts: Readonly<Record<Likeness, number>>,
  number: (value: number) => string,
): [string, string] {
  const { sure, likely, possible } = counts
  return [
    `Repetidos en el archivo: ${number(sure)} seguros, ${number(likely)} probables, ${number(possible)} posibles`,
    `Twice in the file: ${number(sure)} sure, ${number(likely)} likely, ${number(possible)} possible`,
  ]
}

const likenessNames = {
  sure: { es: 'seguro', en: 'sure' },
  likely: { es: 'probable', en: 'likely' },
  possible: { es: 'posible', en: 'possible' },
}

const encodingNames: Record<Encoding, string> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 LE',
  'utf-16be': 'UTF-16 BE',
  'windows-1252': 'Windows-1252',
  macintosh: 'Mac Roman',
}

const delimiterNames: Record<Delimiter, { es: string; en: string }> = {
  ',': { es: 'comas', en: 'commas' },
  ';': { es: 'punto y coma', en: 'semicolons' },
  '\t': { es: 'tabuladores', en: 'tabs' },
  '|': { es: 'barras', en: 'bars' },
}
