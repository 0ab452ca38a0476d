import type { Run } from '../command.ts'
import { termsOf, unansweredProblem } from '../audit/asking.ts'
import { radiusTable } from '../audit/radius-table.ts'
import { exit } from '../exit.ts'
import { problem } from '../house/problem.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Says which patients somebody reached, and what of theirs. */
export const run: Run = async (context) => {
  const { options, out, settings } = context
  const terms = termsOf(options)
  const { actor, client, address, device } = terms
  if ([actor, client, address, device].every((each) => each === undefined)) {
    return report(
      context,
      problem(exit.usage, {
        es: 'Falta de quién: --actor QUIÉN, o --client PROGRAMA, o --address DIRECCIÓN, o --device EQUIPO',
        en: 'It lacks whose: --actor WHO, or --client PROGRAM, or --address ADDRESS, or --device DEVICE',
      }),
    )
  }
  const asked = await ask(context, 'POST /ledger/radius', { terms })
  if (asked.status === 'problem') return report(context, asked)
  const { answer } = asked
  if (answer.status !== 'ok') return report(context, unansweredProblem(answer))
  if (options['json']) out(JSON.stringify(answer.radius))
  else for (const line of radiusTable(answer.radius, settings.language, settings.timeZone)) out(line)
  return exit.ok
}
