/** Long searches beside short requests: a little work at a time, less of it while others are at work. */
import { setImmediate, setTimeout } from 'node:timers/promises'

/** What others ask of the store. */
export interface Traffic {
  /** Somebody asks for something; a scan is not somebody, or it would make room for itself. */
  mark(): void
  /** Whether somebody did just now. */
  readonly isActive: boolean
}

/** People who work ask every other second: while there are any, somebody did so long ago at most. */
const activeMs = 100

export function createTraffic(): Traffic {
  let last = -Infinity
  return {
    mark() {
      last = performance.now()
    },
    get isActive() {
      return performance.now() - last < activeMs
    },
  }
}

/** Work between two pauses. */
const sliceMs = 2
/** The same of a scan while others ask: what each of their steps may have to wait for. */
const sliceBesideMs = 0.5
/** A scan then rests for so many times what it worked. */
const restTimes = 8
const ownMsMax = 3

export class Pace {
  #since = performance.now()
  readonly #traffic: Traffic | undefined

  /** `traffic`: of a search that may take its time, while others ask. */
  constructor(traffic?: Traffic) {
    this.#traffic = traffic
  }

  get isDue(): boolean {
    return performance.now() - this.#since > (this.#traffic?.isActive ? sliceBesideMs : sliceMs)
  }

  async rest(): Promise<void> {
    // Some of it may have been waiting for the database.
    const own = Math.min(performance.now() - this.#since, ownMsMax)
    if (this.#traffic?.isActive) await setTimeout(Math.ceil(own * restTimes))
    else await setImmediate()
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
        const { promise, resolve } = Promise.withResolvers<'free' | 'gone'>()
        const next = () => resolve('free')
        const leave = () => {
          const place = waiting.indexOf(next)
          if (place < 0) return
          waiting.splice(place, 1)
          resolve('gone')
        }
        waiting.push(next)
        signal?.addEventListener('abort', leave, { once: true })
        if (signal?.aborted) leave()
        const outcome = await promise
        signal?.removeEventListener('abort', leave)
        if (outcome === 'gone') return undefined
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
