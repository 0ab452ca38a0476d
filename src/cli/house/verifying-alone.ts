import type { Context } from '../command.ts'
import { enterReadyHome } from './enter.ts'
import { unsealed } from './alone.ts'
import { openLedger } from './ledger.ts'
import type { Problem } from './problem.ts'
import { openHouse, originOf } from './run.ts'
import { localOf } from './local.ts'
import { verifyHouse, type VerifyDone, type VerifyRun } from './verifying.ts'

/**
 * Verifies a home on which no server runs; also one that a server refuses to start on, because its database is behind. Where nothing
 * lies ready that opens the vault, it stays sealed, unless a passphrase is given.
 */
export async function verifyAlone(
  context: Context,
  run: Omit<VerifyRun, 'record'>,
): Promise<VerifyDone | Problem> {
  const { settings, options, now } = context
  const entered = enterReadyHome(settings.home)
  if (entered.status === 'problem') return entered
  const { home } = entered
  try {
    const opened = await openHouse(home, settings, () => {})
    if (opened.status === 'problem') return opened
    const { keys, database } = opened
    try {
      const refused = options['passphrase-stdin'] === true ? await unsealed(context, home, opened) : undefined
      if (refused) return refused
      const ledger = openLedger(home.path, { sql: database.sql, keys })
      const local = localOf(settings, originOf(settings))
      const parts = { sql: database.sql, ledger, keys, local, home: home.path, now }
      const isNewest = keys.state() === 'open' && (await ledger.opened()) === undefined
      try {
        return await verifyHouse(parts, { ...run, record: isNewest })
      } finally {
        if (isNewest) await ledger.stop()
      }
    } finally {
      await keys.seal()
      await database.close()
    }
  } finally {
    entered.lock.release()
  }
}
