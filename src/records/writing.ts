/** What a write leaves in the ledger, in the very statement that carries it out. */
import { contextOf, uuidBytes } from '#kernel/crypto/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import {
  commitmentHash,
  type ActDone,
  type Action,
  type Commitment,
  type ResourceSeen,
  type Staged,
} from '#kernel/ledger/index.ts'
import { httpStatusOf, type Refusal } from '#kernel/outcome.ts'
import { system } from './by.ts'
import type { CompartmentId } from './place.ts'
import type { Group, NewBlock, Opening, Operation } from './rows.ts'
import { saidOf, type Deed, type Recording } from './scribe.ts'
import type { Version } from './types.ts'
import type { WriteBounds } from './write-bounds.ts'

/** One operation of a group, as people would say it. */
export interface ChangeMade {
  action: 'create' | 'update' | 'delete'
  resource: ResourceSeen
  /** Where it lives, where it lived, and who else it is or was about. */
  compartments: readonly CompartmentId[]
}

/** A group, and what its entries are made of. */
export interface Written {
  group: Group
  /** Of each operation. */
  made: readonly ChangeMade[]
  /** The keys of all compartments in it; none of those that are destroyed. */
  ring: ReadonlyMap<string, CompartmentKeys>
}

/** Somebody's act that writes. */
export interface Writing {
  /** What it is held to; nothing, where all is allowed. */
  readonly bounds?: WriteBounds | undefined
  /** What goes into the statement. Made anew for each attempt. */
  stage(written: Written): Staged | undefined
  /** It is committed. */
  done(): void
  /** What was to be written is there already, and is told. */
  found(version: Version): void
  /** A part of it was refused, and the rest goes on. */
  refused(refusal: Refusal): void
}

/** `action`: of all that it writes, where it is not said by each change. */
export class WritingAct implements Writing {
  readonly #ledger: Recording
  readonly #deed: Omit<Deed, 'action' | 'outcome'>
  readonly #action: Action | undefined
  /** Something was committed, and its entries with it. */
  isWritten = false
  /** What was found in place of writing it. */
  readonly seen: Version[] = []
  /** What was refused of it, by reason. */
  readonly refusals = new Map<string, number>()
  /** Of a part of it nobody knows whether it was committed. */
  isInDoubt = false
  bounds: WriteBounds | undefined

  constructor(ledger: Recording, deed: Omit<Deed, 'action' | 'outcome'>, action?: Action) {
    this.#ledger = ledger
    this.#deed = deed
    this.#action = action
  }

  stage({ group, made, ring }: Written): Staged | undefined {
    if (made.length === 0 && group.openings.length === 0) return undefined
    const shares = new Shares()
    for (const [n, { action, resource, compartments }] of made.entries()) {
      const own = this.#action ?? action
      for (const each of compartments) shares.of(each, own).resources.push(resource)
      const operation = group.operations[n] as Operation
      const { commitments } = shares.of(operation.compartment, own)
      commitments.push(versionCommitment(operation))
      if (operation.capsule) commitments.push(capsuleCommitment(operation, operation.capsule))
    }
    const rest = this.#action ?? 'other'
    for (const block of group.blocks) shares.anyOf(block.compartment, rest).push(blockCommitment(block))
    for (const opening of group.openings)
      shares.anyOf(opening.compartment, rest).push(openingCommitment(opening))
    for (const { compartment, attachment } of group.attachments)
      shares.anyOf(compartment, rest).push(attachmentCommitment(compartment, attachment))
    return this.#ledger.stage([...shares.acts(this.#deed, ring, group.facility)])
  }

  done(): void {
    this.isWritten = true
    this.#ledger.staged()
  }

  found(version: Version): void {
    this.seen.push(version)
  }

  refused(refusal: Refusal): void {
    const { status } = refusal
    if (status === 'outcome-unknown') this.isInDoubt = true
    // What could not be done was not decided.
    if (httpStatusOf(refusal) >= 500) return
    this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1)
  }
}

interface Share {
  resources: ResourceSeen[]
  commitments: Commitment[]
}

/** What of a group is each compartment's, by action. */
class Shares {
  readonly #byAction = new Map<Action, Map<CompartmentId, Share>>()
  readonly #first = new Map<CompartmentId, Share>()

  of(compartment: CompartmentId, action: Action): Share {
    let shares = this.#byAction.get(action)
    if (!shares) this.#byAction.set(action, (shares = new Map()))
    let share = shares.get(compartment)
    if (!share) {
      shares.set(compartment, (share = { resources: [], commitments: [] }))
      if (!this.#first.has(compartment)) this.#first.set(compartment, share)
    }
    return share
  }

  /** The commitments of any of its entries: these are of all changes in the compartment together. */
  anyOf(compartment: CompartmentId, action: Action): Commitment[] {
    return (this.#first.get(compartment) ?? this.of(compartment, action)).commitments
  }

  *acts(
    deed: Omit<Deed, 'action' | 'outcome'>,
    ring: ReadonlyMap<string, CompartmentKeys>,
    facility: CompartmentId,
  ): Generator<ActDone> {
    for (const [action, shares] of this.#byAction) {
      const act = saidOf({ ...deed, action, outcome: 'done' })
      const subjects = []
      for (const [compartment, share] of shares) {
        if (compartment === facility) continue
        const keys = ring.get(compartment)
        if (keys) subjects.push({ compartment, keys, ...share })
      }
      const own = shares.get(facility)
      yield { ...act, subjects, ...own }
    }
  }
}

/** Blocks of index tuples put together, or made anew: the same to every reader, and other bytes. */
export function stageMerge(
  ledger: Recording,
  facility: CompartmentId,
  compartment: CompartmentId,
  keys: CompartmentKeys,
  blocks: readonly Omit<NewBlock, 'compartment'>[],
): Staged {
  const commitments = blocks.map((block) => blockCommitment({ ...block, compartment }))
  return stageUpkeep(ledger, facility, compartment, keys, 'merge', commitments)
}

/** A compartment opened ahead of its first version. */
export function stageOpening(
  ledger: Recording,
  facility: CompartmentId,
  opening: Opening,
  keys: CompartmentKeys,
): Staged {
  const commitments = [openingCommitment(opening)]
  return stageUpkeep(ledger, facility, opening.compartment, keys, 'open', commitments)
}

function stageUpkeep(
  ledger: Recording,
  facility: CompartmentId,
  compartment: CompartmentId,
  keys: CompartmentKeys,
  query: string,
  commitments: Commitment[],
): Staged {
  const act = saidOf({ action: 'maintenance', outcome: 'done', by: itself, query })
  if (compartment === facility) return ledger.stage([{ ...act, commitments }])
  return ledger.stage([{ ...act, subjects: [{ compartment, keys, commitments }] }])
}

const itself = system('sigilo')
const empty = new Uint8Array(0)

/** What `updated_at` the database gives to it is the time of the entry: see `writeGroups`. */
export function versionCommitment(row: Operation): Commitment {
  const { compartment, resource, expected, type, generation, deleted, posted, previous, sealed } = row
  const place = contextOf(
    'version row',
    uuidBytes(compartment),
    uuidBytes(resource),
    expected + 1,
    type,
    generation,
    Number(deleted),
    Number(posted),
    previous ?? empty,
  )
  return { kind: 'version', hash: commitmentHash(place, sealed) }
}

export function capsuleCommitment(
  { compartment, resource, expected }: Operation,
  capsule: Uint8Array,
): Commitment {
  const place = contextOf('capsule row', uuidBytes(compartment), uuidBytes(resource), expected + 1)
  return { kind: 'capsule', hash: commitmentHash(place, capsule) }
}

/** Its position is the database's to give. */
export function blockCommitment({
  compartment,
  identity,
  generation,
  entries,
  sealed,
}: Omit<NewBlock, 'compartment'> & { compartment: string }): Commitment {
  const place = contextOf('tuple row', uuidBytes(compartment), Number(identity), generation, entries)
  return { kind: 'tuples', hash: commitmentHash(place, sealed) }
}

/** As it was first wrapped; under whichever epoch it is later, the stream of the entry is derived from the key in it. */
export function openingCommitment({ compartment, epoch, generation, wrapped }: Opening): Commitment {
  const place = contextOf('compartment row', uuidBytes(compartment), uuidBytes(epoch), generation)
  return { kind: 'wrapped-key', hash: commitmentHash(place, wrapped) }
}

/** That it is there; the version that names it has the hash of what is in it. */
export function attachmentCommitment(compartment: CompartmentId, attachment: string): Commitment {
  const place = contextOf('attachment row', uuidBytes(compartment), uuidBytes(attachment))
  return { kind: 'attachment', hash: commitmentHash(place) }
}

/** That its key was destroyed. */
export function destructionCommitment(compartment: CompartmentId): Commitment {
  return { kind: 'destruction', hash: commitmentHash(contextOf('destruction row', uuidBytes(compartment))) }
}
