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
import type { Appended, Doubt, Sequencer } from './sequencer.ts'
import { stagedRow } from './staging.ts'

/** The entries of one caller, framed. */
export interface Recorded {
  names: Pseudonyms
  entries: Uint8Array
  count: number
}

/** Entries in a row at most: some 250 kB. */
const batchMax = 500
/** A statement costs PostgreSQL as much as twenty entries do: while one is on its way, the next has some. */
const companyMin = 24
/** Fewer at once would be told one by one: a turn costs as much as an entry. */
const answeredAtOnce = 16
/** PostgreSQL is back within a second after a crash. */
const awayMsMax = 10_000
const awayPauseMs = 100

/**
 * Durable when it resolves: in the tree where this process sequences, otherwise staged. A row has a tag of its own, so an insert
 * whose connection broke is simply repeated, and finds the first one's row or the note that it was sequenced.
 */
export function createRecorder(
  sql: Sql,
  staged: () => void,
  sequencer?: Pick<Sequencer, 'append' | 'wasAppended'>,
): Combiner<Recorded, void> {
  return createCombiner<Recorded, void>({
    batchMax,
    queueMax: 40 * batchMax,
    companyMin,
    answeredAtOnce,
    key: () => [],
    weight: ({ count }) => count,
    async run(items) {
      const names = items[0]!.names
      // The vault was sealed and opened again between two callers: each has the keys of its time, which are the same.
      const entries =
        items.length === 1 ? items[0]!.entries : Buffer.concat(items.map((item) => item.entries))
      const appended: Appended | undefined = await sequencer?.append(names, entries)
      if (appended?.status !== 'appended') await stage(names, entries, appended)
      return items.map(() => undefined)
    },
  })

  async function stage(
    names: Pseudonyms,
    entries: Uint8Array,
    appended: Appended | undefined,
  ): Promise<void> {
    const row = stagedRow(names, entries)
    const since = performance.now()
    let doubt: Doubt | undefined
    let isDoubtful = false
    let cause: unknown
    if (appended?.status === 'doubtful') {
      ;({ doubt, cause } = appended)
      isDoubtful = true
    }
    for (;;) {
      // Before each try, and not after it: who was halted meanwhile must not repeat it when its twin is forgotten.
      if (performance.now() - since > awayMsMax) {
        if (isDoubtful) throw new UnknownOutcome('the connection to PostgreSQL broke on the way', { cause })
        throw new DatabaseAway('PostgreSQL cannot be reached', { cause })
      }
      try {
        if (doubt) {
          if (await sequencer?.wasAppended(doubt)) return
          doubt = undefined
          isDoubtful = false
        }
        await insertStaged(sql, row)
        staged()
        return
      } catch (error) {
        const fault = faultOf(error)
        if (fault === 'refused') throw error
        isDoubtful ||= fault === 'lost'
        cause = error
      }
      await wait(awayPauseMs)
    }
  }
}
