/** What an import is given, and what it tells. */
import type { Text } from './findings.ts'

/** A file to be imported; whoever found it knows how to open it. */
export interface Source {
  /** As progress and reports name it. */
  name: string
  /**
   * `lines`: NDJSON, a resource on each. `document`: one resource, or one Bundle. `transactions`: a transaction on each
   * line, to be carried out.
   */
  form: 'lines' | 'document' | 'transactions'
  /** Sources of a lower rank are wholly brought before those of a higher one begin: `rankOf`. */
  rank: number
  /** Of the file as it lies on disk: what progress is measured by. */
  bytes: number
  /** From the beginning, as often as it is called; throws `SourceBroken`. `onBytes`: so many more bytes of the file were read. */
  read(onBytes: (bytes: number) => void): AsyncIterable<Uint8Array>
}

/** The file cannot be read any further. */
export class SourceBroken extends Error {
  readonly reason: 'truncated' | 'damaged' | 'unreadable'

  constructor(reason: SourceBroken['reason'], options?: ErrorOptions) {
    super(reason, options)
    this.reason = reason
  }
}

/** Something that a person has to know; nothing of what the records say. */
export interface Finding {
  /** `error`: it was not brought. `warning`: it was, and something about it is wrong. */
  severity: 'error' | 'warning'
  file: string
  /** 1, 2, 3 …; of a document 1, or where it is malformed. */
  line: number
  /** Of a Bundle: 0, 1, 2 … */
  entry?: number
  /** Of docs/spec/errors.md, or of docs/spec/import.md. */
  code: string
  /** FHIRPath. */
  expression?: string
  text: Text
}

/** Resources, unless it says otherwise. */
export interface Counts {
  created: number
  updated: number
  /** The vault has it as it is. */
  unchanged: number
  deleted: number
  /** Lines and Bundles that an import has brought already, now or before. */
  before: number
  /** Of a Bundle that is refused, all its entries. */
  refused: number
  /** Different places that are referred to and are neither in the vault nor in what was imported. */
  dangling: number
}

export interface Progress extends Counts {
  /** The one being read. */
  file: string
  /** Files that are read. */
  files: number
  filesTotal: number
  bytes: number
  bytesTotal: number
}

export interface ImportOptions {
  sources: readonly Source[]
  /** Judges everything and writes nothing. */
  dryRun?: boolean
  /** Brings even what was brought before. */
  again?: boolean
  /** Systems of identifiers, by the foreign ones that they stand for. */
  map?: ReadonlyMap<string, string>
  onProgress?: (progress: Progress) => void
  /** The Bundle on this line is in the vault: it was brought now, or before. */
  onLine?: (source: Source, line: number) => void
  onFinding?: (finding: Finding) => void
  /** Ends it after the units under way. */
  signal?: AbortSignal
}

/** `stopped`: by its signal; what is left is brought by the same call again. */
export type Imported = { status: 'ok' | 'stopped'; counts: Counts }
