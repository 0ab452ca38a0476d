import { setTimeout } from 'node:timers/promises'
import type { Context } from '../command.ts'
import { unforcedText } from '../destruction-texts.ts'
import { ask } from './ask.ts'

const askMs = 250
/** Nobody waits longer at a terminal for what goes on by itself. */
const waitsMsMax = 30_000

/**
 * Waits until PostgreSQL has no bytes of the keys that were replaced, and tells what could not be made to go. False where that is not yet
 * so: the server goes on with it.
 */
export async function awaitPurge(context: Context): Promise<boolean> {
  for (const until = performance.now() + waitsMsMax; ;) {
    const asked = await ask(context, 'GET /keys')
    // What was asked for is done: whoever cannot be told of the rest sees it in the status.
    if (asked.status === 'problem') return false
    const { purging, unforced, vault } = asked.answer
    if (!purging) {
      for (const each of unforced) context.note(unforcedText[each])
      return true
    }
    if (vault === 'sealed' || performance.now() > until) {
      context.note({
        es: 'Las filas anteriores aún están en el disco: el servidor sigue quitándolas. «sigilo keys status» lo dice.',
        en: 'The rows of before are still on the disk: the server goes on taking them away. "sigilo keys status" says so.',
      })
      return false
    }
    await setTimeout(askMs)
  }
}
