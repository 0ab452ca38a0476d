/** What a command does by itself with a home on which no server runs. */
import type { Interactions } from '#records/index.ts'
import type { Context } from '../command.ts'
import { exit } from '../exit.ts'
import type { Home } from '../home/home.ts'
import { pinIsTyped } from '../openers/device.ts'
import { secretOf, zeroSecret } from '../openers/sent.ts'
import { SecretSource } from '../openers/source.ts'
import { secretText } from '../openers/texts.ts'
import { enterReadyHome } from './enter.ts'
import { openLedger } from './ledger.ts'
import { moverOf } from './mover.ts'
import { problem, type Problem } from './problem.ts'
import { openHouse, originOf, type Opened } from './run.ts'
import { openStore } from './store.ts'

/** Enters the home, opens the vault (the passphrase is asked for) and closes both again, whatever comes of it. */
export function alone<Result>(
  context: Context,
  act: (store: Interactions) => Promise<Result>,
): Promise<Result | Problem> {
  return openedAlone(context, async ({ home, keys, database }) => {
    const ledger = openLedger(home.path, { sql: database.sql, keys })
    const behind = await ledger.opened()
    if (behind) return behind
    await ledger.operator({ action: 'unseal', outcome: 'done', query: home.record.opener })
    const { settings } = context
    const store = openStore(database, keys, ledger, settings, originOf(settings))
    try {
      return await act(store.as(moverOf(home)))
    } finally {
      await store.close()
      await ledger.stop()
    }
  })
}

/** The same before anything is asked of its ledger. */
export async function openedAlone<Result>(
  context: Context,
  act: (house: { home: Home } & Pick<Opened, 'keys' | 'database'>) => Promise<Result>,
): Promise<Result | Problem> {
  const { settings } = context
  const entered = enterReadyHome(settings.home)
  if (entered.status === 'problem') return entered
  try {
    const opened = await openHouse(entered.home, settings, () => {})
    if (opened.status === 'problem') return opened
    try {
      const refused = await unsealed(context, entered.home, opened)
      if (refused) return refused
      return await act({ home: entered.home, ...opened })
    } finally {
      await opened.keys.seal()
      await opened.database.close()
    }
  } finally {
    entered.lock.release()
  }
}

export async function unsealed(context: Context, home: Home, { keys }: Opened): Promise<Problem | undefined> {
  if (keys.state() === 'open') return undefined
  const { opener, places } = home.record
  const read = await new SecretSource(context).present(opener, pinIsTyped(places, context.options))
  if (read.status === 'problem') return read
  const secret = secretOf(read.sent, home)
  if (secret.status !== 'ok') return problem(exit.failed, secretText(secret))
  try {
    const opened = await keys.unseal(secret.secret, { byItself: true })
    return opened.status === 'open' ? undefined : problem(exit.failed, secretText(opened))
  } finally {
    zeroSecret(secret.secret)
  }
}
