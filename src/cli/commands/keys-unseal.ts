import { setTimeout as delay } from 'node:timers/promises'
import type { SharesCollected } from '#kernel/keys/index.ts'
import type { Context, Run } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import type { UnsealAnswer } from '../house/unsealing.ts'
import { problem, type Problem } from '../house/problem.ts'
import { pinIsTyped } from '../openers/device.ts'
import { SecretSource } from '../openers/source.ts'
import { secretText } from '../openers/texts.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** How often a terminal looks whether the other holders have come. */
const lookEveryMs = 500

/**
 * Reads what opens the vault and hands it to the running server, by its control socket alone. Of shares, each holder
 * brings one to a terminal, and every terminal shows how far they are.
 */
export const run: Run = async (context) => {
  const { options, note } = context
  const found = await ask(context, 'GET /unseal')
  if (found.status === 'problem') return report(context, found)
  if (options['forget'] === true) {
    const asked = await ask(context, 'POST /unseal/forget')
    if (asked.status === 'problem') return report(context, asked)
    note({ es: 'Las partes que había se olvidaron.', en: 'The shares that were here are forgotten.' })
    return exit.ok
  }
  if (found.answer.vault === 'open') return isOpen(context)
  const opener = options['kit'] === true ? 'recovery-kit' : found.answer.opener
  if (opener === 'shamir') return await unsealWithShare(context, found.answer.collected)
  const read = await new SecretSource(context).present(opener, pinIsTyped(found.home.record.places, options))
  if (read.status === 'problem') return report(context, read)
  return await told(context, await ask(context, 'POST /unseal', { secret: read.sent }))
}

async function unsealWithShare(context: Context, before: SharesCollected | undefined): Promise<ExitCode> {
  if (before) context.note(progress(before))
  const read = await new SecretSource(context).share()
  if (read.status === 'problem') return report(context, read)
  const asked = await ask(context, 'POST /unseal/share', { share: read.text })
  if (asked.status === 'problem' || asked.answer.status !== 'collecting') return await told(context, asked)
  context.note(progress(asked.answer))
  if (context.options['no-wait'] === true) return exit.sealed
  context.note({
    es: 'Se espera a los demás. Con Ctrl-C esta terminal se va, y la parte se queda.',
    en: 'Waiting for the others. Ctrl-C leaves this terminal, and the share stays.',
  })
  return await waitForOthers(context, asked.answer)
}

/** Until the vault is open, or what was brought is forgotten. */
async function waitForOthers(context: Context, mine: SharesCollected): Promise<ExitCode> {
  for (let shown = mine.numbers.length; ;) {
    await delay(lookEveryMs)
    const asked = await ask(context, 'GET /unseal')
    if (asked.status === 'problem') return report(context, asked)
    const { vault, collected, opening } = asked.answer
    if (vault === 'open') return isOpen(context)
    // The last one is there, and the server is at work with them.
    if (opening) continue
    if (!collected || collected.deal !== mine.deal || collected.numbers.length < shown) {
      return report(context, forgotten)
    }
    if (collected.numbers.length > shown) context.note(progress(collected))
    shown = collected.numbers.length
  }
}

async function told(
  context: Context,
  asked: { status: 'ok'; answer: UnsealAnswer } | Problem,
): Promise<ExitCode> {
  if (asked.status === 'problem') return report(context, asked)
  const { answer } = asked
  if (answer.status === 'open') return isOpen(context)
  if (answer.status === 'collecting') return exit.sealed
  return report(context, problem(exit.failed, secretText(answer)))
}

function isOpen({ note }: Context): ExitCode {
  note({ es: 'La bóveda está abierta.', en: 'The vault is open.' })
  return exit.ok
}

function progress({ numbers, need, of, forgottenInMs }: SharesCollected) {
  const minutes = Math.ceil(forgottenInMs / 60_000)
  const listed = numbers.join(', ')
  return {
    es: `Partes: ${numbers.length} de las ${need} que hacen falta, de ${of} (ya están: ${listed}). Se olvidan en ${minutes} min.`,
    en: `Shares: ${numbers.length} of the ${need} that are needed, of ${of} (here: ${listed}). Forgotten in ${minutes} min.`,
  }
}

const forgotten = problem(exit.failed, {
  es: 'Las partes se olvidaron, y la bóveda sigue sellada. Empiecen de nuevo.',
  en: 'The shares were forgotten, and the vault stays sealed. Begin again.',
})
