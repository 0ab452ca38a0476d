import type { ServerLog } from '../log.ts'

/** Something long that the server does, whether who asked for it waits or not; one of its kind at a time. */
export interface Errand<Request, State> {
  /** Begins one. Undefined where one is under way. */
  start(request: Request): State | undefined
  /** Of the newest one. */
  state(): State
  /** Ends it; resolves when it has ended. */
  stop(): Promise<void>
}

export interface ErrandParts<Request, State> {
  /** As the log names it. */
  name: string
  /** Before the first, and as each one begins. */
  none: State
  begun: State
  /** `tell`: how far it is. `seconds`: since it began. Throws where it fails. */
  act(
    request: Request,
    doing: { signal: AbortSignal; tell(state: State): void; seconds(): number },
  ): Promise<State>
  /** Why it threw: `reasonOf`. */
  failed(reason: string): State
  /** What the log has of its end: no path, since a folder may be named after a patient. */
  told(state: State): object
  ended?(signal: AbortSignal): void
}

export function createErrand<Request, State>(
  { name, none, begun, act, failed, told, ended }: ErrandParts<Request, State>,
  { logger }: Pick<ServerLog, 'logger'>,
): Errand<Request, State> {
  let state = none
  let running: { done: Promise<void>; stop: AbortController } | undefined

  async function run(request: Request, signal: AbortSignal): Promise<void> {
    const began = performance.now()
    const seconds = () => Math.round(performance.now() - began) / 1000
    state = begun
    try {
      state = await act(request, { signal, tell: (now) => void (state = now), seconds })
    } catch (error) {
      state = failed(reasonOf(error))
    }
    running = undefined
    logger.info(told(state), name)
    ended?.(signal)
  }

  return {
    start(request) {
      if (running) return undefined
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

/** The code of the operating system or of PostgreSQL, such as `ENOSPC`, or the name of the error: nothing of what anybody wrote. */
export function reasonOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : name
}
