/** When a page is evaluated: every page of a search at the moment of its first. */
import { setTimeout } from 'node:timers/promises'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentId } from '../../place.ts'
import { selectSettled } from './queries.ts'

/**
 * `live`: as of now. `heads`: at these positions of these compartments. `asOf`: at a time of the database's, in
 * milliseconds since 1970, up to which every write is known.
 */
export type Moment =
  | { is: 'live' }
  | { is: 'heads'; heads: ReadonlyMap<CompartmentId, number> }
  | { is: 'asOf'; at: number }

/** A write that lasts longer than this is not waited for. */
const waitMsMax = 250
const pauseMs = 3

/**
 * A moment, after every write that was acknowledged before, up to which nothing more will be written. Where a write lasts too
 * long, the moment before it, if `strict`; otherwise what it writes may come late.
 */
export async function settle(
  sql: Sql,
  facility: CompartmentId,
  strict: boolean,
): Promise<Moment & { is: 'asOf' }> {
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
  return { is: 'asOf', at: (strict ? Math.min(asked, settled) : asked) - 1 }
}

/** Before this nothing more will be written, in milliseconds since 1970. */
export async function settledNow(sql: Sql, facility: CompartmentId): Promise<number> {
  return (await settle(sql, facility, true)).at + 1
}
