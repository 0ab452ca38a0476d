/** Rows of the directory: a pointer sealed under the tag and entry it stands at. */
import { contextOf, open, randomBytes, seal, uuidBytes, type SealKey } from '#kernel/crypto/index.ts'
import { uuidOf, type ResourceKey } from '../place.ts'
import type { DirectoryRow } from './queries.ts'
import { pointBits } from './terms.ts'

export function tagOf(point: number, bits: number): number {
  return point >> (pointBits - bits)
}

/** Holds the resource's name and nothing else; all are of one size. */
export function sealRow(key: SealKey, row: DirectoryRow, resource: ResourceKey): Uint8Array {
  return seal(key, contextOfRow(row), uuidBytes(resource))
}

export function openRow(key: SealKey, row: DirectoryRow, sealed: Uint8Array): ResourceKey {
  return uuidOf(open(key, contextOfRow(row), sealed)) as ResourceKey
}

function contextOfRow({ generation, tag, entry }: DirectoryRow): Uint8Array {
  return contextOf('directory', generation, tag, uuidBytes(entry))
}

/** In a random order: how rows lie on the disk tells nothing. */
export function shuffle<Item>(items: Item[]): Item[] {
  const random = Buffer.from(randomBytes(4 * items.length).buffer)
  for (let at = items.length - 1; at > 0; at--) {
    const other = random.readUInt32BE(4 * at) % (at + 1)
    const item = items[at] as Item
    items[at] = items[other] as Item
    items[other] = item
  }
  return items
}
