/** An export into a folder, as the command asks for it, in whatever process it runs. */
import { existsSync, statSync } from 'node:fs'
import { chmod, mkdir, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isRefusal, sentenceOf } from '#kernel/outcome.ts'
import type { Interactions, Manifest } from '#records/index.ts'
import { writeDurably } from '../home/durable.ts'
import { reasonOf } from '../house/errand.ts'
import type { Text } from '../text.ts'

export interface ExportRequest {
  /** Absolute path of the folder: new, or empty. */
  folder: string
  types: string[]
  /** An instant, as it was written. */
  since: string | undefined
  /** Ids of patients; none: everything. */
  patients: string[]
}

export interface ExportProgress {
  resources: number
  /** Of the whole, 0 to 1. */
  share: number
}

export type ExportEnd =
  | {
      status: 'ok'
      resources: number
      deleted: number
      files: number
      told: number
      transactionTime: string
      seconds: number
    }
  /** Somebody asked for it; what was written is gone. */
  | { status: 'stopped' }
  | { status: 'sealed' }
  | { status: 'not-empty' }
  /** In both languages. */
  | { status: 'refused'; text: Text }
  | { status: 'failed'; reason: string }

export async function performExport(
  store: Interactions,
  { folder, types, since, patients }: ExportRequest,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: ExportProgress) => void },
): Promise<ExportEnd> {
  const began = performance.now()
  const isNew = !existsSync(folder)
  try {
    if (!isNew && (!statSync(folder).isDirectory() || (await readdir(folder)).length > 0))
      return { status: 'not-empty' }
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await chmod(folder, 0o700)
  } catch (error) {
    return { status: 'failed', reason: reasonOf(error) }
  }
  const pairs: [string, string][] = []
  if (types.length > 0) pairs.push(['_type', types.join()])
  if (since !== undefined) pairs.push(['_since', since])
  for (const id of patients) pairs.push(['patient', id])
  const level = patients.length > 0 ? 'patient' : 'system'
  let isWhole = false
  try {
    const url = `sigilo export${pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')}`}`
    const kickoff = { level, pairs, isPosted: true, url, actor: 'operator' } as const
    const done = await store.exports.write(kickoff, folder, { signal, onProgress })
    if (isRefusal(done)) {
      if (done.status === 'sealed') return { status: 'sealed' }
      return { status: 'refused', text: { es: sentenceOf(done, 'es'), en: sentenceOf(done, 'en') } }
    }
    const { watermarkExtension } = await import('#records/index.ts')
    const manifest = manifestOf(done.manifest, watermarkExtension)
    writeDurably(join(folder, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
    isWhole = true
    const count = (kind: string) =>
      done.manifest.files.filter((file) => file.kind === kind).reduce((sum, file) => sum + file.count, 0)
    return {
      status: 'ok',
      resources: count('output'),
      deleted: count('deleted'),
      told: count('error'),
      files: done.manifest.files.length,
      transactionTime: new Date(done.manifest.transactionTime).toISOString(),
      seconds: Math.round(performance.now() - began) / 1000,
    }
  } catch (error) {
    if (signal.aborted) return { status: 'stopped' }
    return { status: 'failed', reason: reasonOf(error) }
  } finally {
    // Half an export is worse than none: it looks like a whole one.
    if (!isWhole) {
      const names = await readdir(folder)
      for (const name of names) if (written.test(name)) await rm(join(folder, name), { force: true })
      if (isNew && names.every((name) => written.test(name))) await rmdir(folder)
    }
  }
}

/** What an export writes; whatever else somebody puts there meanwhile is theirs. */
const written = /^(?:[A-Za-z]+\.\d{4,}\.ndjson|manifest\.json(?:\.new)?)$/

/** As Bulk Data Access has it; the files lie beside it. */
function manifestOf(
  { transactionTime, request, files, watermark }: Manifest,
  watermarkExtension: string,
): object {
  const listOf = (kind: string) =>
    files
      .filter((file) => file.kind === kind)
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
      .map(({ type, name, count }) => ({ type, url: name, count }))
  return {
    transactionTime: new Date(transactionTime).toISOString(),
    request,
    requiresAccessToken: false,
    output: listOf('output'),
    deleted: listOf('deleted'),
    error: listOf('error'),
    ...(watermark ? { extension: { [watermarkExtension]: watermark } } : {}),
  }
}
