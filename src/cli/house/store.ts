import { dirname } from 'node:path'
import type { Keys } from '#kernel/keys/index.ts'
import type { Settings } from '../env.ts'
import type { Database } from './database.ts'
import type { Ledger } from '#kernel/ledger/index.ts'
import { createStore, type Store } from '#records/index.ts'

/**
 * `origin`: where the server is reached, if that is known before it listens. `exports`: the folder of bulk exports, of
 * a server.
 */
export function openStore(
  { sql, maintenance }: Pick<Database, 'sql' | 'maintenance'>,
  keys: Keys,
  ledger: Ledger,
  { timeZone, scanner }: Pick<Settings, 'timeZone' | 'scanner'>,
  origin?: string,
  exports?: string,
): Store {
  const base = origin === undefined ? {} : { base: `${origin}/fhir/R4` }
  const exporting = exports === undefined ? {} : { exports: { folder: exports } }
  return createStore({
    sql,
    keys,
    ledger,
    shredding: { maintenance },
    timeZone,
    now: Date.now,
    ...base,
    ...exporting,
    // The home is on the disk of a PostgreSQL of its own; of another one's disk nothing is known here.
    attachments: { scanner, folder: exports === undefined ? undefined : dirname(exports) },
  })
}
