/**
 * What one write changes in the directory. It is stored with the write as one sealed piece, so that the rows of one
 * patient are not written together: they come later, mixed with those of many others.
 */
import { contextOf, open, randomUuid, seal, uuidBytes, type SealKey } from '#kernel/crypto/index.ts'
import { uuidOf, type CompartmentId, type ResourceKey } from '../place.ts'
import type { Pending } from '../rows.ts'
import type { RowKey } from './row-keys.ts'
import { entryOf, hasTerm, pointOf, type Term } from './terms.ts'

/** A row that comes or goes. The tag is not known yet: how many bits it has is each generation's own. */
export interface Change {
  point: number
  entry: string
}

/** What a version of a resource changes. */
export interface ResourceChange {
  resource: ResourceKey
  compartment: CompartmentId
  version: number
  added: readonly Change[]
  removed: readonly Change[]
}

/** What has to change so that the terms of `after` are the resource's, and no longer those of `before`; undefined: nothing. */
export function changeOf(
  key: SealKey,
  place: { type: string; resource: ResourceKey; compartment: CompartmentId; version: number },
  before: readonly Term[],
  after: readonly Term[],
  isMoved: boolean,
): ResourceChange | undefined {
  const { type, resource, compartment, version } = place
  const change = (term: Term): Change => ({
    point: pointOf(key, type, term),
    entry: entryOf(key, type, term, resource),
  })
  const without = (some: readonly Term[], others: readonly Term[]) =>
    some.flatMap((term) => (hasTerm(others, term) ? [] : change(term)))
  // What moves can step over the place where a reindex is just reading: it brings all its terms with it.
  const [added, removed] = [without(after, isMoved ? [] : before), without(before, after)]
  if (added.length + removed.length === 0) return undefined
  return { resource, compartment, version, added, removed }
}

/** Undefined where nothing changes. */
export function sealPending(
  { id: key, key: sealKey }: RowKey,
  changes: readonly ResourceChange[],
): Pending | undefined {
  if (changes.length === 0) return undefined
  const id = randomUuid()
  return {
    id,
    key,
    sealed: seal(sealKey, contextOfPending(id), encode(changes.flatMap(partsOf))),
    resources: changes.length,
  }
}

/** The same piece under another key; null where nothing is left of it. */
export function resealPending(
  { key }: RowKey,
  id: string,
  changes: readonly ResourceChange[],
): Uint8Array | null {
  return changes.length === 0 ? null : seal(key, contextOfPending(id), encode(changes))
}

export function openPending(key: SealKey, id: string, sealed: Uint8Array): ResourceChange[] {
  return decode(open(key, contextOfPending(id), sealed))
}

const contextOfPending = (id: string) => contextOf('directory pending', uuidBytes(id))

/** Length before padding to the next power of two: some patients' worth, so that most writes are alike. */
const floorBytes = 1024

const headBytes = 4
const resourceBytes = 16 + 16 + 4 + 2 + 2
const changeBytes = 4 + 16

/** As many rows as two bytes count, each time. */
const rowsMax = 65_535

function partsOf(change: ResourceChange): ResourceChange[] {
  const { added, removed } = change
  const parts = Math.max(1, Math.ceil(Math.max(added.length, removed.length) / rowsMax))
  return Array.from({ length: parts }, (_, n) => {
    const [from, to] = [n * rowsMax, (n + 1) * rowsMax]
    return { ...change, added: added.slice(from, to), removed: removed.slice(from, to) }
  })
}

function encode(changes: readonly ResourceChange[]): Uint8Array {
  const rows = changes.reduce((sum, { added, removed }) => sum + added.length + removed.length, 0)
  const length = headBytes + changes.length * resourceBytes + rows * changeBytes
  const out = Buffer.alloc(Math.max(floorBytes, 2 ** Math.ceil(Math.log2(length))))
  let at = out.writeUInt32BE(changes.length, 0)
  const writeUuid = (uuid: string) => {
    out.set(uuidBytes(uuid), at)
    at += 16
  }
  for (const { resource, compartment, version, added, removed } of changes) {
    writeUuid(resource)
    writeUuid(compartment)
    at = out.writeUInt32BE(version, at)
    at = out.writeUInt16BE(added.length, at)
    at = out.writeUInt16BE(removed.length, at)
    for (const { point, entry } of [...added, ...removed]) {
      at = out.writeUInt32BE(point, at)
      writeUuid(entry)
    }
  }
  return out
}

function decode(bytes: Uint8Array): ResourceChange[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = headBytes
  const readUuid = () => {
    at += 16
    return uuidOf(view.subarray(at - 16, at))
  }
  const readChange = (): Change => {
    at += 4
    return { point: view.readUInt32BE(at - 4), entry: readUuid() }
  }
  return Array.from({ length: view.readUInt32BE(0) }, () => {
    const resource = readUuid() as ResourceKey
    const compartment = readUuid() as CompartmentId
    const version = view.readUInt32BE(at)
    const [added, removed] = [view.readUInt16BE(at + 4), view.readUInt16BE(at + 6)]
    at += 8
    return {
      resource,
      compartment,
      version,
      added: Array.from({ length: added }, readChange),
      removed: Array.from({ length: removed }, readChange),
    }
  })
}
