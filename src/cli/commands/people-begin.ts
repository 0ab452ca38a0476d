import type { Run } from '../command.ts'
import { exit } from '../exit.ts'
import { problem } from '../house/problem.ts'
import { officersAsked, tellLinks } from '../people/founding.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** New links for the first two officers of a real home, until both have enrolled. */
export const run: Run = async (context) => {
  const read = officersAsked(context)
  if (read.status === 'problem') return report(context, read)
  const status = await ask(context, 'GET /status')
  if (status.status === 'problem') return report(context, status)
  if (status.answer.vault === 'sealed') return report(context, sealed)
  const asked = await ask(context, 'POST /people/begin', { officers: read.officers })
  if (asked.status === 'problem') return report(context, asked)
  const { answer } = asked
  if (answer.status !== 'begun') return report(context, founded)
  tellLinks(context, status.answer.origin, answer.links)
  return exit.ok
}

const sealed = problem(exit.sealed, {
  es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
  en: 'The vault is sealed. Open it first: sigilo keys unseal',
})

const founded = problem(exit.failed, {
  es: 'Los primeros oficiales ya se dieron de alta: a los demás los invitan ellos (sigilo people invite).',
  en: 'The first officers have enrolled already: they invite everybody else (sigilo people invite).',
})
