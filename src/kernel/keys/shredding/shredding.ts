/** Destroys patient keys; sees to it that every process lets go of them; and runs the batch that makes it final. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '../contract.ts'
import { openNote, sealNote, type Note } from '../destruction-note.ts'
import { createBatch, type Batch } from './batch.ts'
import type { Unforced } from './purge.ts'
import * as queries from './queries.ts'

export type { Batch } from './batch.ts'

/** What is known of one that was destroyed. Times in milliseconds since 1970. */
export interface Destruction extends Note {
  destroyedAt: number
  /** Since when the keyring has no key that leads to it. */
  rewrappedAt?: number
  /** Since when PostgreSQL has no bytes of such a key, but for `unforced`. */
  purgedAt?: number
  unforced: Unforced[]
}

export type Destroyed =
  | { status: 'destroyed'; destruction: Destruction }
  /** It had been before; the first reason stands. */
  | { status: 'destroyed-before'; destruction: Destruction }
  | { status: 'not-found' }

export interface Shredding {
  /** When it returns, nothing that begins from now on reads what that key sealed, in any process. */
  destroy(compartment: string, note: Note): Promise<Destroyed>
  /** All that were destroyed, oldest first. Throws `KeysSealed` while the vault is sealed. */
  list(): Promise<Destruction[]>
  /** Runs the batch, after the one that runs here, which may have begun too early; `busy`: another process is at it. */
  batch(): Promise<Batch>
  /** Looks for what other processes destroyed, and runs the batch when it is due. */
  start(): void
  close(): Promise<void>
}

export interface ShreddingOptions {
  sql: Sql
  keys: Keys
  /** Of a role that may order checkpoints and files of the log; `sql` itself unless given. */
  maintenance?: Sql
  /**
   * What else leads to the destroyed by keys of its own, and makes new ones: the directory. It is through only when the old ones
   * are gone from the keyring.
   */
  renew?: (signal: AbortSignal) => Promise<'done' | 'later'>
  /** Between two batches. */
  everySeconds?: number
  lookMs?: number
  leaseSeconds?: number
  /** Of a batch that was begun by itself. */
  onBatch?: (batch: Batch | { status: 'failed'; name: string }) => void
}

/** Some five statements a second for each process: an index-only look at a table of some rows. */
const lookMsUsual = 200
const daySeconds = 24 * 3600
/** Whether a batch is due is asked this often. */
const dueMs = 60_000
/** Looks overlap by this much: what is committed late has an earlier time. */
const overlapMs = 60_000

export function createShredding(options: ShreddingOptions): Shredding {
  const { sql, keys, lookMs = lookMsUsual, everySeconds = daySeconds, onBatch } = options
  const closing = new AbortController()
  const run = createBatch({ ...options, closing: closing.signal })
  let running: Promise<Batch> | undefined
  /** The one after it, which whoever came meanwhile waits for. */
  let next: Promise<Batch> | undefined
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let since = 0
  let known = new Set<string>()
  let askedAt = -Infinity
  // Of keys that were replaced here the bytes go at once; of others' in a minute, if those have died.
  keys.onReplaced(() => (askedAt = -Infinity))

  const shredding: Shredding = {
    async destroy(compartment, note) {
      const sealed = sealNote(keys.destruction, compartment, note)
      const [row] = await queries.destroyKey(sql, compartment, sealed)
      await keys.verify([compartment])
      if (row) return { status: 'destroyed', destruction: destructionOf(row) }
      const [before] = await queries.destructionOf(sql, compartment)
      return before
        ? { status: 'destroyed-before', destruction: destructionOf(before) }
        : { status: 'not-found' }
    },

    async list() {
      return (await queries.destructions(sql)).map(destructionOf)
    },

    batch() {
      if (!running) return begin()
      next ??= running.then(begin, begin)
      return next
    },

    start() {
      if (timer) return
      timer = setInterval(tick, lookMs)
      timer.unref()
    },

    async close() {
      clearInterval(timer)
      closing.abort()
      await Promise.allSettled([looking, running, next])
    },
  }
  return shredding

  function begin(): Promise<Batch> {
    next = undefined
    const begun = run().finally(() => {
      if (running === begun) running = undefined
    })
    running = begun
    return begun
  }

  function tick(): void {
    if (looking || keys.state() !== 'open') return
    looking = look()
      // PostgreSQL is away, or the vault was sealed: the next look comes.
      .catch(() => {})
      .finally(() => (looking = undefined))
  }

  /** Keys that were destroyed by others do not stay in this memory. Reads do not rely on it: their statements see it. */
  async function look(): Promise<void> {
    const rows = await queries.destroyedSince(sql, new Date(since))
    const now = new Set(rows.map(({ compartment, rewrapped }) => `${compartment} ${rewrapped}`))
    const news = rows.filter(({ compartment, rewrapped }) => !known.has(`${compartment} ${rewrapped}`))
    if (news.length > 0) {
      await keys.verify(news.map(({ compartment }) => compartment))
      if (news.some(({ rewrapped }) => rewrapped)) await keys.letGo()
      since = Math.max(since, ...news.map(({ destroyed_at }) => destroyed_at.getTime())) - overlapMs
    }
    known = now
    if (performance.now() - askedAt < dueMs) return
    askedAt = performance.now()
    const [asked] = await queries.isDue(sql, everySeconds)
    if (asked?.due !== true || running || closing.signal.aborted) return
    shredding.batch().then(
      (batch) => onBatch?.(batch),
      (error: unknown) => onBatch?.({ status: 'failed', name: (error as Error).name }),
    )
  }

  function destructionOf(row: queries.DestructionRow): Destruction {
    const { compartment, sealed, destroyed_at, rewrapped_at, purged_at, unforced } = row
    // A row that is not of this house says nothing, and hides no other.
    const note = openNote(keys.destruction, compartment, sealed) ?? {
      reference: `? ${compartment}`,
      reason: '?',
    }
    return {
      ...note,
      destroyedAt: destroyed_at.getTime(),
      ...(rewrapped_at ? { rewrappedAt: rewrapped_at.getTime() } : {}),
      ...(purged_at ? { purgedAt: purged_at.getTime() } : {}),
      unforced: unforced as Unforced[],
    }
  }
}
