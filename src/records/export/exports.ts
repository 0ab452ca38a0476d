/** Exports as the edges see them: asked for, looked at, fetched, deleted; worked on one at a time, in the background. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { addAbortSignal, pipeline, Readable } from 'node:stream'
import { gunzipStream, openStream, sealedPieceBytes, type SealKey } from '#kernel/crypto/index.ts'
import { readAhead } from '#kernel/files/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { Restore } from '../attachments/index.ts'
import type { By } from '../by.ts'
import type { CompartmentId } from '../place.ts'
import type { Watermark } from '../watermark.ts'
import type { Reader } from '../reader.ts'
import type { ExtractOptions } from '../search/index.ts'
import type { Version } from '../types.ts'
import { Pace, type Traffic } from '../search/run/index.ts'
import { createCarry } from './contents.ts'
import { createFiles, fileContext, plainForm, type ExportFile } from './files.ts'
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
import { exportLimits, type ExportLimits } from './limits.ts'
import { countDestroyed, deleteJob, insertJob, selectJob, type JobRow } from './queries.ts'
import { readRequest, type Kickoff, type Request } from './request.ts'
import { momentOf, outcomesOf } from './runner.ts'
import { faultFor, narrowedTo, type SightOf } from './seeing.ts'
import { createWalk } from './walk.ts'
import { createWorker, shareOf, uuid, type Worker } from './worker.ts'

export interface Exports {
  /** Why this cannot be asked for, or not by them. */
  fault(kickoff: Kickoff, by: By): Promise<Refusal | undefined>
  /** `job`: a UUID, its name. */
  begin(kickoff: Kickoff, by: By, job: string): Promise<{ status: 'ok'; job: string } | Refusal>
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
    told: { by: By; act: string },
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
  /** Who took it, of one in a folder. */
  watermark?: Watermark
}

/** `share`: of the whole that is done, 0 to 1. */
export type Look =
  | { status: 'running'; share: number; resources: number }
  | { status: 'complete'; manifest: Manifest; expires: Date }

/** `act`: a UUID, of a job its own. Rejects where it could not be recorded. */
export type Telling = (by: By, act: string, seen: readonly Version[]) => Promise<void>

export interface ExportRooms {
  sql: Sql
  keys: Keys
  reader: Reader
  restore: Restore
  traffic: Traffic
  local: ExtractOptions
  /** Milliseconds since 1970. */
  now: () => number
  /** Records in whose name whose data went into a file. */
  tell: Telling
  sightOf: SightOf
  /** Where the files of jobs lie; without it there are no jobs. */
  folder?: string | undefined
  limits?: Partial<ExportLimits> | undefined
}

export function createExports({
  sql,
  keys,
  reader,
  restore,
  traffic,
  local,
  now,
  tell,
  sightOf,
  folder,
  limits: given,
}: ExportRooms): Exports {
  const limits: ExportLimits = { ...exportLimits, ...given }
  const carry = createCarry({
    sql,
    keys,
    reader,
    restore,
    walk: createWalk(sql, reader, limits.lookMax),
    sightOf,
    local,
  })
  const populationOf = createPopulation(keys, reader, local)
  const closing = new AbortController()
  const worker =
    folder === undefined ? undefined : createWorker({ sql, keys, carry, traffic, tell, folder, limits })
  const downloads = new Set<AbortController>()
  keys.onForget(() => {
    // Sealed, or somebody was destroyed who may be in the files: nothing more is opened.
    for (const download of downloads) download.abort()
  })

  let turn: Promise<unknown> = Promise.resolve()
  /** One after the other, so that each counts those before it. */
  const inTurn = <Result>(act: () => PromiseLike<Result>): Promise<Result> => {
    const done = turn.then(act, act)
    turn = done.catch(() => {})
    return done
  }

  async function find(job: string, actor: string): Promise<Found | Refusal> {
    if (!worker || !uuid.test(job)) return refuse('not-found')
    const key = exportKey(keys.token)
    const [row] = await selectJob(sql, job, ownerOf(key, actor))
    return row ? { status: 'found', row, key, worker } : refuse('not-found')
  }

  /** The progress of a job that has ended well; its files are withdrawn where patients were destroyed since. */
  async function completed({ row, key, worker }: Found): Promise<Progress | Refusal> {
    const progress = progressOf(key, row)
    if (!progress) throw new Error('an export that has ended without a word')
    if (row.state === 'failed') return failed(progress.failure ?? 'internal')
    const [count] = await countDestroyed(sql)
    if (count?.destroyed === progress.destroyed) return progress
    await worker.withdraw(row, progress)
    return failed('destroyed')
  }

  /** What is asked for, of whom: as far as whoever asks may have any of it. */
  async function understood(kickoff: Kickoff, by: By): Promise<Understood | Refusal> {
    const read = readRequest(kickoff, local, now())
    if (read.status !== 'ok') return read
    const { request } = read
    const sight = await sightOf(by)
    const fault = sight && (await faultFor(sight, request))
    if (fault) return fault
    const population = await populationOf(kickoff, request, sight)
    if (population.status !== 'ok') return population
    const compartments = sight
      ? await narrowedTo(sight, population.compartments, keys)
      : population.compartments
    return { status: 'understood', request, compartments }
  }

  return {
    async fault(kickoff, by) {
      const asked = await understood(kickoff, by)
      return asked.status === 'understood' ? undefined : asked
    },

    async begin(kickoff, by, id) {
      if (!worker) return refuse('not-implemented')
      const asked = await understood(kickoff, by)
      if (asked.status !== 'understood') return asked
      const { request, compartments } = asked
      const key = exportKey(keys.token)
      const named = { id, owner: ownerOf(key, kickoff.actor) }
      const task = { request, by, ...(compartments ? { compartments } : {}) }
      const job = { ...named, server: await worker.server(), ...makeJob(key, named, task) }
      const most = [limits.ownerJobsMax, limits.houseJobsMax] as const
      const [made] = await inTurn(() => insertJob(sql, job, limits.waitSeconds, most))
      if (!made) return refuse('too-many-exports', { limit: limits.ownerJobsMax }, { retryAfterSeconds: 60 })
      worker.wake()
      return { status: 'ok', job: named.id }
    },

    async look(job, actor) {
      const found = await find(job, actor)
      if (found.status !== 'found') return found
      const { row, key } = found
      if (row.state === 'waiting' || row.state === 'running') {
        const { current } = found.worker
        if (current?.job === job)
          return { status: 'running', share: current.share, resources: current.resources }
        const progress = progressOf(key, row)
        const share = progress?.done ? shareOf(progress.done.compartment) : 0
        return { status: 'running', share, resources: progress?.resources ?? 0 }
      }
      const progress = await completed(found)
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
      const progress = await completed(found)
      if ('status' in progress) return progress
      // Only a name that the job itself gave: whatever else it may be, it never becomes a path.
      const file = progress.files.find((each) => each.name === name)
      if (!file) return refuse('not-found')
      if (progress.server !== (await found.worker.server())) return refuse('export-elsewhere')
      const path = join(found.worker.folderOf(job), file.name)
      const there = await open(path).catch(() => undefined)
      if (!there) return refuse('not-found')
      const fileKey = fileKeyOf(key, row)
      const download = new AbortController()
      downloads.add(download)
      const source = readAhead(there, sealedPieceBytes)
      const opened = Readable.from(openStream(fileKey, fileContext(job, file.name), source))
      const stream = packed ? opened : pipeline(opened, gunzipStream(), () => {})
      addAbortSignal(download.signal, stream)
      stream.once('close', () => {
        downloads.delete(download)
        fileKey.zero()
        // Here, since one that nobody ever read from would not close it.
        there.close().catch(() => {})
      })
      return { status: 'ok', stream }
    },

    async remove(job, actor) {
      const found = await find(job, actor)
      if (found.status !== 'found') return found
      const [gone] = await deleteJob(sql, job, found.row.owner)
      if (!gone) return refuse('not-found')
      await found.worker.discard(job)
      return { status: 'ok' }
    },

    async write(kickoff, target, { signal = new AbortController().signal, onProgress }, { by, act }) {
      const asked = await understood(kickoff, by)
      if (asked.status !== 'understood') return asked
      const { request, compartments } = asked
      const moment = await momentOf(sql, keys)
      const freeBytesMin = Math.min(limits.freeBytesMin, freeBytesBesideMin)
      const files = createFiles(plainForm(target), { ...limits, freeBytesMin })
      const progress = { resources: 0, broken: 0 }
      try {
        await carry({
          by,
          request,
          compartments,
          moment,
          files,
          pace: new Pace(traffic),
          signal: AbortSignal.any([signal, closing.signal]),
          tell: (seen) => tell(by, act, seen),
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

    start: () => worker?.start(),

    async close() {
      closing.abort()
      for (const download of downloads) download.abort()
      await worker?.close()
    },
  }
}

interface Understood {
  status: 'understood'
  request: Request
  compartments: readonly CompartmentId[] | undefined
}

type Found = { status: 'found'; row: JobRow; key: SealKey; worker: Worker }

/** What a folder of somebody's leaves free: it may be a stick that holds little more. */
const freeBytesBesideMin = 64 * 1024 * 1024

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
