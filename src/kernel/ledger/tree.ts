import { sha256 } from '#kernel/crypto/index.ts'

/** Bytes in every hash of the tree: SHA-256. */
export const hashBytes = 32

/** RFC 9162 §2.1.1: the hash of no leaves is that of nothing. */
export const emptyRoot = sha256(new Uint8Array(0))

const leafPrefix = 0x00
const nodePrefix = 0x01

/** RFC 9162 §2.1.1: SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Uint8Array {
  const length = 1 + entry.length
  const message = length <= leafScratch.length ? leafScratch.subarray(0, length) : Buffer.alloc(length)
  message[0] = leafPrefix
  message.set(entry, 1)
  return sha256(message)
}

/** RFC 9162 §2.1.1: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== hashBytes || right.length !== hashBytes) throw new RangeError('a hash has 32 bytes')
  nodeScratch.set(left, 1)
  nodeScratch.set(right, 1 + hashBytes)
  return sha256(nodeScratch)
}

// Hashing is synchronous, so one piece of memory serves every call: no allocation but the result.
const leafScratch = Buffer.alloc(4096)
const nodeScratch = Buffer.alloc(1 + 2 * hashBytes, nodePrefix)

/**
 * A tree, as far as appending to it and its root need it: the hashes of its perfect subtrees, one for each 1 in the binary
 * form of its size, the largest and leftmost first. At most 53 hashes stand for any tree.
 */
export interface Frontier {
  readonly size: number
  readonly hashes: readonly Uint8Array[]
}

export const emptyFrontier: Frontier = { size: 0, hashes: [] }

/** The tree with these leaves at its end. */
export function appendLeaves(frontier: Frontier, leafHashes: Iterable<Uint8Array>): Frontier {
  let { size } = frontier
  if (frontier.hashes.length !== onesOf(size)) throw new RangeError(`no frontier of ${size} leaves`)
  const hashes = [...frontier.hashes]
  for (let hash of leafHashes) {
    // Each trailing 1 of the size is a perfect subtree as large as the one that has just been completed beside it.
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) hash = nodeHash(hashes.pop()!, hash)
    hashes.push(hash)
    size++
  }
  if (!Number.isSafeInteger(size)) throw new RangeError('a tree has fewer than 2^53 leaves')
  return { size, hashes }
}

/** RFC 9162 §2.1.1: the root. */
export function rootOf(frontier: Frontier): Uint8Array {
  return joinHashes(frontier.hashes) ?? emptyRoot
}

/** The hash over neighbouring subtrees of falling size, the leftmost first; undefined of none. */
export function joinHashes(hashes: readonly Uint8Array[]): Uint8Array | undefined {
  return hashes.length === 0 ? undefined : hashes.reduceRight((right, left) => nodeHash(left, right))
}

function onesOf(size: number): number {
  let ones = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return ones
}
