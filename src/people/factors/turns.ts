/** Turns at what costs memory and time: never more at once than the machine has for it, and never strangers alone. */

/** Nobody waits behind so many. */
export class TooMany extends Error {
  override name = 'TooMany'
}

export type Lane = 'known' | 'stranger'

export interface Turns {
  take<Result>(lane: Lane, work: () => Promise<Result>): Promise<Result>
}

export interface TurnsOptions {
  /** At once; of them all but one are open to strangers. */
  atOnce: number
  /** Waiting in each lane, at most. */
  waitingMax: number
}

/** Whoever is known goes first, and has one turn that no stranger takes: a flood of guesses leaves it free. */
export function createTurns({ atOnce, waitingMax }: TurnsOptions): Turns {
  const waiting: Record<Lane, (() => void)[]> = { known: [], stranger: [] }
  const running: Record<Lane, number> = { known: 0, stranger: 0 }
  const strangersMax = Math.max(1, atOnce - 1)

  const mayRun = (lane: Lane) => {
    // With one turn only, a stranger's is that one, and whoever is known waits for its end.
    const isFree = running.known + running.stranger < Math.max(atOnce, 1)
    return isFree && (lane === 'known' || (running.stranger < strangersMax && waiting.known.length === 0))
  }

  const next = () => {
    for (const lane of ['known', 'stranger'] as const)
      while (waiting[lane].length > 0 && mayRun(lane)) waiting[lane].shift()?.()
  }

  return {
    async take(lane, work) {
      if (waiting[lane].length > 0 || !mayRun(lane)) {
        if (waiting[lane].length >= waitingMax) throw new TooMany(lane)
        await new Promise<void>((resume) => {
          waiting[lane].push(() => {
            running[lane]++
            resume()
          })
        })
      } else running[lane]++
      try {
        return await work()
      } finally {
        running[lane]--
        next()
      }
    },
  }
}
