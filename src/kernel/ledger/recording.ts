/** Entries of acts that change nothing: durable before the caller goes on, many callers' in one row. */
import { setTimeout as wait } from 'node:timers/promises'
import {
  createCombiner,
  DatabaseAway,
  faultOf,
  UnknownOutcome,
  type Combiner,
  type Sql,
} from '#kernel/db/index.ts'
import type { Pseudonyms } from './pseudonyms.ts'
import { insertStaged } from './queries.ts'
import { stagedRow } from './staging.ts'

/** The entries of one caller, framed. */
export interface Recorded {
  names: Pseudonyms
  entries: Uint8Array
  count: number
}

/** Entries in a row at most: some 250 kB. */
const batchMax = 500
/** PostgreSQL is back within a second after a crash. */
const awayMsMax = 10_000
const awayPauseMs = 100

/**
 * Durable when it resolves. A row has a tag of its own, so an insert whose connection broke is simply repeated, and
 * finds the first one's row or the note that it was sequenced.
 */
export function createRecorder(sql: Sql, recorded: () => void): Combiner<Recorded, void> {
  return createCombiner<Recorded, void>({
    batchMax,
    queueMax: 40 * batchMax,
    key: () => [],
    weight: ({ count }) => count,
    async run(items) {
      const names = items[0]!.names
      // The vault was sealed and opened again between two callers: each has the keys of its time, which are the same.
      const row = stagedRow(
        names,
        items.length === 1 ? items[0]!.entries : Buffer.concat(items.map(({ entries }) => entries)),
      )
      const since = performance.now()
      let doubtful = false
      for (let cause: unknown; ;) {
        // Before each try, and not after it: who was halted meanwhile must not repeat it when its twin is forgotten.
        if (performance.now() - since > awayMsMax) {
          if (doubtful) throw new UnknownOutcome('the connection to PostgreSQL broke on the way', { cause })
          throw new DatabaseAway('PostgreSQL cannot be reached', { cause })
        }
        try {
          await insertStaged(sql, row)
          recorded()
          return items.map(() => undefined)
        } catch (error) {
          const fault = faultOf(error)
          if (fault === 'refused') throw error
          doubtful ||= fault === 'lost'
          cause = error
        }
        await wait(awayPauseMs)
      }
    },
  })
}
