/** Acts as rows that wait to be sequenced: made here, and read again only where the tag shows that it was here. */
import { equalBytes, keyedHash, randomBytes, randomUuid, uuidBytes } from '#kernel/crypto/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import { sealDetails, type Details, type ResourceSeen } from './details.ts'
import { encodeAct, entryLayout, type Action, type Commitment, type Outcome } from './entry.ts'
import { streamOf, type Pseudonyms, type Stream } from './pseudonyms.ts'

/** A patient in an act: what of theirs was returned or changed. */
export interface Subject {
  compartment: string
  /** As `Keys.load` and `Keys.mint` give them. */
  keys: CompartmentKeys
  resources?: readonly ResourceSeen[]
  commitments?: readonly Commitment[]
}

/** A new version of a row that confers authority. */
export interface AuthorityChange {
  /** UUID. */
  row: string
  /** What is in it, such as `client`. */
  kind: string
  version: number
  /** `commitmentHash` of what is stored. */
  hash: Uint8Array
}

/**
 * Something that was done or refused. It gives an entry in the stream of each subject; in the facility's where it has none, or has
 * `resources` or `commitments` of its own, which are nobody's. All have one act id.
 */
export interface ActDone extends Details {
  action: Action
  outcome: Outcome
  subjects?: readonly Subject[]
  /** Each has an entry in a stream of its own: the newest there is the row's head. */
  authority?: readonly AuthorityChange[]
  commitments?: readonly Commitment[]
  /** A UUID, where what follows is of the same act: a stream's entry before its first byte and the one at its end. */
  act?: string
}

/** A row of `ledger_staged`, for `insert into ledger_staged (id, entries, tag)`. */
export interface Staged {
  id: string
  entries: Uint8Array
  tag: Uint8Array
}

/** More are several entries of one act: an entry has 65,535 bytes at most. */
const commitmentsMax = 400
/** Characters of the texts of resources in one entry; each is at most as many bytes, since types and ids are ASCII. */
const resourcesTextMax = 24_000
/** type, id, version and what JSON puts around them. */
const resourceTextMin = 24

/** The entries of these acts, each framed: length (2) ‖ entry ‖ length (1) ‖ whose stream it is, sealed (90, or nothing). */
export function entriesOf(
  names: Pseudonyms,
  acts: readonly ActDone[],
): { entries: Uint8Array; count: number } {
  const frames: Frame[] = []
  for (const done of acts) {
    const { action, outcome, subjects = [], authority = [], commitments, act, resources } = done
    const common = {
      act: act === undefined ? randomId() : uuidBytes(act),
      recordedAtMs: 0,
      action,
      outcome,
      actor: names.tag('actor', done.actor),
      client: names.tag('client', done.client),
      address: names.tag('address', done.address),
    }
    const add = (stream: Stream, owner: Uint8Array, seen: Pick<Subject, 'resources' | 'commitments'>) => {
      for (const part of partsOf(seen)) {
        const place = { id: randomId(), act: common.act, stream: stream.name }
        const seen = part.resources.length > 0 ? part.resources : undefined
        const sealed = sealDetails(stream.key, place, done, seen)
        const entry = encodeAct({ ...common, ...place, commitments: part.commitments, details: sealed })
        frames.push({ entry, owner })
      }
    }
    for (const subject of subjects) add(streamOf(subject.keys), ownerOf(names, subject), subject)
    for (const { row, kind, version, hash } of authority) {
      const resources = [{ type: kind, id: row, version }]
      add(names.authority(row), nobody, { resources, commitments: [{ kind: 'authority', hash }] })
    }
    if ((subjects.length === 0 && authority.length === 0) || resources || commitments) {
      add(names.facility, nobody, { ...(resources && { resources }), ...(commitments && { commitments }) })
    }
  }
  return { entries: framed(frames), count: frames.length }
}

/** What is staged under one tag. */
export function stagedRow(names: Pseudonyms, entries: Uint8Array): Staged {
  const id = randomUuid()
  return { id, entries, tag: tagOf(names, id, entries) }
}

export interface StagedEntry {
  entry: Uint8Array
  stream: Uint8Array
  owner: Uint8Array
}

/** The entries of a row; undefined where nobody of this house has staged it, or not so. */
export function readStaged(names: Pseudonyms, row: Staged): StagedEntry[] | undefined {
  return equalBytes(tagOf(names, row.id, row.entries), row.tag) ? readFrames(row.entries) : undefined
}

/** What `entriesOf` has framed; undefined of anything else. */
export function readFrames(entries: Uint8Array): StagedEntry[] | undefined {
  const found: StagedEntry[] = []
  for (let at = 0; at < entries.length;) {
    const end = at + 2 + ((entries[at]! << 8) | entries[at + 1]!)
    const next = end + 1 + (entries[end] ?? 0)
    if (end - at < entryLayout.commitments || next > entries.length) return undefined
    const stream = at + 2 + entryLayout.stream
    found.push({
      entry: entries.subarray(at + 2, end),
      stream: entries.subarray(stream, stream + 16),
      owner: entries.subarray(end + 1, next),
    })
    at = next
  }
  return found.length > 0 ? found : undefined
}

function tagOf(names: Pseudonyms, id: string, entries: Uint8Array): Uint8Array {
  return keyedHash(names.staging, 'staged', uuidBytes(id), entries)
}

interface Frame {
  entry: Uint8Array
  owner: Uint8Array
}

function framed(frames: readonly Frame[]): Uint8Array {
  let length = 0
  for (const { entry, owner } of frames) length += 3 + entry.length + owner.length
  const out = Buffer.allocUnsafe(length)
  let at = 0
  for (const { entry, owner } of frames) {
    at = out.writeUInt16BE(entry.length, at)
    out.set(entry, at)
    at = out.writeUInt8(owner.length, at + entry.length)
    out.set(owner, at)
    at += owner.length
  }
  return out
}

/** Drawn for many ids at a time: one call of the system costs as much as for 256. */
let ids: Uint8Array = new Uint8Array(0)
let idsUsed = 0

function randomId(): Uint8Array {
  if (idsUsed === ids.length) [ids, idsUsed] = [randomBytes(16 * 256), 0]
  return ids.subarray(idsUsed, (idsUsed += 16))
}

const nobody = new Uint8Array(0)
/** Sealed once for all entries of a patient: the same bytes then tell nothing that the stream's name does not. */
const owners = new WeakMap<CompartmentKeys, { names: Pseudonyms; sealed: Uint8Array }>()

function ownerOf(names: Pseudonyms, { keys, compartment }: Subject): Uint8Array {
  const known = owners.get(keys)
  if (known?.names === names) return known.sealed
  // In memory of its own: kept as long as the patient's keys are, it would keep all that shares its memory as well.
  const sealed = new Uint8Array(names.sealOwner(streamOf(keys).name, compartment))
  owners.set(keys, { names, sealed })
  return sealed
}

interface Part {
  resources: readonly ResourceSeen[]
  commitments: readonly Commitment[]
}

/** One, as a rule. */
function partsOf({ resources = [], commitments = [] }: Pick<Subject, 'resources' | 'commitments'>): Part[] {
  if (resources.length * 150 <= resourcesTextMax && commitments.length <= commitmentsMax) {
    return [{ resources, commitments }]
  }
  const parts: { resources: ResourceSeen[]; commitments: Commitment[] }[] = []
  const partAt = (n: number) => (parts[n] ??= { resources: [], commitments: [] })
  let part = 0
  let text = 0
  for (const seen of resources) {
    const length = seen.type.length + seen.id.length + resourceTextMin
    if (text > 0 && text + length > resourcesTextMax) [part, text] = [part + 1, 0]
    text += length
    partAt(part).resources.push(seen)
  }
  for (const [n, commitment] of commitments.entries()) {
    partAt(Math.floor(n / commitmentsMax)).commitments.push(commitment)
  }
  return parts
}
