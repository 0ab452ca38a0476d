import type { Random } from './types.ts'

/** Chance from a seed of any text. Foreseeable by design: nothing that must not be guessed may come from it. */
export function createRandom(seed: string): Random {
  const next = generatorOf(seed)
  const float = () => next() / 2 ** 32
  const int = (min: number, max: number) => min + Math.floor(float() * (max - min + 1))
  const random: Random = {
    int,
    float,
    chance: (probability) => float() < probability,
    pick(items) {
      if (items.length === 0) throw new RangeError('nothing to pick from')
      return items[int(0, items.length - 1)]!
    },
    weighted(items) {
      let left = float() * items.reduce((sum, [, weight]) => sum + weight, 0)
      const found = items.find(([, weight]) => (left -= weight) < 0) ?? items.at(-1)
      if (!found) throw new RangeError('nothing to pick from')
      return found[0]
    },
    // Box and Muller's, of which one of the two numbers is used.
    normal: (mean, deviation) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - float())) * Math.cos(2 * Math.PI * float()),
    shuffle(items) {
      const order = [...items]
      for (let last = order.length - 1; last > 0; last--) {
        const other = int(0, last)
        ;[order[last], order[other]] = [order[other]!, order[last]!]
      }
      return order
    },
    fork: (label) => createRandom(`${seed}/${label}`),
    uuid() {
      const hex = Array.from({ length: 4 }, () => next().toString(16).padStart(8, '0')).join('')
      const variant = '89ab'[int(0, 3)]
      return [
        hex.slice(0, 8),
        hex.slice(8, 12),
        `4${hex.slice(13, 16)}`,
        `${variant}${hex.slice(17, 20)}`,
        hex.slice(20),
      ].join('-')
    },
  }
  return random
}

/** sfc32 (Doty-Humphrey, PractRand): 128 bits of state, started by a hash of the seed. Whole numbers below 2^32. */
function generatorOf(seed: string): () => number {
  let [a, b, c, counter] = stateOf(seed)
  const next = () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  for (let round = 0; round < 12; round++) next()
  return next
}

/** Four lanes of FNV-1a's kind, each with a prime of its own, mixed at the end as MurmurHash3 does. */
function stateOf(seed: string): [number, number, number, number] {
  const lanes: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x85ebca6b]
  const primes = [0x01000193, 0x27d4eb2f, 0x165667b1, 0x9e3779b1]
  for (let i = 0; i < seed.length; i++) {
    for (let lane = 0; lane < 4; lane++) {
      lanes[lane] = Math.imul(lanes[lane]! ^ seed.charCodeAt(i), primes[lane]!)
      lanes[lane]! ^= lanes[lane]! >>> 15
    }
  }
  return lanes.map((lane, i) => {
    const mixed = Math.imul(lane ^ lanes[(i + 1) & 3]! ^ (lane >>> 16), 0x85ebca6b)
    return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) | 0
  }) as typeof lanes
}
