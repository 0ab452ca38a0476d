import { join } from 'node:path'
import { randomUuid } from '#kernel/crypto/index.ts'
import { createKeys, type CompartmentKeys, type Keys } from '#kernel/keys/index.ts'
import {
  createLedger,
  type Keeper,
  type Ledger,
  type LedgerEvent,
  type LedgerOptions,
} from '#kernel/ledger/index.ts'
import { testDatabase, type DatabaseOptions, type TestDatabase } from './database.ts'
import { atEnd, temporaryFolder, type Scope } from './scope.ts'

export interface TestPatient {
  compartment: string
  keys: CompartmentKeys
}

export interface TestLedger extends TestDatabase {
  keys: Keys
  ledger: Ledger
  /** What was kept outside the database, in order. */
  notes: string[]
  events: LedgerEvent[]
  secret: { kind: 'key-file'; path: string }
  /** A new patient, whose key is stored. */
  patient(): Promise<TestPatient>
  /** Resolves when all that was recorded is under a signed checkpoint. */
  settled(): Promise<number>
}

/** A keeper in memory, with all that it was ever given. */
export function memoryKeeper(notes: string[] = []): Keeper {
  return { read: () => notes.at(-1), write: (note) => void notes.push(note) }
}

/** An open house with a ledger, not started, over a database of the test's own. */
export async function testLedger(
  t: Scope,
  { ledger: given, ...options }: DatabaseOptions & { ledger?: Partial<LedgerOptions> } = {},
): Promise<TestLedger> {
  const database = await testDatabase(t, options)
  const folder = temporaryFolder(t)
  const secret = { kind: 'key-file', path: join(folder, 'key') } as const
  const { sql } = database
  const keys = createKeys({ sql })
  const initialised = await keys.initialise(secret)
  if (initialised.status !== 'open') throw new Error(`the test's house did not open: ${initialised.status}`)
  const notes: string[] = []
  const events: LedgerEvent[] = []
  const ledger = createLedger({
    sql,
    keys,
    keeper: memoryKeeper(notes),
    now: Date.now,
    checkpointMs: 50,
    onEvent: (event) => void events.push(event),
    ...given,
  })
  atEnd(t, () => ledger.stop())
  return {
    ...database,
    keys,
    ledger,
    notes,
    events,
    secret,
    async patient() {
      const compartment = randomUuid()
      const minted = await keys.mint(compartment)
      const { epoch, generation, wrapped } = minted
      await sql`
        insert into compartment (compartment, epoch, generation, wrapped)
        values (${compartment}::uuid, ${epoch}::uuid, ${generation}::int, ${wrapped}::bytea)`
      keys.keep(compartment, minted.keys)
      return { compartment, keys: minted.keys }
    },
    async settled() {
      for (;;) {
        const [row] = await sql<{ staged: number; size: number; signed: number }[]>`
          select (select count(*)::int from ledger_staged where not refused) as staged,
            (select size from ledger_head) as size,
            (select coalesce(max(size), 0) from ledger_checkpoint) as signed`
        if (row && row.staged === 0 && row.signed === row.size) return row.size
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  }
}
