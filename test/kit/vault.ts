import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from '#kernel/db/index.ts'
import { createKeys, type Keys } from '#kernel/keys/index.ts'
import { createStore, type Store } from '#records/index.ts'
import { testDatabase, type DatabaseOptions, type Scope, type TestDatabase } from './database.ts'

export interface TestVault extends TestDatabase {
  keys: Keys
  store: Store
  /** Another process's view: its own pool, caches and combiners over the same database. */
  another(): Promise<{ sql: Sql; keys: Keys; store: Store }>
}

/** Of the vaults of tests: the default of `SIGILO_TIME_ZONE`. */
export const timeZone = 'America/Mexico_City'

/** An open vault over a database of the test's own, unsealed by a key file. */
export async function testVault(
  t: Scope,
  { now = Date.now, ...options }: DatabaseOptions & { now?: () => number } = {},
): Promise<TestVault> {
  const database = await testDatabase(t, options)
  const folder = await mkdtemp(join(tmpdir(), 'sigilo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const secret = { kind: 'key-file', path: join(folder, 'key') } as const
  const keys = createKeys({ sql: database.sql })
  const initialised = await keys.initialise(secret)
  if (initialised.status !== 'open') throw new Error(`the test's vault did not open: ${initialised.status}`)
  const open = (theirs: Keys): Store => {
    const store = createStore({ sql: database.sql, keys: theirs, timeZone, now })
    t.after(() => store.close())
    return store
  }
  return {
    ...database,
    keys,
    store: open(keys),
    async another() {
      const theirs = createKeys({ sql: database.sql })
      await theirs.unseal(secret)
      return { sql: database.sql, keys: theirs, store: open(theirs) }
    },
  }
}

/** A resource as the bytes of a request. */
export function bodyOf(resource: object): Uint8Array {
  return Buffer.from(JSON.stringify(resource))
}
