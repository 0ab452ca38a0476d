import { setTimeout } from 'node:timers/promises'
import type { Context, Run } from '../command.ts'
import { exit } from '../exit.ts'
import type { ReindexState } from '../house/reindexing.ts'
import { problem } from '../house/problem.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

const askMs = 500
/** Between two lines about how far it is. */
const tellMs = 3_000

/** Has the running server rebuild what is derived from the records, and tells how far it is. */
export const run: Run = async (context) => {
  let asked = await ask(context, 'POST /reindex')
  for (let told = performance.now(); ;) {
    if (asked.status === 'problem') return report(context, asked)
    const { answer } = asked
    if (answer.status !== 'running') return end(context, answer)
    if (performance.now() - told >= tellMs) {
      told = performance.now()
      tell(context, answer)
    }
    await setTimeout(askMs)
    asked = await ask(context, 'GET /reindex')
  }
}

function tell(
  { note }: Context,
  { stage, resources, total, seconds }: Extract<ReindexState, { status: 'running' }>,
): void {
  const rate = Math.round(resources / Math.max(seconds, 0.001))
  const [es, en] =
    stage === 'directory' ? ['directorio', 'directory'] : ['valores de búsqueda', 'search values']
  note({
    es: `${es}: ${resources} de ${total} recursos, ${rate} por segundo`,
    en: `${en}: ${resources} of ${total} resources, ${rate} a second`,
  })
}

function end(context: Context, state: Exclude<ReindexState, { status: 'running' }>) {
  switch (state.status) {
    case 'ok': {
      const { resources, rows, bits, compartments, seconds } = state
      const text = {
        es: `Rehecho en ${seconds} s: directorio de ${resources} recursos, ${rows} renglones, marcas de ${bits} bits; valores de búsqueda de ${compartments} compartimentos.`,
        en: `Rebuilt in ${seconds} s: directory of ${resources} resources, ${rows} rows, tags of ${bits} bits; search values of ${compartments} compartments.`,
      }
      context.out(
        context.options['json']
          ? JSON.stringify({ resources, rows, bits, compartments, seconds })
          : text[context.settings.language],
      )
      return exit.ok
    }
    case 'sealed':
      return report(
        context,
        problem(exit.sealed, {
          es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
          en: 'The vault is sealed. Open it first: sigilo keys unseal',
        }),
      )
    case 'busy':
      return report(
        context,
        problem(exit.failed, {
          es: 'Otro proceso ya está rehaciendo el directorio. Si ese proceso murió, pruebe de nuevo en un minuto.',
          en: 'Another process is rebuilding the directory already. If that process died, try again in a minute.',
        }),
      )
    case 'failed':
    case 'none':
      return report(
        context,
        problem(exit.failed, {
          es: `No se pudo (${state.status === 'failed' ? state.reason : 'el servidor se reinició'}). Lo que no alcanzó a rehacerse sigue sirviendo como antes; pruebe de nuevo.`,
          en: `It did not succeed (${state.status === 'failed' ? state.reason : 'the server was restarted'}). What was not rebuilt serves as before; try again.`,
        }),
      )
  }
}
