import type { Language } from '#kernel/outcome.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { Field } from './fields.ts'

/** A sentence for people. It names headings, lines and rules, never a value of a patient: it may reach a report. */
export type Text = Record<Language, string>

/** A file by its path, or bytes that can be read from their beginning as often as asked. */
export type Source = string | (() => AsyncIterable<Uint8Array>)

export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'macintosh'] as const
export type Encoding = (typeof encodings)[number]

export const delimiters = [',', ';', '\t', '|'] as const
export type Delimiter = (typeof delimiters)[number]

/** How a table lies in its bytes. */
export interface Format {
  encoding: Encoding
  delimiter: Delimiter
  /** Line of the headings, from 1. What stands before them is a title. */
  headingLine: number
  headings: readonly string[]
}

/** Something that a table says and that is not as it should be: of a row, of a column or of the whole. */
export interface Remark {
  /** For programs and counts, e.g. `curp-check-digit`. */
  code: string
  text: Text
  /** The heading of the column, as it is written. */
  column?: string
}

/** What the headings and the columns as wholes have told, and what is needed to read each row alone. */
export interface Plan extends Format {
  /** The field of each column, by its place; undefined: it maps to nothing. */
  columns: readonly (Field | undefined)[]
  /** How numbers in dates are read; undefined: nothing depends on it, or it has to be asked. */
  dates?: DateOrder | undefined
  /** What M means in the column of sex. */
  sexM?: 'female' | 'male' | undefined
  /** What comes first in a column of whole names. */
  names?: NameOrder | undefined
  /** The day from which Excel's serial numbers count. */
  epoch: 1900 | 1904
  /** System of record numbers, a URI of the facility's. */
  recordSystem?: string | undefined
  /** The facility's day, `YYYY-MM-DD`. */
  today: string
}

export type DateOrder = 'day-first' | 'month-first'
export type NameOrder = 'given-first' | 'family-first'

/** What the user says about a table; the rest is found out. */
export interface CsvOptions {
  /** The facility's day, `YYYY-MM-DD`: nobody is born after it. */
  today: string
  encoding?: Encoding
  delimiter?: Delimiter
  /** By heading, as it is written or folded; `ignore` for a column to leave out. */
  columns?: Readonly<Record<string, Field | 'ignore'>>
  dates?: DateOrder
  sexM?: 'female' | 'male'
  names?: NameOrder
  recordSystem?: string
}

/** What was not in the table and has to be said before its patients can be imported. */
export interface Question extends Remark {
  /** The option that answers it. */
  option: keyof CsvOptions
}

export type Row =
  | {
      line: number
      patient: JsonObject
      /** Resources about the patient, who is `urn:uuid:…` in them; docs/spec/csv.md tells which. */
      beside: readonly JsonObject[]
      warnings: readonly Remark[]
    }
  | { line: number; problem: Remark }
