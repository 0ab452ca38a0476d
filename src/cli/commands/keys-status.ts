import type { Run } from '../command.ts'
import { exit } from '../exit.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Says whether the running vault is open or sealed; the exit code says it too. */
export const run: Run = async (context) => {
  const asked = await ask(context, 'GET /status')
  if (asked.status === 'problem') return report(context, asked)
  const { vault } = asked.answer
  const { opener } = asked.home.record
  const words = { open: { es: 'abierta', en: 'open' }, sealed: { es: 'sellada', en: 'sealed' } }
  context.out(
    context.options['json'] ? JSON.stringify({ vault, opener }) : words[vault][context.settings.language],
  )
  return vault === 'open' ? exit.ok : exit.sealed
}
