import { resolve } from 'node:path'
import type { Run } from '../command.ts'
import { exit } from '../exit.ts'
import { problem } from '../house/problem.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Writes tiles, entries and the newest checkpoint into a folder, which `tools/verify-ledger.mjs` verifies. */
export const run: Run = async (context) => {
  const { folder, json } = context.options
  if (typeof folder !== 'string') return report(context, problem(exit.usage, needsFolder))
  const asked = await ask(context, 'POST /ledger/publish', { folder: resolve(folder) })
  if (asked.status === 'problem') return report(context, asked)
  const { answer } = asked
  if (answer.status !== 'ok') {
    const { reason } = answer
    return report(
      context,
      problem(exit.failed, {
        es: `No se escribió en ${folder}: ${reason}`,
        en: `${folder} was not written: ${reason}`,
      }),
    )
  }
  const { size, files } = answer
  const text = {
    es: `${folder} tiene los ${size} asientos del libro; archivos escritos: ${files}.`,
    en: `${folder} has the ${size} entries of the ledger; files written: ${files}.`,
  }
  context.out(json === true ? JSON.stringify({ size, files }) : text[context.settings.language])
  return exit.ok
}

const needsFolder = {
  es: 'Falta decir en qué carpeta: --folder DIR.',
  en: 'Say into which folder: --folder DIR.',
}
