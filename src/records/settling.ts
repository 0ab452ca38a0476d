/** Up to when everything is written: whoever goes on from there misses nothing. */
import { setTimeout } from 'node:timers/promises'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentId } from './place.ts'
import { selectSettled } from './queries.ts'

/** A write that lasts longer than this is not waited for. */
const waitMsMax = 100
const pauseMs = 3

/**
 * A moment in milliseconds since 1970, after every write that was acknowledged before, up to which nothing more will be
 * written. Where a write lasts too long: the moment before it, if `strict`; otherwise what it writes may come late.
 */
export async function settle(sql: Sql, facility: CompartmentId, strict: boolean): Promise<number> {
  const [first] = await selectSettled(sql, facility)
  if (!first) throw new Error('the database told no time')
  const asked = first.asked.getTime()
  let settled = first.settled.getTime()
  const began = performance.now()
  while (settled < asked && performance.now() - began < waitMsMax) {
    await setTimeout(pauseMs)
    const [again] = await selectSettled(sql, facility)
    settled = again?.settled.getTime() ?? settled
  }
  return (strict ? Math.min(asked, settled) : asked) - 1
}
