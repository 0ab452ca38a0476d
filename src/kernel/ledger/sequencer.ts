/**
 * Turns what is staged into leaves. Of all processes over a database one does it at a time, the holder of the lease; what fences
 * it is told at `insertLeaves`.
 */
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { linkEntry } from './entry.ts'
import type { Pseudonyms } from './pseudonyms.ts'
import * as queries from './queries.ts'
import { readStaged, type StagedEntry } from './staging.ts'
import { readTree, rootOfTile } from './stored-tree.ts'
import { nameOf, StreamEnds, type StreamEnd } from './stream-ends.ts'
import { edgeRoot, growTiles, type Edge } from './tiles.ts'
import { leafHash } from './tree.ts'

/** The tree, committed. */
export interface Standing {
  size: number
  root: Uint8Array
}

export type Turn =
  /** Another process sequences. */
  | { status: 'standby' }
  /** Everything that was staged is in the tree. */
  | { status: 'through'; standing: Standing; epoch: number }
  /** More is staged. */
  | { status: 'more'; standing: Standing; epoch: number }
  /** The head is not that of the tree, or a row stands where none can: see `verify`. Nothing is sequenced. */
  | { status: 'altered'; size: number }

export interface SequencerOptions {
  sql: Sql
  /** A holder that is not heard of for so long has lost the lease. */
  leaseMs: number
  /** Called with the rows whose tag is wrong: nobody of this house staged them. */
  onPlanted: (ids: string[]) => void
  /** Asked before anything is appended to a tree that was just read: false where it must not be. */
  mayAppend?: () => Promise<boolean>
}

/** Bytes of staged rows in one statement, and how many rows. */
const bytesMax = 4 * 1024 * 1024
const rowsMax = 4000
/** How long a row is known to be sequenced: an insert is repeated for 10 s, and its statement ends after 30. */
const sequencedMinutes = 10
const sweepMs = 60_000
const uniqueViolation = '23505'

interface Done {
  held: Held | undefined
  turn: Turn
}

interface Held {
  epoch: number
  edge: Edge
  root: Uint8Array
  ends: StreamEnds
  renewedAt: number
  sweptAt: number
}

export class Sequencer {
  readonly #options: SequencerOptions
  readonly #holder = randomUuid()
  #held: Held | undefined

  constructor(options: SequencerOptions) {
    this.#options = options
  }

  /** One step: takes the lease where it is free, keeps it, and sequences a part of what is staged. */
  async turn(names: Pseudonyms): Promise<Turn> {
    const held = this.#held
    // Until it is known to be so again: what fails on the way leaves a tree that may be another's by now.
    this.#held = undefined
    if (!held) return this.#take()
    const done = await this.#sequence(names, held)
    if (done) this.#held = done.held
    return done?.turn ?? { status: 'standby' }
  }

  /** Lets another go on at once. */
  async leave(): Promise<void> {
    const held = this.#held
    this.#held = undefined
    if (held) await queries.leaveLease(this.#options.sql, held.epoch)
  }

  async #take(): Promise<Turn> {
    const { sql, leaseMs, mayAppend } = this.#options
    const [taken] = await queries.takeLease(sql, this.#holder, leaseMs)
    if (!taken) return { status: 'standby' }
    const read = await readTree(sql)
    if (read.status !== 'ok' || (mayAppend && !(await mayAppend()))) {
      await queries.leaveLease(sql, taken.epoch)
      return { status: 'altered', size: read.status === 'ok' ? read.edge.size : read.size }
    }
    // Taken by another while it was read: the first statement under this epoch finds out.
    const { edge, root } = read
    this.#held = { epoch: taken.epoch, edge, root, ends: new StreamEnds(sql), renewedAt: now(), sweptAt: 0 }
    return { status: 'more', standing: { size: edge.size, root }, epoch: taken.epoch }
  }

  async #sequence(names: Pseudonyms, held: Held): Promise<Done | undefined> {
    const { sql, leaseMs, onPlanted } = this.#options
    const rows = await queries.selectStaged(sql, bytesMax, rowsMax)
    const again = rows.filter(({ again }) => again).map(({ id }) => id)
    const fresh = rows.filter(({ again }) => !again).map((row) => ({ row, entries: readStaged(names, row) }))
    const planted = fresh.filter(({ entries }) => !entries).map(({ row }) => row.id)
    if (planted.length > 0) {
      await queries.refuseStaged(sql, planted)
      onPlanted(planted)
    }
    const entries = fresh.flatMap(({ row, entries = [] }) =>
      entries.map((entry) => ({ ...entry, recordedAtMs: row.staged_at.getTime() })),
    )
    const { epoch } = held
    if (entries.length === 0 && again.length === 0) return this.#rest(held)

    const linked = await link(held, entries)
    const grown = growTiles(held.edge, linked.hashes)
    const root = edgeRoot(grown.edge)
    const done = await this.#insert({
      epoch,
      leaseMs,
      from: { size: held.edge.size, root: held.root },
      to: { size: grown.edge.size, root },
      staged: fresh.flatMap(({ row, entries }) => (entries ? [row.id] : [])),
      again,
      entries: linked.bytes,
      lengths: linked.lengths,
      tiles: grown.full.map((tile) => ({ ...tile, hashes: tile.bytes, root: rootOfTile(tile, grown) })),
      streams: linked.begun,
    })
    if (done === 'occupied') {
      await queries.leaveLease(sql, epoch)
      return { held: undefined, turn: { status: 'altered', size: held.edge.size } }
    }
    if (!done) return undefined
    held.ends.keep(linked.ends)
    const standing = { size: grown.edge.size, root }
    return {
      held: { ...held, edge: grown.edge, root, renewedAt: now() },
      turn: { status: isFull(rows) ? 'more' : 'through', standing, epoch },
    }
  }

  /** Undefined where the lease is another's; `occupied` where something stands already at the end of the tree. */
  async #insert(sequenced: queries.Sequenced): Promise<'done' | 'occupied' | undefined> {
    try {
      const rows = await queries.insertLeaves(this.#options.sql, sequenced)
      return rows.length > 0 ? 'done' : undefined
    } catch (error) {
      if ((error as { code?: string }).code === uniqueViolation) return 'occupied'
      throw error
    }
  }

  /** Nothing is staged: keeps the lease, and clears away. */
  async #rest(held: Held): Promise<Done | undefined> {
    const { sql, leaseMs } = this.#options
    const { epoch, edge, root } = held
    let { renewedAt, sweptAt } = held
    if (now() - renewedAt > leaseMs / 4) {
      const [renewed] = await queries.renewLease(sql, epoch, leaseMs)
      if (!renewed) return undefined
      renewedAt = now()
    }
    if (now() - sweptAt > sweepMs) {
      await queries.deleteSequenced(sql, sequencedMinutes)
      sweptAt = now()
    }
    return {
      held: { ...held, renewedAt, sweptAt },
      turn: { status: 'through', standing: { size: edge.size, root }, epoch },
    }
  }
}

const isFull = (rows: readonly queries.StagedRow[]): boolean =>
  rows.length === rowsMax || rows.reduce((sum, { entries }) => sum + entries.length, 0) >= bytesMax

/** Numbers and chains entries, each after the one before in its stream. */
async function link(held: Held, entries: readonly (StagedEntry & { recordedAtMs: number })[]) {
  const ends = await held.ends.of(entries.map(({ stream }) => stream))
  const hashes: Uint8Array[] = []
  const linked: Uint8Array[] = []
  const begun: { stream: Uint8Array; sealed: Uint8Array }[] = []
  for (const { entry, stream, owner, recordedAtMs } of entries) {
    const name = nameOf(stream)
    const end = ends.get(name) as StreamEnd
    const bytes = linkEntry(entry, { number: end.number + 1, previous: end.hash, recordedAtMs })
    const hash = leafHash(bytes)
    if (end.number === 0 && owner.length > 0) begun.push({ stream, sealed: owner })
    ends.set(name, { number: end.number + 1, hash })
    hashes.push(hash)
    linked.push(bytes)
  }
  return { hashes, bytes: Buffer.concat(linked), lengths: linked.map(({ length }) => length), ends, begun }
}

const now = () => performance.now()
