import type { Interactions } from '#records/index.ts'
import { performExport, type ExportEnd, type ExportProgress, type ExportRequest } from '../export/perform.ts'
import type { ServerLog } from '../log.ts'
import { createErrand, type Errand } from './errand.ts'

export type ExportState =
  | { status: 'none' }
  | { status: 'running'; progress: ExportProgress; seconds: number }
  /** To who wants another one while one runs. */
  | { status: 'busy' }
  | ExportEnd

/** Exports into a folder. What one wrote that is stopped is removed. */
export type Exporting = Errand<ExportRequest, ExportState>

export function createExporting(store: Interactions, log: Pick<ServerLog, 'logger'>): Exporting {
  return createErrand<ExportRequest, ExportState>(
    {
      name: 'export',
      none: { status: 'none' },
      begun: { status: 'running', progress: { resources: 0, share: 0 }, seconds: 0 },
      act: (request, { signal, tell, seconds }) =>
        performExport(store, request, {
          signal,
          onProgress: (progress) => tell({ status: 'running', progress, seconds: seconds() }),
        }),
      failed: (reason) => ({ status: 'failed', reason }),
      told: (state) => (state.status === 'refused' ? { status: state.status } : state),
    },
    log,
  )
}
