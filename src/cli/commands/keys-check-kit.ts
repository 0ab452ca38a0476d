import { readKit, zeroKit } from '#kernel/keys/index.ts'
import type { Run } from '../command.ts'
import { exit } from '../exit.ts'
import { problem } from '../house/problem.ts'
import { SecretSource } from '../openers/source.ts'
import { secretText } from '../openers/texts.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Says whether the recovery kit in the safe still opens this vault, which stays as it is, open or sealed. */
export const run: Run = async (context) => {
  const read = await new SecretSource(context).present('recovery-kit')
  if (read.status === 'problem') return report(context, read)
  const kit = read.sent.kind === 'recovery-kit' ? readKit(read.sent.code) : undefined
  const asked = await ask(context, 'POST /prove', { secret: read.sent })
  if (asked.status === 'problem') return report(context, asked)
  if (asked.answer.status !== 'ok' || kit?.status !== 'ok') {
    return asked.answer.status === 'ok'
      ? exit.failed
      : report(context, problem(exit.failed, secretText(asked.answer)))
  }
  const { house, id } = kit.kit
  zeroKit(kit.kit)
  context.out(
    {
      es: `El kit ${id} abre la bóveda ${house}.`,
      en: `The kit ${id} opens the vault ${house}.`,
    }[context.settings.language],
  )
  return exit.ok
}
