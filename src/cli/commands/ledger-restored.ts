import type { Context, Run } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import { openedAlone } from '../house/alone.ts'
import { openLedger } from '../house/ledger.ts'
import { problem, type Problem } from '../house/problem.ts'
import type { Text } from '../text.ts'
import { report } from './report.ts'

/**
 * The way out of a start that refuses a database which is behind its ledger's newest checkpoint: it was restored, and there is no
 * later copy. The checkpoint is set aside, and that is in the ledger.
 */
export const run: Run = async (context) =>
  report(
    context,
    await openedAlone(context, async ({ home, keys, database }): Promise<ExitCode | Problem> => {
      const ledger = openLedger(home.path, { sql: database.sql, keys })
      const found = await ledger.restored()
      if (found.status === 'refused') return found.problem
      if (found.status === 'not-behind') return problem(exit.failed, notBehind)
      const { size, kept, setAside } = found
      if (context.options['yes'] !== true) return problem(exit.failed, lossOf(size, kept))
      await setAside()
      const wrong = await ledger.opened()
      if (wrong) return wrong
      await ledger.stop()
      tell(context, size, kept)
      return exit.ok
    }),
  )

function tell({ options, out, settings }: Context, size: number, kept: number): void {
  const text: Text = {
    es: `El libro sigue desde sus ${size} asientos; los ${kept - size} que faltan hasta ${kept} quedaron asentados como perdidos. Los testigos se negarán hasta que alguien de allá lo vea: docs/operating/ledger.md.`,
    en: `The ledger goes on from its ${size} entries; that the ${kept - size} up to ${kept} are lost is on record. Witnesses will refuse until somebody there has looked into it: docs/operating/ledger.md.`,
  }
  out(options['json'] === true ? JSON.stringify({ size, kept }) : text[settings.language])
}

const lossOf = (size: number, kept: number): Text => ({
  es: `La base de datos tiene ${size} asientos, y ya había ${kept}: lo que pasó en los últimos ${kept - size}, lo que se escribió y quién lo vio, se pierde para siempre. Busque primero un respaldo posterior. Si no lo hay: sigilo ledger restored --yes`,
  en: `The database has ${size} entries, and there had been ${kept}: what happened in the last ${kept - size}, what was written and who saw it, is lost for ever. Look for a later backup first. If there is none: sigilo ledger restored --yes`,
})

const notBehind: Text = {
  es: 'La base de datos tiene todo lo que dice el último punto de control: no hay nada que asentar. Arranque como siempre.',
  en: 'The database has all that the newest checkpoint says: there is nothing to put on record. Start as usual.',
}
