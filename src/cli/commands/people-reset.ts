/** Lost factors: two officers reset them; where there are no two others, whoever opens the vault. */
import type { Context, Run } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import { problem } from '../house/problem.ts'
import { pinIsTyped } from '../openers/device.ts'
import { SecretSource } from '../openers/source.ts'
import { secretText } from '../openers/texts.ts'
import { timeOf } from '../people/told.ts'
import type { Text } from '../text.ts'
import { linkTold } from './approvals.ts'
import { ask } from './ask.ts'
import { reset } from './people.ts'
import { report } from './report.ts'

export const run: Run = (context) =>
  context.options['opener'] === true ? resetByOpener(context) : reset(context)

/** The first time it is asked for; after the wait the same command, with the same secret, prints the link. */
async function resetByOpener(context: Context): Promise<ExitCode> {
  const { options, words, out, note } = context
  const [login, more] = words
  if (login === undefined || more !== undefined) return report(context, usage)
  const known = await ask(context, 'GET /openers')
  if (known.status === 'problem') return report(context, known)
  if (known.answer.vault === 'sealed') return report(context, sealed)
  const kind = options['kit'] === true ? 'recovery-kit' : known.answer.opener
  note({ es: 'Primero, lo que abre la bóveda.', en: 'First, what opens the vault.' })
  const source = new SecretSource(context)
  const read = await source.present(kind, pinIsTyped(known.home.record.places, options))
  if (read.status === 'problem') return report(context, read)
  const asked = await ask(context, 'POST /people/reset', { login, secret: read.sent })
  if (asked.status === 'problem') return report(context, asked)
  const { answer } = asked
  switch (answer.status) {
    case 'asked':
    case 'waiting': {
      const opensAt = new Date(answer.opensAt * 1000).toISOString()
      out(options['json'] === true ? JSON.stringify({ status: answer.status, opensAt }) : opensAt)
      note(waits(login, timeOf(answer.opensAt)))
      return exit.ok
    }
    case 'given': {
      const status = await ask(context, 'GET /status')
      if (status.status === 'problem') return report(context, status)
      const { token, ...rest } = answer.link
      const told = { ...rest, url: `${status.answer.origin}/#invitation=${token}` }
      const { lines, note: beside } = linkTold(told)
      if (options['json'] === true) out(JSON.stringify(told))
      else for (const line of lines) out(line)
      if (beside) note(beside)
      return exit.ok
    }
    case 'not-proven':
      return report(context, problem(exit.failed, secretText(answer.why)))
    case 'sealed':
      return report(context, sealed)
    default:
      return report(context, problem(exit.failed, refused[answer.status](login)))
  }
}

const waits = (login: string, from: string): Text => ({
  es: `Se le avisa a ${login}, que puede oponerse mientras tenga una sesión, y los demás oficiales pueden rechazarlo. El enlace se da desde ${from} UTC, con esta misma orden.`,
  en: `${login} is told, and may object while signed in somewhere; other officers may refuse it. The link is given from ${from} UTC on, by this same command.`,
})

const refused: Record<'two-others' | 'unknown-login' | 'raced', (login: string) => Text> = {
  'two-others': (login) => ({
    es: `Hay otros dos oficiales de seguridad que entraron en estos siete días: lo pide uno y lo aprueba el otro (sigilo people reset ${login}).`,
    en: `There are two other security officers who signed in within these seven days: one asks and the other approves (sigilo people reset ${login}).`,
  }),
  'unknown-login': (login) => ({
    es: `Nadie tiene el usuario «${login}».`,
    en: `Nobody has the user name "${login}".`,
  }),
  raced: () => ({
    es: 'Algo cambió en este momento: repita.',
    en: 'Something changed at this moment: repeat.',
  }),
}

const usage = problem(exit.usage, {
  es: 'Diga de quién: sigilo people reset USUARIO --opener',
  en: 'Say whose: sigilo people reset LOGIN --opener',
})

const sealed = problem(exit.sealed, {
  es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
  en: 'The vault is sealed. Open it first: sigilo keys unseal',
})
