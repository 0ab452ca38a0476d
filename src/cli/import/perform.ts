/** An import as the command asks for it, in whatever process it runs. */
import { isRefusal } from '#kernel/outcome.ts'
import type { Store } from '#records/index.ts'
import type { Counts, Progress } from '#records/import/index.ts'
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
}

export type ImportEnd =
  | {
      /** `stopped`: somebody asked for it; what is left is brought by the same command again. */
      status: 'ok' | 'stopped'
      dryRun: boolean
      counts: Counts
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
  store: Store,
  request: ImportRequest,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<ImportEnd> {
  const { paths, dryRun, again, map, language } = request
  const began = performance.now()
  const { sources, unread } = await findFiles(paths)
  const report = createReport(request.report, language)
  try {
    for (const { path, severity, text } of unread) {
      if (severity === 'error') report.add({ severity, file: path, line: 0, code: 'unreadable', text })
    }
    const imported = await store.import({
      sources,
      dryRun,
      again,
      map: new Map(Object.entries(map)),
      signal,
      onProgress,
      onFinding: report.add,
    })
    if (isRefusal(imported)) return refused(imported.status)
    const { status, counts } = imported
    const written = report.close()
    const seconds = Math.round(performance.now() - began) / 1000
    const end = { status, dryRun, counts, files: sources.length, unread, seconds }
    return written === undefined ? end : { ...end, report: written }
  } finally {
    report.close()
  }
}

function refused(status: string): ImportEnd {
  if (status === 'sealed') return { status }
  const isAway = status === 'database-away' || status === 'outcome-unknown' || status === 'busy'
  return isAway ? { status: 'database-away' } : { status: 'failed', reason: status }
}
