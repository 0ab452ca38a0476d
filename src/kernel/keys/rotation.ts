import { setTimeout } from 'node:timers/promises'
import type { Sql } from '#kernel/db/index.ts'
import { KeysSealed, type Epochs } from './epochs.ts'
import * as queries from './queries.ts'
import { rewrapEpoch, type IsNoted } from './rewrap.ts'

/** What became of the epochs that had ended. */
export interface EpochsFinished {
  /** Their keys are destroyed. */
  destroyed: number
  /** Patient keys that were moved. */
  moved: number
  /** Epochs whose key stays, because these of their rows are not what was sealed. */
  broken: { epoch: string; compartments: string[] }[]
}

/** Ends every epoch that stands, so that all that is minted from here on is under new ones; returns how many. */
export async function endEpochs(sql: Sql, epochs: Epochs): Promise<number> {
  const standing = (await queries.epochsStanding(sql)).map(({ id }) => id)
  const ended = await queries.retireEpochs(sql, standing)
  for (const { id } of ended) epochs.leave(id)
  return ended.length
}

/**
 * Moves the patient keys of epochs that have ended, one epoch after the other, and destroys those epochs' keys. Between
 * two it rests for as long as it worked: it takes half of a processor at most, and what people do comes first. Stopped
 * in the middle, it goes on at the next call, here or in another process. Ends early where the house is sealed.
 */
export async function finishEpochs(sql: Sql, epochs: Epochs, isNoted: IsNoted): Promise<EpochsFinished> {
  const done: EpochsFinished = { destroyed: 0, moved: 0, broken: [] }
  for (const { id } of await queries.epochsEnded(sql)) {
    if (epochs.closed) throw new KeysSealed()
    const began = performance.now()
    const rewrapped = await rewrapEpoch(sql, epochs, id, isNoted)
    done.moved += rewrapped.moved
    if (rewrapped.status === 'destroyed') done.destroyed += 1
    if (rewrapped.status === 'broken') done.broken.push({ epoch: id, compartments: rewrapped.compartments })
    await setTimeout(performance.now() - began, undefined, { ref: false })
  }
  return done
}
