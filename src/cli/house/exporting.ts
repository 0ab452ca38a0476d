import type { Interactions } from '#records/index.ts'
import { performExport, type ExportEnd, type ExportProgress, type ExportRequest } from '../export/perform.ts'
import type { ServerLog } from '../log.ts'

export type ExportState =
  | { status: 'none' }
  | { status: 'running'; progress: ExportProgress; seconds: number }
  /** To who wants another one while one runs. */
  | { status: 'busy' }
  | ExportEnd

export interface Exporting {
  /** Begins one, unless one runs. */
  start(request: ExportRequest): ExportState
  state(): ExportState
  /** Ends it; what it wrote is removed. */
  stop(): Promise<void>
}

/** An export into a folder goes on in the server, whether who asked for it waits or not. */
export function createExporting(store: Interactions, { logger }: Pick<ServerLog, 'logger'>): Exporting {
  let state: ExportState = { status: 'none' }
  let running: { done: Promise<void>; stop: AbortController } | undefined

  async function run(request: ExportRequest, signal: AbortSignal): Promise<void> {
    const began = performance.now()
    state = { status: 'running', progress: { resources: 0, share: 0 }, seconds: 0 }
    try {
      state = await performExport(store, request, {
        signal,
        onProgress: (progress) => {
          state = { status: 'running', progress, seconds: Math.round(performance.now() - began) / 1000 }
        },
      })
    } catch (error) {
      state = { status: 'failed', reason: (error as Error).name }
    }
    running = undefined
    // No path: a folder may be named after a patient.
    const { status } = state
    logger.info(status === 'refused' ? { status } : state, 'export')
  }

  return {
    start(request) {
      if (running) return { status: 'busy' }
      const stop = new AbortController()
      running = { stop, done: run(request, stop.signal) }
      return state
    },
    state: () => state,
    async stop() {
      running?.stop.abort()
      await running?.done
    },
  }
}
