import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** Nothing of ours is handed to the programs we start: our environment may hold secrets. */
export const bareEnvironment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** Runs a program to its end; never throws. `code` is -1 where it could not be started. */
export function run(
  command: string,
  args: readonly string[],
  options: { uid?: number; gid?: number } = {},
): Promise<{ code: number; output: string; fault?: string }> {
  return new Promise((resolve) => {
    const settings = { ...options, env: bareEnvironment, cwd: '/' }
    execFile(command, args, settings, (error, stdout, stderr) => {
      const output = (stdout + stderr).trim()
      if (!error) return resolve({ code: 0, output })
      const { code } = error
      resolve(typeof code === 'number' ? { code, output } : { code: -1, output, fault: String(code) })
    })
  })
}

/** What the first lines of `postmaster.pid` say: PostgreSQL's own lock of its data directory. */
export async function readPostmaster(data: string): Promise<{ pid: number; ready: boolean } | undefined> {
  const text = await readFile(`${data}/postmaster.pid`, 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  return pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready' } : undefined
}

/**
 * The live PostgreSQL processes of a data directory. A number in `postmaster.pid` proves nothing: it may have been
 * given to another program since. But every process of PostgreSQL has its data directory as working directory,
 * also those that outlive a killed postmaster for a moment.
 */
export async function processesOf(data: string): Promise<number[]> {
  if (process.platform !== 'linux') return postmasterOf(data)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid) => {
      const directory = await readlink(`/proc/${pid}/cwd`).catch(() => '')
      if (directory !== data && directory !== `${data} (deleted)`) return []
      const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
      return program.trim() === 'postgres' ? [pid] : []
    }),
  )
  return found.flat()
}

/** Where there is no /proc: the process that `postmaster.pid` names, if its command line names the directory. */
async function postmasterOf(data: string): Promise<number[]> {
  const postmaster = await readPostmaster(data)
  if (!postmaster) return []
  const { code, output } = await run('ps', ['-o', 'command=', '-p', String(postmaster.pid)])
  return code === 0 && output.includes('postgres') && output.includes(data) ? [postmaster.pid] : []
}

/** Sends a signal; false where the process is gone. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** Looks every `everyMs` until `done` holds; false when `boundMs` passed first. */
export async function until(
  done: () => Promise<boolean> | boolean,
  boundMs: number,
  everyMs = 5,
): Promise<boolean> {
  const end = performance.now() + boundMs
  while (!(await done())) {
    if (performance.now() > end) return false
    await delay(everyMs)
  }
  return true
}

/** SIGINT ends open transactions and writes a checkpoint; a disk may be slow at that. */
export const FAST_STOP_MS_MAX = 1_500
/** Of a PostgreSQL that was found not to answer: it may be frozen, or its disk. */
export const HURRIED_STOP_MS_MAX = 300
/** SIGQUIT drops everything at once; the next start replays the log of what was committed. */
const IMMEDIATE_STOP_MS_MAX = 3_000

/** Stops whatever PostgreSQL still runs on a data directory. Returns the processes found. */
export async function stopProcesses(data: string): Promise<number[]> {
  const found = await processesOf(data)
  const gone = async () => (await processesOf(data)).length === 0
  const postmaster = await readPostmaster(data)
  if (found.length > 0) {
    if (postmaster && found.includes(postmaster.pid)) signal(postmaster.pid, 'SIGINT')
    if (!(await until(gone, FAST_STOP_MS_MAX))) {
      for (const pid of await processesOf(data)) signal(pid, 'SIGQUIT')
      if (!(await until(gone, IMMEDIATE_STOP_MS_MAX))) {
        for (const pid of await processesOf(data)) signal(pid, 'SIGKILL')
        await until(gone, IMMEDIATE_STOP_MS_MAX)
      }
    }
  }
  return found
}
