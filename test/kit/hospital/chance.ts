/** The same for the same seed. */
export interface Chance {
  /** 0 to 1. */
  next(): number
  /** 0 to `below` − 1. */
  upTo(below: number): number
  isOf(share: number): boolean
  pick<Value>(from: readonly Value[]): Value
  /** How many of independent events there are, of so many on average. */
  times(mean: number): number
}

/** mulberry32. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const upTo = (below: number) => Math.floor(next() * below)
  return {
    next,
    upTo,
    isOf: (share) => next() < share,
    pick: (from) => from[upTo(from.length)]!,
    times(mean) {
      let events = 0
      for (let left = Math.exp(-mean), product = next(); product > left; product *= next()) events++
      return events
    },
  }
}
