import { setTimeout } from 'node:timers/promises'
import type { Context, Run } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import type { KeysTold } from '../house/rotating.ts'
import { problem } from '../house/problem.ts'
import { ask } from './ask.ts'
import { awaitPurge } from './purged.ts'
import { report } from './report.ts'

const askMs = 250
/** Between two lines about how far it is. */
const tellMs = 3_000

/** Has the running server change its keys, and tells how far it is. What is not done goes on when the asker leaves. */
export const run: Run = async (context) => {
  const rotated = await ask(context, 'POST /rotate', { rootAlone: context.options['root'] === true })
  if (rotated.status === 'problem') return report(context, rotated)
  const { answer } = rotated
  if (answer.status === 'sealed') return report(context, sealed)
  if (answer.status === 'opener-damaged') return report(context, damaged(answer.kind))
  context.note({
    es: `La llave raíz es la ${answer.root}.ª. Lo que abre la bóveda sigue siendo lo mismo.`,
    en: `The root key is number ${answer.root}. What opens the vault is the same as before.`,
  })
  for (let told = performance.now(); ;) {
    const asked = await ask(context, 'GET /keys')
    if (asked.status === 'problem') return report(context, asked)
    const { underWay, vault } = asked.answer
    if (vault === 'sealed' && underWay.epochs > 0) return report(context, sealedMeanwhile)
    if (context.options['root'] === true || (!underWay.running && isDone(asked.answer))) {
      const purged = await awaitPurge(context)
      return end(context, asked.answer, { root: answer.root, ended: answer.ended, purged })
    }
    if (performance.now() - told >= tellMs) {
      told = performance.now()
      context.note({
        es: `Faltan las llaves de ${underWay.patientKeys} pacientes, de ${underWay.epochs} épocas.`,
        en: `The keys of ${underWay.patientKeys} patients are left, of ${underWay.epochs} epochs.`,
      })
    }
    await setTimeout(askMs)
  }
}

/** Another server may be at work on what is left; of what is broken nobody can be. */
function isDone({ underWay, broken }: KeysTold): boolean {
  return underWay.epochs === 0 || broken > 0
}

function end(
  context: Context,
  { broken }: KeysTold,
  done: { root: number; ended: number; purged: boolean },
): ExitCode {
  const { out, options, settings } = context
  const text = {
    es: done.ended > 0 ? `Épocas con llave nueva: ${done.ended}.` : 'Listo.',
    en: done.ended > 0 ? `Epochs with a new key: ${done.ended}.` : 'Done.',
  }
  out(options['json'] === true ? JSON.stringify({ ...done, broken }) : text[settings.language])
  if (broken === 0 || options['root'] === true) return exit.ok
  return report(
    context,
    problem(exit.failed, {
      es: `Las llaves de ${broken} pacientes están dañadas en la base de datos y no se pudieron envolver de nuevo: restáurelas.`,
      en: `The keys of ${broken} patients are damaged in the database and could not be wrapped anew: restore them.`,
    }),
  )
}

const sealed = problem(exit.sealed, {
  es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
  en: 'The vault is sealed. Open it first: sigilo keys unseal',
})

const sealedMeanwhile = problem(exit.sealed, {
  es: 'La bóveda se selló mientras tanto. Lo que falta sigue cuando se abra.',
  en: 'The vault was sealed meanwhile. What is left goes on when it is opened.',
})

const damaged = (kind: string) =>
  problem(exit.failed, {
    es: `Lo que la base de datos guarda para abrir la bóveda con «${kind}» está dañado o no lo puso Sigilo: no se cambió nada. Quítelo o restáurelo primero.`,
    en: `What the database holds for opening the vault with "${kind}" is damaged, or was not put there by Sigilo: nothing was changed. Take it away or restore it first.`,
  })
