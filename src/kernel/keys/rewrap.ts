import { setImmediate } from 'node:timers/promises'
import { SealBroken } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { epochCompartmentsMax, type Epochs } from './epochs.ts'
import * as queries from './queries.ts'

/** What became of an epoch. */
export type Rewrapped =
  /** Its key is destroyed; `moved` patient keys are under another's. */
  | { status: 'destroyed'; moved: number }
  /** Its key was gone already. */
  | { status: 'gone'; moved: number }
  /** Its key stays, because these rows are not what was sealed: neither it nor any other opens them. */
  | { status: 'broken'; moved: number; compartments: string[] }
  /** Its key stays, because others were always faster: to be tried again. */
  | { status: 'unfinished'; moved: number }

/** Whether a destruction was noted by this house, and not by who writes its database. */
export type IsNoted = (compartment: string, sealed: Uint8Array) => boolean

/** Patient keys wrapped anew in one go, 5 ms: what waits for the processor waits no longer. */
const sliceKeys = 128
/** Each time, all that were moved by others or destroyed are no longer there to be moved. */
const roundsMax = 8

/**
 * Ends an epoch, wraps the patient keys that are left of it under the epochs that stand, and destroys its key. Whoever is
 * minting under it loses its turn and mints anew; who has read a row of it reads it again. It may be stopped at any
 * statement, and be run by several processes at once: the next call goes on with what is left.
 */
export async function rewrapEpoch(
  sql: Sql,
  epochs: Epochs,
  epoch: string,
  isNoted: IsNoted,
): Promise<Rewrapped> {
  await queries.retireEpochs(sql, [epoch])
  epochs.leave(epoch)
  const broken = new Set<string>()
  let moved = 0
  for (let round = 0; round < roundsMax; round++) {
    const left = await sweep(sql, epochs, epoch, { broken, isNoted })
    if (left === 'gone') return { status: 'gone', moved }
    moved += left.moved
    if (left.read > broken.size) continue
    const [destroyed] = await queries.deleteEpoch(sql, epoch)
    if (destroyed) {
      epochs.drop([epoch])
      return { status: 'destroyed', moved }
    }
    if (broken.size > 0) return { status: 'broken', moved, compartments: [...broken] }
    if ((await queries.keyringKeys(sql, [epoch])).length === 0) return { status: 'gone', moved }
  }
  return { status: 'unfinished', moved }
}

/** Once over the rows of the epoch, from first to last. */
async function sweep(
  sql: Sql,
  epochs: Epochs,
  epoch: string,
  { broken, isNoted }: { broken: Set<string>; isNoted: IsNoted },
): Promise<{ read: number; moved: number } | 'gone'> {
  let [read, moved, after] = [0, 0, firstCompartment]
  for (;;) {
    const found = await queries.epochCompartments(sql, epoch, after, epochCompartmentsMax)
    if (found.length === 0) return { read, moved }
    after = found.at(-1)?.compartment ?? after
    // Put back by somebody after their destruction: carried on, they would outlive the key that is to go.
    const destroyed = found.filter((row) => row.destroyed && isNoted(row.compartment, row.destroyed))
    if (destroyed.length > 0)
      await queries.burnPutBack(
        sql,
        destroyed.map(({ compartment }) => compartment),
      )
    const rows = found.filter((row) => !destroyed.includes(row))
    read += rows.length
    await epochs.fetch(rows)
    const wrapped = await wrapAnew(epochs, rows, broken)
    if (wrapped === 'gone') return 'gone'
    if (wrapped.length === 0) continue
    const done = await queries.moveToEpochs(sql, epoch, wrapped)
    moved += done.length
    if (done.length < wrapped.length) await leaveEnded(sql, epochs)
  }
}

const firstCompartment = '00000000-0000-0000-0000-000000000000'

async function wrapAnew(
  epochs: Epochs,
  rows: readonly queries.CompartmentRow[],
  broken: Set<string>,
): Promise<queries.CompartmentRow[] | 'gone'> {
  const wrapped: queries.CompartmentRow[] = []
  for (let from = 0; from < rows.length;) {
    const to = await epochs.take(Math.min(sliceKeys, rows.length - from))
    for (const row of rows.slice(from, from + to.count)) {
      try {
        const anew = epochs.rewrap(row, to)
        if (!anew) return 'gone'
        wrapped.push(anew)
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error
        broken.add(row.compartment)
      }
    }
    from += to.count
    await setImmediate()
  }
  return wrapped
}

/** Some were not moved: destroyed, moved by another process, or our epoch has ended too. */
async function leaveEnded(sql: Sql, epochs: Epochs): Promise<void> {
  const { current } = epochs
  if (current === undefined) return
  const [row] = await queries.standingEpochs(sql, [current])
  if (!row || row.retired) epochs.leave(current)
}
