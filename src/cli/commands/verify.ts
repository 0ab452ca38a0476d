import { existsSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Context, Run } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import { problem } from '../house/problem.ts'
import { verifyAlone } from '../house/verifying-alone.ts'
import type { VerifyDone, VerifyState } from '../house/verifying.ts'
import { printable } from '../printable.ts'
import { stopRequested } from '../stop.ts'
import { findingText } from '../verify-texts.ts'
import { ask, askIfRunning } from './ask.ts'
import { report } from './report.ts'

const askMs = 300
/** Between two lines about how far it is. */
const tellMs = 3_000

type Running = Omit<Extract<VerifyState, { status: 'running' }>, 'status' | 'seconds'>

/** Verifies the vault, by the server that runs on it or by itself; or a ledger in a folder, of which it needs no vault. */
export const run: Run = async (context) => {
  const { options } = context
  const ofFolder = ['key', 'checkpoint', 'witness'].filter((name) => options[name] !== undefined)
  if (options['folder'] !== undefined) return verifyFolder(context, String(options['folder']))
  if (ofFolder.length > 0) {
    return report(
      context,
      problem(exit.usage, {
        es: `--${ofFolder[0]} es para --folder: la bóveda tiene sus propias claves y su punto de control.`,
        en: `--${ofFolder[0]} goes with --folder: the vault has its own keys and its own checkpoint.`,
      }),
    )
  }
  const onlyNew = options['new'] === true
  const asked = await askIfRunning(context, 'POST /verify', { onlyNew })
  if (asked.status === 'problem') return report(context, asked)
  if (asked.status === 'answered') return follow(context, asked.answer)
  const stop = new AbortController()
  void stopRequested(context.settings.underNpx).then(() => stop.abort())
  const onProgress = createTeller(context)
  const ended = await verifyAlone(context, { onlyNew, onProgress, signal: stop.signal })
  return ended.status === 'problem' ? report(context, ended) : end(context, ended)
}

async function follow(context: Context, first: VerifyState): Promise<ExitCode> {
  const tell = createTeller(context)
  for (let state = first; ;) {
    if (state.status === 'ok' || state.status === 'wrong') return end(context, state)
    if (state.status !== 'running') {
      const reason = state.status === 'failed' ? state.reason : ''
      return report(
        context,
        problem(exit.failed, {
          es: `No se pudo comprobar (${reason || 'el servidor se reinició'}). Eso no dice nada de la bóveda; pruebe de nuevo.`,
          en: `It could not be verified (${reason || 'the server was restarted'}). That says nothing of the vault; try again.`,
        }),
      )
    }
    tell(state)
    await setTimeout(askMs)
    const asked = await ask(context, 'GET /verify')
    if (asked.status === 'problem') return report(context, asked)
    state = asked.answer
  }
}

function createTeller({ note }: Context): (progress: Running) => void {
  let toldAt = performance.now()
  return (progress) => {
    if (performance.now() - toldAt < tellMs) return
    toldAt = performance.now()
    const { stage, done } = progress
    const of = 'of' in progress ? progress.of : undefined
    const count = of === undefined ? `${done}` : `${done} / ${of}`
    switch (stage) {
      case 'ledger':
        return note({ es: `asientos del libro: ${count}`, en: `entries of the ledger: ${count}` })
      case 'rows':
        return note({ es: `renglones de la base: ${count}`, en: `rows of the database: ${count}` })
      case 'versions':
        return note({
          es: `versiones vigentes, abiertas: ${count}`,
          en: `current versions, opened: ${count}`,
        })
    }
  }
}

function end(context: Context, done: VerifyDone): ExitCode {
  const { language } = context.settings
  if (context.options['json']) context.out(JSON.stringify(done))
  else {
    for (const finding of done.findings) context.out(printable(findingText(finding)[language]))
    if (done.found > done.findings.length)
      context.out(`… ${done.found - done.findings.length} ${language === 'es' ? 'más' : 'more'}`)
    context.out(summary(done)[language])
  }
  const { signed, attested } = done.approvals
  if (signed + attested > 0)
    context.note({
      es: `Aprobaciones: ${signed} firmadas con llave de acceso, ${attested} atestiguadas por la bóveda.`,
      en: `Approvals: ${signed} signed by passkey, ${attested} attested by the vault.`,
    })
  for (const left of leftOut(context, done)) context.note(left)
  return done.status === 'ok' ? exit.ok : exit.failed
}

function summary({ status, whole, since, entries, size, rows, seconds, found }: VerifyDone) {
  const scope = whole
    ? { es: `${size} asientos y ${rows} renglones`, en: `${size} entries and ${rows} rows` }
    : {
        es: `solo lo posterior a ${since}: ${entries} asientos de ${size}`,
        en: `only what came after ${since}: ${entries} entries of ${size}`,
      }
  if (status === 'ok') {
    return {
      es: `Todo está y nada se alteró: ${scope.es} (${seconds} s).`,
      en: `All is there and unaltered: ${scope.en} (${seconds} s).`,
    }
  }
  return {
    es: `${found} cosas están mal: ${scope.es} (${seconds} s).`,
    en: `${found} found wrong: ${scope.en} (${seconds} s).`,
  }
}

/** What this verification does not say. */
function* leftOut({ options }: Context, { whole, open, derived, unproven, openers, recorded }: VerifyDone) {
  if (options['new'] && whole) {
    yield {
      es: 'No había comprobación limpia de la cual seguir: se comprobó todo.',
      en: 'There was no verification without findings to go on from: everything was verified.',
    }
  }
  if (!open) {
    yield {
      es: `La bóveda está sellada: lo que solo sus llaves dicen no se comprobó (contenido de adjuntos, lo que se sigue de los expedientes (valores de búsqueda, punteros, directorio), ${unproven} llaves de paciente envueltas de nuevo).`,
      en: `The vault is sealed: what only its keys tell was not verified (contents of attachments, what follows from the records (index tuples, pointers, the directory), ${unproven} patient keys that were wrapped anew).`,
    }
  }
  if (whole && open && !derived) {
    yield {
      es: 'Lo que comparan las búsquedas no se rehízo para compararlo: es de otra zona horaria, o se estaba rehaciendo. Ejecute sigilo reindex, y compruebe de nuevo.',
      en: 'What searches compare was not made again and compared: it is of another time zone, or was just being made anew. Run sigilo reindex, and verify again.',
    }
  }
  if (whole && !openers) {
    yield {
      es: 'Lo que abre la bóveda no se comparó con el libro: un cambio está en curso, o su fin no quedó asentado.',
      en: 'What opens the vault was not compared with the ledger: a change is under way, or its end was not recorded.',
    }
  }
  if (!recorded) {
    yield {
      es: 'Esta comprobación no quedó asentada en el libro.',
      en: 'This verification is not recorded in the ledger.',
    }
  }
}

/** The checks of the stand-alone verifier, by that program itself. */
async function verifyFolder(context: Context, folder: string): Promise<ExitCode> {
  const { options, out, note, settings } = context
  const listOf = (name: string): string[] => {
    const given = options[name]
    return Array.isArray(given) ? (given as string[]) : []
  }
  const keys = keysOf(listOf('key'))
  if (options['new'] || keys.length === 0) {
    return report(
      context,
      problem(exit.usage, {
        es: 'Una carpeta se comprueba entera, y con las claves públicas del libro: --folder DIR --key CLAVE.',
        en: 'A folder is verified whole, and with the public keys of the ledger: --folder DIR --key KEY.',
      }),
    )
  }
  const earlier: { what: string; note: string }[] = []
  for (const path of listOf('checkpoint')) {
    if (!existsSync(path)) {
      const text = { es: `No hay archivo ${path}.`, en: `There is no file ${path}.` }
      return report(context, problem(exit.usage, text))
    }
    earlier.push({ what: path, note: readFileSync(path, 'utf8') })
  }
  const verifier = await import('../../../tools/verify-ledger.mjs')
  const began = performance.now()
  let toldAt = began
  const { findings, size, origin, streams } = await verifier.verifyFolder(folder, {
    keys,
    witnesses: keysOf(listOf('witness')),
    earlier,
    progress: (done, all) => {
      if (performance.now() - toldAt < tellMs) return
      toldAt = performance.now()
      note({ es: `asientos: ${done} / ${all}`, en: `entries: ${done} / ${all}` })
    },
  })
  const seconds = Math.round(performance.now() - began) / 1000
  const status = findings.length === 0 ? 'ok' : 'wrong'
  if (options['json'])
    out(JSON.stringify({ status, origin, size, streams, seconds, found: findings.length, findings }))
  else {
    for (const finding of findings) out(printable(finding))
    const whose = printable(origin ?? '')
    const text = {
      ok: {
        es: `${whose}: ${size} asientos en ${streams} hilos; todos están y ninguno se alteró (${seconds} s).`,
        en: `${whose}: ${size} entries in ${streams} streams, all there and unaltered (${seconds} s).`,
      },
      wrong: { es: `${findings.length} cosas están mal.`, en: `${findings.length} found wrong.` },
    }[status]
    out(text[settings.language])
  }
  return status === 'ok' ? exit.ok : exit.failed
}

/** Keys, or files with one a line. */
function keysOf(given: readonly string[]): string[] {
  return given.flatMap((key) =>
    existsSync(key)
      ? readFileSync(key, 'utf8')
          .split('\n')
          .filter((line) => line.trim() !== '')
      : [key],
  )
}
