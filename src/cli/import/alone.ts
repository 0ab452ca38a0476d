/** An import by the command's own process, while no server runs on the home. */
import type { Context } from '../command.ts'
import { exit } from '../exit.ts'
import { enterReadyHome } from '../house/enter.ts'
import { openerProblem } from '../house/opener.ts'
import { problem, type Problem } from '../house/problem.ts'
import { openHouse, originOf, type Opened } from '../house/run.ts'
import { openStore } from '../house/store.ts'
import { readPassphrase } from '../passphrase.ts'
import { stopRequested } from '../stop.ts'
import { performImport, type ImportEnd, type ImportRequest } from './perform.ts'
import { createTeller, stopping } from './telling.ts'

export async function importAlone(context: Context, request: ImportRequest): Promise<ImportEnd | Problem> {
  const { settings } = context
  const entered = enterReadyHome(settings.home)
  if (entered.status === 'problem') return entered
  try {
    const opened = await openHouse(entered.home, settings, () => {})
    if (opened.status === 'problem') return opened
    try {
      const refused = await unsealed(context, opened)
      return refused ?? (await importInto(context, opened, request))
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

async function importInto(
  { settings, note }: Context,
  { database, keys }: Opened,
  request: ImportRequest,
): Promise<ImportEnd> {
  const store = openStore(database.sql, keys, settings.timeZone, originOf(settings))
  const stop = new AbortController()
  void stopRequested(settings.underNpx).then(() => {
    note(stopping)
    stop.abort()
  })
  const tell = createTeller(note)
  const began = performance.now()
  try {
    return await performImport(store, request, {
      signal: stop.signal,
      onProgress: (progress) => tell(progress, (performance.now() - began) / 1000),
    })
  } finally {
    await store.close()
  }
}
