/** What a command does by itself with a home on which no server runs. */
import type { Store } from '#records/index.ts'
import type { Context } from '../command.ts'
import { exit } from '../exit.ts'
import { readPassphrase } from '../passphrase.ts'
import { enterReadyHome } from './enter.ts'
import { openerProblem } from './opener.ts'
import { problem, type Problem } from './problem.ts'
import { openHouse, originOf, type Opened } from './run.ts'
import { openStore } from './store.ts'

/** Enters the home, opens the vault (the passphrase is asked for) and closes both again, whatever comes of it. */
export async function alone<Result>(
  context: Context,
  act: (store: Store) => Promise<Result>,
): Promise<Result | Problem> {
  const { settings } = context
  const entered = enterReadyHome(settings.home)
  if (entered.status === 'problem') return entered
  try {
    const opened = await openHouse(entered.home, settings, () => {})
    if (opened.status === 'problem') return opened
    try {
      const refused = await unsealed(context, opened)
      if (refused) return refused
      const store = openStore(opened.database.sql, opened.keys, settings.timeZone, originOf(settings))
      try {
        return await act(store)
      } finally {
        await store.close()
      }
    } finally {
      opened.keys.seal()
      await opened.database.close()
    }
  } finally {
    entered.lock.release()
  }
}

async function unsealed({ options, settings }: Context, { keys }: Opened): Promise<Problem | undefined> {
  if (keys.state() === 'open') return undefined
  const read = await readPassphrase(
    { stdin: options['passphrase-stdin'] === true, isNew: false },
    settings.language,
  )
  if (read.status === 'refused') return problem(exit.failed, read.text)
  const opened = await keys.unseal({ kind: 'passphrase', passphrase: read.passphrase })
  return opened.status === 'open' ? undefined : openerProblem(opened)
}
