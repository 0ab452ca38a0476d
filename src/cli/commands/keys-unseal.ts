import type { Run } from '../command.ts'
import { exit } from '../exit.ts'
import { openerProblem } from '../house/opener.ts'
import { readPassphrase } from '../passphrase.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Reads the passphrase and hands it to the running server, by its control socket alone. */
export const run: Run = async (context) => {
  const status = await ask(context, 'GET /status')
  if (status.status === 'problem') return report(context, status)
  const opened = { es: 'La bóveda está abierta.', en: 'The vault is open.' }
  if (status.answer.vault === 'open') {
    context.note(opened)
    return exit.ok
  }
  const stdin = context.options['passphrase-stdin'] === true
  const read = await readPassphrase({ stdin, isNew: false }, context.settings.language)
  if (read.status === 'refused') {
    context.note(read.text)
    return exit.failed
  }
  const asked = await ask(context, 'POST /unseal', { passphrase: read.passphrase })
  if (asked.status === 'problem') return report(context, asked)
  if (asked.answer.status !== 'open') return report(context, openerProblem(asked.answer))
  context.note(opened)
  return exit.ok
}
