import type { Run } from '../command.ts'
import { exit } from '../exit.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Public keys, one a line: the ledger's as auditors take them, or those with which the vault cosigns the ledgers of others. */
export const run: Run = async (context) => {
  const asked = await ask(context, 'GET /ledger/keys')
  if (asked.status === 'problem') return report(context, asked)
  const { ledger, witness } = asked.answer
  if (context.options['json']) {
    context.out(JSON.stringify({ ledger, witness }))
    return exit.ok
  }
  const asWitness = context.options['witness'] === true
  if (!asWitness && ledger.length === 0) {
    context.note({
      es: 'El libro no ha firmado nada todavía: sus claves se hacen con el primer punto de control.',
      en: 'The ledger has signed nothing yet: its keys are made with the first checkpoint.',
    })
  }
  for (const key of asWitness ? witness : ledger) context.out(key)
  return exit.ok
}
