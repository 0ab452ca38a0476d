/**
 * Works on one job: begins it, or goes on where it was saved last, whoever was killed over it. Whoever holds a job counts
 * its epoch up when taking it, and can save nothing once somebody else has:
 *
 *   server A: takes, epoch 1 … hangs for a minute …                        saves under epoch 1: refused, lets go
 *   server B:                     the lease is over: takes, epoch 2, begins anew on its own disk
 */
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SealKey } from '#kernel/crypto/index.ts'
import { faultOf, DatabaseAway, type Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { facilityCompartment } from '../place.ts'
import { Pace, type Traffic } from '../search/run/index.ts'
import { settle } from '../settling.ts'
import type { Carry } from './contents.ts'
import type { Telling } from './exports.ts'
import { createFiles, DiskFull, sealedForm, type FileLimits, type Files } from './files.ts'
import {
  exportKey,
  fileKeyOf,
  progressOf,
  sealProgress,
  taskOf,
  type Failure,
  type Progress,
  type Task,
} from './job.ts'
import type { Request } from './request.ts'
import { countDestroyed, releaseJob, renewJob, saveJob, type JobRow } from './queries.ts'

export interface RunnerParts {
  sql: Sql
  keys: Keys
  carry: Carry
  traffic: Traffic
  tell: Telling
  server: string
  folderOf: (job: string) => string
  limits: FileLimits & { checkpointMs: number; leaseSeconds: number; keepSeconds: number }
}

/** Told of a job that is being worked on. */
export type OnProgress = (progress: Pick<Progress, 'resources' | 'done'>) => void

export type Runner = (row: JobRow, signal: AbortSignal, onProgress: OnProgress) => Promise<'ended' | 'later'>

/** How often an export is begun anew because patients were destroyed under it. */
const triesMax = 5

export function createRunner({
  sql,
  keys,
  carry,
  traffic,
  tell,
  server,
  folderOf,
  limits,
}: RunnerParts): Runner {
  return async function run(row, signal, onProgress) {
    const lost = new AbortController()
    const renewing = setInterval(
      () => {
        renewJob(sql, row.id, row.epoch, limits.leaseSeconds).then(
          (held) => held.length === 0 && lost.abort(),
          () => {},
        )
      },
      (limits.leaseSeconds * 1000) / 3,
    )
    renewing.unref()
    try {
      return await work(row, AbortSignal.any([signal, lost.signal]), onProgress)
    } catch (error) {
      // Deleted, or another server's by now.
      if (lost.signal.aborted || error instanceof JobLost) {
        await rm(folderOf(row.id), { recursive: true, force: true })
        return 'ended'
      }
      const failure = failureOf(error, keys, signal)
      if (failure === undefined || keys.state() !== 'open') {
        await releaseJob(sql, row.id, row.epoch).catch(() => {})
        return 'later'
      }
      await fail(row, failure)
      return 'ended'
    } finally {
      clearInterval(renewing)
    }
  }

  async function work(row: JobRow, signal: AbortSignal, onProgress: OnProgress): Promise<'ended' | 'later'> {
    const key = exportKey(keys.token)
    const fileKey = fileKeyOf(key, row)
    try {
      const job: Job = { row, key, fileKey, task: taskOf(key, row), saved: row.saved }
      for (let tries = 0; tries < triesMax; tries++) {
        const progress = (tries === 0 ? await resumed(job) : undefined) ?? (await begun(job))
        const files = createFiles(sealedForm(folderOf(row.id), row.id, fileKey), limits)
        try {
          await fill(job, progress, files, signal, onProgress)
        } finally {
          await files.drop()
        }
        if (await isWhole(progress)) {
          await save(job, progress, 'complete')
          return 'ended'
        }
      }
      await fail({ ...row, saved: job.saved }, 'destroyed')
      return 'ended'
    } finally {
      key.zero()
      fileKey.zero()
    }
  }

  async function fill(
    job: Job,
    progress: Progress,
    files: Files,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<void> {
    const { request, compartments } = job.task
    /** Up to there all is in the files that are open. */
    let { done } = progress
    let savedAt = performance.now()
    const checkpoint = async () => {
      progress.files.push(...(await files.flush()))
      if (done) progress.done = done
      await syncFolder(folderOf(job.row.id))
      await save(job, progress, 'running')
      savedAt = performance.now()
    }
    await carry({
      by: job.task.by,
      request,
      compartments,
      moment: progress.moment,
      from: progress.done,
      files,
      pace: new Pace(traffic),
      signal,
      tell: (seen) => tell(job.task.by, job.row.id, seen),
      async onStep(step) {
        progress.resources += step.resources
        progress.broken += step.broken
        done = step.done
        onProgress({ resources: progress.resources, ...(done ? { done } : {}) })
        // Between two steps that can be begun again, and not while half of a patient is in the files.
        if (done && performance.now() - savedAt > limits.checkpointMs) await checkpoint()
      },
    })
    for (const outcome of outcomesOf(job.task.request, progress.broken))
      await files.add('error', 'OperationOutcome', outcome)
    progress.files.push(...(await files.flush()))
    await syncFolder(folderOf(job.row.id))
  }

  /** What was saved last, where its files are on this disk and nobody was destroyed since. */
  async function resumed(job: Job): Promise<Progress | undefined> {
    const progress = progressOf(job.key, job.row)
    if (!progress || progress.server !== server || !(await isWhole(progress))) return undefined
    const folder = folderOf(job.row.id)
    const known = new Set(progress.files.map(({ name }) => name))
    const there = await readdir(folder).catch(() => [])
    if (there.filter((name) => known.has(name)).length < known.size) return undefined
    for (const name of there)
      if (!known.has(name)) await rm(join(folder, name), { recursive: true, force: true })
    return progress
  }

  async function begun(job: Job): Promise<Progress> {
    const folder = folderOf(job.row.id)
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // Before anything is read: who is destroyed from now on makes it begin anew.
    const destroyed = await destroyedNow()
    const moment = await momentOf(sql, keys)
    const progress: Progress = { server, moment, destroyed, files: [], resources: 0, broken: 0 }
    await save(job, progress, 'running')
    return progress
  }

  async function save(job: Job, progress: Progress, state: 'running' | 'complete' | 'failed'): Promise<void> {
    const { id, owner, epoch } = job.row
    const saved = job.saved + 1
    const sealed = sealProgress(job.key, { id, owner }, saved, progress)
    const rows = await saveJob(sql, { id, epoch, saved, state, progress: sealed }, limits.keepSeconds)
    if (rows.length === 0) throw new JobLost()
    job.saved = saved
  }

  async function fail(row: JobRow, failure: Failure): Promise<void> {
    const folder = folderOf(row.id)
    await rm(folder, { recursive: true, force: true })
    const key = exportKey(keys.token)
    try {
      const moment = 0
      const progress = { server, moment, destroyed: 0, files: [], resources: 0, broken: 0, failure }
      // Whatever was saved under this epoch, this is later.
      const saved = row.saved + savesMax
      const { id, epoch } = row
      const sealed = sealProgress(key, row, saved, progress)
      await saveJob(sql, { id, epoch, saved, state: 'failed', progress: sealed }, limits.keepSeconds)
    } finally {
      key.zero()
    }
  }

  async function isWhole(progress: Progress): Promise<boolean> {
    return (await destroyedNow()) === progress.destroyed
  }

  async function destroyedNow(): Promise<number> {
    const [row] = await countDestroyed(sql)
    return row?.destroyed ?? 0
  }
}

interface Job {
  row: JobRow
  key: SealKey
  fileKey: SealKey
  task: Task
  saved: number
}

/** More than the checkpoints of one holder. */
const savesMax = 1_000_000

class JobLost extends Error {}

/** A write that lasts longer is not waited for: the moment is then before it. */
const settleTries = 50

/**
 * A moment up to which all is written: after whatever was acknowledged before, unless some write lasts for seconds. Bulk Data
 * Access, `transactionTime`: "a FHIR server might need to wait for any pending transactions to resolve".
 */
export async function momentOf(sql: Sql, keys: Keys): Promise<number> {
  const facility = facilityCompartment(keys.locator)
  const asked = await settle(sql, facility, false)
  for (let tries = 0; ; tries++) {
    const moment = await settle(sql, facility, true)
    if (moment >= asked || tries === settleTries) return moment
  }
}

/** Why it ends; undefined where it is to be gone on with later. */
function failureOf(error: unknown, keys: Keys, signal: AbortSignal): Failure | undefined {
  if (error instanceof DiskFull) return 'disk-full'
  if (signal.aborted || keys.state() !== 'open') return undefined
  const fault = faultOf(error)
  if (error instanceof DatabaseAway || fault !== 'refused') return undefined
  const { code } = error as { code?: string }
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'internal'
}

/** What has to be said of an export that succeeded. */
export function* outcomesOf(request: Request, broken: number): Generator<string> {
  for (const name of new Set(request.ignored)) {
    yield outcome(
      'warning',
      'not-supported',
      `The parameter ${name} is not supported here, or names who is not here, and was left out.`,
    )
  }
  if (broken > 0) {
    yield outcome(
      'error',
      'exception',
      `${broken} resources could not be opened: their rows were changed by somebody. They are not in these files.`,
    )
  }
}

function outcome(severity: 'warning' | 'error', code: string, text: string): string {
  return JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity, code, details: { text } }] })
}

/** The names of new files outlast a crash as well. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
