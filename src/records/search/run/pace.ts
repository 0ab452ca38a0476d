/** Long searches beside short requests: a little work at a time, less of it while others are at work. */
import { setImmediate, setTimeout } from 'node:timers/promises'

/** Work between two pauses. */
const sliceMsMax = 2
/** Where the others took longer than this in a pause, they are busy, and get most of the time. */
const othersMs = 0.3
/** For each millisecond of ours while others are busy. */
const restPerMs = 4

export class Pace {
  #since = performance.now()
  readonly #isLong: boolean

  /** `isLong`: of the population, which may take its time. */
  constructor(isLong: boolean) {
    this.#isLong = isLong
  }

  get isDue(): boolean {
    return performance.now() - this.#since > sliceMsMax
  }

  async rest(): Promise<void> {
    const began = performance.now()
    const own = began - this.#since
    await setImmediate()
    if (this.#isLong && performance.now() - began > othersMs) await setTimeout(Math.ceil(own * restPerMs))
    this.#since = performance.now()
  }

  /** Time spent waiting is nobody's work. */
  waited(): void {
    this.#since = performance.now()
  }
}

export interface Slots {
  /** Waits for a place; gives what frees it, or undefined where too many wait already, or nobody does any more. */
  take(signal: AbortSignal | undefined): Promise<(() => void) | undefined>
}

export function createSlots(places: number, waitingMax: number): Slots {
  let free = places
  const waiting: (() => void)[] = []
  const release = () => {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
  return {
    async take(signal) {
      if (free > 0) free--
      else {
        if (waiting.length >= waitingMax) return undefined
        const { promise, resolve } = Promise.withResolvers<void>()
        waiting.push(resolve)
        await promise
      }
      if (signal?.aborted) {
        release()
        return undefined
      }
      let isFreed = false
      return () => {
        if (!isFreed) release()
        isFreed = true
      }
    },
  }
}
