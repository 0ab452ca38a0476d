/** The ledger of a home: its newest checkpoint is a file beside the database, and what operators do is in it too. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { contextOf } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { By } from '#records/index.ts'
import {
  commitmentHash,
  createLedger,
  refusalText,
  type ActDone,
  type Keeper,
  type Ledger,
  type LedgerEvent,
} from '#kernel/ledger/index.ts'
import { exit } from '../exit.ts'
import { keyCommitments } from './key-rows.ts'
import { renameDurably, writeDurablyBeside } from '../home/durable.ts'
import { homeFiles } from '../home/home.ts'
import { problem, type Problem } from './problem.ts'

/** Whoever types commands on the vault's machine. */
export const operator: By = { actor: 'operator', client: 'sigilo', address: 'local' }
/** The program itself. */
export const itself: By = { actor: 'system', client: 'sigilo', address: 'local', machine: true }

export type HouseAct = Pick<ActDone, 'action' | 'outcome' | 'query' | 'reason' | 'commitments'>

export type Restored =
  | { status: 'not-behind' }
  /** Something else is wrong with it. */
  | { status: 'refused'; problem: Problem }
  /** `setAside`: keeps the checkpoint under another name, as evidence, so that the next opening goes on without it. */
  | { status: 'behind'; size: number; kept: number; setAside: () => Promise<void> }

export interface HouseLedger extends Ledger {
  /**
   * To be called whenever the vault has been opened, and before anything is served. A problem: the database is not the one that
   * was served last; then nothing may be.
   */
  opened(): Promise<Problem | undefined>
  /** Whether the database is behind what was kept beside it, and the way out where it is an earlier copy that shall stay. */
  restored(): Promise<Restored>
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
  const keeper: Keeper = {
    read: () =>
      readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      }),
    write: (note) => writeDurablyBeside(file, note),
  }
  const ledger = createLedger({
    sql,
    keys,
    keeper,
    now: Date.now,
    ...(onEvent ? { onEvent } : {}),
  })
  let started = false

  /** Nothing outside the database says what it should have: whoever took that away, it is in the ledger from here on. */
  async function recordUncompared(): Promise<void> {
    const name = `${homeFiles.checkpoint}.`
    const aside = (await readdir(path)).filter(
      (each) => each.startsWith(name) && /^\d+$/.test(each.slice(name.length)),
    )
    const lost = await Promise.all(
      aside.map(async (each) => ({ each, note: await readFile(join(path, each)) })),
    )
    const has = await ledger.checkpoint()
    await ledger.record([
      {
        ...operator,
        action: 'restore',
        outcome: 'done',
        query: `the database as it was at ${has?.size} entries`,
        reason: ['no checkpoint was kept outside', ...aside].join(', '),
        commitments: lost.map(({ each, note }) => ({
          kind: 'checkpoint',
          hash: commitmentHash(contextOf('lost checkpoint', each), note),
        })),
      },
    ])
  }

  return {
    ...ledger,
    async opened() {
      if (started) return undefined
      const isFirst = (await keeper.read()) === undefined && (await ledger.checkpoint()) !== undefined
      const found = await ledger.start()
      if (found.status !== 'ok') return problem(exit.wrongHome, refusalText(found, file))
      started = true
      // What opens the vault from its first moment on.
      if ((await ledger.standing()).size === 0) {
        const commitments = await keyCommitments(sql)
        await ledger.record([{ ...itself, action: 'opener', outcome: 'done', query: 'made', commitments }])
      }
      if (isFirst) await recordUncompared()
      return undefined
    },
    async restored() {
      const found = await ledger.compare()
      if (found.status === 'ok') return { status: 'not-behind' }
      if (found.status !== 'database-behind') {
        return { status: 'refused', problem: problem(exit.wrongHome, refusalText(found, file)) }
      }
      const { size, kept } = found
      return {
        status: 'behind',
        size,
        kept,
        // A start that finds none records that, and what is set aside here.
        setAside: () => renameDurably(file, `${file}.${kept}`),
      }
    },
    operator: (act) => ledger.record([{ ...operator, ...act }]),
    itself: (act) => ledger.record([{ ...itself, ...act }]),
  }
}
