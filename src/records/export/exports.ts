/** Exports as the edges see them: asked for, looked at, fetched, deleted; worked on one at a time, in the background. */
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { addAbortSignal, pipeline, Readable } from 'node:stream'
import { gunzipStream, openStream, randomUuid, type SealKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { Reader } from '../reader.ts'
import type { ExtractOptions } from '../search/index.ts'
import { Pace, type Traffic } from '../search/run/index.ts'
import { createCarry } from './contents.ts'
import { createFiles, fileContext, fileLimits, plainForm, type ExportFile } from './files.ts'
import {
  exportKey,
  fileKeyOf,
  makeJob,
  ownerOf,
  progressOf,
  taskOf,
  type Failure,
  type Progress,
} from './job.ts'
import { createPopulation } from './population.ts'
import {
  countDestroyed,
  deleteExpired,
  deleteJob,
  insertJob,
  selectJob,
  selectOwnJobs,
  takeJob,
  type JobRow,
} from './queries.ts'
import { readRequest, type Kickoff } from './request.ts'
import { createRunner, momentOf, outcomesOf } from './runner.ts'
import { serverOf } from './server.ts'
import { createWalk } from './walk.ts'

export interface Exports {
  begin(kickoff: Kickoff): Promise<{ status: 'ok'; job: string } | Refusal>
  look(job: string, actor: string): Promise<Look | Refusal>
  /** Opens one of its files, packed by gzip or not. */
  file(
    job: string,
    name: string,
    actor: string,
    packed: boolean,
  ): Promise<{ status: 'ok'; stream: Readable } | Refusal>
  /** Ends it where it is under way, and deletes its files. */
  remove(job: string, actor: string): Promise<{ status: 'ok' } | Refusal>
  /** Writes an export, readable, into an empty folder, and gives what its manifest says. */
  write(
    kickoff: Kickoff,
    folder: string,
    options: WriteOptions,
  ): Promise<{ status: 'ok'; manifest: Manifest } | Refusal>
  /** Begins to work on what was asked for, now and later. */
  start(): void
  close(): Promise<void>
}

export interface WriteOptions {
  signal?: AbortSignal
  onProgress?: (progress: { resources: number; share: number }) => void
}

export interface Manifest {
  /** Milliseconds since 1970. */
  transactionTime: number
  request: string
  files: ExportFile[]
}

/** `share`: of the whole that is done, 0 to 1. */
export type Look =
  | { status: 'running'; share: number; resources: number }
  | { status: 'complete'; manifest: Manifest; expires: Date }

export interface ExportRooms {
  sql: Sql
  keys: Keys
  reader: Reader
  traffic: Traffic
  local: ExtractOptions
  /** Milliseconds since 1970. */
  now: () => number
  /** Where the files of jobs lie; without it there are no jobs. */
  folder?: string | undefined
  limits?: Partial<ExportLimits> | undefined
}

export const exportLimits = {
  ...fileLimits,
  /** Resources looked at in one statement: some 5 ms. */
  lookMax: 1000,
  /** A killed server repeats so much work. Each time all files are closed, so more often means more files. */
  checkpointMs: 120_000,
  /** Who has not said for so long that it works on a job has lost it. */
  leaseSeconds: 30,
  /** How long files are kept, and the news of a failure. */
  keepSeconds: 24 * 3600,
  /** How long a job may wait and run, as of a vault that stays sealed. */
  waitSeconds: 7 * 24 * 3600,
  /** Jobs of one owner, and of all, ended or not. */
  ownerJobsMax: 10,
  houseJobsMax: 100,
  /** How often it looks for work that it was not told of: another server's, or what became possible. */
  lookMs: 5_000,
  /** How often it clears away what has expired. */
  sweepMs: 60_000,
}
export type ExportLimits = typeof exportLimits

/** A look at the keys, which costs nothing: whether the vault was opened. */
const tickMs = 1_000

export function createExports({
  sql,
  keys,
  reader,
  traffic,
  local,
  now,
  folder,
  limits: given,
}: ExportRooms): Exports {
  const limits: ExportLimits = { ...exportLimits, ...given }
  const carry = createCarry(sql, keys, reader, createWalk(sql, reader, limits.lookMax), local)
  const populationOf = createPopulation(keys, reader, local)
  const holder = randomUuid()
  const folderOf = (job: string) => join(folder ?? '', job)
  const closing = new AbortController()
  /** Being worked on. */
  let current: { job: string; stop: AbortController; resources: number; share: number } | undefined
  let working: Promise<void> | undefined
  let again = false
  let timer: NodeJS.Timeout | undefined
  let lookedAt = -Infinity
  let sweptAt = -Infinity
  let sweeping: Promise<void> | undefined
  const downloads = new Set<AbortController>()
  keys.onForget((compartment) => {
    // Sealed: nothing more is opened.
    if (compartment === undefined) for (const download of downloads) download.abort()
  })

  let known: Promise<string> | undefined
  const server = () => (known ??= serverOf(folder ?? ''))
  let turn: Promise<unknown> = Promise.resolve()
  /** One after the other, so that each counts those before it. */
  const inTurn = <Result>(act: () => PromiseLike<Result>): Promise<Result> => {
    const done = turn.then(act, act)
    turn = done.catch(() => {})
    return done
  }

  function tick(): void {
    const time = performance.now()
    if (!sweeping && time - sweptAt > limits.sweepMs) {
      sweptAt = time
      sweeping = sweep()
        .catch(() => {})
        .finally(() => (sweeping = undefined))
    }
    if (keys.state() !== 'open' || time - lookedAt < limits.lookMs) return
    lookedAt = time
    wake()
  }

  function wake(): void {
    if (!timer || closing.signal.aborted) return
    if (working) {
      // It may have looked just before there was something.
      again = true
      return
    }
    again = false
    working = work()
      // PostgreSQL is away, say: the next look tries again.
      .catch(() => {})
      .finally(() => {
        working = undefined
        if (again) wake()
      })
  }

  async function work(): Promise<void> {
    const own = await server()
    const run = createRunner({ sql, keys, carry, traffic, server: own, folderOf, limits })
    while (!closing.signal.aborted && keys.state() === 'open') {
      const [row] = await takeJob(sql, holder, own, limits.leaseSeconds)
      if (!row) return
      const stop = new AbortController()
      const mine = { job: row.id, stop, resources: 0, share: 0 }
      current = mine
      const outcome = await run(
        row,
        AbortSignal.any([stop.signal, closing.signal]),
        ({ resources, done }) => {
          mine.resources = resources
          if (done) mine.share = shareOf(done.compartment)
        },
      ).finally(() => (current = undefined))
      if (stop.signal.aborted) await rm(folderOf(row.id), { recursive: true, force: true })
      else if (outcome === 'later') return
    }
  }

  /** Files whose job is not this server's any more: it expired, was deleted, or was taken over. */
  async function sweep(): Promise<void> {
    const own = await server()
    await deleteExpired(sql)
    // The folders first: a job that is made after that has its row before its folder.
    const there = (await readdir(folder ?? '')).filter((name) => uuid.test(name))
    const jobs = new Set((await selectOwnJobs(sql, own)).map(({ id }) => id))
    for (const name of there) {
      if (!jobs.has(name) && current?.job !== name) await rm(folderOf(name), { recursive: true, force: true })
    }
  }

  async function find(job: string, actor: string): Promise<Found | Refusal> {
    if (folder === undefined || !uuid.test(job)) return refuse('not-found')
    const key = exportKey(keys.token)
    const [row] = await selectJob(sql, job, ownerOf(key, actor))
    return row ? { status: 'found', row, key } : refuse('not-found')
  }

  /** The progress of a job that has ended well; its files are withdrawn where patients were destroyed since. */
  async function completed(row: JobRow, key: SealKey): Promise<Progress | Refusal> {
    const progress = progressOf(key, row)
    if (!progress) throw new Error('an export that has ended without a word')
    if (row.state === 'failed') return failed(progress.failure ?? 'internal')
    const [count] = await countDestroyed(sql)
    if (count?.destroyed === progress.destroyed) return progress
    await rm(folderOf(row.id), { recursive: true, force: true })
    return failed('destroyed')
  }

  return {
    async begin(kickoff) {
      if (folder === undefined) return refuse('not-implemented')
      const read = readRequest(kickoff, local, now())
      if (read.status !== 'ok') return read
      const population = await populationOf(kickoff, read.request)
      if (population.status !== 'ok') return population
      const { compartments } = population
      const key = exportKey(keys.token)
      const named = { id: randomUuid(), owner: ownerOf(key, kickoff.actor) }
      const task = { request: read.request, ...(compartments ? { compartments } : {}) }
      const job = { ...named, server: await server(), ...makeJob(key, named, task) }
      const most = [limits.ownerJobsMax, limits.houseJobsMax] as const
      const [made] = await inTurn(() => insertJob(sql, job, limits.waitSeconds, most))
      if (!made) return refuse('too-many-exports', { limit: limits.ownerJobsMax }, { retryAfterSeconds: 60 })
      wake()
      return { status: 'ok', job: named.id }
    },

    async look(job, actor) {
      const found = await find(job, actor)
      if (found.status !== 'found') return found
      const { row, key } = found
      if (row.state === 'waiting' || row.state === 'running') {
        if (current?.job === job)
          return { status: 'running', share: current.share, resources: current.resources }
        const progress = progressOf(key, row)
        const share = progress?.done ? shareOf(progress.done.compartment) : 0
        return { status: 'running', share, resources: progress?.resources ?? 0 }
      }
      const progress = await completed(row, key)
      if ('status' in progress) return progress
      const { url } = taskOf(key, row).request
      const manifest = { transactionTime: progress.moment, request: url, files: progress.files }
      return { status: 'complete', manifest, expires: row.expires_at }
    },

    async file(job, name, actor, packed) {
      const found = await find(job, actor)
      if (found.status !== 'found') return found
      const { row, key } = found
      if (row.state !== 'complete') return refuse('not-found')
      const progress = await completed(row, key)
      if ('status' in progress) return progress
      // Only a name that the job itself gave: whatever else it may be, it never becomes a path.
      const file = progress.files.find((each) => each.name === name)
      if (!file) return refuse('not-found')
      if (progress.server !== (await server())) return refuse('export-elsewhere')
      const path = join(folderOf(job), file.name)
      const there = await open(path).catch(() => undefined)
      if (!there) return refuse('not-found')
      const fileKey = fileKeyOf(key, row)
      const download = new AbortController()
      downloads.add(download)
      const source = there.createReadStream({ autoClose: false })
      const opened = Readable.from(openStream(fileKey, fileContext(job, file.name), source))
      const stream = packed ? opened : pipeline(opened, gunzipStream(), () => {})
      addAbortSignal(download.signal, stream)
      stream.once('close', () => {
        downloads.delete(download)
        fileKey.zero()
        // Here, since one that nobody ever read from would not close it.
        source.destroy()
        there.close().catch(() => {})
      })
      return { status: 'ok', stream }
    },

    async remove(job, actor) {
      const found = await find(job, actor)
      if (found.status !== 'found') return found
      const [gone] = await deleteJob(sql, job, found.row.owner)
      if (!gone) return refuse('not-found')
      if (current?.job === job) current.stop.abort()
      else await rm(folderOf(job), { recursive: true, force: true })
      return { status: 'ok' }
    },

    async write(kickoff, target, { signal = new AbortController().signal, onProgress }) {
      const read = readRequest(kickoff, local, now())
      if (read.status !== 'ok') return read
      const { request } = read
      const population = await populationOf(kickoff, request)
      if (population.status !== 'ok') return population
      const { compartments } = population
      const moment = await momentOf(sql, keys)
      const files = createFiles(plainForm(target), limits)
      const progress = { resources: 0, broken: 0 }
      try {
        await carry({
          request,
          compartments,
          moment,
          files,
          pace: new Pace(traffic),
          signal: AbortSignal.any([signal, closing.signal]),
          onStep: ({ resources, broken, done }) => {
            progress.resources += resources
            progress.broken += broken
            if (done) onProgress?.({ resources: progress.resources, share: shareOf(done.compartment) })
          },
        })
        for (const outcome of outcomesOf(request, progress.broken))
          await files.add('error', 'OperationOutcome', outcome)
        const manifest = { transactionTime: moment, request: request.url, files: await files.flush() }
        return { status: 'ok', manifest }
      } finally {
        await files.drop()
      }
    },

    start() {
      if (folder === undefined || timer) return
      timer = setInterval(tick, tickMs)
      timer.unref()
      tick()
    },

    async close() {
      clearInterval(timer)
      closing.abort()
      for (const download of downloads) download.abort()
      await working
      await sweeping
    },
  }
}

type Found = { status: 'found'; row: JobRow; key: SealKey }

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function failed(failure: Failure): Refusal<'export-failed'> {
  return refuse('export-failed', { reason: reasons[failure] })
}

const reasons: Record<Failure, { en: string; es: string }> = {
  'disk-full': {
    en: 'the disk of the server has no room left for it',
    es: 'el disco del servidor ya no tiene lugar para ella',
  },
  destroyed: {
    en: 'the data of a patient were destroyed meanwhile, so its files are withdrawn; ask for it again',
    es: 'entretanto se destruyeron los datos de un paciente, así que sus archivos se retiran; pídala de nuevo',
  },
  internal: { en: 'a fault of the server', es: 'una falla del servidor' },
}

/** Names on disk are evenly spread: how far a walk is in their order is how much of it is done. */
function shareOf(compartment: string): number {
  return Number.parseInt(compartment.slice(0, 8), 16) / 2 ** 32
}
