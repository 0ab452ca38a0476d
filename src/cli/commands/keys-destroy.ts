import { createInterface } from 'node:readline/promises'
import { setTimeout } from 'node:timers/promises'
import type { Extent } from '#records/index.ts'
import type { Context, Run } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import type { BatchState, Certified } from '../house/destroying.ts'
import { problem, type Problem } from '../house/problem.ts'
import { deletionText, unforcedText } from '../destruction-texts.ts'
import { isTerminal, lineReader, readShown } from '../terminal.ts'
import type { Text } from '../text.ts'
import { askApproval } from './approvals.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

const askMs = 300

/** Destroys the keys of a patient, once the one at the terminal has typed whose. */
export const run: Run = async (context) => {
  const { options, note } = context
  const { patient, reason } = await readAsked(context)
  if (patient === undefined) return report(context, whose)
  if (reason === '') return report(context, why)
  const looked = await ask(context, 'POST /destroy/look', { patient })
  if (looked.status === 'problem') return report(context, looked)
  const { answer: extent } = looked
  if (extent.status === 'not-found' || extent.status === 'sealed' || extent.status === 'failed')
    return report(context, refused[extent.status])
  // One that is destroyed already has nothing to confirm: the date is told, and the batch may be run.
  if (extent.status === 'ok') {
    note(extentText(patient, extent))
    const confirmed = options['yes'] === true || (await confirm(context, patient))
    if (confirmed !== true) return report(context, confirmed)
  }
  const asked = await ask(context, 'POST /destroy', { patient, reason, now: options['now'] === true })
  if (asked.status === 'problem') return report(context, asked)
  const { answer } = asked
  if (answer.status === 'approval-needed') {
    const now = options['now'] === true ? { now: true } : {}
    return askApproval(context, { kind: 'destroy-keys', patient: `Patient/${patient}`, reason, ...now })
  }
  if (answer.status !== 'destroyed' && answer.status !== 'destroyed-before')
    return report(context, refused[answer.status])
  note(
    answer.status === 'destroyed'
      ? {
          es: 'Destruido: desde ahora nadie lee nada de esta persona aquí.',
          en: 'Destroyed: from now on nobody reads anything of this person here.',
        }
      : {
          es: 'Ya estaba destruido; vale el motivo de entonces.',
          en: 'It was destroyed before; the reason given then stands.',
        },
  )
  if (options['now'] !== true) return tell(context, answer.certified)
  return finish(context, patient)
}

/** Waits for the batch, and tells what came of it. */
async function finish(context: Context, patient: string): Promise<ExitCode> {
  for (;;) {
    const asked = await ask(context, 'GET /destroy')
    if (asked.status === 'problem') return report(context, asked)
    const { batch, list } = asked.answer
    if (batch.status === 'running') {
      await setTimeout(askMs)
      continue
    }
    if (batch.status !== 'done') return report(context, batchProblem(batch))
    const found = list.status === 'ok' ? list.destroyed.find(isOf(patient)) : undefined
    return found ? tell(context, found) : report(context, refused.failed)
  }
}

const isOf = (patient: string) => (each: Certified) => each.reference === `Patient/${patient}`

function tell({ options, out, note, settings: { language } }: Context, certified: Certified): ExitCode {
  const { deletion, unforced, reference, reason } = certified
  for (const each of unforced) note(unforcedText[each])
  if (options['json']) {
    const instant = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
    const { destroyedAt, rewrappedAt, purgedAt } = certified
    out(
      JSON.stringify({
        reference,
        reason,
        destroyedAt: instant(destroyedAt),
        rewrappedAt: instant(rewrappedAt),
        purgedAt: instant(purgedAt),
        unforced,
        deletion: { ...deletion, ...('at' in deletion ? { at: instant(deletion.at) } : {}) },
      }),
    )
  } else out(deletionText(deletion)[language])
  return exit.ok
}

/**
 * Whose keys, and why. Other users of the machine see the words of a command while it runs: so what is left out is asked for at the
 * terminal, and `-` is a line of standard input.
 */
async function readAsked({ options, words, settings: { language } }: Context) {
  let nextLine: (() => Promise<string | undefined>) | undefined
  const read = async (given: string | undefined, prompt: Text): Promise<string> => {
    if (given !== undefined && given !== '-') return given.trim()
    if (isTerminal()) return (await readShown(`${prompt[language]}: `))?.trim() ?? ''
    if (given === undefined) return ''
    nextLine ??= lineReader()
    return (await nextLine())?.trim() ?? ''
  }
  const [word, ...more] = words
  const whole = more.length > 0 ? '' : await read(word, prompts.whose)
  const patient = /^Patient\/([A-Za-z0-9\-.]{1,64})$/.exec(whole)?.[1]
  const { reason } = options
  if (patient === undefined) return { patient, reason: '' }
  return { patient, reason: await read(typeof reason === 'string' ? reason : undefined, prompts.why) }
}

const prompts = {
  whose: { es: 'De quién (Patient/ID)', en: 'Whose (Patient/ID)' },
  why: { es: 'El motivo, que queda guardado, sellado', en: 'The reason, which is kept, sealed' },
} satisfies Record<string, Text>

async function confirm({ settings: { language } }: Context, patient: string): Promise<true | Problem> {
  if (!process.stdin.isTTY) return unconfirmed
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const question = {
      es: 'Esto no se puede deshacer. Escriba el id del paciente para destruirlo: ',
      en: 'This cannot be undone. Type the id of the patient to destroy it: ',
    }
    const typed = (await asking.question(question[language])).trim()
    return typed === patient || typed === `Patient/${patient}` ? true : mistyped
  } catch {
    return unconfirmed
  } finally {
    asking.close()
  }
}

function extentText(patient: string, { resources, versions, shared, named }: Extent) {
  return {
    es: [
      `Patient/${patient}: ${resources} recursos, ${versions} versiones, con sus adjuntos e historia.`,
      ...(shared > 0 ? [`De ellos, ${shared} nombran también a otros pacientes: se van con este.`] : []),
      ...(named > 0 ? [`${named} recursos que viven con otros pacientes nombran a este: se quedan.`] : []),
    ].join('\n'),
    en: [
      `Patient/${patient}: ${resources} resources, ${versions} versions, with their attachments and history.`,
      ...(shared > 0 ? [`Of these, ${shared} name other patients too: they go with this one.`] : []),
      ...(named > 0 ? [`${named} resources that live with other patients name this one: they stay.`] : []),
    ].join('\n'),
  }
}

const whose = problem(exit.usage, {
  es: 'Diga de quién, y de uno solo: sigilo keys destroy Patient/ID --reason MOTIVO',
  en: 'Say whose, and of one alone: sigilo keys destroy Patient/ID --reason TEXT',
})
const why = problem(exit.usage, {
  es: 'Falta el motivo, que queda guardado: --reason MOTIVO',
  en: 'The reason is lacking, which is kept: --reason TEXT',
})
const unconfirmed = problem(exit.failed, {
  es: 'No se destruyó nada: nadie lo confirmó en una terminal. En un programa, agregue --yes.',
  en: 'Nothing was destroyed: nobody confirmed it at a terminal. In a program, add --yes.',
})
const mistyped = problem(exit.failed, {
  es: 'No se destruyó nada: lo escrito no es ese id.',
  en: 'Nothing was destroyed: what was typed is not that id.',
})
const refused = {
  'not-found': problem(exit.failed, {
    es: 'No hay ni hubo tal paciente en esta bóveda.',
    en: 'There is no such patient in this vault, and never was.',
  }),
  sealed: problem(exit.sealed, {
    es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
    en: 'The vault is sealed. Open it first: sigilo keys unseal',
  }),
  failed: problem(exit.failed, {
    es: 'No se sabe si se logró: falló algo del servidor. Repita el comando; hecho dos veces no hace daño.',
    en: 'It is not known whether it succeeded: something failed in the server. Repeat the command; done twice it does no harm.',
  }),
}

function batchProblem(batch: Exclude<BatchState, { status: 'done' }>): Problem {
  switch (batch.status) {
    case 'busy':
      return problem(exit.failed, {
        es: 'Destruido. Otro proceso ya está terminando la destrucción: sigilo keys destroyed dirá cuándo acabó.',
        en: 'Destroyed. Another process is making it final already: sigilo keys destroyed will say when it was done.',
      })
    case 'broken':
      return problem(exit.failed, {
        es: `Destruido, pero no es definitivo: ${batch.compartments} llaves de otros pacientes fueron alteradas en la base y no abren. Revíselo antes: la llave vieja se queda hasta entonces.`,
        en: `Destroyed, but not for good: ${batch.compartments} keys of other patients were altered in the database and do not open. Look into that first: the old key stays until then.`,
      })
    case 'sealed':
      return refused.sealed
    case 'later':
    case 'running':
    case 'none':
    case 'failed':
      return problem(exit.failed, {
        es: 'Destruido, pero aún no es definitivo: el servidor seguirá solo en un minuto. sigilo keys destroyed dirá cuándo acabó.',
        en: 'Destroyed, but not for good yet: the server goes on by itself in a minute. sigilo keys destroyed will say when it was done.',
      })
  }
}
