import type { Run } from '../command.ts'
import type { TokenAnswer } from '../control/protocol.ts'
import { exit, type ExitCode } from '../exit.ts'
import type { Text } from '../text.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Prints a bearer token of the running demonstration, alone on its line. */
export const run: Run = async (context) => {
  const asked = await ask(context, 'POST /token')
  if (asked.status === 'problem') return report(context, asked)
  const { answer } = asked
  if (answer.status === 'ok') {
    const { token, expires } = answer
    context.out(context.options['json'] ? JSON.stringify({ token, expires }) : token)
    return exit.ok
  }
  const { code, text } = refusals[answer.status]
  context.note(text)
  return code
}

const refusals: Record<Exclude<TokenAnswer['status'], 'ok'>, { code: ExitCode; text: Text }> = {
  'real-home': {
    code: exit.wrongHome,
    text: {
      es: 'Esta bóveda guarda pacientes reales: no da credenciales de acceso total. Solo la demostración las da.',
      en: 'This vault holds real patients: it gives no tokens with full access. Only a demonstration does.',
    },
  },
  sealed: {
    code: exit.sealed,
    text: {
      es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
      en: 'The vault is sealed. Open it first: sigilo keys unseal',
    },
  },
}
