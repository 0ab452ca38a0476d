import { isRefusal } from '#kernel/outcome.ts'
import type { Interactions } from '#records/index.ts'
import type { ServerLog } from '../log.ts'
import { createErrand, type Errand } from './errand.ts'

/** The newest reindex of the running server. */
export type ReindexState =
  | { status: 'none' }
  | {
      status: 'running'
      /** What is being rebuilt: first the directory, then what searches compare. */
      stage: 'directory' | 'tuples'
      resources: number
      total: number
      /** Since the stage began. */
      seconds: number
    }
  | { status: 'ok'; resources: number; rows: number; bits: number; compartments: number; seconds: number }
  /** Another process on the same database is at it. */
  | { status: 'busy' }
  | { status: 'sealed' }
  | { status: 'failed'; reason: string }

/** An errand of the server, whoever asked for it: what served before serves on where it is given up. */
export interface Reindexing extends Errand<void, ReindexState> {
  /** Begins one of the directory alone where that is needed, beside other work; gives way to one that is asked for. */
  tend(): Promise<void>
}

export function createReindexing(store: Interactions, log: Pick<ServerLog, 'logger'>): Reindexing {
  const { logger } = log
  let isStopped = false
  let tending: { done: Promise<void>; end: AbortController } | undefined

  const errand = createErrand<void, ReindexState>(
    {
      name: 'reindex',
      none: { status: 'none' },
      begun: { status: 'running', stage: 'directory', resources: 0, total: 0, seconds: 0 },
      async act(_, { signal, tell, seconds }) {
        const began: Partial<Record<'directory' | 'tuples', number>> = {}
        // One that nobody asked for has not read what this one has to.
        tending?.end.abort()
        await tending?.done
        const result = await store.reindex({
          signal,
          onProgress: ({ stage, resources, total }) => {
            const now = seconds()
            tell({ status: 'running', stage, resources, total, seconds: now - (began[stage] ??= now) })
          },
        })
        if (isRefusal(result))
          return result.status === 'sealed' ? { status: 'sealed' } : failed(result.status)
        if (result.status !== 'ok')
          return result.status === 'busy' ? { status: 'busy' } : failed(result.status)
        const { resources, rows, bits, compartments } = result
        return { status: 'ok', resources, rows, bits, compartments, seconds: seconds() }
      },
      failed,
      told: (state) => state,
    },
    log,
  )

  async function runWhereNeeded(signal: AbortSignal): Promise<void> {
    try {
      const result = await store.reindex({ signal, whereNeeded: true })
      if (result.status !== 'needless' && result.status !== 'sealed' && !signal.aborted)
        logger.info(result, 'the directory was built anew')
    } catch (error) {
      // PostgreSQL is away, say: the next hour does it.
      if (!signal.aborted) logger.warn({ name: (error as Error).name }, 'the directory was not built anew')
    }
    tending = undefined
  }

  return {
    ...errand,
    async tend() {
      if (errand.state().status === 'running' || isStopped) return
      if (!tending) {
        const end = new AbortController()
        tending = { end, done: runWhereNeeded(end.signal) }
      }
      await tending.done
    },
    async stop() {
      isStopped = true
      tending?.end.abort()
      await Promise.all([errand.stop(), tending?.done])
    },
  }
}

const failed = (reason: string): ReindexState => ({ status: 'failed', reason })
