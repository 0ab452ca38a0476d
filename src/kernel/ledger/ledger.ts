import type { SealKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import { ask, entryAt, sizeOf, type Answer, type EntryOpened, type Question, type Sought } from './asking.ts'
import { authorityHead, type AuthorityHead, type HeadFound } from './authority.ts'
import { numbersAt, openLeaves, streamsTold } from './leaves.ts'
import { deedsOf, deedsSince, type Deeds, type DeedsSince, type DeedsSought } from './deeds.ts'
import { UsesCounted, type Uses, type UsesSought } from './uses.ts'
import { checkTables, type CheckOptions, type Finding } from './checking.ts'
import { Checkpoints } from './checkpoints.ts'
import { handOut, type Handed } from './handing.ts'
import { judge, type Keeper, type StartRefusal } from './kept.ts'
import { formatNoteKey } from './note-keys.ts'
import { forgetGone } from './owners.ts'
import { createProver } from './proofs.ts'
import { Pseudonyms, streamOf } from './pseudonyms.ts'
import { deleteStreams, selectHead } from './queries.ts'
import { actorsOn } from './devices.ts'
import { reach, type Reach, type ReachSought, type ReachTooWide } from './reach/reach.ts'
import { createReaders } from './reach/readers.ts'
import { newestCheckpoint, readTileBytes } from './reading.ts'
import { createRecorder } from './recording.ts'
import { Sequencer, type Turn } from './sequencer.ts'
import { tileReader } from './stored-tree.ts'
import { toldSigners } from './signing.ts'
import { nameOf } from './stream-ends.ts'
import { entriesOf, stagedRow, type ActDone, type Staged } from './staging.ts'
import type { TileName } from './tiles.ts'
import { emptyRoot } from './tree.ts'

export type Started = { status: 'ok' } | StartRefusal

/** What goes on by itself and somebody should hear of. */
export type LedgerEvent =
  /** Rows in `ledger_staged` that nobody of this house put there. They are set aside. */
  | { event: 'planted'; ids: string[] }
  /** The database's tree is not what it was. Nothing is sequenced until it is. */
  | { event: 'altered'; status: 'altered' | StartRefusal['status']; size: number }
  /** Tried again by itself: PostgreSQL is away, say. */
  | { event: 'failed'; name: string; message: string }

export interface Ledger {
  /**
   * Makes entries of acts, as a row for the very statement that carries them out, so that both are committed or none:
   *
   *     insert into ledger_staged (id, entries, tag) values (${id}::uuid, ${entries}::bytea, ${tag}::bytea)
   *
   * One row holds any number of acts. A statement that decides by itself whether it carries them out inserts the row only where it
   * does, and one that is run again takes the same row again, so that no act is recorded twice. Nothing is stored here. Time,
   * number and place in the tree come later. Throws `KeysSealed` while the vault is sealed.
   */
  stage(acts: readonly ActDone[]): Staged
  /**
   * Records acts that change nothing (reads, searches, refusals): durable when it resolves, and whoever answers for the act does
   * so only then. Concurrent callers share a statement. Rejects where it could not be recorded (`CombinerBusy`, `DatabaseAway`,
   * `UnknownOutcome`, `KeysSealed`): then there must be no answer either.
   */
  record(acts: readonly ActDone[]): Promise<void>
  /**
   * Says that what `stage` gave was committed, so that it is sequenced at once; otherwise within a quarter of a second.
   */
  staged(): void
  /** The name of the stream in which a row that confers authority (a UUID) has its entries: 16 bytes. */
  authorityStream(row: string): Uint8Array
  /** The newest version of such a row, as the ledger knows it; undefined where it knows none. */
  authorityHead(row: string, found: HeadFound): AuthorityHead | undefined
  /** A page of entries, opened. Asking is an act too: its caller records it. */
  query(question: Question): Promise<Answer>
  /** The entry at a leaf, opened; undefined where the tree has no such leaf. */
  entry(index: number): Promise<EntryOpened | undefined>
  /** How far somebody came: all entries of the tree, as it is now, that are sought, counted. */
  reach(sought: ReachSought): Promise<Reach | ReachTooWide>
  /** Whose entries of a span may name a device; `size`: leaves of the tree that is asked, as it is now where it is not said. */
  actorsOn(
    sought: Pick<Sought, 'fromMs' | 'toMs'> & { device: string },
    size?: number,
  ): Promise<(string | undefined)[]>
  /** What one actor did in a span, what waits to be sequenced with it: of one moment, for who counts. */
  deeds(sought: DeedsSought): Promise<Deeds>
  /** Of several, what came since they were asked for, by one look at the end of the tree; `far` where that is not near. */
  deedsSince(sought: DeedsSince): ReturnType<typeof deedsSince>
  /** The same in numbers, of what is in the tree. */
  uses(sought: UsesSought): Promise<Uses>
  /** What `deeds` calls a patient's stream. */
  streamName(keys: CompartmentKeys): string
  /**
   * A patient's file, docs/spec/ledger.md. `record` records that it is asked for, under the act id `act`, with the patient as a
   * subject; with that entry the file ends.
   */
  file(keys: CompartmentKeys, act: string, record: () => Promise<void>): Promise<Handed>
  /**
   * Compares the database with the checkpoint that is kept outside it, and refuses one that is behind (`refusalText` says what
   * to do); then sequences, when it is this process's turn, and signs a checkpoint about once a second. For an open vault; goes on
   * by itself when that is sealed and opened again.
   */
  start(): Promise<Started>
  /** The comparison of `start` alone. */
  compare(): Promise<Started>
  /** Sequences and signs what is staged, lets another process go on, and takes no more. */
  stop(): Promise<void>
  /** The newest signed checkpoint, C2SP tlog-checkpoint; undefined before the first. */
  checkpoint(): Promise<{ size: number; note: string } | undefined>
  /**
   * A tile or a bundle, C2SP tlog-tiles, of the tree that the newest checkpoint is of; undefined where that has none such.
   * `parseTilePath` gives the name.
   */
  tile(name: TileName): Promise<Uint8Array | undefined>
  /** RFC 9162 §2.1.4: that the tree of `size` entries begins with that of `oldSize`. Throws where it does not have so many. */
  consistency(oldSize: number, size: number): Promise<Uint8Array[]>
  /** Whether the tree begins with the one of a checkpoint. */
  beginsWith(earlier: { size: number; root: Uint8Array }): Promise<boolean>
  /** Public keys of checkpoints, as C2SP signed-note writes them: those that sign, and those that did. */
  publicKeys(): Promise<string[]>
  /**
   * What is wrong in the ledger's own tables, one after the other; nothing where all is well. While the vault is sealed it leaves
   * out what only its keys can tell: tags of what is staged, whose stream is whose, the secret parts of signers.
   */
  check(options?: CheckOptions): AsyncGenerator<Finding>
  /** The note that is kept outside the database. */
  kept(): Promise<string | undefined>
  /** Entries by the index of their leaf, opened as far as there are keys; those that are none are left out. */
  entriesAt(indices: readonly number[], tx?: Sql): Promise<EntryOpened[]>
  /** Leaves: their number in their stream, and the greatest in it. */
  numbersAt(indices: readonly number[], tx?: Sql): Promise<{ index: number; number: number; last: number }[]>
  /** Of each patient's key: whether its stream has an entry, and whether the vault knows whose that stream is. */
  streamsTold(theirs: readonly CompartmentKeys[], tx?: Sql): Promise<{ begun: boolean; told: boolean }[]>
  /** The tree of now. */
  standing(tx?: Sql): Promise<{ size: number; root: Uint8Array }>
  /** Forgets whose stream a patient's is. To be called when the patient's key is destroyed, with that key. */
  forgetStream(keys: CompartmentKeys): Promise<void>
  /** The same for all whose keys were destroyed: what a process that died left of it. Now and then. */
  tend(): Promise<void>
}

export interface LedgerOptions {
  sql: Sql
  keys: Keys
  keeper: Keeper
  /** Milliseconds since 1970, for the time in signatures; everything else goes by the database's clock. */
  now: () => number
  onEvent?: (event: LedgerEvent) => void
  leaseMs?: number
  checkpointMs?: number
  /** Entries of one statement of a reach: given by tests, so that a few are many. */
  reachRows?: number
}

/** A holder that is not heard of for so long is thought dead. */
const leaseMsUsual = 3000
/** Between two checkpoints while there is something new. */
const checkpointMsUsual = 1000
/** What was recorded here waits so long for company. */
const soonMs = 50
/** What others recorded is found so soon, and a lease that is free. */
const lookMs = 250
/** After something failed. */
const againMs = 1000
const followMs = 1000
const thinMs = 60_000

export function createLedger(options: LedgerOptions): Ledger {
  const { sql, keys, leaseMs = leaseMsUsual, checkpointMs = checkpointMsUsual } = options
  const onEvent = options.onEvent ?? (() => {})
  const checkpoints = new Checkpoints({ ...options, onFailed: failed })
  const sequencer = new Sequencer({
    sql,
    leaseMs,
    onPlanted: (ids) => onEvent({ event: 'planted', ids }),
    mayAppend,
  })
  const record = createRecorder(sql, poke, sequencer)
  const readers = createReaders()
  const counted = new UsesCounted()
  let made: { from: SealKey; names: Pseudonyms } | undefined
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let poked = false
  let stopping = false
  let running = false
  let isAltered = false
  let signedAt = -Infinity
  let followedAt = -Infinity
  let thinnedAt = performance.now()

  keys.onForget((compartment) => {
    if (compartment !== undefined) return
    made?.names.zero()
    made = undefined
    checkpoints.forget()
  })

  return {
    stage: (acts) => stagedRow(names(), entriesOf(names(), acts).entries),

    async record(acts) {
      if (acts.length > 0) await record({ names: names(), ...entriesOf(names(), acts) })
    },

    staged: poke,

    authorityStream: (row) => names().authority(row).name,
    authorityHead: (row, found) => authorityHead(names(), row, found),

    query: (question) => ask({ sql, keys, names: names() }, question),
    entry: (index) => entryAt({ sql, keys, names: names() }, index),
    reach: (sought) => reach({ sql, keys, names: names() }, sought, readers, options.reachRows),
    actorsOn: async (sought, size) =>
      actorsOn({ sql, keys, names: names() }, sought, size ?? (await sizeOf(sql))),
    deeds: (sought) => deedsOf({ sql, keys, names: names() }, sought),
    deedsSince: (sought) => deedsSince({ sql, keys, names: names() }, sought),
    uses: (sought) => counted.of({ sql, names: names() }, sought),
    streamName: (theirs) => nameOf(streamOf(theirs).name),
    file: (theirs, act, record) => handOut(sql, theirs, act, record),

    async start() {
      names()
      const compared = await checkpoints.compare()
      if (compared.status !== 'ok') return compared
      running = true
      again(0)
      return { status: 'ok' }
    },

    compare: () => checkpoints.compare(),

    async stop() {
      stopping = true
      clearTimeout(timer)
      await record.stop()
      await readers.close()
      await looking
      if (running && keys.state() === 'open') {
        signedAt = -Infinity
        await look().catch(failed)
      }
      await checkpoints.settled()
      running = false
      await sequencer.leave().catch(failed)
    },

    checkpoint: () => newestCheckpoint(sql),

    async tile(name) {
      const newest = await newestCheckpoint(sql)
      return newest && readTileBytes(sql, name, newest.size)
    },

    consistency: (oldSize, size) => createProver(size, tileReader(sql)).consistency(oldSize),

    beginsWith: async (earlier) => (await judge(sql, earlier)).status === 'ok',

    async publicKeys() {
      return ((await checkpoints.signers())?.keys ?? []).map(formatNoteKey)
    },

    async *check({ sql: tx = sql, kept, ...how } = {}) {
      const open = keys.state() === 'open' ? { keys, names: names() } : undefined
      const signers = () => (open ? checkpoints.signers() : toldSigners(tx))
      const keeper = kept ? { read: () => kept.note } : options.keeper
      yield* checkTables({ sql: tx, open, signers, keeper }, how)
    },

    async kept() {
      const note = await options.keeper.read()
      // Who looks at the table afterwards finds it there.
      await checkpoints.settled()
      return note
    },

    entriesAt: (indices, tx = sql) =>
      openLeaves(tx, indices, keys.state() === 'open' ? { keys, names: names() } : undefined),

    numbersAt: (indices, tx = sql) => numbersAt(tx, indices),

    streamsTold: (theirs, tx = sql) => streamsTold(tx, theirs),

    async standing(tx = sql) {
      const [head] = await selectHead(tx)
      return head ?? { size: 0, root: emptyRoot }
    },

    async forgetStream(theirs) {
      await deleteStreams(sql, [streamOf(theirs).name])
    },

    tend: () => forgetGone(sql, keys, names()),
  }

  function names(): Pseudonyms {
    const from = keys.ledger
    if (made?.from !== from) made = { from, names: new Pseudonyms(from) }
    return made.names
  }

  /** Something was staged here. */
  function poke(): void {
    if (poked || !running) return
    poked = true
    if (!looking) again(soonMs)
  }

  function again(ms: number): void {
    if (stopping) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      looking = look()
        .then((wait) => again(poked ? Math.min(wait, soonMs) : wait))
        .catch((error: unknown) => {
          failed(error)
          again(againMs)
        })
        .finally(() => (looking = undefined))
    }, ms)
    timer.unref()
  }

  /** Sequences what there is, signs when it is time, and says when to look again. */
  async function look(): Promise<number> {
    poked = false
    if (keys.state() !== 'open') return lookMs
    for (;;) {
      const turn = await sequencer.turn(names())
      if (turn.status === 'altered') {
        altered('altered', turn.size)
        return againMs
      }
      if (turn.status === 'standby') return follow()
      await sign(turn)
      if (turn.status === 'more') continue
      isAltered = false
      return lookMs
    }
  }

  async function sign(turn: Extract<Turn, { status: 'through' | 'more' }>): Promise<void> {
    const now = performance.now()
    if (checkpoints.isDue(turn.standing) && now - signedAt >= checkpointMs) {
      signedAt = now
      await checkpoints.publish(turn.standing, turn.epoch)
    }
    if (now - thinnedAt > thinMs) {
      thinnedAt = now
      checkpoints.thin()
    }
  }

  async function follow(): Promise<number> {
    const now = performance.now()
    if (now - followedAt < followMs) return lookMs
    followedAt = now
    const followed = await checkpoints.follow()
    if (followed.status !== 'ok') altered(followed.status, followed.size)
    return lookMs
  }

  /** Nothing is appended to a tree that is behind, or beside, what was published. */
  async function mayAppend(): Promise<boolean> {
    const compared = await checkpoints.compare()
    if (compared.status === 'ok') return true
    altered(compared.status, 'size' in compared ? compared.size : 0)
    return false
  }

  /** Told once, until all is well again. */
  function altered(status: Extract<LedgerEvent, { event: 'altered' }>['status'], size: number): void {
    if (isAltered) return
    isAltered = true
    onEvent({ event: 'altered', status, size })
  }

  function failed(error: unknown): void {
    const { name, message } = error as Error
    onEvent({ event: 'failed', name, message })
  }
}
