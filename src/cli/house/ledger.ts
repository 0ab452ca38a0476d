/** The ledger of a home: its newest checkpoint is a file beside the database, and what operators do is in it too. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { By } from '#records/index.ts'
import {
  createLedger,
  refusalText,
  type ActDone,
  type Ledger,
  type LedgerEvent,
} from '#kernel/ledger/index.ts'
import { exit } from '../exit.ts'
import { keyCommitments } from './key-rows.ts'
import { writeDurablyBeside } from '../home/durable.ts'
import { homeFiles } from '../home/home.ts'
import { problem, type Problem } from './problem.ts'

/** Whoever types commands on the vault's machine. */
export const operator: By = { actor: 'operator', client: 'sigilo', address: 'local' }
/** The program itself. */
export const itself: By = { actor: 'system', client: 'sigilo', address: 'local', machine: true }

export type HouseAct = Pick<ActDone, 'action' | 'outcome' | 'query' | 'reason' | 'commitments'>

export interface HouseLedger extends Ledger {
  /**
   * To be called whenever the vault has been opened, and before anything is served. A problem: the database is not the one that
   * was served last; then nothing may be.
   */
  opened(): Promise<Problem | undefined>
  /** Records what somebody with the home in hand has done. Throws where it could not be recorded. */
  operator(act: HouseAct): Promise<void>
  /** The same of the program itself. */
  itself(act: HouseAct): Promise<void>
}

export function openLedger(
  path: string,
  { sql, keys, onEvent }: { sql: Sql; keys: Keys; onEvent?: (event: LedgerEvent) => void },
): HouseLedger {
  const file = join(path, homeFiles.checkpoint)
  const ledger = createLedger({
    sql,
    keys,
    keeper: {
      read: () =>
        readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return undefined
          throw error
        }),
      write: (note) => writeDurablyBeside(file, note),
    },
    now: Date.now,
    ...(onEvent ? { onEvent } : {}),
  })
  let started = false
  return {
    ...ledger,
    async opened() {
      if (started) return undefined
      const found = await ledger.start()
      if (found.status !== 'ok') return problem(exit.wrongHome, refusalText(found, file))
      started = true
      // What opens the vault from its first moment on.
      if ((await ledger.standing()).size === 0) {
        const commitments = await keyCommitments(sql)
        await ledger.record([{ ...itself, action: 'opener', outcome: 'done', query: 'made', commitments }])
      }
      return undefined
    },
    operator: (act) => ledger.record([{ ...operator, ...act }]),
    itself: (act) => ledger.record([{ ...itself, ...act }]),
  }
}
