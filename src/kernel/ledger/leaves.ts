/** Leaves as entries, opened as far as there are keys. */
import { SealBroken } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import { authorityOf, opened, ownersOf, type EntryOpened, type Owner } from './asking.ts'
import { decodeEntry, EntryBroken, type Entry } from './entry.ts'
import { streamOf, type Pseudonyms } from './pseudonyms.ts'
import { selectLeavesAt, selectNumbersAt, selectStreams, selectStreamsBegun } from './queries.ts'
import { nameOf } from './stream-ends.ts'

export async function openLeaves(
  sql: Sql,
  indices: readonly number[],
  open: { keys: Keys; names: Pseudonyms } | undefined,
): Promise<EntryOpened[]> {
  const entries: { index: number; entry: Entry }[] = []
  for (const { index, entry } of await selectLeavesAt(sql, indices)) {
    try {
      entries.push({ index, entry: decodeEntry(entry) })
    } catch (error) {
      if (!(error instanceof EntryBroken)) throw error
    }
  }
  const streams = entries.map(({ entry }) => entry.stream)
  const owners = open && (await knownOwners(sql, open, streams))
  const ownerOf = (entry: Entry) =>
    open && (owners?.get(nameOf(entry.stream)) ?? authorityOf(open.names, entry))
  return entries.map(({ index, entry }) => opened(index, entry, ownerOf(entry)))
}

/** Of leaves: their number in their stream, and the greatest that there is in it. */
export async function numbersAt(
  sql: Sql,
  indices: readonly number[],
): Promise<{ index: number; number: number; last: number }[]> {
  if (indices.length === 0) return []
  const numberOf = (bytes: Uint8Array): number => Number(Buffer.from(bytes).readBigUInt64BE())
  const found = await selectNumbersAt(sql, indices)
  return found.map(({ index, number, last }) => ({ index, number: numberOf(number), last: numberOf(last) }))
}

/** Where a patient's key is not what was sealed, the others are opened all the same. */
export async function knownOwners(
  sql: Sql,
  { keys, names }: { keys: Keys; names: Pseudonyms },
  streams: readonly Uint8Array[],
): Promise<Map<string, Owner>> {
  try {
    return await ownersOf(sql, keys, names, streams)
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    if (streams.length === 1) return new Map()
    const half = Math.ceil(streams.length / 2)
    return new Map([
      ...(await knownOwners(sql, { keys, names }, streams.slice(0, half))),
      ...(await knownOwners(sql, { keys, names }, streams.slice(half))),
    ])
  }
}

/** Of each patient's key: whether its stream has an entry, and whether the vault knows whose that stream is. */
export async function streamsTold(
  sql: Sql,
  theirs: readonly CompartmentKeys[],
): Promise<{ begun: boolean; told: boolean }[]> {
  const streams = theirs.map((each) => streamOf(each).name)
  const begun = new Set((await selectStreamsBegun(sql, streams)).map(({ stream }) => nameOf(stream)))
  const told = new Set((await selectStreams(sql, streams)).map(({ stream }) => nameOf(stream)))
  return streams.map((stream) => ({ begun: begun.has(nameOf(stream)), told: told.has(nameOf(stream)) }))
}
