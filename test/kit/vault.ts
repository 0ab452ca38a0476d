import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { createKeys, type Keys } from '#kernel/keys/index.ts'
import { createStore, type ExportLimits, type Store, type StoreOptions } from '#records/index.ts'
import { testDatabase, type DatabaseOptions, type Scope, type TestDatabase } from './database.ts'

export interface TestVault extends TestDatabase {
  keys: Keys
  store: Store
  /** Another process's view: its own pool, caches and combiners over the same database. `exports`: the folder's name. */
  another(exports?: string): Promise<{ sql: Sql; keys: Keys; store: Store; exports: string }>
  /** Where its exports lie, once they are begun. */
  exports: string
  /** The secret that unseals it. */
  secret: { kind: 'key-file'; path: string }
}

/** Of the vaults of tests: the default of `SIGILO_TIME_ZONE`. */
export const timeZone = 'America/Mexico_City'

/** An open vault over a database of the test's own, unsealed by a key file. */
export async function testVault(
  t: Scope,
  {
    now = Date.now,
    exports: limits,
    attachments,
    ...options
  }: DatabaseOptions & {
    now?: () => number
    exports?: Partial<ExportLimits>
    attachments?: StoreOptions['attachments']
  } = {},
): Promise<TestVault> {
  const database = await testDatabase(t, options)
  const folder = await mkdtemp(join(tmpdir(), 'sigilo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const secret = { kind: 'key-file', path: join(folder, 'key') } as const
  const keys = createKeys({ sql: database.sql })
  const initialised = await keys.initialise(secret)
  if (initialised.status !== 'open') throw new Error(`the test's vault did not open: ${initialised.status}`)
  const open = (theirs: Keys, name: string): Store => {
    const exports = { folder: join(folder, name), limits: { freeBytesMin: 0, ...limits } }
    const store = createStore({
      sql: database.sql,
      keys: theirs,
      timeZone,
      now,
      exports,
      ...(attachments ? { attachments } : {}),
    })
    t.after(() => store.close())
    return store
  }
  return {
    ...database,
    keys,
    store: open(keys, 'exports'),
    exports: join(folder, 'exports'),
    secret,
    async another(given) {
      const theirs = createKeys({ sql: database.sql })
      await theirs.unseal(secret)
      const name = given ?? `exports-${randomUuid()}`
      return { sql: database.sql, keys: theirs, store: open(theirs, name), exports: join(folder, name) }
    },
  }
}

/** A resource as the bytes of a request. */
export function bodyOf(resource: object): Uint8Array {
  return Buffer.from(JSON.stringify(resource))
}
