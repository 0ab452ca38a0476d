/** Names of resources, sorted, in 24 bytes each: many thousands are intersected in a millisecond. */
import { uuidOf, type ResourceKey } from '../place.ts'

const nameBytes = 16

/** Six bytes of a name stand for it: two that share them are taken for one, and told apart by the caller's filter. */
export function nameHash(name: ResourceKey): number {
  return Number.parseInt(name.slice(0, 8) + name.slice(9, 13), 16)
}

export class Names {
  /** Ascending. */
  readonly hashes: Float64Array
  readonly #bytes: Buffer

  /** `bytes`: 16 for each, in any order. */
  constructor(bytes: Buffer) {
    const count = bytes.length / nameBytes
    const hashes = Float64Array.from({ length: count }, (_, n) => bytes.readUIntBE(n * nameBytes, 6))
    const order = Uint32Array.from(hashes.keys()).sort(
      (one, other) => (hashes[one] as number) - (hashes[other] as number),
    )
    this.hashes = hashes.sort()
    this.#bytes = Buffer.alloc(bytes.length)
    for (const [to, from] of order.entries()) {
      bytes.copy(this.#bytes, to * nameBytes, from * nameBytes, (from + 1) * nameBytes)
    }
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

/** Those that are, for each of `all`, in one of its lists or among its further hashes. */
export function intersect(
  names: Names,
  all: readonly { lists: readonly Names[]; hashes: ReadonlySet<number> }[],
): ResourceKey[] {
  const conditions = all.map(({ lists, hashes }) => ({ cursors: lists.map(cursorIn), hashes }))
  const found: ResourceKey[] = []
  for (const [n, hash] of names.hashes.entries()) {
    const isIn = conditions.every(
      ({ cursors, hashes }) => cursors.some((has) => has(hash)) || hashes.has(hash),
    )
    if (isIn) found.push(names.at(n))
  }
  return found
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
