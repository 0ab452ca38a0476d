import { resolve } from 'node:path'
import type { Run } from '../command.ts'
import { unansweredProblem } from '../audit/asking.ts'
import { exit } from '../exit.ts'
import { problem } from '../house/problem.ts'
import type { Text } from '../text.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Writes a patient's file, by the server, which is the same user. */
export const run: Run = async (context) => {
  const { options, words, out, note, settings } = context
  const [patient = '', more] = words
  const file = options['out']
  if (!/^Patient\/[A-Za-z0-9\-.]{1,64}$/.test(patient) || more !== undefined || typeof file !== 'string') {
    return report(
      context,
      problem(exit.usage, {
        es: 'Faltan un paciente y un archivo nuevo: sigilo ledger file Patient/ID --out ARCHIVO',
        en: 'It lacks one patient and a new file: sigilo ledger file Patient/ID --out FILE',
      }),
    )
  }
  const request = { patient: patient.slice('Patient/'.length), out: resolve(file) }
  const asked = await ask(context, 'POST /ledger/file', request)
  if (asked.status === 'problem') return report(context, asked)
  const { answer } = asked
  if (answer.status === 'exists') {
    return report(
      context,
      problem(exit.usage, {
        es: `Ya existe ${file}: elija otro nombre. No se escribió nada.`,
        en: `${file} exists already: choose another name. Nothing was written.`,
      }),
    )
  }
  if (answer.status === 'unwritable') {
    return report(
      context,
      problem(exit.failed, {
        es: `No se puede escribir en ${file} (${answer.code}).`,
        en: `${file} cannot be written (${answer.code}).`,
      }),
    )
  }
  if (answer.status !== 'ok') return report(context, unansweredProblem(answer))
  note(warning(file))
  const { bytes } = answer
  out(
    options['json'] ? JSON.stringify({ file: request.out, bytes }) : doneText(file, bytes)[settings.language],
  )
  return exit.ok
}

const doneText = (file: string, bytes: number): Text => ({
  es: `Escrito ${file}, ${bytes} bytes. Se revisa sin la bóveda: node tools/verify-ledger.mjs --file ${file} --key LLAVES (sigilo ledger keys > LLAVES)`,
  en: `Wrote ${file}, ${bytes} bytes. It is checked without the vault: node tools/verify-ledger.mjs --file ${file} --key KEYS (sigilo ledger keys > KEYS)`,
})

const warning = (file: string): Text => ({
  es: `ATENCIÓN: ${file} lleva la llave de lo que cuenta: quien lo tenga lee quién vio qué de este paciente. Entréguelo en mano.`,
  en: `WARNING: ${file} holds the key of what it tells: whoever has it reads who saw what of this patient. Hand it over in person.`,
})
