import type { Run } from '../command.ts'
import { exit } from '../exit.ts'
import { ask } from './ask.ts'
import { tell } from './ledger-places.ts'
import { report } from './report.ts'

/** Sends the newest checkpoint to everybody who is configured. */
export const run: Run = async (context) => {
  const asked = await ask(context, 'POST /ledger/send')
  if (asked.status === 'problem') return report(context, asked)
  const { sends } = asked.answer
  if (sends.length > 0) return tell(context, sends)
  context.note({
    es: 'No hay a quién mandarlo: sigilo ledger witness add …, authority add … o folder add …',
    en: 'There is nobody to send it to: sigilo ledger witness add …, authority add … or folder add …',
  })
  return exit.failed
}
