import { dirname } from 'node:path'
import type { Keys } from '#kernel/keys/index.ts'
import type { Settings } from '../env.ts'
import type { Database } from './database.ts'
import type { Ledger } from '#kernel/ledger/index.ts'
import { createRows, type RowsOf } from '#people/index.ts'
import { createStore, type OnFlush, type Store, type StoreOptions } from '#records/index.ts'
import { createGate } from '#safeguards/gate.ts'
import { itself } from './ledger.ts'
import { localOf } from './local.ts'

/**
 * `origin`: where the server is reached, if that is known before it listens. `exports`: the folder of bulk exports, of
 * a server. `rows`: what safeguards keep, where the process knows them already.
 */
export function openStore(
  { sql, maintenance }: Pick<Database, 'sql' | 'maintenance'>,
  keys: Keys,
  ledger: Ledger,
  { timeZone, scanner }: Pick<Settings, 'timeZone' | 'scanner'>,
  origin?: string,
  exports?: string,
  rows: RowsOf = createRows({ sql, keys, ledger }),
  onFlush?: OnFlush,
): Store {
  const { base } = localOf({ timeZone }, origin)
  const exporting = exports === undefined ? {} : { exports: { folder: exports } }
  return createStore({
    sql,
    keys,
    ledger,
    shredding: { maintenance, onBatch: (batch) => void recordBatch(ledger, batch) },
    onFlush,
    timeZone,
    now: Date.now,
    gate: createGate({ now: Date.now, rows }),
    merged: rows('merging'),
    ...(base === undefined ? {} : { base }),
    ...exporting,
    // The home is on the disk of a PostgreSQL of its own; of another one's disk nothing is known here.
    attachments: { scanner, folder: exports === undefined ? undefined : dirname(exports) },
  })
}

type Batch = Parameters<NonNullable<NonNullable<StoreOptions['shredding']>['onBatch']>>[0]

/** A batch that began by itself destroys keys as one that was asked for does. What found nothing to do is no act. */
export async function recordBatch(ledger: Ledger, batch: Batch): Promise<void> {
  if (batch.status === 'busy' || batch.status === 'later') return
  if (batch.status === 'done' && batch.epochs === 0 && batch.purged === 0) return
  const told =
    batch.status === 'done'
      ? `epoch keys destroyed: ${batch.epochs}, patients: ${batch.purged}`
      : batch.status === 'failed'
        ? batch.name
        : batch.status
  const outcome = batch.status === 'done' ? 'done' : 'failed'
  // It is done, or not, whatever can be recorded: the server's log has it too.
  await ledger
    .record([{ ...itself, action: 'key', outcome, query: 'destruction', reason: told }])
    .catch(() => {})
}
