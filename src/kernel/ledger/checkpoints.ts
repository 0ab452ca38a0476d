import { setTimeout } from 'node:timers/promises'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Checkpoint } from './checkpoint.ts'
import { openCheckpoint } from './signed-checkpoint.ts'
import { judge, readKept, type Judged, type Keeper, type StartRefusal } from './kept.ts'
import { insertCheckpoint, selectNewestCheckpoint, thinCheckpoints } from './queries.ts'
import type { Standing } from './sequencer.ts'
import { makeSigners, readSigners, signCheckpoint, SignersAltered, type Signers } from './signing.ts'

export interface CheckpointsOptions {
  sql: Sql
  keys: Keys
  keeper: Keeper
  /** Milliseconds since 1970, for the time in signatures. */
  now: () => number
  /** Told what the table of checkpoints did not take; it is tried again. */
  onFailed: (error: unknown) => void
}

/** The table has so long to take a checkpoint before that is kept outside: who locks it keeps nothing from being witnessed there. */
const listMsMax = 1000

/** Signs what is committed, keeps the newest outside of the database, and compares the two. */
export class Checkpoints {
  readonly #options: CheckpointsOptions
  #signers: Signers | undefined
  /** What is kept; undefined until it was read. */
  #kept: Pick<Checkpoint, 'size' | 'root'> | undefined
  /** To be put into the table, which has not taken it yet. */
  #unlisted: { size: number; note: string } | undefined
  #listing: Promise<void> | undefined
  #thinning: Promise<void> | undefined

  constructor(options: CheckpointsOptions) {
    this.#options = options
  }

  /** The house was sealed: nothing that signs stays. */
  forget(): void {
    this.#signers = undefined
  }

  /** Size of the newest that is known here. */
  get size(): number {
    return this.#kept?.size ?? 0
  }

  /** Whether `publish` has anything to do. */
  isDue({ size }: Standing): boolean {
    return size > this.size || (this.#unlisted !== undefined && !this.#listing)
  }

  /** Resolves when nothing is on its way to the table. */
  async settled(): Promise<void> {
    await this.#listing
    await this.#thinning
  }

  /** @throws {SignersAltered} */
  async signers(): Promise<Signers | undefined> {
    return (this.#signers ??= await readSigners(this.#options.sql, this.#options.keys))
  }

  /** Whether the database has everything that the kept checkpoint says. */
  async compare(): Promise<{ status: 'ok' } | StartRefusal> {
    try {
      return await this.#compare()
    } catch (error) {
      if (error instanceof SignersAltered) return { status: 'signers-altered', reason: error.message }
      throw error
    }
  }

  async #compare(): Promise<{ status: 'ok' } | StartRefusal> {
    const { sql, keeper } = this.#options
    const signers = await this.signers()
    const kept = await readKept(keeper, signers)
    if (kept.status === 'kept-unreadable') return kept
    const known = kept.status === 'none' ? undefined : kept.checkpoint
    const judged: Judged = known ? await judge(sql, known) : { status: 'ok' }
    if (judged.status !== 'ok') return judged
    if (!signers && (known || (await selectNewestCheckpoint(sql)).length > 0)) {
      return { status: 'signers-altered', reason: 'they are gone' }
    }
    this.#kept = known ?? { size: 0, root: new Uint8Array(0) }
    // It may have been kept while the table did not take it, by a process that has ended since: the tree has it, and so shall the table.
    this.#unlisted = kept.status === 'ok' ? { size: kept.checkpoint.size, note: kept.note } : undefined
    return judged
  }

  /**
   * Signs a tree that is committed. `epoch`: of the lease under which it was. It is put into the table first, and kept outside whether
   * the table takes it or not.
   */
  async publish(standing: Standing, epoch: number): Promise<void> {
    const { sql, keys, now } = this.#options
    if (standing.size <= this.size) return void this.#list()
    const signers = (await this.signers()) ?? (this.#signers = await makeSigners(sql, keys, epoch))
    if (!signers) return
    const note = signCheckpoint(signers, standing, now())
    this.#unlisted = { size: standing.size, note }
    // One that is still on its way was waited for already.
    if (!this.#listing) await atMost(this.#list(), listMsMax)
    await this.#keep(note, standing)
  }

  /** Keeps what another process has published. */
  async follow(): Promise<{ status: 'ok' } | Exclude<Judged, { status: 'ok' }>> {
    const { sql } = this.#options
    const [row] = await selectNewestCheckpoint(sql)
    const size = row?.size ?? 0
    if (size < this.size) {
      if (!this.#unlisted || !this.#kept) return { status: 'database-behind', size, kept: this.size }
      void this.#list()
      return judge(sql, this.#kept)
    }
    this.#unlisted = undefined
    if (!row || size === this.size) return { status: 'ok' }
    const signers = await this.signers()
    if (!signers) return { status: 'ok' }
    const opened = openCheckpoint(row.note, { origin: signers.origin, keys: signers.keys, need: 'all' })
    if (opened.status !== 'ok') return { status: 'forked', size, kept: this.size }
    // Both are beginnings of one tree: then the older is a beginning of the newer.
    for (const checkpoint of [opened.checkpoint, ...(this.size > 0 && this.#kept ? [this.#kept] : [])]) {
      const judged = await judge(sql, checkpoint)
      if (judged.status !== 'ok') return judged
    }
    await this.#keep(row.note, opened.checkpoint)
    return { status: 'ok' }
  }

  /** Nobody waits for it. */
  thin(): void {
    const { sql, onFailed } = this.#options
    this.#thinning ??= (async () => void (await thinCheckpoints(sql)))()
      .catch(onFailed)
      .finally(() => (this.#thinning = undefined))
  }

  /** Puts into the table what it has not taken yet; one at a time. Does not reject. */
  #list(): Promise<void> {
    const { sql, onFailed } = this.#options
    const given = this.#unlisted
    if (!given) return Promise.resolve()
    const insert = async () => {
      await insertCheckpoint(sql, given.size, given.note)
      if (this.#unlisted === given) this.#unlisted = undefined
    }
    return (this.#listing ??= insert()
      .catch(onFailed)
      .finally(() => (this.#listing = undefined)))
  }

  async #keep(note: string, { size, root }: Standing): Promise<void> {
    if (size <= this.size) return
    await this.#options.keeper.write(note)
    this.#kept = { size, root }
  }
}

async function atMost(done: Promise<void>, ms: number): Promise<void> {
  const over = new AbortController()
  const late = setTimeout(ms, undefined, { signal: over.signal, ref: false }).catch(() => {})
  await Promise.race([done, late])
  over.abort()
}
