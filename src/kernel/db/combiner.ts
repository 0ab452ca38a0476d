import { setTimeout as wait } from 'node:timers/promises'
import { CombinerBusy, DatabaseAway, faultOf, CombinerStopped, UnknownOutcome } from './faults.ts'

export interface CombinerOptions<Item, Result> {
  /** Items in a batch at most, by weight. An item heavier than that goes alone. */
  batchMax: number
  /** Batches on their way at the same time. */
  flights?: number
  /**
   * Weight without which no batch leaves while another is on its way; absent, any does. Nobody waits so for a heavy one, of more
   * than `HEAVY` times as much.
   */
  companyMin?: number
  /**
   * Callers answered in one turn of the event loop; absent, all of a batch. What those do who were answered first leaves with the
   * next batch while the others are answered: where all are at once, all come again at once, and nothing is made while PostgreSQL
   * works, nor the other way round.
   */
  answeredAtOnce?: number
  /**
   * What the item must have for itself: no two items with a key in common are in one batch or in two flights at the
   * same time, and they go in the order of submission. None for reads.
   */
  key: (item: Item) => string | readonly string[]
  /** Rows that the item stands for. */
  weight?: (item: Item) => number
  /** Order of keys; batches are sorted by each item's first, so that their locks are taken in one order. */
  compare?: (a: string, b: string) => number
  /**
   * Applies a whole batch or nothing of it: one statement, or one transaction. Gives one result for each item, in the
   * order of the items. An item's own refusal (a lost version check) is a result; what it throws concerns the batch.
   */
  run: (items: Item[]) => Promise<Result[]>
  /** Errors besides 40001 and 40P01 that come of a race, such as 23505 where two insert what neither found. */
  retryable?: (error: unknown) => boolean
  /** True where `run` changes nothing: after a broken connection it is simply run again. */
  repeatable?: boolean
  /**
   * After a broken connection: the result of an item that was applied, undefined if it was not. Needs something in
   * the rows by which an item knows its own work, and a `run` that refuses what was applied already (see `look`).
   */
  wasApplied?: (item: Item) => Promise<Result | undefined>
  /** Weight that may wait; what comes on top is rejected with `CombinerBusy`. */
  queueMax?: number
  /** Given by tests, which do not wait. */
  pause?: (ms: number) => Promise<unknown>
}

export interface Combiner<Item, Result> {
  /**
   * Rejects with the error that `run` throws for this item alone, or `CombinerBusy`, `CombinerStopped`, `DatabaseAway`,
   * `UnknownOutcome`.
   */
  (item: Item): Promise<Result>
  /** Takes nothing new; resolves when everything taken is settled. */
  stop(): Promise<void>
}

interface Entry<Item, Result> {
  item: Item
  keys: readonly string[]
  weight: number
  /** A flight with it was lost: it may have been applied. */
  doubtful: boolean
  resolve(result: Result): void
  reject(error: unknown): void
}

/** How often a batch has been tried, and since when PostgreSQL is away. */
interface History {
  races: number
  losses: number
  awaySince?: number
}

const FLIGHTS = 2
/** So much heavier than a batch that is worth its statement, one on its way takes longer than a statement more would cost. */
const HEAVY = 4
/** Some seconds of work at full speed; beyond that a client is better told to come again. */
const QUEUE_MAX = 20_000
/** Each waits up to twice as long as the one before, 5 ms at first: about a second in all. */
const RACES_MAX = 8
const RACE_PAUSE_MS = 5
/** PostgreSQL is back within a second after a crash. Above that, its clients wait rather for an answer than for it. */
const AWAY_MS_MAX = 15_000
const AWAY_PAUSE_MS_MAX = 250
/** A batch that ends PostgreSQL each time it is run is split after this many. */
const LOSSES_MAX = 5

/**
 * Concurrent calls go to PostgreSQL as one statement. No timer: a batch leaves when a flight is free, with
 * what has come until then; so a lone call goes at once, and under load batches grow by themselves.
 *
 * Strangers share a batch and nothing else: on an error the batch is split in halves until the culprit stands alone.
 */
export function createCombiner<Item, Result>(options: CombinerOptions<Item, Result>): Combiner<Item, Result> {
  type Each = Entry<Item, Result>
  const { batchMax, flights = FLIGHTS, run, queueMax = QUEUE_MAX, pause = wait, wasApplied } = options
  const { answeredAtOnce = Infinity, companyMin = 0 } = options
  const compare = options.compare ?? ((a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0))
  const byFirstKey = (a: Each, b: Each) => compare(a.keys[0] ?? '', b.keys[0] ?? '')
  const busyKeys = new Set<string>()
  let queue: Each[] = []
  let queueWeight = 0
  let flying = 0
  let flyingWeight = 0
  /** Batches some of whose callers wait for their answer. */
  let answering = 0
  let scheduled = false
  let stopped: PromiseWithResolvers<void> | undefined

  function submit(item: Item): Promise<Result> {
    if (stopped) return Promise.reject(new CombinerStopped('the server is stopping'))
    const weight = options.weight?.(item) ?? 1
    // A heavy item is taken when nothing waits, or it could never be.
    if (queueWeight > 0 && queueWeight + weight > queueMax)
      return Promise.reject(new CombinerBusy('too much is waiting'))
    const key = options.key(item)
    const keys = typeof key === 'string' ? [key] : key.length > 1 ? key.toSorted(compare) : key
    return new Promise((resolve, reject) => {
      queue.push({ item, keys, weight, doubtful: false, resolve, reject })
      queueWeight += weight
      schedule()
    })
  }

  /** At the end of this turn of the event loop: what arrived together leaves together. */
  function schedule(): void {
    if (scheduled || !mayDepart()) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      depart()
    })
  }

  function mayDepart(): boolean {
    if (flying === 0) return true
    return flying < flights && (queueWeight >= companyMin || flyingWeight > HEAVY * companyMin)
  }

  function depart(): void {
    while (mayDepart()) {
      const batch = nextBatch()
      if (batch.length === 0) break
      flying++
      void fly(batch)
    }
    if (stopped && flying === 0 && answering === 0 && queue.length === 0) stopped.resolve()
  }

  async function fly(batch: Each[]): Promise<void> {
    const weight = batch.reduce((sum, each) => sum + each.weight, 0)
    flyingWeight += weight
    await settle(batch, { races: 0, losses: 0 })
    for (const { keys } of batch) for (const key of keys) busyKeys.delete(key)
    flyingWeight -= weight
    flying--
    depart()
  }

  /**
   * From the front of the queue, until the batch is full. An item that must wait for a key makes all later items with
   * any of its keys wait too: order for each key is kept, and a Bundle with many keys is not overtaken for ever.
   */
  function nextBatch(): Each[] {
    const batch: Each[] = []
    const left: Each[] = []
    const taken = new Set<string>()
    let weight = 0
    let next = 0
    for (; next < queue.length; next++) {
      const entry = queue[next] as Each
      const waits = entry.keys.some((key) => busyKeys.has(key) || taken.has(key))
      // The same if it does not fit: the batch leaves now, and the item is in front for the next one.
      if (!waits && weight > 0 && weight + entry.weight > batchMax) break
      for (const key of entry.keys) taken.add(key)
      if (waits) {
        left.push(entry)
      } else {
        batch.push(entry)
        weight += entry.weight
      }
    }
    queue = left.length > 0 ? [...left, ...queue.slice(next)] : queue.slice(next)
    queueWeight -= weight
    for (const { keys } of batch) for (const key of keys) busyKeys.add(key)
    return batch.some(({ keys }) => keys.length > 0) ? batch.toSorted(byFirstKey) : batch
  }

  /** Settles every entry, whatever happens; never throws. */
  async function settle(batch: Each[], history: History): Promise<void> {
    let results: Result[]
    try {
      results = await run(batch.map(({ item }) => item))
    } catch (error) {
      return recover(batch, error, history)
    }
    if (results.length !== batch.length) {
      const error = new Error(`run gave ${results.length} results for ${batch.length} items`)
      for (const entry of batch) entry.reject(error)
      return
    }
    if (batch.length > answeredAtOnce && !batch.some(({ doubtful }) => doubtful)) {
      answering++
      return answer(batch, results, 0)
    }
    for (const [index, entry] of batch.entries()) {
      const result = results[index] as Result
      if (entry.doubtful) await conclude(entry, history, () => entry.resolve(result))
      else entry.resolve(result)
    }
  }

  /** The flight is over meanwhile. */
  function answer(batch: readonly Each[], results: readonly Result[], from: number): void {
    const to = Math.min(batch.length, from + answeredAtOnce)
    for (let index = from; index < to; index++) batch[index]!.resolve(results[index] as Result)
    if (to < batch.length) {
      // The turn after the next: in the next, what these have brought departs.
      setImmediate(() => setImmediate(answer, batch, results, to))
      return
    }
    answering--
    if (stopped) schedule()
  }

  async function recover(batch: Each[], error: unknown, history: History): Promise<void> {
    const fault = options.retryable?.(error) ? 'race' : faultOf(error)
    if (fault === 'race' && history.races < RACES_MAX) {
      await pause(RACE_PAUSE_MS * 2 ** history.races * Math.random())
      return settle(batch, { ...history, races: history.races + 1 })
    }
    if (fault === 'not-sent' && (await stillAway(history))) return settle(batch, history)
    if (fault === 'lost' && history.losses < LOSSES_MAX) {
      if (!options.repeatable) {
        for (const entry of batch) entry.doubtful = true
        if (wasApplied) batch = await look(batch, error, history)
        else batch = giveUp(batch, error)
      } else if (!(await stillAway(history))) {
        batch = giveUp(batch, error)
      }
      const again = { races: history.races, losses: history.losses + 1 }
      return batch.length > 0 ? settle(batch, again) : undefined
    }
    if (fault === 'not-sent') return void giveUp(batch, error)
    const [entry] = batch
    if (batch.length > 1) {
      // Each half begins where the whole ended: it is tried once, and a race of strangers is not waited for again.
      const middle = batch.length >> 1
      await settle(batch.slice(0, middle), { ...history })
      await settle(batch.slice(middle), { ...history })
    } else if (entry && fault === 'lost') {
      await conclude(entry, history, () => giveUp(batch, error))
    } else if (entry) {
      await conclude(entry, history, () => entry.reject(error))
    }
  }

  /** Waits a little; false when PostgreSQL has been away for too long. */
  async function stillAway(history: History): Promise<boolean> {
    history.awaySince ??= performance.now()
    const away = performance.now() - history.awaySince
    if (away > AWAY_MS_MAX) return false
    await pause(Math.min(AWAY_PAUSE_MS_MAX, 10 + away / 4) * (0.5 + Math.random() / 2))
    return true
  }

  function giveUp(batch: Each[], cause: unknown): Each[] {
    for (const { doubtful, reject } of batch) {
      reject(
        doubtful
          ? new UnknownOutcome('the connection to PostgreSQL broke on the way', { cause })
          : new DatabaseAway('PostgreSQL cannot be reached', { cause }),
      )
    }
    return []
  }

  /**
   * Which items of a lost flight were applied? Gives back those that were not; the rest is settled.
   *
   * "Not applied" may be said too early: over a network a connection can break while its backend lives on.
   *
   *   backend 1:  … batch, sent on a connection that breaks …………………………… commits
   *   we:                look: not applied … run again on backend 2: waits for 1's row locks … "version conflict"
   *
   * The conflict is with ourselves, and telling it to the caller would be a lie. So an item that was ever in doubt is
   * looked for once more when its run has ended, whatever the run said, and what is found counts (`conclude`). Nor is
   * it applied twice: the second run, or the late first one, loses its version check or its unique key.
   */
  async function look(batch: Each[], error: unknown, history: History): Promise<Each[]> {
    const missing: Each[] = []
    for (const entry of batch) {
      try {
        const result = await find(entry, history)
        if (result === undefined) missing.push(entry)
        else entry.resolve(result)
      } catch (cause) {
        giveUp([entry], cause ?? error)
      }
    }
    return missing
  }

  async function conclude(entry: Each, history: History, otherwise: () => void): Promise<void> {
    if (!entry.doubtful) return otherwise()
    try {
      const result = await find(entry, history)
      if (result === undefined) otherwise()
      else entry.resolve(result)
    } catch (cause) {
      giveUp([entry], cause)
    }
  }

  /** Asks `wasApplied`, as often as PostgreSQL does not answer. Throws when it has been away for too long. */
  async function find(entry: Each, history: History): Promise<Result | undefined> {
    for (;;) {
      try {
        return await wasApplied?.(entry.item)
      } catch (error) {
        if (faultOf(error) === 'refused' || !(await stillAway(history))) throw error
      }
    }
  }

  return Object.assign(submit, {
    stop(): Promise<void> {
      stopped ??= Promise.withResolvers<void>()
      schedule()
      return stopped.promise
    },
  })
}
