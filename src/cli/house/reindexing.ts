import { isRefusal } from '#kernel/outcome.ts'
import type { Interactions } from '#records/index.ts'
import type { ServerLog } from '../log.ts'

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

export interface Reindexing {
  /** Begins one, unless it runs already. */
  start(): ReindexState
  /** Begins one of the directory alone where that is needed, beside other work; gives way to one that is asked for. */
  tend(): Promise<void>
  state(): ReindexState
  /** Gives it up, as when the server stops: what served before serves on. */
  stop(): void
}

/** A reindex goes on in the server, whoever asked for it and whether they wait or not. */
export function createReindexing(store: Interactions, { logger }: Pick<ServerLog, 'logger'>): Reindexing {
  let state: ReindexState = { status: 'none' }
  const stop = new AbortController()
  let tending: { done: Promise<void>; end: AbortController } | undefined

  async function run(): Promise<ReindexState> {
    const began = performance.now()
    const secondsSince = (moment: number) => Math.round(performance.now() - moment) / 1000
    const stages = { directory: began, tuples: 0 }
    // One that nobody asked for has not read what this one has to.
    tending?.end.abort()
    await tending?.done
    const result = await store.reindex({
      signal: stop.signal,
      onProgress: ({ stage, resources, total }) => {
        stages[stage] ||= performance.now()
        state = { status: 'running', stage, resources, total, seconds: secondsSince(stages[stage]) }
      },
    })
    if (isRefusal(result)) return result.status === 'sealed' ? { status: 'sealed' } : failed(result.status)
    if (result.status !== 'ok') return result.status === 'busy' ? { status: 'busy' } : failed(result.status)
    const { resources, rows, bits, compartments } = result
    return { status: 'ok', resources, rows, bits, compartments, seconds: secondsSince(began) }
  }

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
    start() {
      if (state.status === 'running') return state
      state = { status: 'running', stage: 'directory', resources: 0, total: 0, seconds: 0 }
      run()
        .catch((error: unknown) => failed((error as Error).name))
        .then((ended) => {
          state = ended
          if (!stop.signal.aborted) logger.info(ended, 'reindex')
        })
      return state
    },
    async tend() {
      if (state.status === 'running' || stop.signal.aborted) return
      if (!tending) {
        const end = new AbortController()
        tending = { end, done: runWhereNeeded(AbortSignal.any([end.signal, stop.signal])) }
      }
      await tending.done
    },
    state: () => state,
    stop: () => stop.abort(),
  }
}

const failed = (reason: string): ReindexState => ({ status: 'failed', reason })
