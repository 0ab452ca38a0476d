/**
 * What the ledger names by hash, against what the tables hold, in memory that does not grow with either: both wait on disk, by
 * the first bits of their hashes, and are compared a part at a time. What waits are hashes and keyed names, as they are in the
 * database; the file has no name any more once it is open, so that nothing of it outlives the process.
 */
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { uuidBytes } from '#kernel/crypto/index.ts'
import { uuidOf } from '../place.ts'

/**
 * What is compared; each by itself. Of pointers and the directory both sides are rows: those that have to be, as it follows from the
 * versions (`current`), and those that are.
 */
export const sorts = [
  'version',
  'capsule',
  'tuples',
  'attachment',
  'wrapped-key',
  'destruction',
  'authority',
  'pointer',
  'directory',
] as const
export type Sort = (typeof sorts)[number]

/** A row as a finding names it. */
export interface RowName {
  compartment: string
  /** Of the resource, the attachment, or nothing: zeros. */
  name: string
  version: number
  timeMs: number
  /** Of the table of current versions; or it has to be. */
  current: boolean
  /** Of a row that confers authority. */
  kind?: number
}

/** Where the ledger names it: a leaf, or -1 while its entry is staged. */
export interface EntryName {
  index: number
  timeMs: number
  /** Its act was begun, and may have come to nothing. */
  begun: boolean
}

/** What has no counterpart, or one of another time. */
export interface Rest {
  sort: Sort
  hash: Uint8Array
  rows: readonly RowName[]
  entries: readonly EntryName[]
}

/** Rows of a table read at once: most are 1 to 2 kB, and none is of more than half a megabyte. */
export const rowsAtOnce = 100

const recordBytes = 96
const recordsInChunk = 256
const chunkBytes = recordBytes * recordsInChunk
/** Of a part: some 10 MB in memory. */
const partRecords = 32_768
const partsMax = 4096

interface Part {
  chunk: Buffer
  filled: number
  /** Where its full chunks are in the file. */
  offsets: number[]
}

export class Reckoning {
  readonly #parts: Part[]
  readonly #file: number
  #fileBytes = 0

  /** `expected`: about how many hashes there will be, of both. */
  constructor(folder: string, expected: number) {
    const count = Math.min(partsMax, 2 ** Math.ceil(Math.log2(Math.max(1, expected / partRecords))))
    this.#parts = Array.from({ length: count }, () => ({
      chunk: Buffer.allocUnsafe(chunkBytes),
      filled: 0,
      offsets: [],
    }))
    const directory = mkdtempSync(join(folder, 'verify-'))
    try {
      this.#file = openSync(join(directory, 'hashes'), 'wx+', 0o600)
    } finally {
      rmSync(directory, { recursive: true })
    }
  }

  /** The ledger says that it was stored. */
  entry(sort: Sort, hash: Uint8Array, { index, timeMs, begun }: EntryName): void {
    const { chunk, at } = this.#place(hash)
    chunk[at] = sorts.indexOf(sort)
    chunk[at + 1] = begun ? 2 : 0
    chunk.writeDoubleBE(timeMs, at + 34)
    chunk.writeDoubleBE(index, at + 42)
  }

  /** It is stored. */
  row(
    sort: Sort,
    hash: Uint8Array,
    { compartment, name, version, timeMs, current, kind = 0 }: RowName,
  ): void {
    const { chunk, at } = this.#place(hash)
    chunk[at] = sorts.indexOf(sort)
    chunk[at + 1] = current ? 5 : 1
    chunk.writeDoubleBE(timeMs, at + 34)
    chunk.set(uuidBytes(compartment), at + 42)
    chunk.set(uuidBytes(name), at + 58)
    chunk.writeUInt32BE(version, at + 74)
    chunk.writeUInt16BE(kind, at + 78)
  }

  #place(hash: Uint8Array): { chunk: Buffer; at: number } {
    const number = (((hash[0] as number) << 8) | (hash[1] as number)) % this.#parts.length
    const part = this.#parts[number] as Part
    if (part.filled === recordsInChunk) {
      // At the end of the file, and the whole of it, or it throws: `writeSync` gives less back where the disk takes less (write(2)).
      writeFileSync(this.#file, part.chunk)
      part.offsets.push(this.#fileBytes)
      this.#fileBytes += chunkBytes
      part.filled = 0
    }
    const at = part.filled++ * recordBytes
    part.chunk.set(hash, at + 2)
    return { chunk: part.chunk, at }
  }

  /**
   * All that is not once in the ledger and once in the tables, of one time. A version and its entry have the same; what else is
   * named or stored has no time of its own.
   */
  *rest(): Generator<Rest> {
    const read = Buffer.allocUnsafe(chunkBytes)
    for (const part of this.#parts) {
      const found = new Map<string, Rest & { rows: RowName[]; entries: EntryName[] }>()
      for (const offset of part.offsets) {
        if (readSync(this.#file, read, 0, chunkBytes, offset) < chunkBytes)
          throw new Error('what waits to be compared is not all there')
        for (let at = 0; at < chunkBytes; at += recordBytes) collect(found, read, at)
      }
      for (let n = 0; n < part.filled; n++) collect(found, part.chunk, n * recordBytes)
      for (const each of found.values()) if (!isSettled(each)) yield each
    }
  }

  close(): void {
    ftruncateSync(this.#file)
    closeSync(this.#file)
  }
}

function collect(
  found: Map<string, Rest & { rows: RowName[]; entries: EntryName[] }>,
  bytes: Buffer,
  at: number,
): void {
  // The hash, and what of.
  const key = bytes.toString('latin1', at + 2, at + 34) + String.fromCharCode(bytes[at] as number)
  let each = found.get(key)
  if (!each) {
    const sort = sorts[bytes[at] as number] as Sort
    found.set(
      key,
      (each = { sort, hash: new Uint8Array(bytes.subarray(at + 2, at + 34)), rows: [], entries: [] }),
    )
  }
  const how = bytes[at + 1] as number
  const timeMs = bytes.readDoubleBE(at + 34)
  if ((how & 1) === 0) each.entries.push({ index: bytes.readDoubleBE(at + 42), timeMs, begun: how === 2 })
  else
    each.rows.push({
      compartment: uuidOf(bytes.subarray(at + 42, at + 58)),
      name: uuidOf(bytes.subarray(at + 58, at + 74)),
      version: bytes.readUInt32BE(at + 74),
      timeMs,
      current: how === 5,
      kind: bytes.readUInt16BE(at + 78),
    })
}

function isSettled({ sort, rows, entries }: Rest): boolean {
  switch (sort) {
    case 'version':
      return rows.length === 1 && entries.length === 1 && rows[0]?.timeMs === entries[0]?.timeMs
    case 'capsule':
      return rows.length === 1 && entries.length === 1
    case 'wrapped-key':
      // Who loses the race to open a compartment says so in no ledger; who repeats a statement, once.
      return rows.length === 1 && entries.length > 0
    // Each version that names an attachment commits to it; merged tuples leave their blocks behind in the ledger.
    case 'attachment':
      return rows.length === 1 && entries.length > 0
    case 'tuples':
      return rows.length <= entries.length
    // Which entry is the newest of its row is for who can look at its stream.
    case 'authority':
      return false
    case 'pointer':
    case 'directory':
      return rows.length === 2 && rows[0]?.current !== rows[1]?.current
    // A destruction is named before it and after it.
    case 'destruction':
      return rows.length === 1 ? entries.length > 0 : rows.length === 0 && entries.every(({ begun }) => begun)
  }
}
