import type { Run } from '../command.ts'
import { exit } from '../exit.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Says whether the running vault is open or sealed; the exit code says it too. */
export const run: Run = async (context) => {
  const asked = await ask(context, 'GET /status')
  if (asked.status === 'problem') return report(context, asked)
  const { vault, why } = asked.answer
  const { opener } = asked.home.record
  const words = { open: { es: 'abierta', en: 'open' }, sealed: { es: 'sellada', en: 'sealed' } }
  const { language } = context.settings
  if (context.options['json']) {
    context.out(JSON.stringify({ vault, opener, ...(why ? { why: why.text[language] } : {}) }))
  } else {
    context.out(words[vault][language])
    if (why) context.note(why.text)
  }
  return vault === 'open' ? exit.ok : exit.sealed
}
