import type { Progress } from '#records/import/index.ts'
import type { Interactions } from '#records/index.ts'
import type { ServerLog } from '../log.ts'
import { performImport, type ImportEnd, type ImportRequest } from '../import/perform.ts'
import { createErrand, type Errand } from './errand.ts'

export type ImportState =
  | { status: 'none' }
  | { status: 'running'; progress: Progress | undefined; seconds: number }
  /** To who wants another one while one runs. */
  | { status: 'busy' }
  | ImportEnd

/** Imports. One that is stopped ends after what is under way. */
export type Importing = Errand<ImportRequest, ImportState>

export function createImporting(
  store: Interactions,
  log: Pick<ServerLog, 'logger'>,
  onEnd: () => void,
): Importing {
  return createErrand<ImportRequest, ImportState>(
    {
      name: 'import',
      none: { status: 'none' },
      begun: { status: 'running', progress: undefined, seconds: 0 },
      act: (request, { signal, tell, seconds }) =>
        performImport(store, request, {
          signal,
          onProgress: (progress) => tell({ status: 'running', progress, seconds: seconds() }),
        }),
      failed: (reason) => ({ status: 'failed', reason }),
      told: (state) =>
        'counts' in state ? { status: state.status, ...state.counts, seconds: state.seconds } : state,
      ended: (signal) => {
        if (!signal.aborted) onEnd()
      },
    },
    log,
  )
}
