/** Several units under way at once; never two that act on the same resource, so that the order of the files is kept. */
export interface Lanes {
  /** Waits for a lane, or room beside what is small, and for whoever holds one of the names; then begins. */
  start(unit: LaneUnit, act: () => Promise<void>): Promise<void>
  /** When all that began has ended. Throws what one of them threw, as `start` does. */
  drain(): Promise<void>
}

interface LaneUnit {
  /** Of what others may act on too. */
  names: readonly string[]
  /** How many resources it has. */
  size: number
  /** Of files. */
  bytes: number
}

/** Resources of small units that may be under way together, beyond the lanes: what one statement of the writer takes. */
const smallMax = 200
/** Small units under way at most. */
const crowdMax = 32
/** Of files, under way together; a larger unit goes alone. As trees and texts it is some ten times that. */
const bytesMax = 20_000_000

export function createLanes(count: () => number): Lanes {
  let size = 0
  let bytes = 0
  const running = new Set<Promise<void>>()
  const holders = new Map<string, Promise<void>>()
  let failure: { error: unknown } | undefined

  const check = () => {
    if (failure) throw failure.error
  }

  return {
    async start({ names: own, size: ownSize, bytes: ownBytes }, act) {
      check()
      await Promise.all(own.map((name) => holders.get(name)))
      const isFull = () => {
        const lanes = count()
        if (running.size > 0 && bytes + ownBytes > bytesMax) return true
        if (running.size < lanes) return false
        return lanes === 1 || running.size >= crowdMax || size + ownSize > smallMax
      }
      while (isFull()) await Promise.race(running)
      check()
      const ended: Promise<void> = act()
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .then(() => {
          running.delete(ended)
          size -= ownSize
          bytes -= ownBytes
          for (const name of own) if (holders.get(name) === ended) holders.delete(name)
        })
      running.add(ended)
      size += ownSize
      bytes += ownBytes
      for (const name of own) holders.set(name, ended)
    },

    async drain() {
      await Promise.all(running)
      check()
    },
  }
}
