import type { Progress } from '#records/import/index.ts'
import type { Interactions } from '#records/index.ts'
import type { ServerLog } from '../log.ts'
import { performImport, type ImportEnd, type ImportRequest } from '../import/perform.ts'

export type ImportState =
  | { status: 'none' }
  | { status: 'running'; progress: Progress | undefined; seconds: number }
  /** To who wants another one while one runs. */
  | { status: 'busy' }
  | ImportEnd

export interface Importing {
  /** Begins one, unless one runs. */
  start(request: ImportRequest): ImportState
  state(): ImportState
  /** Ends it after what is under way; resolves when it has ended. */
  stop(): Promise<void>
}

/** An import goes on in the server, whether who asked for it waits or not. */
export function createImporting(
  store: Interactions,
  { logger }: Pick<ServerLog, 'logger'>,
  onEnd: () => void,
): Importing {
  let state: ImportState = { status: 'none' }
  let running: { done: Promise<void>; stop: AbortController } | undefined

  async function run(request: ImportRequest, signal: AbortSignal): Promise<void> {
    const began = performance.now()
    const secondsNow = () => Math.round(performance.now() - began) / 1000
    state = { status: 'running', progress: undefined, seconds: 0 }
    try {
      state = await performImport(store, request, {
        signal,
        onProgress: (progress) => (state = { status: 'running', progress, seconds: secondsNow() }),
      })
    } catch (error) {
      state = { status: 'failed', reason: (error as Error).name }
    }
    running = undefined
    // No path: a folder may be named after a patient.
    const { status } = state
    logger.info('counts' in state ? { status, ...state.counts, seconds: state.seconds } : state, 'import')
    if (!signal.aborted) onEnd()
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
