/** Rows of a table, as they come from a stream of bytes. */
import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'
import { parse as parseAtOnce } from 'csv-parse/sync'
import { encodingOf } from './encoding.ts'
import { fieldOfHeading } from './headings.ts'
import { delimiters } from './types.ts'
import type { CsvOptions, Delimiter, Encoding, Format, Remark, Source } from './types.ts'

/** A row of any kind, the headings too. */
export interface Cells {
  /** Where it begins, from 1. */
  line: number
  cells: string[]
}

export type Opened =
  | { status: 'ok'; format: Format; remarks: Remark[] }
  | { status: 'unclear'; problem: Remark }

/** No row of a spreadsheet is longer; a quote that nobody closes would otherwise swallow the rest of the file into memory. */
const rowCharactersMax = 256 * 1024
export const columnsMax = 500
/** How much is looked at to find delimiter and headings, and how many rows a title may have. */
const sampleCharacters = 64 * 1024
const sampleRows = 12

/** Finds out how a table is written, reading it whole once. */
export async function openTable(
  source: Source,
  options: Pick<CsvOptions, 'encoding' | 'delimiter' | 'columns'>,
): Promise<Opened> {
  const found = options.encoding
    ? { status: 'ok' as const, encoding: options.encoding, remarks: [] }
    : await encodingOf(bytesOf(source))
  if (found.status === 'unclear') return found
  const { encoding, remarks } = found
  let sample = ''
  try {
    for await (const text of textOf(source, encoding)) {
      sample += text
      if (sample.length >= sampleCharacters) break
    }
  } catch {
    return { status: 'unclear', problem: notThisEncoding }
  }
  const named = /^sep=(.)\n/i.exec(sample)
  const ruled = named ? delimiters.find((each) => each === named[1]) : undefined
  const candidates = [options.delimiter ?? ruled ?? delimiters].flat()
  const known = new Set(Object.keys(options.columns ?? {}))
  const guesses = candidates.map((delimiter) => guess(sample.slice(named?.[0].length ?? 0), delimiter, known))
  const best = guesses.reduce((one, other) => (other.score > one.score ? other : one))
  if (!best.headings) return { status: 'unclear', problem: empty }
  if (best.headings.length > columnsMax) return { status: 'unclear', problem: tooManyColumns }
  const format = {
    encoding,
    delimiter: best.delimiter,
    headingLine: best.line + (named ? 1 : 0),
    headings: best.headings,
  }
  return { status: 'ok', format, remarks }
}

interface Guess {
  delimiter: Delimiter
  score: number
  line: number
  headings?: string[]
}

/** The row with the most headings that are known, or the first one that has anything. */
function guess(sample: string, delimiter: Delimiter, known: ReadonlySet<string>): Guess {
  const records = firstOf(sample, delimiter)
  let best: Guess = { delimiter, score: -1, line: 1 }
  for (const { line, cells } of records) {
    if (isEmpty(cells)) continue
    const headings = cells.map((cell) => cell.trim())
    const recognised = headings.filter((cell) => known.has(cell) || fieldOfHeading(cell) !== undefined).length
    const score = recognised * 1000 + (best.score < 0 ? Math.min(cells.length, columnsMax) : 0)
    if (score > best.score) best = { delimiter, score, line, headings }
  }
  return best
}

function firstOf(sample: string, delimiter: Delimiter): Cells[] {
  const rows: Cells[] = []
  let line = 1
  const options = {
    ...grammar(delimiter),
    to: sampleRows,
    on_record: (cells: string[], { lines }: { lines: number }) => {
      rows.push({ line, cells })
      line = lines + 1
      return null
    },
  }
  try {
    parseAtOnce(sample, options)
  } catch {
    // The sample ends within quotes, or a row is broken: what stands before it is enough to see the headings.
  }
  return rows
}

const grammar = (delimiter: Delimiter) => ({
  delimiter,
  record_delimiter: '\n',
  // Juan "El Güero" Pérez is no fault of the table.
  relax_quotes: true,
  relax_column_count: true,
  max_record_size: rowCharactersMax,
})

/**
 * The rows below the headings, empty ones left out, within memory of one chunk. The last is a remark where the table breaks off.
 */
export async function* rowsOf(
  source: Source,
  format: Format,
): AsyncGenerator<Cells | { line: number; problem: Remark }> {
  let rows: Cells[] = []
  let line = 1
  const parser = parse({
    ...grammar(format.delimiter),
    on_record: (cells: string[], { lines }: { lines: number }) => {
      if (line > format.headingLine && !isEmpty(cells)) rows.push({ line, cells })
      line = lines + 1
      return null
    },
  })
  let fault: Error | undefined
  parser.on('error', (error) => (fault = error))
  parser.resume()
  let isFirst = true
  try {
    for await (const text of textOf(source, format.encoding)) {
      // Excel's own line is no row; without its delimiter in it, the parser would count it as one all the same.
      const kept = isFirst && format.headingLine > 1 ? text.replace(/^sep=.(?=\n)/i, '') : text
      isFirst = false
      await new Promise<void>((done) => {
        parser.write(kept, () => done())
      })
      const ready = rows
      rows = []
      yield* ready
      if (fault) break
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    yield { line, problem: notThisEncoding }
    return
  }
  if (!fault) {
    await new Promise<void>((done) => {
      parser.once('error', () => done())
      parser.once('end', () => done())
      parser.end()
    })
  }
  yield* rows
  if (fault) yield { line, problem: brokenOff }
}

/** All lines end in a line feed, so that they count alike. Throws TypeError where the bytes are not in the encoding. */
async function* textOf(source: Source, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  let held = ''
  for await (const chunk of bytesOf(source)) {
    const text = held + decoder.decode(chunk, { stream: true })
    held = text.endsWith('\r') ? '\r' : ''
    const whole = text.slice(0, text.length - held.length)
    if (whole !== '') yield whole.replaceAll(lineEnds, '\n')
  }
  const rest = held + decoder.decode()
  if (rest !== '') yield rest.replaceAll(lineEnds, '\n')
}

export function bytesOf(source: Source): AsyncIterable<Uint8Array> {
  return typeof source === 'string' ? createReadStream(source) : source()
}

const lineEnds = /\r\n?/g

const isEmpty = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === '')

const notThisEncoding: Remark = {
  code: 'not-this-encoding',
  text: {
    es: 'Los bytes no son de la codificación dicha: quite --encoding o diga otra.',
    en: 'The bytes are not of the encoding that was said: leave --encoding out, or say another.',
  },
}
const empty: Remark = {
  code: 'no-rows',
  text: {
    es: 'La tabla está vacía: la primera fila debe tener los encabezados.',
    en: 'The table is empty: its first row must have the headings.',
  },
}
const tooManyColumns: Remark = {
  code: 'too-many-columns',
  text: {
    es: `La tabla tiene más de ${columnsMax} columnas.`,
    en: `The table has more than ${columnsMax} columns.`,
  },
}
const brokenOff: Remark = {
  code: 'broken-off',
  text: {
    es: 'En esta fila se abre una comilla que no se cierra, o la fila es demasiado larga: de aquí en adelante no se leyó nada.',
    en: 'A quote is opened in this row and never closed, or the row is too long: nothing from here on was read.',
  },
}
