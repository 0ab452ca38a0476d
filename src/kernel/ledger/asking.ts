/** Entries as those may read them who have the keys. */
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import { openDetails, type Details } from './details.ts'
import { actions, decodeEntry, type Action, type Entry, type Outcome } from './entry.ts'
import { streamOf, type Pseudonyms } from './pseudonyms.ts'
import { selectEntries, selectStreams } from './queries.ts'
import { nameOf } from './stream-ends.ts'

/** What to look for; everything that is given must hold. */
export interface Question {
  /** One patient's entries, or those of the facility. */
  of?: CompartmentKeys | 'facility'
  actor?: string
  client?: string
  address?: string
  actions?: readonly Action[]
  /** Milliseconds since 1970: from this one on, and before that one. */
  fromMs?: number
  toMs?: number
  /** Oldest first unless said otherwise. */
  newestFirst?: boolean
  /** As `Answer.next` gave it. */
  after?: Position
  limit: number
}

/** Where a page ends. */
export interface Position {
  recordedAtMs: number
  index: number
}

/** An entry, opened. */
export interface EntryOpened {
  /** Of its leaf. */
  index: number
  /** UUIDs. */
  id: string
  act: string
  recordedAtMs: number
  action: Action
  outcome: Outcome
  /** Of its stream, from 1. */
  number: number
  /** Whose it is: a compartment, or the facility. Absent where the key is gone, and what it was about with it. */
  of?: string
  details?: Details
  commitments: Entry['commitments']
}

export interface Answer {
  entries: EntryOpened[]
  /** Where the next page begins; absent on the last. */
  next?: Position
}

/** Times in the entries are 8 bytes. */
const timeMax = Number.MAX_SAFE_INTEGER

export async function ask(sql: Sql, keys: Keys, names: Pseudonyms, question: Question): Promise<Answer> {
  const { of, actor, client, address, fromMs = 0, toMs = timeMax, after, limit } = question
  const rows = await selectEntries(sql, {
    stream: of === undefined ? undefined : of === 'facility' ? names.facility.name : streamOf(of).name,
    actor: actor === undefined ? undefined : names.tag('actor', actor),
    client: client === undefined ? undefined : names.tag('client', client),
    address: address === undefined ? undefined : names.tag('address', address),
    actions: question.actions?.map((name) => actions[name]),
    from: timeBytes(fromMs),
    to: timeBytes(toMs),
    beyond: after && { time: timeBytes(after.recordedAtMs), index: after.index },
    newestFirst: question.newestFirst ?? false,
    limit: limit + 1,
  })
  const decoded = rows.slice(0, limit).map(({ index, entry }) => ({ index, entry: decodeEntry(entry) }))
  const owners = await ownersOf(
    sql,
    keys,
    names,
    decoded.map(({ entry }) => entry.stream),
  )
  const entries = decoded.map(({ index, entry }) => opened(index, entry, owners.get(nameOf(entry.stream))))
  const last = entries.at(-1)
  if (rows.length <= limit || !last) return { entries }
  return { entries, next: { recordedAtMs: last.recordedAtMs, index: last.index } }
}

/** Who has a stream, and the key of its details. */
interface Owner {
  of: string
  key: Parameters<typeof openDetails>[0]
}

/** Owners of those streams whose keys are there. A row that was put in another's place opens, or leads to, nothing. */
async function ownersOf(
  sql: Sql,
  keys: Keys,
  names: Pseudonyms,
  streams: readonly Uint8Array[],
): Promise<Map<string, Owner>> {
  const asked = new Map(streams.map((stream) => [nameOf(stream), stream]))
  const owners = new Map<string, Owner>()
  const facility = nameOf(names.facility.name)
  if (asked.delete(facility)) owners.set(facility, { of: 'facility', key: names.facility.key })
  if (asked.size === 0) return owners
  const compartments = new Map<string, string>()
  for (const { stream, sealed } of await selectStreams(sql, [...asked.values()])) {
    const compartment = names.openOwner(stream, sealed)
    if (compartment !== undefined) compartments.set(nameOf(stream), compartment)
  }
  const found = await keys.load([...new Set(compartments.values())])
  for (const [name, compartment] of compartments) {
    const theirs = found.get(compartment)
    if (theirs) owners.set(name, { of: compartment, key: streamOf(theirs).key })
  }
  return owners
}

function opened(index: number, entry: Entry, owner: Owner | undefined): EntryOpened {
  const { recordedAtMs, action, outcome, number, commitments } = entry
  const details = owner && openDetails(owner.key, entry)
  return {
    index,
    id: uuidText(entry.id),
    act: uuidText(entry.act),
    recordedAtMs,
    action,
    outcome,
    number,
    commitments,
    ...(owner && details ? { of: owner.of, details } : {}),
  }
}

export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function timeBytes(ms: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(Math.max(0, Math.min(timeMax, Math.floor(ms)))))
  return bytes
}
