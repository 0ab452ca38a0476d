/**
 * The batch. Of each epoch under which something was destroyed the survivors are sealed under another key, and its own goes; then
 * what else has keys makes new ones; then the bytes go. Each step finds by itself what is left of it, so whoever comes after one that
 * was killed does it to its end, and of two who do it at once none harms the other:
 *
 *   A: takes the batch, 1 … ends epoch E … hangs                                … notes under 1: nothing is noted
 *   B:                                     the lease is over: takes it, 2 … ends what is left of E … notes under 2
 */
import { setTimeout } from 'node:timers/promises'
import { randomUuid } from '#kernel/crypto/index.ts'
import { openNote } from '../destruction-note.ts'
import { burnPutBack as burn } from '../queries.ts'
import { purge, type Unforced } from './purge.ts'
import * as queries from './queries.ts'
import type { ShreddingOptions } from './shredding.ts'

export type Batch =
  | {
      status: 'done'
      /** Keys of the keyring that were destroyed, and patient keys that were sealed anew for it. */
      epochs: number
      survivors: number
      /** Destroyed patients of whom PostgreSQL has no key any more. */
      purged: number
      unforced: Unforced[]
      rewrapMs: number
      tookMs: number
    }
  /** Another process is at it. */
  | { status: 'busy' }
  /** Rows that somebody altered do not open: the keys of their epochs stay until that is settled. */
  | { status: 'broken'; compartments: number }
  /** Something lasts too long: it is gone on with by itself. */
  | { status: 'later' }

const leaseSecondsUsual = 60
/** Epochs that others are always faster at. */
const triesMax = 5

export function createBatch(options: ShreddingOptions & { closing: AbortSignal }): () => Promise<Batch> {
  const { sql, keys, maintenance = sql, renew, closing, leaseSeconds = leaseSecondsUsual } = options

  return async function run(): Promise<Batch> {
    const began = performance.now()
    const [taken] = await queries.takeBatch(sql, randomUuid(), leaseSeconds)
    if (!taken) return { status: 'busy' }
    const lost = new AbortController()
    const renewing = setInterval(
      () => {
        queries.renewBatch(sql, taken.epoch, leaseSeconds).then(
          (held) => held.length === 0 && lost.abort(),
          () => {},
        )
      },
      (leaseSeconds * 1000) / 3,
    )
    renewing.unref()
    let isDone = false
    try {
      const batch = await work(taken.epoch, began, AbortSignal.any([closing, lost.signal]))
      isDone = batch.status === 'done'
      return batch
    } finally {
      clearInterval(renewing)
      await queries.leaveBatch(sql, taken.epoch, isDone).catch(() => {})
    }
  }

  async function work(epoch: number, began: number, signal: AbortSignal): Promise<Batch> {
    await burnPutBack()
    // What is destroyed from here on may be the next batch's.
    const until = await now()
    const ended = await end(signal)
    const rewrapMs = performance.now() - began
    signal.throwIfAborted()
    if (ended.status === 'ended') await queries.noteRewrapped(sql, epoch, until)
    // No row that is noted by now is younger than the purge.
    const rewrapped = await now()
    const [waiting] = await queries.waiting(sql)
    const isPurging = waiting?.left === true || (waiting?.destroyed === true && ended.status === 'ended')
    const unforced = isPurging ? await purge(sql, maintenance, signal) : []
    signal.throwIfAborted()
    if (isPurging) await queries.noteReplacedGone(sql, epoch, waiting.replaced, unforced)
    // What stands in the way of a destruction does not keep the bytes of replaced keys.
    if (ended.status !== 'ended') return ended
    const purged = (await queries.notePurged(sql, epoch, rewrapped, unforced)).length
    const { epochs, survivors } = ended
    const tookMs = performance.now() - began
    return { status: 'done', epochs, survivors, purged, unforced, rewrapMs, tookMs }
  }

  /** Whatever led to the destroyed; nothing to do where all of it has ended, as when keys were replaced and that is all. */
  async function end(signal: AbortSignal) {
    const [waiting] = await queries.waiting(sql)
    const isAny = waiting?.destroyed === true || (await queries.epochsToEnd(sql)).length > 0
    if (!isAny) return { status: 'ended' as const, epochs: 0, survivors: 0 }
    const ended = await endEpochs(signal)
    if (ended.status !== 'ended') return ended
    if (renew && (await renew(signal)) !== 'done') return { status: 'later' as const }
    return ended
  }

  /** What this house noted: by a row of its own, whoever writes the database could have a patient destroyed for good. */
  async function burnPutBack(): Promise<void> {
    const found = await queries.putBack(sql)
    const noted = found.filter(({ compartment, sealed }) => openNote(keys.destruction, compartment, sealed))
    if (noted.length === 0) return
    await burn(
      sql,
      noted.map(({ compartment }) => compartment),
    )
  }

  async function endEpochs(signal: AbortSignal) {
    let [epochs, survivors, broken] = [0, 0, 0]
    for (const { epoch } of await queries.epochsToEnd(sql)) {
      for (let tries = 1; ; tries++) {
        signal.throwIfAborted()
        const outcome = await keys.rewrap(epoch)
        survivors += outcome.moved
        if (outcome.status === 'destroyed') epochs++
        if (outcome.status === 'broken') broken += outcome.compartments.length
        if (outcome.status !== 'unfinished') break
        if (tries === triesMax) return { status: 'later' as const }
        await setTimeout(100 * tries)
      }
    }
    await keys.letGo()
    if (broken > 0) return { status: 'broken' as const, compartments: broken }
    return { status: 'ended' as const, epochs, survivors }
  }

  async function now(): Promise<Date> {
    const [row] = await queries.clock(sql)
    if (!row) throw new Error('the database told no time')
    return row.now
  }
}
