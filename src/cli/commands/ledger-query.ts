import type { Run } from '../command.ts'
import { entriesTable } from '../audit/entries-table.ts'
import { termsOf, unansweredProblem } from '../audit/asking.ts'
import { exit } from '../exit.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Says who did what, by the ledger. */
export const run: Run = async (context) => {
  const { options, out, note, settings } = context
  const asked = await ask(context, 'POST /ledger/entries', { terms: termsOf(options) })
  if (asked.status === 'problem') return report(context, asked)
  const { answer } = asked
  if (answer.status !== 'ok') return report(context, unansweredProblem(answer))
  const { entries, next } = answer
  if (options['json']) {
    out(JSON.stringify({ entries, ...(next === undefined ? {} : { next }) }))
    return exit.ok
  }
  for (const line of entriesTable(entries, settings.language, settings.timeZone)) out(line)
  if (next !== undefined) note({ es: `Hay más: --page ${next}`, en: `There is more: --page ${next}` })
  return exit.ok
}
