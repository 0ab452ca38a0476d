import { accessSync, constants } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Context, Run } from '../command.ts'
import type { Named } from '../control/protocol.ts'
import { exit, type ExitCode } from '../exit.ts'
import type { ImportState } from '../house/importing.ts'
import { problem, type Problem } from '../house/problem.ts'
import { createTeller, endText, stopping } from '../import/telling.ts'
import type { ImportEnd, ImportRequest } from '../import/perform.ts'
import { mayBeReport } from '../import/report.ts'
import { stopRequested } from '../stop.ts'
import { ask, askIfRunning } from './ask.ts'
import { report } from './report.ts'

const askMs = 500

/** Brings files of records into the vault: through the server that runs on it, or by itself where none does. */
export const run: Run = async (context) => {
  const { options } = context
  if (options['stop'] === true || options['follow'] === true) return followOther(context)
  const request = requestOf(context)
  if (request.status === 'problem') return report(context, request)
  const seen = await withTables(context, request.request)
  if (seen.status === 'problem') return report(context, seen)
  const asked = await askIfRunning(context, 'POST /import', seen.request)
  if (asked.status === 'problem') return report(context, asked)
  if (asked.status === 'answered') return follow(context, asked.answer, true)
  const { importAlone } = await import('../import/alone.ts')
  const ended = await importAlone(context, seen.request)
  return ended.status === 'problem' ? report(context, ended) : end(context, ended)
}

/** Of tables a person sees first what they become. */
async function withTables(
  context: Context,
  request: ImportRequest,
): Promise<{ status: 'ok'; request: ImportRequest } | Problem> {
  const { findFiles, tableName } = await import('../import/files.ts')
  const named = request.paths.filter((path) => tableName.test(path))
  const { tables } = await findFiles(named)
  if (tables.length === 0) return { status: 'ok', request }
  const { csvOptionsOf } = await import('../import/csv-options.ts')
  const { previewTables } = await import('../import/preview.ts')
  const read = csvOptionsOf(context)
  if (read.status === 'problem') return read
  const seen = await previewTables(context, tables, read.csv)
  return seen.status === 'ok' ? { status: 'ok', request: { ...request, csv: read.csv } } : seen
}

/** `--follow` and `--stop`: of an import that somebody else began in the server. */
async function followOther(context: Context): Promise<ExitCode> {
  const asked =
    context.options['stop'] === true
      ? await ask(context, 'POST /import/stop', {})
      : await ask(context, 'GET /import')
  return asked.status === 'problem' ? report(context, asked) : follow(context, asked.answer, false)
}

/** `isOurs`: whoever stops the command stops the import. */
async function follow(context: Context, first: Named<ImportState>, isOurs: boolean): Promise<ExitCode> {
  const { run } = first
  if (run === undefined) return end(context, first.status === 'running' ? { status: 'none' } : first)
  const tell = createTeller(context.note)
  let isStopping = false
  if (isOurs) {
    void stopRequested(context.settings.underNpx).then(async () => {
      isStopping = true
      context.note(stopping)
      await ask(context, 'POST /import/stop', { run }).catch(() => undefined)
    })
  }
  for (let state: ImportState = first; ;) {
    if (state.status !== 'running') return end(context, state)
    if (state.progress && !isStopping) tell(state.progress, state.seconds)
    await setTimeout(askMs)
    const asked = await ask(context, 'POST /import/state', { run })
    if (asked.status === 'problem') return report(context, asked)
    state = asked.answer
  }
}

function end(context: Context, ended: Exclude<ImportState, { status: 'running' }> | ImportEnd): ExitCode {
  switch (ended.status) {
    case 'ok':
    case 'stopped': {
      const { language } = context.settings
      if (context.options['json'] === true) {
        const { counts, dryRun, duplicates, files, seconds, report: written } = ended
        context.out(
          JSON.stringify({
            status: ended.status,
            dryRun,
            ...counts,
            duplicates,
            files,
            seconds,
            report: written,
          }),
        )
      } else context.out(endText(ended)[language])
      const isWhole = ended.unread.every(({ severity }) => severity !== 'error') && ended.counts.refused === 0
      return isWhole && ended.status === 'ok' ? exit.ok : exit.failed
    }
    case 'sealed':
      return report(context, sealed)
    case 'busy':
      return report(context, busy)
    case 'none':
      return report(context, nothing)
    case 'database-away':
      return report(context, away)
    case 'failed':
      return report(
        context,
        problem(exit.failed, {
          es: `No se pudo (${ended.reason}). Lo que ya entró está entero; el mismo comando sigue donde quedó.`,
          en: `It did not succeed (${ended.reason}). What went in is whole; the same command goes on where it ended.`,
        }),
      )
  }
}

const sealed = problem(exit.sealed, {
  es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
  en: 'The vault is sealed. Open it first: sigilo keys unseal',
})
const busy = problem(exit.failed, {
  es: 'El servidor ya está importando otra cosa. Sígalo con «sigilo import --follow», o deténgalo con «sigilo import --stop».',
  en: 'The server is importing something else already. Follow it with "sigilo import --follow", or stop it with "sigilo import --stop".',
})
const nothing = problem(exit.failed, {
  es: 'El servidor no está importando nada.',
  en: 'The server is importing nothing.',
})
const away = problem(exit.failed, {
  es: 'PostgreSQL no responde. Lo que ya entró está entero; cuando responda, el mismo comando sigue donde quedó.',
  en: 'PostgreSQL does not answer. What went in is whole; once it answers, the same command goes on where it ended.',
})

/** Two of one day must not write over each other. */
const reportName = (now: Date): string => `sigilo-import-${now.toISOString().replaceAll(/[:.]/g, '-')}.ndjson`

function requestOf({
  options,
  words,
  settings,
  now,
}: Context): { status: 'ok'; request: ImportRequest } | Problem {
  if (words.length === 0) {
    return problem(exit.usage, {
      es: 'Falta decir qué importar: sigilo import RUTA…',
      en: 'Say what to import: sigilo import PATH…',
    })
  }
  const pairs = Array.isArray(options['map']) ? (options['map'] as readonly string[]) : []
  const map: Record<string, string> = {}
  for (const pair of pairs) {
    // The foreign system may hold an equals sign; ours is what comes after the last.
    const mark = pair.lastIndexOf('=')
    const [from, to] = [pair.slice(0, mark), pair.slice(mark + 1)]
    if (mark < 1 || to === '' || !isUri(from) || !isUri(to)) {
      return problem(exit.usage, {
        es: '--map lleva dos sistemas de identificadores, que son URI: --map urn:oid:1.2.3=urn:oid:4.5.6',
        en: '--map takes two systems of identifiers, which are URIs: --map urn:oid:1.2.3=urn:oid:4.5.6',
      })
    }
    map[from] = to
  }
  const reportPath = resolve(typeof options['report'] === 'string' ? options['report'] : reportName(now()))
  if (!canHold(reportPath)) {
    return problem(exit.usage, {
      es: `El informe no se puede escribir en ${reportPath}, o ahí hay otra cosa: diga otro archivo con --report. No se tocó nada.`,
      en: `The report cannot be written to ${reportPath}, or something else is there: name another file with --report. Nothing was touched.`,
    })
  }
  return {
    status: 'ok',
    request: {
      paths: words.map((word) => resolve(word)),
      dryRun: options['dry-run'] === true,
      again: options['again'] === true,
      map,
      report: reportPath,
      language: settings.language,
    },
  }
}

/** The report of an import before, or none yet, in a folder that may be written to. */
function canHold(path: string): boolean {
  try {
    accessSync(dirname(path), constants.W_OK)
    return mayBeReport(path)
  } catch {
    return false
  }
}

function isUri(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(text)
}
