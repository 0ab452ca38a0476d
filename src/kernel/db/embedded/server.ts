import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { open, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import type { Files } from './files.ts'
import {
  bareEnvironment,
  FAST_STOP_MS_MAX,
  HURRIED_STOP_MS_MAX,
  processesOf,
  readPostmaster,
  signal,
  until,
} from './processes.ts'

/** PostgreSQL ended by itself, was started again, or could not be and will be tried again. */
export type EmbeddedEvent =
  | { event: 'ended'; code: number | null; signal: NodeJS.Signals | null }
  | { event: 'restarted'; pid: number }
  | { event: 'restart-failed'; error: Error }

export interface Server {
  pid(): number
  /** `hurried`: it does not answer, and nobody waits for what it has to write. */
  stop(how?: { hurried: boolean }): Promise<void>
}

/** Replaying the log after a crash takes as long as the log is; max_wal_size bounds it far below this. */
const START_MS_MAX = 120_000
/** A backend of a killed postmaster notices within a moment, and until then the data directory is taken. */
const ORPHANS_MS_MAX = 5_000
const RESTART_DELAY_MS_MAX = 5_000

/** Starts the postmaster, and starts it again whenever it ends by itself. */
export async function supervise(
  files: Files,
  account: Account,
  binaries: Binaries,
  onEvent: (event: EmbeddedEvent) => void,
): Promise<Server> {
  let stopping: Promise<void> | undefined
  let child = await launch(files, account, binaries)
  watch()
  return { pid: () => child.pid ?? 0, stop: (how) => (stopping ??= stop(how)) }

  function watch(): void {
    child.once('exit', (code, signalName) => {
      if (stopping) return
      onEvent({ event: 'ended', code, signal: signalName })
      void restart(10)
    })
  }

  async function restart(delayMs: number): Promise<void> {
    await delay(delayMs, undefined, { ref: false })
    if (stopping) return
    try {
      child = await launch(files, account, binaries)
    } catch (error) {
      onEvent({ event: 'restart-failed', error: error as Error })
      return restart(Math.min(RESTART_DELAY_MS_MAX, delayMs * 2))
    }
    // Asked to stop while it was starting: the stop found the old one gone.
    if (stopping) return end(child, files)
    watch()
    onEvent({ event: 'restarted', pid: child.pid ?? 0 })
  }

  async function stop(how?: { hurried: boolean }): Promise<void> {
    await end(child, files, how?.hurried === true ? HURRIED_STOP_MS_MAX : FAST_STOP_MS_MAX)
  }
}

/** What takes no signal but one, since it stands still or waits for its disk, gets that one: the next start replays the log. */
async function end(child: ChildProcess, { data }: Files, fastMsMax = FAST_STOP_MS_MAX): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  // Where nothing else holds the event loop, the process would end in the middle of the wait.
  child.ref()
  signal(child.pid, 'SIGINT')
  const bounds = [
    setTimeout(() => child.pid && signal(child.pid, 'SIGQUIT'), fastMsMax),
    setTimeout(() => void killAll(data), fastMsMax + HURRIED_STOP_MS_MAX),
  ]
  await exited
  for (const bound of bounds) clearTimeout(bound)
}

/** The children too, of which one that stands still would not see its postmaster go. */
async function killAll(data: string): Promise<void> {
  for (const pid of await processesOf(data)) signal(pid, 'SIGKILL')
}

/** One postmaster, ready for connections. Throws, with what it logged, when it ends before that. */
async function launch(files: Files, account: Account, binaries: Binaries): Promise<ChildProcess> {
  const free = async () => (await processesOf(files.data)).length === 0
  if (!(await until(free, ORPHANS_MS_MAX))) throw new Error(`${files.data} is in use by another PostgreSQL`)
  // Left by a postmaster that was killed. PostgreSQL refuses to start when that number is now another program's of
  // the same user, as happens in containers, where numbers are small. No process of this directory lives: seen above.
  await rm(`${files.data}/postmaster.pid`, { force: true })
  const log = await open(files.log, 'a', 0o600)
  const { size } = await log.stat()
  try {
    const child = spawn(binaries.postgres, ['-D', files.data], {
      ...account.ids,
      cwd: '/',
      env: bareEnvironment,
      // In a session of its own, Ctrl-C in the terminal does not reach it: the server stops it when it has finished.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    child.unref()
    await started(child, files, size)
    return child
  } finally {
    await log.close()
  }
}

async function started(child: ChildProcess, files: Files, logStart: number): Promise<void> {
  let fault: Error | undefined
  child.once('error', (error) => (fault = error))
  const over = () => fault !== undefined || child.exitCode !== null || child.signalCode !== null
  const ready = async () => {
    const postmaster = await readPostmaster(files.data)
    return postmaster?.pid === child.pid && postmaster?.ready === true
  }
  const inTime = await until(async () => over() || (await ready()), START_MS_MAX)
  if (inTime && !over()) return
  if (!inTime) await end(child, files)
  const why = fault?.message ?? (await logSince(files.log, logStart)).trim()
  throw new Error(`PostgreSQL did not start: ${why}`)
}

async function logSince(log: string, start: number): Promise<string> {
  const file = await open(log)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, start)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
