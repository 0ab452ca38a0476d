/** An import as the command asks for it, in whatever process it runs. */
import { isRefusal } from '#kernel/outcome.ts'
import type { Interactions } from '#records/index.ts'
import type { Counts, Finding, Progress } from '#records/import/index.ts'
import type { CsvOptions } from '#records/csv/index.ts'
import { reasonOf } from '../house/errand.ts'
import type { Language } from '../text.ts'
import { findFiles, type Unread } from './files.ts'
import { createReport } from './report.ts'

export interface ImportRequest {
  /** Absolute. */
  paths: string[]
  dryRun: boolean
  again: boolean
  /** Our system of identifiers, by the foreign one. */
  map: Record<string, string>
  /** Absolute path of the report, written where there is something to tell. */
  report: string
  language: Language
  /** How tables are read; a person has seen what they become. */
  csv?: CsvOptions
}

export type ImportEnd =
  | {
      /** `stopped`: somebody asked for it; what is left is brought by the same command again. */
      status: 'ok' | 'stopped'
      dryRun: boolean
      counts: Counts
      /** Rows of tables about somebody whom the vault may have already. */
      duplicates: number
      files: number
      unread: Unread[]
      /** Path of the report, if there is one. */
      report?: string
      seconds: number
    }
  | { status: 'sealed' }
  | { status: 'database-away' }
  | { status: 'failed'; reason: string }

export async function performImport(
  store: Interactions,
  request: ImportRequest,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<ImportEnd> {
  const { paths, dryRun, again, map, language, csv } = request
  const began = performance.now()
  const { sources, tables, unread } = await findFiles(paths)
  const report = createReport(request.report, language)
  let unreported: unknown
  const tellOf = (finding: Finding): void => {
    try {
      report.add(finding)
    } catch (error) {
      unreported = error
      throw error
    }
  }
  let refusedRows = 0
  let duplicates = 0
  try {
    for (const table of tables) {
      const { tableSource, duplicatesOf } = await import('./tables.ts')
      const tell = { finding: tellOf, refused: () => refusedRows++ }
      const opened = csv ? await tableSource(table, csv, tell) : unseen
      if (opened.status === 'unclear') {
        unread.push({ path: table.name, severity: 'error', text: opened.remark.text })
        continue
      }
      for await (const finding of duplicatesOf(store, table, opened.plan)) {
        if (signal.aborted) break
        tellOf(finding)
        duplicates++
      }
      sources.push(opened.source)
    }
    for (const { path, severity, text } of unread) {
      if (severity === 'error') tellOf({ severity, file: path, line: 0, code: 'unreadable', text })
    }
    const imported = await store.import({
      sources,
      dryRun,
      again,
      map: new Map(Object.entries(map)),
      signal,
      onProgress,
      onFinding: tellOf,
    })
    if (isRefusal(imported) && unreported === undefined) return refused(imported.status)
    if (isRefusal(imported)) throw unreported
    const { status } = imported
    const counts = { ...imported.counts, refused: imported.counts.refused + refusedRows }
    const written = report.close()
    const seconds = Math.round(performance.now() - began) / 1000
    const end = { status, dryRun, counts, duplicates, files: sources.length, unread, seconds }
    return written === undefined ? end : { ...end, report: written }
  } catch (error) {
    return { status: 'failed', reason: `${error === unreported ? 'report: ' : ''}${reasonOf(error)}` }
  } finally {
    report.close()
  }
}

const unseen = {
  status: 'unclear',
  remark: {
    text: {
      es: 'Es una tabla: hace falta ver antes qué será cada columna.',
      en: 'It is a table: what its columns become has to be seen first.',
    },
  },
} as const

function refused(status: string): ImportEnd {
  if (status === 'sealed') return { status }
  const isAway = status === 'database-away' || status === 'outcome-unknown' || status === 'busy'
  return isAway ? { status: 'database-away' } : { status: 'failed', reason: status }
}
