import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Context, Run } from '../command.ts'
import type { Named } from '../control/protocol.ts'
import { exit, type ExitCode } from '../exit.ts'
import { performExport, type ExportEnd, type ExportProgress, type ExportRequest } from '../export/perform.ts'
import { alone } from '../house/alone.ts'
import type { ExportState } from '../house/exporting.ts'
import { problem, type Problem } from '../house/problem.ts'
import { stopRequested } from '../stop.ts'
import type { Text } from '../text.ts'
import { ask, askIfRunning } from './ask.ts'
import { report } from './report.ts'

const askMs = 300
/** Between two lines about how far it is. */
const tellMs = 3_000

/** Writes what is in the vault into a folder, readable: by the server that runs on it, or by itself where none does. */
export const run: Run = async (context) => {
  const read = requestOf(context)
  if (read.status === 'problem') return report(context, read)
  const { request } = read
  context.note(warning(request.folder))
  const asked = await askIfRunning(context, 'POST /export', request)
  if (asked.status === 'problem') return report(context, asked)
  if (asked.status === 'answered') return follow(context, asked.answer)
  const stop = new AbortController()
  const tell = createTeller(context)
  const ended = await alone(context, async (store) => {
    void stopRequested(context.settings.underNpx).then(() => stop.abort())
    const began = performance.now()
    return performExport(store, request, {
      signal: stop.signal,
      onProgress: (progress) => tell(progress, (performance.now() - began) / 1000),
    })
  })
  return ended.status === 'problem' ? report(context, ended) : end(context, ended)
}

async function follow(context: Context, first: Named<ExportState>): Promise<ExitCode> {
  const { run } = first
  if (run === undefined) return end(context, first.status === 'running' ? { status: 'none' } : first)
  const tell = createTeller(context)
  // Whoever stops the command stops the export.
  void stopRequested(context.settings.underNpx).then(() =>
    ask(context, 'POST /export/stop', { run }).catch(() => undefined),
  )
  for (let state: ExportState = first; ;) {
    if (state.status !== 'running') return end(context, state)
    tell(state.progress, state.seconds)
    await setTimeout(askMs)
    const asked = await ask(context, 'POST /export/state', { run })
    if (asked.status === 'problem') return report(context, asked)
    state = asked.answer
  }
}

function createTeller({ note }: Context): (progress: ExportProgress, seconds: number) => void {
  let told = performance.now()
  return ({ resources, share }, seconds) => {
    if (performance.now() - told < tellMs) return
    told = performance.now()
    const rate = Math.round(resources / Math.max(seconds, 0.001))
    const percent = Math.floor(share * 100)
    note({
      es: `${percent} %: ${resources} recursos, ${rate} por segundo`,
      en: `${percent} %: ${resources} resources, ${rate} a second`,
    })
  }
}

function end(context: Context, ended: Exclude<ExportState, { status: 'running' }> | ExportEnd): ExitCode {
  if (ended.status !== 'ok') return report(context, problemOf(ended))
  const { resources, deleted, files, told, transactionTime, seconds } = ended
  const rate = Math.round(resources / Math.max(seconds, 0.001))
  const text: Text = {
    es: `Escritos ${resources} recursos en ${files} archivos, en ${seconds} s (${rate} por segundo). Es la bóveda al ${transactionTime}; lo posterior: --since ${transactionTime}`,
    en: `Wrote ${resources} resources in ${files} files, in ${seconds} s (${rate} a second). It is the vault as of ${transactionTime}; what comes later: --since ${transactionTime}`,
  }
  if (told > 0) {
    context.note({
      es: 'Hubo algo que decir: vea error.0001.ndjson.',
      en: 'There was something to tell: see error.0001.ndjson.',
    })
  }
  const { json } = context.options
  context.out(
    json === true
      ? JSON.stringify({ resources, deleted, files, told, transactionTime, seconds })
      : text[context.settings.language],
  )
  return exit.ok
}

function problemOf(ended: Exclude<ExportState, { status: 'running' | 'ok' }>): Problem {
  switch (ended.status) {
    case 'sealed':
      return problem(exit.sealed, {
        es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
        en: 'The vault is sealed. Open it first: sigilo keys unseal',
      })
    case 'not-empty':
      return problem(exit.usage, {
        es: 'El directorio no está vacío, o no es un directorio: elija uno nuevo. No se escribió nada.',
        en: 'The directory is not empty, or is none: choose a new one. Nothing was written.',
      })
    case 'busy':
      return problem(exit.failed, {
        es: 'El servidor ya está escribiendo otra exportación. Pruebe de nuevo cuando termine.',
        en: 'The server is writing another export already. Try again when it has ended.',
      })
    case 'refused':
      return problem(exit.usage, ended.text)
    case 'stopped':
      return problem(exit.failed, {
        es: 'Detenida. Lo que llevaba escrito se borró.',
        en: 'Stopped. What it had written was removed.',
      })
    case 'none':
    case 'failed': {
      const isFull = ended.status === 'failed' && ['DiskFull', 'ENOSPC', 'EDQUOT'].includes(ended.reason)
      const [es, en] = isFull
        ? ['el disco ya no tiene lugar', 'the disk has no room left']
        : ended.status === 'failed'
          ? [ended.reason, ended.reason]
          : ['el servidor se reinició', 'the server was restarted']
      return problem(exit.failed, {
        es: `No se pudo (${es}). Lo que llevaba escrito se borró.`,
        en: `It did not succeed (${en}). What it had written was removed.`,
      })
    }
  }
}

const warning = (folder: string): Text => ({
  es: `ATENCIÓN: lo que se escribe en ${folder} queda legible, sin sello: quien abra esa carpeta lee los expedientes. Guárdela cifrada, entréguela en mano y bórrela en cuanto sobre.`,
  en: `WARNING: what is written to ${folder} is readable, not sealed: whoever opens that folder reads the records. Keep it encrypted, hand it over in person, and delete it as soon as it is not needed.`,
})

function requestOf({ options, words }: Context): { status: 'ok'; request: ExportRequest } | Problem {
  const [folder, more] = words
  if (folder === undefined || more !== undefined) {
    return problem(exit.usage, {
      es: 'Hace falta un directorio, nuevo o vacío: sigilo export DIRECTORIO',
      en: 'One directory is needed, new or empty: sigilo export DIRECTORY',
    })
  }
  const since = options['since']
  const listOf = (name: string) =>
    Array.isArray(options[name])
      ? (options[name] as readonly string[]).flatMap((each) => each.split(','))
      : []
  return {
    status: 'ok',
    request: {
      folder: resolve(folder),
      types: listOf('type'),
      since: typeof since === 'string' ? since : undefined,
      patients: listOf('patient'),
    },
  }
}
