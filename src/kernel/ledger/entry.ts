import { contextOf, sha256Of } from '#kernel/crypto/index.ts'
import { hashBytes } from './tree.ts'

/** The first byte of every entry. */
export const entryVersion = 1

/** C2SP tlog-tiles: in a bundle the length of an entry is a uint16. What does not fit is several entries of one act. */
export const entryBytesMax = 0xffff

/** What an act can be. The numbers are in the entries, so none is ever changed or used again: new acts come at the end. */
export const actions = {
  read: 1,
  vread: 2,
  search: 3,
  history: 4,
  everything: 5,
  create: 6,
  update: 7,
  delete: 8,
  import: 9,
  export: 10,
  attachment: 11,
  destroy: 12,
  print: 13,
  unseal: 20,
  seal: 21,
  opener: 22,
  key: 23,
  rewrap: 24,
  token: 30,
  'sign-in': 31,
  'sign-out': 32,
  approval: 33,
  authority: 34,
  'step-up': 35,
  configuration: 40,
  maintenance: 41,
  backup: 42,
  restore: 43,
  checkpoint: 44,
  'ledger-query': 50,
  'ledger-file': 51,
  verify: 52,
  'turned-away': 60,
  other: 255,
} as const

export type Action = keyof typeof actions

/** How an act ended. A stream begins one entry, and ends with another of the same act. */
export const outcomes = { done: 1, refused: 2, failed: 3, begun: 4, 'broken-off': 5 } as const

export type Outcome = keyof typeof outcomes

/** What an entry can commit to: something stored, or taken away for good. Numbers as with actions. */
export const commitmentKinds = {
  version: 1,
  tuples: 2,
  capsule: 3,
  attachment: 4,
  'wrapped-key': 5,
  keyring: 6,
  opener: 7,
  authority: 8,
  'signing-key': 9,
  configuration: 10,
  destruction: 11,
  checkpoint: 12,
  file: 13,
} as const

export type CommitmentKind = keyof typeof commitmentKinds

export interface Commitment {
  kind: CommitmentKind
  /** 32 bytes, see `commitmentHash`. */
  hash: Uint8Array
}

/** One act on one stream (a patient, or the facility), as far as the program knows it when it stages the entry. */
export interface Act {
  /** 16 random bytes. */
  id: Uint8Array
  /** 16 bytes, the same in all the entries of one act. */
  act: Uint8Array
  /** Milliseconds since 1970 by the database's clock. 0 where the database itself is to set it: see `linkEntry`. */
  recordedAtMs: number
  action: Action
  outcome: Outcome
  /** Pseudonyms of 16 bytes. */
  stream: Uint8Array
  actor: Uint8Array
  client: Uint8Array
  address: Uint8Array
  commitments: readonly Commitment[]
  /** Sealed: see `details.ts`. */
  details: Uint8Array
}

/** Where the sequencer puts an entry in its stream. */
export interface Link {
  /** From 1. */
  number: number
  /** Leaf hash of the stream's entry before, 32 bytes; of the first, zeros. */
  previous: Uint8Array
}

export interface Entry extends Act, Link {}

/** Byte offsets: docs/spec/ledger.md, "Entries". */
export const entryLayout = {
  version: 0,
  action: 1,
  outcome: 2,
  id: 3,
  act: 19,
  stream: 35,
  recordedAt: 51,
  number: 59,
  previous: 67,
  actor: 99,
  client: 115,
  address: 131,
  commitmentCount: 147,
  commitments: 149,
} as const

const tagBytes = 16
const tagFields = ['id', 'act', 'stream', 'actor', 'client', 'address'] as const
const commitmentBytes = 1 + hashBytes

/** Why bytes are no entry. */
export class EntryBroken extends Error {
  constructor(reason: string) {
    super(`this is no entry of the ledger: ${reason}`)
    this.name = 'EntryBroken'
  }
}

/** The bytes to stage: those of the entry, with zeros where the sequencer will write number and previous. */
export function encodeAct(act: Act): Uint8Array {
  const length = entryLayout.commitments + act.commitments.length * commitmentBytes + act.details.length
  if (length > entryBytesMax)
    throw new RangeError(`an entry has at most ${entryBytesMax} bytes, not ${length}`)
  // Every byte is written below: memory that is not zeroed first costs a third.
  const bytes = Buffer.allocUnsafe(length)
  bytes[entryLayout.version] = entryVersion
  bytes[entryLayout.action] = actions[act.action]
  bytes[entryLayout.outcome] = outcomes[act.outcome]
  for (const field of tagFields) {
    const tag = act[field]
    if (tag.length !== tagBytes) throw new RangeError(`${field} has 16 bytes, not ${tag.length}`)
    bytes.set(tag, entryLayout[field])
  }
  bytes.fill(0, entryLayout.number, entryLayout.actor)
  writeNumber(bytes, entryLayout.recordedAt, act.recordedAtMs)
  bytes.writeUInt16BE(act.commitments.length, entryLayout.commitmentCount)
  let at: number = entryLayout.commitments
  for (const { kind, hash } of act.commitments) {
    if (hash.length !== hashBytes) throw new RangeError('a commitment has 32 bytes')
    bytes[at] = commitmentKinds[kind]
    bytes.set(hash, at + 1)
    at += commitmentBytes
  }
  bytes.set(act.details, at)
  return bytes
}

/**
 * The entry's final bytes: a copy of the staged ones with its link, and with `recordedAtMs` where none was staged. Throws for
 * bytes that are linked already.
 */
export function linkEntry(staged: Uint8Array, link: Link & { recordedAtMs?: number }): Uint8Array {
  const bytes = Buffer.from(staged)
  if (bytes.length < entryLayout.commitments) throw new EntryBroken('it is too short')
  if (readNumber(bytes, entryLayout.number) !== 0) throw new Error('this entry has its place already')
  if (!Number.isSafeInteger(link.number) || link.number < 1)
    throw new RangeError('entries are numbered from 1')
  if (link.previous.length !== hashBytes) throw new RangeError('the hash of the entry before has 32 bytes')
  if (readNumber(bytes, entryLayout.recordedAt) === 0) {
    writeNumber(bytes, entryLayout.recordedAt, link.recordedAtMs ?? 0)
  }
  writeNumber(bytes, entryLayout.number, link.number)
  bytes.set(link.previous, entryLayout.previous)
  return bytes
}

/** Of the first entry of a stream, which has none before. */
export const noPrevious: Uint8Array = new Uint8Array(hashBytes)

/** The entry that the bytes are. Throws `EntryBroken` for any that `encodeAct` and `linkEntry` cannot have made. */
export function decodeEntry(entry: Uint8Array): Entry {
  const act = decodeAct(entry)
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength)
  const number = readNumber(bytes, entryLayout.number)
  const previous = bytes.subarray(entryLayout.previous, entryLayout.previous + hashBytes)
  if (number === 0) throw new EntryBroken('it has no number')
  if ((number === 1) !== noPrevious.every((byte, i) => byte === previous[i])) {
    throw new EntryBroken('the first of a stream, and no other, has nothing before it')
  }
  if (act.recordedAtMs === 0) throw new EntryBroken('it has no time')
  return { ...act, number, previous }
}

/** As `decodeEntry`, of staged bytes: what they say of their link is not looked at. */
export function decodeAct(entry: Uint8Array): Act {
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength)
  if (bytes.length < entryLayout.commitments) throw new EntryBroken('it is too short')
  if (bytes.length > entryBytesMax) throw new EntryBroken('it is too long')
  if (bytes[entryLayout.version] !== entryVersion) {
    throw new EntryBroken(`its version is ${bytes[entryLayout.version]}, not ${entryVersion}`)
  }
  const action = actionNames.get(bytes[entryLayout.action]!)
  if (!action) throw new EntryBroken(`action ${bytes[entryLayout.action]} is unknown`)
  const outcome = outcomeNames.get(bytes[entryLayout.outcome]!)
  if (!outcome) throw new EntryBroken(`outcome ${bytes[entryLayout.outcome]} is unknown`)
  const count = bytes.readUInt16BE(entryLayout.commitmentCount)
  const end = entryLayout.commitments + count * commitmentBytes
  if (end > bytes.length) throw new EntryBroken('its commitments do not fit')
  const commitments: Commitment[] = []
  for (let at: number = entryLayout.commitments; at < end; at += commitmentBytes) {
    const kind = kindNames.get(bytes[at]!)
    if (!kind) throw new EntryBroken(`commitment ${bytes[at]} is unknown`)
    commitments.push({ kind, hash: bytes.subarray(at + 1, at + commitmentBytes) })
  }
  const tag = (at: number) => bytes.subarray(at, at + tagBytes)
  return {
    id: tag(entryLayout.id),
    act: tag(entryLayout.act),
    recordedAtMs: readNumber(bytes, entryLayout.recordedAt),
    action,
    outcome,
    stream: tag(entryLayout.stream),
    actor: tag(entryLayout.actor),
    client: tag(entryLayout.client),
    address: tag(entryLayout.address),
    commitments,
    details: bytes.subarray(end),
  }
}

/**
 * What an entry says of something stored: SHA-256 of the place (made by `contextOf`), its length before it, and the bytes as
 * they are stored. The same bytes at another place have another hash.
 */
export function commitmentHash(place: Uint8Array, ...stored: Uint8Array[]): Uint8Array {
  return sha256Of(contextOf('commitment', place), ...stored)
}

const namesOf = <Name extends string>(codes: Record<Name, number>): Map<number, Name> =>
  new Map(Object.entries<number>(codes).map(([name, code]) => [code, name as Name]))

const actionNames = namesOf(actions)
const outcomeNames = namesOf(outcomes)
const kindNames = namesOf(commitmentKinds)

function writeNumber(bytes: Buffer, at: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no number of an entry`)
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at)
  bytes.writeUInt32BE(value % 2 ** 32, at + 4)
}

function readNumber(bytes: Buffer, at: number): number {
  const value = bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)
  if (!Number.isSafeInteger(value)) throw new EntryBroken('a number is beyond 2^53')
  return value
}
