import type { Run } from '../command.ts'
import { deletionText, unforcedText } from '../destruction-texts.ts'
import { exit } from '../exit.ts'
import { problem } from '../house/problem.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Lists whose keys were destroyed, and when nothing anywhere opens what they sealed. */
export const run: Run = async (context) => {
  const { options, out, settings } = context
  const asked = await ask(context, 'GET /destroy')
  if (asked.status === 'problem') return report(context, asked)
  const { list } = asked.answer
  if (list.status !== 'ok') {
    return report(
      context,
      problem(list.status === 'sealed' ? exit.sealed : exit.failed, {
        es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
        en: 'The vault is sealed. Open it first: sigilo keys unseal',
      }),
    )
  }
  if (options['json']) {
    out(JSON.stringify(list.destroyed))
    return exit.ok
  }
  for (const { reference, reason, destroyedAt, deletion, unforced } of list.destroyed) {
    out(`${new Date(destroyedAt).toISOString()}  ${reference}  ${reason}`)
    out(`  ${deletionText(deletion)[settings.language]}`)
    for (const each of unforced) out(`  ${unforcedText[each][settings.language]}`)
  }
  return exit.ok
}
