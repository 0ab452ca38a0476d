import { equalBytes } from '#kernel/crypto/index.ts'
import { createSubtreeReader, type Subtree, type TileReader } from './tiles.ts'
import { emptyRoot, hashBytes, joinHashes, nodeHash } from './tree.ts'

/** The leaves from `start` to before `end`. */
interface Range {
  start: number
  end: number
}

/** Makes proofs in the tree of one size. */
export interface Prover {
  /**
   * RFC 9162 §2.1.3.1: the hashes that lead from the leaf `index` to the root, the leaf's sibling first. Throws where there is
   * no such leaf.
   */
  inclusion(index: number): Promise<Uint8Array[]>
  /**
   * RFC 9162 §2.1.4.1: that the tree of `oldSize` leaves is the beginning of this one. Empty where `oldSize` is 0. Throws where
   * it is greater than the size.
   */
  consistency(oldSize: number): Promise<Uint8Array[]>
}

/** A prover keeps what it read of the tiles: good for a batch of proofs, not for always. */
export function createProver(size: number, read: TileReader): Prover {
  if (!isSize(size)) throw new RangeError(`no tree has ${size} leaves`)
  const hashesOf = createSubtreeReader(size, read)

  /** The hash over each range, from the perfect subtrees that it is made of. */
  const readRanges = async (ranges: readonly Range[]): Promise<Uint8Array[]> => {
    const parts = ranges.map(subtreesOf)
    const hashes = await hashesOf(parts.flat())
    let at = 0
    return parts.map(({ length }) => joinHashes(hashes.slice(at, (at += length)))!)
  }

  return {
    async inclusion(index) {
      if (!isSize(index) || index >= size)
        throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`)
      const { siblings } = descend(
        size,
        (middle) => index < middle,
        (range) => range.end - range.start === 1,
      )
      return readRanges(siblings)
    },
    async consistency(oldSize) {
      if (!isSize(oldSize) || oldSize > size) {
        throw new RangeError(`a tree of ${oldSize} leaves is no beginning of one of ${size}`)
      }
      if (oldSize === 0) return []
      const { last, siblings } = descend(
        size,
        (middle) => oldSize <= middle,
        ({ end }) => end === oldSize,
      )
      // The verifier has the old root: the end of the old tree is needed only where it is not the whole of it.
      return readRanges(last.start > 0 ? [last, ...siblings] : siblings)
    },
  }
}

/** RFC 9162 §2.1.3.2. */
export function verifyInclusion(o: {
  index: number
  size: number
  leaf: Uint8Array
  root: Uint8Array
  proof: readonly Uint8Array[]
}): boolean {
  if (!isSize(o.index) || !isSize(o.size) || o.index >= o.size) return false
  if (![o.leaf, o.root, ...o.proof].every(isHash)) return false
  let fn = o.index
  let sn = o.size - 1
  let hash = o.leaf
  for (const sibling of o.proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash)
      while (fn % 2 === 0 && fn !== 0) {
        fn /= 2
        sn = half(sn)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && equalBytes(hash, o.root)
}

/** RFC 9162 §2.1.4.2; every tree begins with the empty one, by the empty proof. */
export function verifyConsistency(o: {
  oldSize: number
  oldRoot: Uint8Array
  size: number
  root: Uint8Array
  proof: readonly Uint8Array[]
}): boolean {
  if (!isSize(o.oldSize) || !isSize(o.size) || o.oldSize > o.size) return false
  if (![o.oldRoot, o.root, ...o.proof].every(isHash)) return false
  if (o.oldSize === o.size) return o.proof.length === 0 && equalBytes(o.oldRoot, o.root)
  if (o.oldSize === 0) return o.proof.length === 0 && equalBytes(o.oldRoot, emptyRoot)
  const proof = isPowerOfTwo(o.oldSize) ? [o.oldRoot, ...o.proof] : o.proof
  let fn = o.oldSize - 1
  let sn = o.size - 1
  while (fn % 2 === 1) {
    fn = half(fn)
    sn = half(sn)
  }
  const [first, ...rest] = proof
  if (!first) return false
  let oldHash = first
  let hash = first
  for (const sibling of rest) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      oldHash = nodeHash(sibling, oldHash)
      hash = nodeHash(sibling, hash)
      while (fn % 2 === 0 && fn !== 0) {
        fn /= 2
        sn = half(sn)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && equalBytes(oldHash, o.oldRoot) && equalBytes(hash, o.root)
}

/** Where splitting the tree (RFC 9162 §2.1.1) over and over leads, and the halves left aside, the last first. */
function descend(
  size: number,
  isLeft: (middle: number) => boolean,
  isThere: (range: Range) => boolean,
): { last: Range; siblings: Range[] } {
  const siblings: Range[] = []
  let last: Range = { start: 0, end: size }
  while (!isThere(last)) {
    const middle = last.start + splitOf(last.end - last.start)
    const left = { start: last.start, end: middle }
    const right = { start: middle, end: last.end }
    siblings.unshift(isLeft(middle) ? right : left)
    last = isLeft(middle) ? left : right
  }
  return { last, siblings }
}

/** Of a range that RFC 9162 §2.1.1 splits off: perfect subtrees of falling size. */
function subtreesOf({ start, end }: Range): Subtree[] {
  const subtrees: Subtree[] = []
  while (start < end) {
    let height = 0
    while (2 ** (height + 1) <= end - start) height++
    subtrees.push({ height, index: start / 2 ** height })
    start += 2 ** height
  }
  return subtrees
}

/** RFC 9162 §2.1.1: the largest power of two below `leaves`, which are at least two. */
function splitOf(leaves: number): number {
  let k = 1
  while (k * 2 < leaves) k *= 2
  return k
}

const half = (n: number): number => Math.floor(n / 2)

function isPowerOfTwo(n: number): boolean {
  return 2 ** Math.round(Math.log2(n)) === n
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === hashBytes
}
