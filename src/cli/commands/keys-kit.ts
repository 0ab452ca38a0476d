import type { Run } from '../command.ts'
import { exit } from '../exit.ts'
import { findHome } from '../home/home.ts'
import { kitTarget, makeKit } from '../openers/kit.ts'
import { zeroKit } from '#kernel/keys/index.ts'
import { SecretSource } from '../openers/source.ts'
import { ask } from './ask.ts'
import { askHeld, beginChange, changeProblem } from './keys-opener.ts'
import { awaitPurge } from './purged.ts'
import { report } from './report.ts'

/** Makes a recovery kit of the running vault, in the place of the one before. */
export const run: Run = async (context) => {
  const found = findHome(context.settings.home)
  const path = found.status === 'ok' ? found.home.path : context.settings.home
  const target = await kitTarget(context, context.options['out'], path)
  if (target.status === 'problem') return report(context, target)
  const begun = await beginChange(context, new SecretSource(context))
  if (begun.status === 'problem') return report(context, begun)
  const { name, home, proof } = begun
  const made = await makeKit(context, { house: name, home: home.path, target: target.target })
  if (made.status === 'problem') return report(context, made)
  zeroKit(made.kit)
  const asked = await ask(context, 'POST /opener', { proof, to: { kind: 'recovery-kit', code: made.code } })
  if (asked.status === 'problem') return report(context, asked)
  if (asked.answer.status === 'held') return askHeld(context, asked.answer)
  if (asked.answer.status !== 'ok') return report(context, changeProblem(asked.answer))
  context.note({
    es: 'El kit ya abre la bóveda. Los de antes dejaron de valer: destrúyalos. Compruébelo cada año: sigilo keys check-kit',
    en: 'The kit opens the vault now. Those before are no longer good: destroy them. Check it each year: sigilo keys check-kit',
  })
  await awaitPurge(context)
  return exit.ok
}
