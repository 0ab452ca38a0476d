/** A vault on a PostgreSQL of its own with the settings of a real home, for the processes that are measured. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, migrate, startEmbedded, type Embedded, type Sql } from '#kernel/db/index.ts'
import { createKeys, type Keys } from '#kernel/keys/index.ts'
import { createLedger, type Keeper, type Ledger } from '#kernel/ledger/index.ts'
import { createStore, type Acting, type Store } from '#records/index.ts'
import { createUnledgeredStore } from '#records/unledgered/index.ts'
import { createRows } from '#people/index.ts'
import { createGate } from '#safeguards/gate.ts'
import { writeDurablyBeside } from '#cli/home/durable.ts'
import { migrations } from '#cli/house/migrations.ts'

export const timeZone = 'America/Mexico_City'

export interface House {
  home: string
  /** What opens it. */
  secret: { kind: 'key-file'; path: string }
  database: Pick<Embedded, 'url' | 'superuserUrl'>
  sql: Sql
  keys: Keys
  /** As the vault's own; in a house without one, nothing is recorded. */
  ledger: Ledger | undefined
  store: Store
  acting: Acting
  /** As after a start: nothing is known of any patient. */
  reopen(): Promise<void>
  /**
   * Does what only prepares, on the same PostgreSQL without its promises to the disk: what is filled in random order would be written
   * several times over. Afterwards it has the settings of a real home again, and all is on the disk.
   */
  unsynced(work: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

export interface HouseOptions {
  /** The layers of records: up to the ledger, or only what is below it. */
  layers?: 'ledger' | 'store'
  /** Where the ledger keeps its last checkpoint; absent, in the home as the vault does. */
  keeper?: Keeper
}

export async function buildHouse({ layers = 'ledger', keeper }: HouseOptions = {}): Promise<House> {
  const home = await mkdtemp(join(tmpdir(), `sigilo-bench-${process.pid}-`))
  const startDatabase = async (durable: boolean) => {
    const started = await startEmbedded({ home, durable })
    if (started.status !== 'started') throw new Error(`${started.message}; cure: ${started.cure}`)
    return started
  }
  let database = await startDatabase(true)
  const restartDatabase = async (durable: boolean) => {
    await database.stop()
    database = await startDatabase(durable)
  }
  const sql = connect(database.url)
  const migrated = await migrate(sql, migrations)
  if (migrated.status !== 'migrated') throw new Error(migrated.message)
  const keys = createKeys({ sql })
  const secret = { kind: 'key-file', path: join(home, 'key') } as const
  const opened = await keys.initialise(secret)
  if (opened.status !== 'open') throw new Error(`the vault did not open: ${opened.status}`)
  const exports = { folder: join(home, 'exports') }
  const options = { sql, keys, timeZone, now: Date.now, exports }
  const ledger =
    layers === 'ledger'
      ? createLedger({ sql, keys, now: Date.now, keeper: keeper ?? fileKeeper(home) })
      : undefined
  const store = ledger
    ? createStore({
        ...options,
        ledger,
        gate: createGate({ now: Date.now, rows: createRows({ sql, keys, ledger }) }),
        merged: createRows({ sql, keys, ledger })('merging'),
      })
    : createUnledgeredStore(options)
  const started = await ledger?.start()
  if (started && started.status !== 'ok') throw new Error(`the ledger did not start: ${started.status}`)
  return {
    home,
    secret,
    database,
    sql,
    keys,
    ledger,
    store,
    acting: store.as({ actor: 'bench', client: 'bench', address: 'local' }),
    async reopen() {
      keys.seal()
      const unsealed = await keys.unseal(secret)
      if (unsealed.status !== 'open') throw new Error(`the vault did not open: ${unsealed.status}`)
      await store.tend()
    },
    async unsynced(work) {
      await restartDatabase(false)
      await work()
      await restartDatabase(true)
      execFileSync('sync')
    },
    async close() {
      await store.close()
      await ledger?.stop()
      keys.seal()
      await sql.end({ timeout: 1 })
      await database.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

function fileKeeper(home: string): Keeper {
  return { read: () => undefined, write: (note) => writeDurablyBeside(join(home, 'checkpoint'), note) }
}
