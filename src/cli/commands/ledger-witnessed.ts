import type { LedgerWitnessed, WitnessChanged } from '#kernel/ledger/index.ts'
import { ageOf } from '../age.ts'
import type { Context, Run } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import type { LogChange } from '../house/sending/answers.ts'
import { problem } from '../house/problem.ts'
import type { Text } from '../text.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** The ledgers of others that this vault is a witness of. */
export const run: Run = async (context) => {
  const [op = 'list', name, ...more] = context.words
  const { key = [] } = context.options as { key?: readonly string[] }
  if (op === 'list' && name === undefined) return list(context)
  if (op === 'add' && name === undefined && key.length > 0) return change(context, { keys: [...key] })
  if (op === 'remove' && name !== undefined && more.length === 0) return change(context, { remove: name })
  return report(context, problem(exit.usage, usage))
}

async function change(context: Context, wanted: LogChange): Promise<ExitCode> {
  const asked = await ask(context, 'POST /ledger/logs', wanted)
  if (asked.status === 'problem') return report(context, asked)
  const { answer } = asked
  if (answer.status !== 'ok') return report(context, problem(exit.failed, refusalOf(answer)))
  context.out(context.options['json'] ? JSON.stringify({ origin: answer.origin }) : answer.origin)
  return exit.ok
}

/** Exit code 1 where one has contradicted itself. */
async function list(context: Context): Promise<ExitCode> {
  const asked = await ask(context, 'GET /ledger/logs')
  if (asked.status === 'problem') return report(context, asked)
  const { logs } = asked.answer
  const { options, out, settings, now } = context
  if (options['json']) out(JSON.stringify(logs))
  else for (const log of logs) out(lineOf(log, now())[settings.language])
  return logs.some(({ evidence, altered }) => evidence !== undefined || altered) ? exit.failed : exit.ok
}

function lineOf({ origin, size, cosignedAt, evidence, altered }: LedgerWitnessed, now: Date): Text {
  const at = cosignedAt && ageOf(String(cosignedAt), now)
  return {
    es: `${origin}: ${at === undefined ? 'nada todavía' : `${size} asientos, hace ${at}`}${evidence ? '; SE CONTRADICE: hay un punto de control que no concuerda (--json lo muestra)' : ''}${altered ? '; su fila en la base de datos fue alterada' : ''}`,
    en: `${origin}: ${at === undefined ? 'nothing yet' : `${size} entries, ${at} ago`}${evidence ? '; IT CONTRADICTS ITSELF: there is a checkpoint that does not agree (--json shows it)' : ''}${altered ? '; its row in the database was altered' : ''}`,
  }
}

const usage: Text = {
  es: 'Diga «list», «add --key CLAVE» o «remove NOMBRE».',
  en: 'Say "list", "add --key KEY" or "remove NAME".',
}

function refusalOf(refused: Exclude<WitnessChanged, { status: 'ok' }>): Text {
  switch (refused.status) {
    case 'bad-key':
      return { es: `No es una clave pública: ${refused.key}`, en: `That is no public key: ${refused.key}` }
    case 'not-one-ledger':
      return {
        es: 'Las claves no son las de un libro: todas llevan el mismo nombre, y firman como un libro firma.',
        en: 'The keys are not those of one ledger: all have one name, and sign as a ledger signs.',
      }
    case 'unknown-log':
      return { es: 'No es testigo de ese libro.', en: 'It is no witness of that ledger.' }
    case 'busy':
      return {
        es: 'Otro lo está cambiando, o su fila en la base de datos fue alterada: vea «sigilo ledger witnessed list».',
        en: 'Somebody else is changing it, or its row in the database was altered: see "sigilo ledger witnessed list".',
      }
  }
}
