/** Entries as those may read them who have the keys. */
import { equalBytes } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import { openDetails, type Details } from './details.ts'
import { actions, decodeEntry, outcomes, type Action, type Entry, type Outcome } from './entry.ts'
import { streamOf, type Pseudonyms, type TagKind } from './pseudonyms.ts'
import { selectEntries, selectHead, selectLeaves, selectStreams, type Asked } from './queries.ts'
import { nameOf } from './stream-ends.ts'

/** Whose entries: a patient's, or those of the facility. */
export type Whose = CompartmentKeys | 'facility'

/** What entries to look for; everything that is given must hold. */
export interface Sought {
  /** Any of these. */
  of?: Whose | readonly Whose[]
  actor?: string
  /** Any of these; undefined is nobody who is known. Where an actor is given it is not looked at. */
  actors?: readonly (string | undefined)[]
  client?: string
  address?: string
  actions?: readonly Action[]
  outcomes?: readonly Outcome[]
  /** Milliseconds since 1970: from this one on, and before that one. */
  fromMs?: number
  toMs?: number
}

export interface Question extends Sought {
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
  /** Leaves of the tree that is asked, of the first page: the others are of the same, whatever is appended meanwhile. */
  size: number
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
  /** Its stream, in hexadecimal, and its number there, from 1. */
  stream: string
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
  /** Leaves of the tree that was asked. */
  size: number
}

/** Times in the entries are 8 bytes. */
const timeMax = Number.MAX_SAFE_INTEGER

export interface Asking {
  sql: Sql
  keys: Keys
  names: Pseudonyms
}

export async function ask(asking: Asking, question: Question): Promise<Answer> {
  const { after, limit, newestFirst = false } = question
  const size = after?.size ?? (await sizeOf(asking.sql))
  const page = { size, newestFirst, after, limit: limit + 1 }
  const rows = await selectEntries(asking.sql, soughtRows(asking, question, page))
  const entries = await openRows(asking, rows.slice(0, limit))
  const last = entries.at(-1)
  if (rows.length <= limit || !last) return { entries, size }
  return { entries, size, next: { recordedAtMs: last.recordedAtMs, index: last.index, size } }
}

/** The entry at a leaf; undefined where the tree has none. */
export async function entryAt(asking: Asking, index: number): Promise<EntryOpened | undefined> {
  if (index >= (await sizeOf(asking.sql))) return undefined
  const [entry] = await openRows(asking, await selectLeaves(asking.sql, index, 1))
  return entry
}

interface Row {
  index: number
  entry: Uint8Array
}

export async function sizeOf(sql: Sql): Promise<number> {
  const [head] = await selectHead(sql)
  return head?.size ?? 0
}

type PageAsked = Pick<Asked, 'newestFirst' | 'limit'> & { size: number; after: Position | undefined }

/** As `selectEntries` is asked. */
export function soughtRows(
  { names }: Asking,
  { of, actor, actors, client, address, actions: acts, outcomes: ends, fromMs = 0, toMs = timeMax }: Sought,
  { size, newestFirst, after, limit }: PageAsked,
): Asked {
  const tagOf = (kind: TagKind, text: string | undefined) =>
    text === undefined ? undefined : names.tag(kind, text)
  const whose = of === undefined || Array.isArray(of) ? of : [of as Whose]
  return {
    streams: whose?.map((one: Whose) => (one === 'facility' ? names.facility.name : streamOf(one).name)),
    actors: (actor === undefined ? actors : [actor])?.map((each) => names.tag('actor', each)),
    client: tagOf('client', client),
    address: tagOf('address', address),
    actions: acts?.map((name) => actions[name]),
    outcomes: ends?.map((name) => outcomes[name]),
    within: size,
    from: timeBytes(fromMs),
    to: timeBytes(toMs),
    beyond: after && { time: timeBytes(after.recordedAtMs), index: after.index },
    newestFirst,
    limit,
  }
}

async function openRows({ sql, keys, names }: Asking, rows: readonly Row[]): Promise<EntryOpened[]> {
  const decoded = rows.map(({ index, entry }) => ({ index, entry: decodeEntry(entry) }))
  const streams = decoded.map(({ entry }) => entry.stream)
  const owners = await ownersOf(sql, keys, names, streams)
  return decoded.map(({ index, entry }) =>
    opened(index, entry, owners.get(nameOf(entry.stream)) ?? authorityOf(names, entry)),
  )
}

/** Who has a stream, and the key of its details. */
export interface Owner {
  of: string
  key: Parameters<typeof openDetails>[0]
}

/** Owners of those streams whose keys are there. A row that was put in another's place opens, or leads to, nothing. */
export async function ownersOf(
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

/** Of a row that confers authority, which its details name. */
export function authorityOf(
  names: Pseudonyms,
  entry: Pick<Entry, 'id' | 'act' | 'stream' | 'details'>,
): Owner | undefined {
  const { key } = names.facility
  const row = openDetails(key, entry)?.resources?.[0]?.id
  if (row === undefined || !isUuid(row) || !equalBytes(names.authority(row).name, entry.stream))
    return undefined
  return { of: 'facility', key }
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

export function opened(index: number, entry: Entry, owner: Owner | undefined): EntryOpened {
  const { recordedAtMs, action, outcome, number, commitments } = entry
  const details = owner && openDetails(owner.key, entry)
  return {
    index,
    id: uuidText(entry.id),
    act: uuidText(entry.act),
    recordedAtMs,
    action,
    outcome,
    stream: hexText(entry.stream),
    number,
    commitments,
    ...(owner && details ? { of: owner.of, details } : {}),
  }
}

export function uuidText(bytes: Uint8Array): string {
  return hexText(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function hexText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

export function timeBytes(ms: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(Math.max(0, Math.min(timeMax, Math.floor(ms)))))
  return bytes
}
