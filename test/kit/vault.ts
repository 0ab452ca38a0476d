import { join } from 'node:path'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Principal } from '#people/principal.ts'
import { createKeys, type Keys } from '#kernel/keys/index.ts'
import { createLedger, type Ledger } from '#kernel/ledger/index.ts'
import {
  createStore,
  type Acting,
  type By,
  type ExportLimits,
  type Store,
  type StoreOptions,
} from '#records/index.ts'
import { createRows, type RowsOf } from '#people/index.ts'
import { createGate, type GateOptions } from '#safeguards/gate.ts'
import { safeguards as registered } from '#safeguards/all.ts'
import { memoryKeeper } from './ledger.ts'
import { testDatabase, type DatabaseOptions, type TestDatabase } from './database.ts'
import { atEnd, temporaryFolder, type Scope } from './scope.ts'

/** A store, and the interactions of `tester`. */
export type TestStore = Omit<Store, 'attachments' | 'exports' | 'destructions'> &
  Omit<Acting, 'exports' | 'destructions' | 'isRecorded'> & {
    attachments: Store['attachments'] & Pick<Acting, 'upload'>
    exports: Store['exports'] & Acting['exports']
    destructions: Store['destructions'] & Acting['destructions']
  }

export const tester: By = { actor: 'tester', client: 'test', address: 'local' }

/** As policy knows the program that may do everything: of whoever acts from elsewhere in a test about other things. */
export const wholeProgram: Principal = {
  actor: 'system-client',
  client: 'system-client',
  program: { id: 'system-client', scope: 'system/*.cruds' },
}

/** Whoever is invented for a test has done nothing yet that a safeguard asks of people first (`seed`). */
const others = registered.filter((each) => each.seed === undefined)

export interface TestVault extends TestDatabase {
  keys: Keys
  /** Records for `store`; not started, so that nothing is sequenced by itself. */
  ledger: Ledger
  store: TestStore
  /** What safeguards keep, as this process knows it. */
  rows: RowsOf
  /** Another process's view: its own pool, caches and combiners over the same database. `exports`: the folder's name. */
  another(
    exports?: string,
  ): Promise<Pick<TestVault, 'sql' | 'keys' | 'ledger' | 'store' | 'rows' | 'exports'>>
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
    safeguards = others,
    of,
    ...options
  }: DatabaseOptions & {
    now?: () => number
    exports?: Partial<ExportLimits>
    attachments?: StoreOptions['attachments']
    /** In place of the registered ones that ask nothing of people first. */
    safeguards?: GateOptions['safeguards']
    /** Begins as this one is, with the same keys; its connections have to be closed. */
    of?: Pick<TestVault, 'name' | 'secret'>
  } = {},
): Promise<TestVault> {
  const database = await testDatabase(t, of ? { ...options, template: of.name } : options)
  const folder = temporaryFolder(t)
  const secret = of?.secret ?? ({ kind: 'key-file', path: join(folder, 'key') } as const)
  const keys = createKeys({ sql: database.sql })
  const initialised = of ? await keys.unseal(secret) : await keys.initialise(secret)
  if (initialised.status !== 'open') throw new Error(`the test's vault did not open: ${initialised.status}`)
  const open = (theirs: Keys, name: string): Pick<TestVault, 'ledger' | 'store' | 'rows'> => {
    const ledger = createLedger({
      sql: database.sql,
      keys: theirs,
      keeper: memoryKeeper(),
      now,
      checkpointMs: 100,
    })
    const rows = createRows({ sql: database.sql, keys: theirs, ledger })
    const exports = { folder: join(folder, name), limits: { freeBytesMin: 0, ...limits } }
    const store = createStore({
      sql: database.sql,
      keys: theirs,
      ledger,
      timeZone,
      now,
      gate: createGate({ now, rows, safeguards }),
      merged: rows('merging'),
      exports,
      ...(attachments ? { attachments } : {}),
    })
    atEnd(t, async () => {
      await store.close()
      await ledger.stop()
    })
    return { ledger, store: asTester(store), rows }
  }
  return {
    ...database,
    keys,
    ...open(keys, 'exports'),
    exports: join(folder, 'exports'),
    secret,
    async another(given) {
      const theirs = createKeys({ sql: database.sql })
      await theirs.unseal(secret)
      const name = given ?? `exports-${randomUuid()}`
      return { sql: database.sql, keys: theirs, ...open(theirs, name), exports: join(folder, name) }
    },
  }
}

/** A store with a ledger of its own, not started, that is looked after by whoever makes it. */
export function testStore(options: Omit<StoreOptions, 'ledger' | 'gate' | 'merged'>): TestStore {
  const { sql, keys, now } = options
  const ledger = createLedger({ sql, keys, keeper: memoryKeeper(), now })
  const rows = createRows({ sql, keys, ledger })
  return asTester(
    createStore({
      ...options,
      ledger,
      gate: createGate({ now, rows, safeguards: others }),
      merged: rows('merging'),
    }),
  )
}

/** The store with the interactions of `tester` beside its own. */
function asTester(store: Store): TestStore {
  const acting = store.as(tester)
  const { attachments, exports, destructions } = store
  const both = {
    attachments: { ...attachments, upload: acting.upload.bind(acting) },
    exports: { ...exports, ...methodsOf(acting.exports) },
    destructions: { ...destructions, ...methodsOf(acting.destructions) },
    merging: acting.merging,
    matching: acting.matching,
    moving: acting.moving,
  }
  return { ...store, ...methodsOf(acting), ...both }
}

/** Those of its class too, each bound to it. */
function methodsOf<T extends object>(object: T): T {
  const methods: Record<string, unknown> = {}
  for (let at: object | null = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at)) {
      const value: unknown = Object.getOwnPropertyDescriptor(at, name)?.value
      if (typeof value === 'function' && name !== 'constructor') methods[name] ??= value.bind(object)
    }
  return methods as T
}

/** A resource as the bytes of a request. */
export function bodyOf(resource: object): Uint8Array {
  return Buffer.from(JSON.stringify(resource))
}
