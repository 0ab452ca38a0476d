import { createKeys, type SealedEverywhere } from '#kernel/keys/index.ts'
import type { Context, Run } from '../command.ts'
import { exit } from '../exit.ts'
import { findHome } from '../home/home.ts'
import { migrateDatabase, openDatabase } from '../house/database.ts'
import { enterReadyHome, homeProblem, noHome } from '../house/enter.ts'
import { problem, type Problem } from '../house/problem.ts'
import type { Text } from '../text.ts'
import { askIfRunning } from './ask.ts'
import { report } from './report.ts'

/**
 * Seals the vault everywhere, and answers when it is. Where no server runs here, others may over the same database; and
 * the next start is to find the order in any case.
 */
export const run: Run = async (context) => {
  const { settings } = context
  const found = findHome(settings.home)
  if (found.status !== 'ok') {
    return report(context, homeProblem(settings.home, found) ?? noHome(settings.home))
  }
  const asked = await askIfRunning(context, 'POST /seal')
  if (asked.status === 'problem') return report(context, asked)
  const sealed = asked.status === 'answered' ? asked.answer : await sealAlone(context)
  if ('status' in sealed) return report(context, sealed)
  if (!('unordered' in sealed)) return tell(context, sealed)
  if (context.options['json'] === true) context.out(JSON.stringify({ vault: 'sealed', ...sealed }))
  return report(context, problem(exit.failed, unordered(sealed.unordered)))
}

async function sealAlone({ settings }: Context): Promise<SealedEverywhere | Problem> {
  const entered = enterReadyHome(settings.home)
  if (entered.status === 'problem') return entered
  const { home, lock } = entered
  try {
    const opened = await openDatabase({ path: home.path, database: home.record.database }, settings)
    if (opened.status === 'problem') return opened
    try {
      const migrated = await migrateDatabase(opened.sql)
      if (migrated.status === 'problem') return migrated
      return await createKeys({ sql: opened.sql }).sealEverywhere()
    } finally {
      await opened.close()
    }
  } finally {
    lock.release()
  }
}

function tell({ out, note, options, settings }: Context, { closed, silent }: SealedEverywhere) {
  const text = {
    es: 'La bóveda está sellada, y así se queda, aunque se reinicie, hasta «sigilo keys unseal».',
    en: 'The vault is sealed, and stays so over restarts until "sigilo keys unseal".',
  }
  out(
    options['json'] === true ? JSON.stringify({ vault: 'sealed', closed, silent }) : text[settings.language],
  )
  if (closed > 0) {
    note({
      es: `Otros procesos que la cerraron: ${closed}.`,
      en: `Other processes that closed it: ${closed}.`,
    })
  }
  if (silent === 0) return exit.ok
  note({
    es: `De ${silent} proceso(s) no se sabe desde hace unos segundos: es probable que hayan muerto. Si uno vive sin alcanzar la base de datos, cierra en cuanto la alcance; si le urge, deténgalo.`,
    en: `${silent} process(es) have not been heard of for some seconds, and are dead most likely. One that lives and does not reach the database closes as soon as it does; if it is urgent, stop it.`,
  })
  return exit.ok
}

const unordered = (reason: string): Text => ({
  es: `Este servidor ya no tiene las llaves, pero la orden no quedó escrita en la base de datos (${reason}): otros procesos pueden tenerlas aún, y si la bóveda se abre sola, un reinicio la abre. Repita en cuanto PostgreSQL responda, o deténgalos.`,
  en: `This server no longer holds the keys, but the order is not written in the database (${reason}): other processes may still hold them, and where the vault opens by itself a restart opens it. Repeat as soon as PostgreSQL answers, or stop them.`,
})
