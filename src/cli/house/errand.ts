import { randomUuid } from '#kernel/crypto/index.ts'
import type { ServerLog } from '../log.ts'

/** Something long that the server does, whether who asked for it waits or not; one of its kind at a time. */
export interface Errand<Request, State> {
  /** Begins one. Undefined where one is under way. */
  start(request: Request): State | undefined
  /** Of the newest one, or of that of a name: none where that is not known (any more). */
  state(run?: string): State
  /** The name of the newest one. */
  run(): string | undefined
  /** Ends the one of that name, or whichever is under way; resolves when it has ended. */
  stop(run?: string): Promise<void>
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

/** What became of so many is remembered for whoever began them and has yet to ask. */
const endedMax = 8

export function createErrand<Request, State>(
  { name, none, begun, act, failed, told, ended }: ErrandParts<Request, State>,
  { logger }: Pick<ServerLog, 'logger'>,
): Errand<Request, State> {
  /** By their names, the newest last. */
  const states = new Map<string, State>()
  let newest: string | undefined
  let running: { run: string; done: Promise<void>; stop: AbortController } | undefined

  async function carryOut(run: string, request: Request, signal: AbortSignal): Promise<void> {
    const began = performance.now()
    const seconds = () => Math.round(performance.now() - began) / 1000
    states.set(run, begun)
    let state: State
    try {
      state = await act(request, { signal, tell: (now) => void states.set(run, now), seconds })
    } catch (error) {
      state = failed(reasonOf(error))
    }
    states.set(run, state)
    running = undefined
    logger.info(told(state), name)
    ended?.(signal)
  }

  function stateOf(run: string | undefined): State {
    return (run === undefined ? undefined : states.get(run)) ?? none
  }

  return {
    start(request) {
      if (running) return undefined
      const stop = new AbortController()
      const run = randomUuid()
      newest = run
      const [oldest] = states.keys()
      if (states.size >= endedMax && oldest !== undefined) states.delete(oldest)
      running = { run, stop, done: carryOut(run, request, stop.signal) }
      return stateOf(run)
    },
    state: (run = newest) => stateOf(run),
    run: () => newest,
    async stop(run = newest) {
      if (running?.run !== run) return
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
