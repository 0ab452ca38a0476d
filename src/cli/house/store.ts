import type { Keys } from '#kernel/keys/index.ts'
import type { Database } from './database.ts'
import { createStore, type Store } from '#records/index.ts'

/**
 * `origin`: where the server is reached, if that is known before it listens. `exports`: the folder of bulk exports, of
 * a server.
 */
export function openStore(
  { sql, maintenance }: Pick<Database, 'sql' | 'maintenance'>,
  keys: Keys,
  timeZone: string,
  origin?: string,
  exports?: string,
): Store {
  const base = origin === undefined ? {} : { base: `${origin}/fhir/R4` }
  const exporting = exports === undefined ? {} : { exports: { folder: exports } }
  return createStore({
    sql,
    keys,
    shredding: { maintenance },
    timeZone,
    now: Date.now,
    ...base,
    ...exporting,
  })
}
