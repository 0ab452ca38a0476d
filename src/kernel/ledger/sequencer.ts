/**
 * Turns what is staged into leaves. Of all processes over a database one does it at a time, the holder of the lease; what fences
 * it is told at `insertLeaves`.
 */
import { equalBytes, randomUuid } from '#kernel/crypto/index.ts'
import { faultOf, rowsOf, type Sql } from '#kernel/db/index.ts'
import { entryLayout, linkEntry } from './entry.ts'
import { HeardClock } from './heard-clock.ts'
import type { Pseudonyms } from './pseudonyms.ts'
import * as queries from './queries.ts'
import { readFrames, readStaged, type StagedEntry } from './staging.ts'
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

/** What became of entries that were to go into the tree at once. */
export type Appended =
  | { status: 'appended' }
  /** Nothing: they are to be staged. */
  | { status: 'elsewhere' }
  /** The connection broke on the way: `wasAppended` finds out. */
  | { status: 'doubtful'; doubt: Doubt; cause: unknown }

/** Where the first of them would be. */
export interface Doubt {
  index: number
  /** Its id. */
  id: Uint8Array
}

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
/** Rows that somebody who records waits for; while there are more, others stage. */
const rowsWaitedForMax = 200
const sweepMs = 60_000
const uniqueViolation = '23505'

interface Done {
  held: Held | undefined
  turn: Turn
}

interface Held {
  /** Of one lease: once a statement under it has failed, what is known of the tree is not gone on from. */
  line: { isBroken: boolean }
  epoch: number
  edge: Edge
  root: Uint8Array
  ends: StreamEnds
  renewedAt: number
  sweptAt: number
}

/** A statement on its way, and the tree as it will be. */
interface Flight {
  next: Held
  ends: ReadonlyMap<string, StreamEnd>
  /** Told in the order in which they were sent; undefined: it did nothing. */
  done: Promise<Appended | undefined>
}

type Timed = StagedEntry & { recordedAtMs: number }

/** What is to be put into the tree. */
interface Portion {
  entries: readonly Timed[]
  /** Rows that they were, and rows that had been leaves before. */
  staged: readonly string[]
  again: readonly string[]
  unless?: queries.Sequenced['unless']
}

export class Sequencer {
  readonly #options: SequencerOptions
  readonly #holder = randomUuid()
  readonly #clock = new HeardClock()
  #held: Held | undefined
  /** Each builds on the one before, and does nothing where that did nothing. */
  readonly #flights: Flight[] = []
  #last: Promise<unknown> = Promise.resolve()
  /** A turn is on its way that takes its time. */
  #isLong = false
  /** Something was staged when it was last looked: it is looked first. */
  #isStaged = false

  constructor(options: SequencerOptions) {
    this.#options = options
  }

  /** One step: takes the lease where it is free, keeps it, and sequences a part of what is staged. */
  turn(names: Pseudonyms): Promise<Turn> {
    return this.#alone(async () => {
      await this.#landed()
      const held = this.#held
      // Until it is known to be so again: what fails on the way leaves a tree that may be another's by now.
      this.#held = undefined
      if (!held) return this.#take()
      const done = await this.#sequence(names, held)
      if (done) this.#held = done.held
      return done?.turn ?? { status: 'standby' }
    })
  }

  /**
   * Puts entries (`entriesOf`) into the tree, behind what is staged, where this process sequences and there is not much of that:
   * they are committed once, and not twice.
   */
  async append(names: Pseudonyms, entries: Uint8Array): Promise<Appended> {
    if (this.#isLong) return elsewhere
    const flight = await this.#alone(() => this.#send(entries))
    const appended = await flight?.done
    if (appended) return appended
    if (this.#isLong) return elsewhere
    return this.#alone(async () => {
      await this.#landed()
      return this.#append(names, entries)
    })
  }

  /**
   * Whether what was in doubt has been committed. It never will be afterwards: the lease has another number by then, and a statement
   * under the former, wherever it is, does nothing any more.
   */
  wasAppended({ index, id }: Doubt): Promise<boolean> {
    const { sql, leaseMs } = this.#options
    return this.#alone(async () => {
      await this.#landed()
      this.#held = undefined
      await queries.takeLease(sql, this.#holder, leaseMs)
      const [leaf] = await queries.selectLeaves(sql, index, 1)
      return leaf !== undefined && equalBytes(idOf(leaf.entry), id)
    })
  }

  /** Lets another go on at once. */
  leave(): Promise<void> {
    return this.#alone(async () => {
      await this.#landed()
      const held = this.#held
      this.#held = undefined
      if (held) await queries.leaveLease(this.#options.sql, held.epoch)
    })
  }

  /** One after the other, in the order in which they are asked for. */
  #alone<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(act)
    this.#last = result.catch(() => {})
    return result
  }

  async #take(): Promise<Turn> {
    const { sql, leaseMs, mayAppend } = this.#options
    const [taken] = await queries.takeLease(sql, this.#holder, leaseMs)
    if (!taken) return { status: 'standby' }
    this.#clock.heard(taken.now, now())
    const read = await readTree(sql)
    if (read.status !== 'ok' || (mayAppend && !(await mayAppend()))) {
      await queries.leaveLease(sql, taken.epoch)
      return { status: 'altered', size: read.status === 'ok' ? read.edge.size : read.size }
    }
    // Taken by another while it was read: the first statement under this epoch finds out.
    const { edge, root } = read
    const ends = new StreamEnds(sql)
    const line = { isBroken: false }
    this.#held = { line, epoch: taken.epoch, edge, root, ends, renewedAt: now(), sweptAt: 0 }
    return { status: 'more', standing: { size: edge.size, root }, epoch: taken.epoch }
  }

  async #sequence(names: Pseudonyms, held: Held): Promise<Done | undefined> {
    const waiting = await this.#waiting(names)
    const { entries, again, rows } = waiting
    if (entries.length === 0 && again.length === 0) return this.#rest(held)
    this.#isLong = rows > rowsWaitedForMax
    try {
      const put = await this.#put(held, waiting)
      if (!put) return undefined
      if (put === 'occupied') return { held: undefined, turn: { status: 'altered', size: held.edge.size } }
      const { epoch, edge, root } = put
      const standing = { size: edge.size, root }
      return { held: put, turn: { status: waiting.isFull ? 'more' : 'through', standing, epoch } }
    } finally {
      this.#isLong = false
    }
  }

  /** Nothing is on its way any more. */
  async #landed(): Promise<void> {
    for (let last = this.#flights.at(-1); last; last = this.#flights.at(-1)) await last.done
  }

  /**
   * Sends entries behind what is on its way, and does not wait for it: PostgreSQL works on while we make the next, and makes the next
   * durable while it works. Undefined where that is not how they go.
   */
  async #send(framed: Uint8Array): Promise<Flight | undefined> {
    const before = this.#flights.at(-1)
    const from = before?.next ?? this.#held
    if (!from || from.line.isBroken || this.#isStaged) return undefined
    const own = this.#timed(framed)
    const doubt = { index: from.edge.size, id: idOf(own[0]!.entry) }
    const coming = this.#flights.map(({ ends }) => ends)
    // What streams end with was not told, and nothing is sent: it is asked once more by `#append`, which says what comes of it.
    const grown = await grow(from, own, coming).catch(() => undefined)
    if (!grown) return undefined
    const { next, ends, values } = grown
    const unless = { isStaged: true, awayFromMs: own[0]!.recordedAtMs }
    const put = this.#insert({ ...values, staged: [], again: [], unless })
    const flight: Flight = { next, ends, done: this.#land(before?.done, put, { next, ends, doubt }) }
    this.#flights.push(flight)
    return flight
  }

  async #land(
    before: Promise<unknown> | undefined,
    put: Promise<Put>,
    { next, ends, doubt }: Pick<Flight, 'next' | 'ends'> & { doubt: Doubt },
  ): Promise<Appended | undefined> {
    const { line } = next
    // Nobody else waits for it yet.
    put.catch(() => {})
    await before
    try {
      const is = await put
      if (is === 'nothing') return undefined
      if (is === 'occupied') {
        line.isBroken = true
        return elsewhere
      }
      if (!line.isBroken) {
        next.ends.keep(ends)
        this.#held = { ...next, renewedAt: now() }
      }
      return { status: 'appended' }
    } catch (cause) {
      line.isBroken = true
      return faultOf(cause) === 'lost' ? { status: 'doubtful', doubt, cause } : elsewhere
    } finally {
      if (line.isBroken) this.#held = undefined
      this.#flights.shift()
    }
  }

  #timed(framed: Uint8Array): Timed[] {
    const recordedAtMs = this.#clock.at(now())
    return (readFrames(framed) ?? []).map((entry) => ({ ...entry, recordedAtMs }))
  }

  async #append(names: Pseudonyms, framed: Uint8Array): Promise<Appended> {
    const held = this.#held
    if (!held) return elsewhere
    this.#held = undefined
    const doubt = { index: held.edge.size, id: new Uint8Array(0) }
    try {
      let put = this.#isStaged ? undefined : await this.#putOwn(held, framed, doubt)
      if (!put) {
        const waiting = await this.#waiting(names)
        if (waiting.isFull) {
          this.#held = held
          return elsewhere
        }
        doubt.index += waiting.entries.length
        put = await this.#putOwn(held, framed, doubt, waiting)
      }
      if (!put || put === 'occupied') return elsewhere
      this.#held = put
      return { status: 'appended' }
    } catch (cause) {
      // Of what PostgreSQL refused, or never got, nothing is there.
      return faultOf(cause) === 'lost' ? { status: 'doubtful', doubt, cause } : elsewhere
    }
  }

  #putOwn(
    held: Held,
    framed: Uint8Array,
    doubt: Doubt,
    waiting?: Portion,
  ): Promise<Held | 'occupied' | undefined> {
    const own = this.#timed(framed)
    doubt.id = idOf(own[0]!.entry)
    const { entries, staged, again } = waiting ?? nothing
    const unless = { isStaged: !waiting, awayFromMs: own[0]!.recordedAtMs }
    return this.#put(held, { entries: [...entries, ...own], staged, again, unless })
  }

  /** What is staged, as far as it goes into the tree at once. */
  async #waiting(names: Pseudonyms): Promise<Portion & { rows: number; isFull: boolean }> {
    const { sql, onPlanted } = this.#options
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
    this.#isStaged = rows.length > 0
    return {
      entries,
      staged: fresh.flatMap(({ row, entries }) => (entries ? [row.id] : [])),
      again,
      rows: rows.length,
      isFull: isFull(rows),
    }
  }

  /** The tree with these; undefined where the lease is another's; `occupied` where something stands already at the end of the tree. */
  async #put(held: Held, { entries, ...taken }: Portion): Promise<Held | 'occupied' | undefined> {
    const { next, ends, values } = await grow(held, entries)
    const put = await this.#insert({ ...taken, ...values })
    if (put === 'nothing') return undefined
    if (put === 'occupied') return put
    held.ends.keep(ends)
    return { ...next, renewedAt: now() }
  }

  async #insert(values: Omit<queries.Sequenced, 'leaseMs'>): Promise<Put> {
    const { sql, leaseMs } = this.#options
    try {
      const [put] = await rowsOf(queries.insertLeaves(sql, { ...values, leaseMs }))
      if (!put) return 'nothing'
      this.#clock.heard(put.now, now())
      return 'done'
    } catch (error) {
      if ((error as { code?: string }).code !== uniqueViolation) throw error
      await queries.leaveLease(sql, values.epoch)
      return 'occupied'
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
      this.#clock.heard(renewed.now, now())
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

type Put = 'done' | 'nothing' | 'occupied'

/** The tree with these at its end, and what makes it so. `coming`: what streams will end with, of what is on its way. */
async function grow(
  held: Held,
  entries: readonly Timed[],
  coming: readonly ReadonlyMap<string, StreamEnd>[] = [],
) {
  const { epoch } = held
  const linked = await link(held, entries, coming)
  const grown = growTiles(held.edge, linked.hashes)
  const root = edgeRoot(grown.edge)
  return {
    next: { ...held, edge: grown.edge, root },
    ends: linked.ends,
    values: {
      epoch,
      from: { size: held.edge.size, root: held.root },
      to: { size: grown.edge.size, root },
      entries: linked.bytes,
      lengths: linked.lengths,
      tiles: grown.full.map((tile) => ({ ...tile, hashes: tile.bytes, root: rootOfTile(tile, grown) })),
      streams: linked.begun,
    },
  }
}

/** Numbers and chains entries, each after the one before in its stream. */
async function link(
  held: Held,
  entries: readonly Timed[],
  coming: readonly ReadonlyMap<string, StreamEnd>[],
) {
  const ends = await held.ends.of(
    entries.map(({ stream }) => stream),
    coming,
  )
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

const idOf = (entry: Uint8Array): Uint8Array => entry.slice(entryLayout.id, entryLayout.act)
const nothing: Portion = { entries: [], staged: [], again: [] }
const elsewhere = { status: 'elsewhere' } as const
const now = () => performance.now()
