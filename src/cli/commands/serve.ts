import type { Run } from '../command.ts'
import { enterReadyHome } from '../house/enter.ts'
import { runHouse } from '../house/run.ts'
import { report } from './report.ts'

/** Serves a home that exists. */
export const run: Run = async (context) => {
  const entered = enterReadyHome(context.settings.home)
  if (entered.status === 'problem') return report(context, entered)
  return report(context, await runHouse(context, entered.home))
}
