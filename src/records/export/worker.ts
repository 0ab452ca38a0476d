/** Works on the jobs of a vault, one at a time, while it is open; and clears away what has expired, sealed or not. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Traffic } from '../search/run/index.ts'
import type { Carry } from './contents.ts'
import type { Telling } from './exports.ts'
import type { ExportLimits } from './limits.ts'
import { exportKey, progressOf, sealProgress, type Progress } from './job.ts'
import {
  countDestroyed,
  deleteExpired,
  saveJob,
  selectComplete,
  selectOwnJobs,
  takeJob,
  type JobRow,
} from './queries.ts'
import { createRunner } from './runner.ts'
import { serverOf } from './server.ts'

export interface Worker {
  start(): void
  /** There is something to do. */
  wake(): void
  /** The job that is being worked on. */
  readonly current: Readonly<{ job: string; resources: number; share: number }> | undefined
  /** The name of this server. */
  server(): Promise<string>
  folderOf(job: string): string
  /** The data of patients were destroyed since a job was complete: its files go, and so does their key. */
  withdraw(row: JobRow, progress: Progress): Promise<void>
  /** A job that is no more: stops working on it, and removes what there is. */
  discard(job: string): Promise<void>
  close(): Promise<void>
}

export interface WorkerParts {
  sql: Sql
  keys: Keys
  carry: Carry
  traffic: Traffic
  tell: Telling
  folder: string
  limits: ExportLimits
}

/** A look at the keys, which costs nothing: whether the vault was opened. */
const tickMs = 1_000

export function createWorker({ sql, keys, carry, traffic, tell, folder, limits }: WorkerParts): Worker {
  const holder = randomUuid()
  const folderOf = (job: string) => join(folder, job)
  const closing = new AbortController()
  let current: { job: string; stop: AbortController; resources: number; share: number } | undefined
  let working: Promise<void> | undefined
  let again = false
  let timer: NodeJS.Timeout | undefined
  let lookedAt = -Infinity
  let sweptAt = -Infinity
  let sweeping: Promise<void> | undefined
  let known: Promise<string> | undefined
  keys.onForget((compartment) => {
    // Destroyed: the next tick looks for exports that hold it.
    if (compartment !== undefined) sweptAt = -Infinity
  })
  const server = () => {
    known ??= serverOf(folder)
    // A folder that could not be made is tried again.
    known.catch(() => (known = undefined))
    return known
  }

  return {
    wake,
    withdraw,
    server,
    folderOf,
    get current() {
      return current
    },

    start() {
      if (timer) return
      timer = setInterval(tick, tickMs)
      timer.unref()
      tick()
    },

    async discard(job) {
      if (current?.job === job) current.stop.abort()
      else await rm(folderOf(job), { recursive: true, force: true })
    },

    async close() {
      clearInterval(timer)
      closing.abort()
      await working
      await sweeping
    },
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
    const run = createRunner({ sql, keys, carry, traffic, tell, server: own, folderOf, limits })
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

  async function withdraw(row: JobRow, progress: Progress): Promise<void> {
    const failed: Progress = { ...progress, files: [], failure: 'destroyed' }
    const saved = row.saved + 1
    const sealed = sealProgress(exportKey(keys.token), row, saved, failed)
    const { id, epoch } = row
    await saveJob(sql, { id, epoch, saved, state: 'failed', progress: sealed }, limits.keepSeconds)
    await rm(folderOf(id), { recursive: true, force: true })
  }

  /** Nobody may ever come for them, and what is destroyed is to be nowhere. */
  async function withdrawAll(): Promise<void> {
    const rows = await selectComplete(sql, await server())
    const [count] = rows.length === 0 ? [] : await countDestroyed(sql)
    for (const row of rows) {
      const progress = progressOf(exportKey(keys.token), row)
      if (progress && progress.destroyed !== count?.destroyed) await withdraw(row, progress)
    }
  }

  /** Files whose job is not this server's any more: it expired, was deleted, or was taken over. */
  async function sweep(): Promise<void> {
    const own = await server()
    await deleteExpired(sql)
    // The folders first: a job that is made after that has its row before its folder.
    const there = (await readdir(folder)).filter((name) => uuid.test(name))
    const jobs = new Set((await selectOwnJobs(sql, own)).map(({ id }) => id))
    for (const name of there) {
      if (!jobs.has(name) && current?.job !== name) await rm(folderOf(name), { recursive: true, force: true })
    }
    if (keys.state() === 'open') await withdrawAll()
  }
}

export const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Names on disk are evenly spread: how far a walk is in their order is how much of it is done. */
export function shareOf(compartment: string): number {
  return Number.parseInt(compartment.slice(0, 8), 16) / 2 ** 32
}
