/**
 * A block: index tuples of one compartment, sealed together. One that a write made holds what that write changed, and
 * stands at the position and the time of its row. A merged one holds the position and the time of each entry.
 * Format: docs/spec/records.md, "Index tuples".
 */
import { contextOf, floors, open, seal, uuidBytes, type Packer } from '#kernel/crypto/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import { blockEntriesMax, type NewBlock } from '../rows.ts'
import { Cursor, Writer } from '../search/index.ts'
import { nameBytes, StoredEntry } from './entry.ts'

/** What a write says of one resource. An empty tuple: it is deleted, or lives elsewhere now. */
export interface NewEntry {
  resource: ResourceKey
  /** `typeCode` of the resource type. */
  type: number
  version: number
  tuple: Uint8Array
}

/** Whose tuples: of what clinicians see, or of the identity capsule. */
export type Part = 'record' | 'identity'

/** A row of the table `tuple`. */
export interface BlockRow extends NewBlock {
  position: number
  updated_at: Date
  merged: boolean
}

/** A block that takes the place of others; where it stands, its maker or the database says. */
export type MergedBlock = Omit<NewBlock, 'compartment'> & { updatedAt: number }

export interface Blocks {
  /** Blocks of at most `blockEntriesMax` entries each. */
  seal(
    keys: CompartmentKeys,
    compartment: CompartmentId,
    part: Part,
    entries: readonly NewEntry[],
  ): NewBlock[]
  /** One block, however many entries; it has to stand at a position not below any of theirs. */
  sealMerged(
    keys: CompartmentKeys,
    compartment: CompartmentId,
    part: Part,
    entries: readonly StoredEntry[],
  ): MergedBlock
  /** Throws `SealBroken` for a row that is not what was written in its compartment. */
  open(keys: CompartmentKeys, row: BlockRow): StoredEntry[]
}

const blockVersion = 1

export function createBlocks(packer: Packer): Blocks {
  const writer = new Writer(64 * 1024)

  function put(keys: CompartmentKeys, compartment: CompartmentId, part: Part): Uint8Array {
    const plaintext = packer.pack(writer.copy(), { floor: floors.tuple, dictionary: 0 })
    return seal(keyOf(keys, part), blockContext(compartment, part, keys.generation), plaintext)
  }

  function begin(count: number, merged: boolean): void {
    writer.reset()
    writer.byte(blockVersion)
    writer.varint(count * 2 + (merged ? 1 : 0))
  }

  function putEntry(name: Uint8Array, type: number, version: number, tuple: Uint8Array): void {
    writer.bytes(name)
    writer.varint(type)
    writer.varint(version)
    writer.varint(tuple.length)
    writer.bytes(tuple)
  }

  return {
    seal(keys, compartment, part, entries) {
      const blocks: NewBlock[] = []
      for (let from = 0; from < entries.length; from += blockEntriesMax) {
        const some = entries.slice(from, from + blockEntriesMax)
        begin(some.length, false)
        for (const { resource, type, version, tuple } of some) {
          putEntry(uuidBytes(resource), type, version, tuple)
        }
        const { generation } = keys
        const sealed = put(keys, compartment, part)
        blocks.push({ compartment, identity: part === 'identity', generation, entries: some.length, sealed })
      }
      return blocks
    },

    sealMerged(keys, compartment, part, entries) {
      begin(entries.length, true)
      let updatedAt = 0
      for (const entry of entries) {
        putEntry(entry.name, entry.type, entry.version, entry.bytes)
        writer.varint(entry.position)
        writer.varint(entry.updatedAt)
        updatedAt = Math.max(updatedAt, entry.updatedAt)
      }
      const { generation } = keys
      const sealed = put(keys, compartment, part)
      const identity = part === 'identity'
      return { updatedAt, identity, generation, entries: entries.length, sealed }
    },

    open(keys, row) {
      const part = row.identity ? 'identity' : 'record'
      const context = blockContext(row.compartment, part, row.generation)
      const plaintext = packer.unpack(open(keyOf(keys, part), context, row.sealed))
      return readEntries(plaintext, row)
    },
  }
}

function keyOf(keys: CompartmentKeys, part: Part) {
  return part === 'identity' ? keys.identity : keys.record
}

function blockContext(compartment: CompartmentId, part: Part, generation: number): Uint8Array {
  const format = part === 'identity' ? 'capsule tuples' : 'tuples'
  return contextOf(format, uuidBytes(compartment), generation)
}

function readEntries(plaintext: Uint8Array, row: BlockRow): StoredEntry[] {
  const bytes = Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength)
  const cursor = new Cursor(bytes)
  if (cursor.byte() !== blockVersion) throw new Error('a block of tuples in an unknown format')
  const head = cursor.varint()
  const merged = head % 2 === 1
  const { compartment, identity } = row
  const entries: StoredEntry[] = []
  for (let left = (head - (merged ? 1 : 0)) / 2; left > 0; left--) {
    const nameAt = cursor.at
    cursor.at += nameBytes
    const type = cursor.varint()
    const version = cursor.varint()
    const length = cursor.varint()
    const from = cursor.at
    const to = (cursor.at += length)
    const position = merged ? cursor.varint() : row.position
    const updatedAt = merged ? cursor.varint() : row.updated_at.getTime()
    const place = { compartment, identity, type, version, position, updatedAt }
    entries.push(new StoredEntry(place, bytes, nameAt, from, to))
  }
  if (cursor.at > bytes.length) throw new Error('a block of tuples ends early')
  return entries
}
