/** Names of resources, sorted, in 20 bytes each: many thousands are intersected in a millisecond. */
import { uuidOf, type ResourceKey } from '../place.ts'

const nameBytes = 16

/** Four bytes of a name stand for it: two that share them are taken for one, and told apart by the caller's filter. */
export function nameHash(name: ResourceKey): number {
  return Number.parseInt(name.slice(0, 8), 16)
}

/** More than any list has: a hash and a place are one number. */
const placesMax = 2 ** 20

export class Names {
  /** Ascending. */
  readonly hashes: Uint32Array
  readonly #bytes: Buffer

  /** `bytes`: 16 for each, in any order. */
  constructor(bytes: Buffer) {
    const count = bytes.length / nameBytes
    if (count > placesMax) throw new Error('too many names for a list')
    const places = new Float64Array(count)
    for (let n = 0; n < count; n++) places[n] = bytes.readUInt32BE(n * nameBytes) * placesMax + n
    places.sort()
    this.hashes = new Uint32Array(count)
    for (let n = 0; n < count; n++) this.hashes[n] = Math.floor((places[n] as number) / placesMax)
    // By words: a call for each name would cost more than sorting them.
    const words = new Uint32Array(new Uint8Array(bytes).buffer)
    const sorted = new Uint32Array(words.length)
    for (let to = 0; to < count; to++) {
      const from = (places[to] as number) % placesMax
      for (let word = 0; word < 4; word++) sorted[4 * to + word] = words[4 * from + word] as number
    }
    this.#bytes = Buffer.from(sorted.buffer)
  }

  get size(): number {
    return this.hashes.length
  }

  at(n: number): ResourceKey {
    return uuidOf(this.#bytes.subarray(n * nameBytes, (n + 1) * nameBytes)) as ResourceKey
  }

  *[Symbol.iterator](): Generator<ResourceKey> {
    for (let n = 0; n < this.size; n++) yield this.at(n)
  }
}

/**
 * Those that are, for each of `all`, in one of its lists or among its further hashes; looked for as they are taken, since
 * of thousands a page needs the first.
 */
export function* intersect(
  names: Names,
  all: readonly { lists: readonly Names[]; hashes: ReadonlySet<number> }[],
): Generator<ResourceKey> {
  const conditions = all.map(({ lists, hashes }) => ({ cursors: lists.map(cursorIn), hashes }))
  for (let n = 0; n < names.size; n++) {
    const hash = names.hashes[n] as number
    const isIn = conditions.every(
      ({ cursors, hashes }) => cursors.some((has) => has(hash)) || hashes.has(hash),
    )
    if (isIn) yield names.at(n)
  }
}

/** Asked for ascending hashes: from where it stands it leaps ahead, twice as far each time, and then halves. */
function cursorIn({ hashes }: Names): (hash: number) => boolean {
  let at = 0
  return (hash) => {
    let step = 1
    while (at + step < hashes.length && (hashes[at + step] as number) < hash) {
      at += step
      step *= 2
    }
    let end = Math.min(at + step, hashes.length)
    while (at < end) {
      const middle = (at + end) >>> 1
      if ((hashes[middle] as number) < hash) at = middle + 1
      else end = middle
    }
    return hashes[at] === hash
  }
}
