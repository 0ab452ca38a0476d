/**
 * Makes the bytes of keys that were destroyed or replaced leave PostgreSQL: its tables and its write-ahead log. Deleting a row does neither, as
 * its bytes stay on the page and, as long as the log has them, in its files; old files of the log are renamed and
 * written again from their beginning, so that their ends keep what they held.
 */
import { setTimeout } from 'node:timers/promises'
import type { Sql } from '#kernel/db/index.ts'
import * as queries from './queries.ts'

/** What could not be forced from here, or is somebody else's: docs/spec/shredding.md says of each what to do. */
export type Unforced =
  /** The role may not write these tables anew. */
  | 'tables'
  /** The role may not end and remove files of the log. */
  | 'log'
  /** PostgreSQL hands its log to an archive. */
  | 'archive'
  /** Replicas, or slots kept for some: they have the old rows until they have followed, and their own log longer. */
  | 'replicas'

/** `maintenance`: of a role that may order checkpoints and files of the log; the application's own where there is none. */
export async function purge(sql: Sql, maintenance: Sql, signal: AbortSignal): Promise<Unforced[]> {
  const unforced: Unforced[] = []
  const attempt = async (what: Unforced, act: () => PromiseLike<unknown>): Promise<boolean> => {
    signal.throwIfAborted()
    try {
      await act()
      return true
    } catch (error) {
      if (!isForbidden(error)) throw error
      if (!unforced.includes(what)) unforced.push(what)
      return false
    }
  }
  const [before] = await queries.keyringFile(maintenance)
  await rewriteKeys(maintenance, signal)
  const [after] = await queries.keyringFile(maintenance)
  // Who may not do it is told so by a notice, and by nothing else.
  if (before?.file === after?.file) unforced.push('tables')
  await queries.vacuumCompartments(maintenance)
  // Samples of keys that were taken before there were to be none; no error where one may not.
  await queries.rewriteStatistics(maintenance)
  const isRemoving = await attempt('log', () => removeOldFiles(maintenance, true))
  try {
    if (isRemoving) await attempt('log', () => renewLog(maintenance, signal))
  } finally {
    if (isRemoving) await removeOldFiles(maintenance, false)
  }
  const [holders] = await queries.logHolders(sql)
  if (holders?.archived) unforced.push('archive')
  if (holders && (holders.replicas > 0 || holders.slots > 0 || holders.kept)) unforced.push('replicas')
  return unforced
}

/**
 * Waits for its turn in short pieces: whoever comes after a `vacuum full` that waits for a long statement waits behind it, and these are
 * all who write.
 */
async function rewriteKeys(maintenance: Sql, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return void (await queries.rewriteKeys(maintenance))
    } catch (error) {
      // lock_not_available
      if ((error as { code?: string }).code !== '55P03' || tries === rewriteTries) throw error
    }
    await setTimeout(rewritePauseMs, undefined, { signal })
  }
}

const rewriteTries = 60
const rewritePauseMs = 500

/** Whether old files of the log are to be removed, where otherwise they are renamed and used again. */
async function removeOldFiles(maintenance: Sql, wanted: boolean): Promise<void> {
  await (wanted ? queries.keepNoLog(maintenance) : queries.keepLogAgain(maintenance))
  await queries.reloadSettings(maintenance)
  for (let tries = 0; tries < reloadTries; tries++) {
    const [now] = await queries.isRecycling(maintenance)
    if (now?.recycling !== wanted) return
    await setTimeout(reloadPauseMs)
  }
}

const reloadTries = 100
const reloadPauseMs = 20

/**
 * Every file that is there now is ended and removed: those that were written, and those ahead that hold what they held
 * when they were last in use. Of these there are as many as the log was long at its longest, 512 MB in the embedded PostgreSQL.
 */
async function renewLog(maintenance: Sql, signal: AbortSignal): Promise<void> {
  const [ahead] = await queries.logFilesAhead(maintenance)
  // The first call may find nothing to end, and each ends the file that the one before began.
  for (let left = (ahead?.count ?? 0) + 2; left > 0; left--) {
    signal.throwIfAborted()
    await queries.switchLog(maintenance)
  }
  // Files go with a checkpoint that begins after them.
  await queries.checkpoint(maintenance)
  await queries.switchLog(maintenance)
  await queries.checkpoint(maintenance)
}

/** insufficient_privilege, or a managed PostgreSQL that lets nobody. */
function isForbidden(error: unknown): boolean {
  const { code } = error as { code?: string }
  return code === '42501' || code === '0A000'
}
