import { setTimeout } from 'node:timers/promises'
import type { Sql } from '#kernel/db/index.ts'
import { silentSecondsMin } from './presence.ts'
import * as queries from './queries.ts'

export interface SealedEverywhere {
  /** Other processes that held the keys and have zeroed them. */
  closed: number
  /**
   * Processes that were not heard of for some seconds and may hold keys in their memory: killed, most likely, else cut
   * off from the database or halted. The order is the first thing that they find when they are back.
   */
  silent: number
}

const lookMs = 25
/** Who obeys does not say any more that it is there, and is silent by then: what is heard all the same is a row that nobody is behind. */
const waitMsMax = 2 * silentSecondsMin * 1000

/**
 * Orders that the house be sealed: every process that holds the keys zeroes them, and none opens by itself until a person
 * has unsealed one. Needs no key. Returns when each process that is heard of has obeyed, or has fallen silent.
 */
export async function sealEverywhere(sql: Sql): Promise<SealedEverywhere> {
  const [order] = await queries.orderSeal(sql)
  if (!order) throw new Error('the vault has no row')
  let all: number | undefined
  const began = performance.now()
  for (;;) {
    const [left] = await queries.processesBefore(sql, order.seals, silentSecondsMin)
    const { heard, silent } = left ?? { heard: 0, silent: 0 }
    all ??= heard + silent
    if (heard === 0) return { closed: all - silent, silent }
    if (performance.now() - began > waitMsMax) return { closed: all - silent - heard, silent: silent + heard }
    await setTimeout(lookMs)
  }
}
