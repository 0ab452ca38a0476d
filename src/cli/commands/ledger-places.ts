import { resolve } from 'node:path'
import type { Context } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import type { SendChange, SendChanged } from '../house/sending/places.ts'
import type { SendKind, SendTold } from '../house/sending/told.ts'
import { problem } from '../house/problem.ts'
import { ageOf } from '../age.ts'
import type { Text } from '../text.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** `list`, `add PLACE` and `remove PLACE` of one kind. */
export async function changePlaces(
  context: Context,
  kind: SendKind,
  added: (place: string) => Extract<SendChange, { op: 'add' }>,
): Promise<ExitCode> {
  const [op = 'list', place, ...more] = context.words
  if (op === 'list' && place === undefined) return list(context, kind)
  if ((op !== 'add' && op !== 'remove') || place === undefined || more.length > 0) {
    return report(context, problem(exit.usage, usage))
  }
  const named = kind === 'folder' ? resolve(place) : place
  const tlsCa = context.options['tls-ca']
  const change: SendChange =
    op === 'remove'
      ? { op, kind, place: named }
      : { ...added(named), ...(typeof tlsCa === 'string' ? { tlsCa: resolve(tlsCa) } : {}) }
  const asked = await ask(context, 'POST /ledger/sends', change)
  if (asked.status === 'problem') return report(context, asked)
  if (asked.answer.status !== 'ok') return report(context, problem(exit.failed, refusalOf(asked.answer)))
  if (context.options['json']) context.out(JSON.stringify({ [op]: named }))
  return exit.ok
}

async function list(context: Context, kind: SendKind): Promise<ExitCode> {
  const asked = await ask(context, 'GET /ledger/sends')
  if (asked.status === 'problem') return report(context, asked)
  return tell(
    context,
    asked.answer.sends.filter((each) => each.kind === kind),
  )
}

/** A line for each place; exit code 1 where one of them did not take the checkpoint the last time. */
export function tell(context: Context, sends: readonly SendTold[]): ExitCode {
  const { options, out, settings, now } = context
  if (options['json']) out(JSON.stringify(sends))
  else for (const each of sends) out(lineOf(each, now())[settings.language])
  return sends.some(({ failedSince }) => failedSince !== undefined) ? exit.failed : exit.ok
}

function lineOf({ place, size, at, failedSince, reason, trusted }: SendTold, now: Date): Text {
  const had = {
    es: size === undefined || at === undefined ? 'nada todavía' : `${size} asientos, hace ${ageOf(at, now)}`,
    en: size === undefined || at === undefined ? 'nothing yet' : `${size} entries, ${ageOf(at, now)} ago`,
  }
  const unproven = trusted === false
  const failed = failedSince !== undefined
  return {
    es: `${place}: ${had.es}${unproven ? ' (sin comprobar de quién: --ca)' : ''}${failed ? `; falla desde hace ${ageOf(failedSince, now)}: ${reason}` : ''}`,
    en: `${place}: ${had.en}${unproven ? ' (whose it is was not checked: --ca)' : ''}${failed ? `; failing for ${ageOf(failedSince, now)}: ${reason}` : ''}`,
  }
}

const usage: Text = {
  es: 'Diga «list», «add» y qué, o «remove» y cuál.',
  en: 'Say "list", "add" and what, or "remove" and which.',
}

function refusalOf(refused: Exclude<SendChanged, { status: 'ok' }>): Text {
  switch (refused.status) {
    case 'bad-url':
      return {
        es: 'No es una dirección que sirva: https, sin usuario, contraseña ni parámetros; http solo hasta esta máquina, o para una autoridad de sellado.',
        en: 'That is no address that will do: https, without a user, a password or parameters; http only to this machine, or for an authority that stamps.',
      }
    case 'bad-key':
      return {
        es: `Falta su clave pública, o no es la de un testigo: --key nombre+0123abcd+B… («${refused.key}»)`,
        en: `Its public key is missing, or is not a witness's: --key name+0123abcd+B… ("${refused.key}")`,
      }
    case 'bad-file':
      return {
        es: `${refused.path} no es un archivo PEM con un certificado, o no se puede leer.`,
        en: `${refused.path} is no PEM file with a certificate, or cannot be read.`,
      }
    case 'unknown':
      return { es: 'No está en la lista.', en: 'It is not in the list.' }
  }
}
