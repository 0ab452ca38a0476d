import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUuid, sha256 } from '#kernel/crypto/index.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { processesOf, run, signal } from './processes.ts'
import { configuration, hostBasedAuthentication, identityMap } from './settings.ts'
import type { Settings } from './settings.ts'

/** Where PostgreSQL's files lie. */
export interface Files {
  /** `postgres` in the home. */
  folder: string
  data: string
  sockets: string
  log: string
}

export type FilesRefusal =
  | { status: 'data-owner'; directory: string; cure: string; message: string }
  | { status: 'data-version'; found: string; want: string; cure: string; message: string }
  | { status: 'socket-directory'; directory: string; cure: string; message: string }

/** The major version whose programs we bring. */
const POSTGRES_MAJOR = '18'
/** sun_path holds 108 bytes with the closing zero (unix(7)); macOS has 104. */
const SOCKET_PATH_BYTES_MAX = process.platform === 'linux' ? 107 : 103
const SOCKET_NAME = '/.s.PGSQL.5432'
/** The log is set aside when it has grown beyond this; with the one before it, twice that on disk at most. */
const LOG_BYTES_MAX = 4 * 1024 * 1024

/** Makes the directories, with owners and modes, and refuses those that are not ours. */
export async function lay(home: string, account: Account): Promise<Files | FilesRefusal> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  // PostgreSQL's processes know their directory by its real path, and so must we to find them.
  const folder = join(await realpath(home), 'postgres')
  const data = join(folder, 'data')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (account.ids) {
    // The group may pass through the home, and see nothing in it.
    for (const path of [join(folder, '..'), folder]) {
      await chown(path, 0, account.ids.gid)
      await chmod(path, 0o710)
    }
  }
  const sockets = await makeSockets(folder, account)
  if (typeof sockets !== 'string') return sockets
  const refusal = await checkData(data, account)
  return refusal ?? { folder, data, sockets, log: join(folder, 'log') }
}

async function makeSockets(folder: string, account: Account): Promise<string | FilesRefusal> {
  let path = join(folder, 'socket')
  if (Buffer.byteLength(path + SOCKET_NAME) > SOCKET_PATH_BYTES_MAX) {
    path = join(tmpdir(), `sigilo-${Buffer.from(sha256(folder)).toString('hex').slice(0, 16)}`)
  }
  const owner = account.ids?.uid ?? process.getuid?.() ?? 0
  const made = await mkdir(path, { mode: 0o700 }).then(
    () => true,
    () => false,
  )
  if (made && account.ids) await chown(path, account.ids.uid, account.ids.gid)
  // Anyone may make a directory in /tmp, and whoever owns it could pose as our PostgreSQL. (One made by a start
  // that was killed before its chown is still root's, and then it is ours to give.)
  const found = await lstat(path)
  if (found.isDirectory() && found.uid === 0 && account.ids) {
    await chown(path, account.ids.uid, account.ids.gid)
  } else if (!found.isDirectory() || found.uid !== owner) {
    const message = `${path}, for PostgreSQL's socket, belongs to somebody else`
    return { status: 'socket-directory', directory: path, cure: `rm -r ${path}`, message }
  }
  await chmod(path, 0o700)
  return path
}

async function checkData(data: string, account: Account): Promise<FilesRefusal | undefined> {
  const found = await stat(data).catch(() => undefined)
  if (!found) return undefined
  const owner = account.ids?.uid ?? process.getuid?.()
  if (found.uid !== owner) {
    const message = `${data} does not belong to ${account.name}, the user of PostgreSQL`
    return { status: 'data-owner', directory: data, cure: `chown -R ${account.name}: ${data}`, message }
  }
  const version = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim()
  if (version === POSTGRES_MAJOR) return undefined
  const message = `${data} was made by PostgreSQL ${version}, and this program brings PostgreSQL ${POSTGRES_MAJOR}`
  const cure = `start the program that brought PostgreSQL ${version}, and move the data with pg_upgrade`
  return { status: 'data-version', found: version, want: POSTGRES_MAJOR, cure, message }
}

/**
 * Makes the data directory when there is none (true), and writes the configuration. It is made under another name
 * and renamed when it is whole: whatever kills us before that leaves a part that the next start removes.
 */
export async function initialise(
  files: Files,
  account: Account,
  binaries: Binaries,
  settings: Settings,
): Promise<boolean> {
  for (const name of await readdir(files.folder)) {
    if (name.startsWith('data.')) await removePart(join(files.folder, name))
  }
  const exists = await stat(files.data).then(
    () => true,
    () => false,
  )
  const at = exists ? files.data : join(files.folder, `data.${randomUuid()}`)
  if (!exists) await initdb(at, account, binaries, settings.durable)
  await configure(at, account, settings)
  if (!exists) {
    await rename(at, files.data)
    if (settings.durable) await syncDirectory(files.folder)
  }
  await boundLog(files.log)
  return !exists
}

/** The initdb of a killed start may still be at work in it; without its helper it gives up, and clears away too. */
async function removePart(part: string): Promise<void> {
  for (const pid of await processesOf(part)) signal(pid, 'SIGKILL')
  await rm(part, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
}

async function initdb(at: string, account: Account, binaries: Binaries, durable: boolean): Promise<void> {
  await mkdir(at, { mode: 0o700 })
  if (account.ids) await chown(at, account.ids.uid, account.ids.gid)
  const options = '--username postgres --auth peer --data-checksums --no-instructions'
  // Text compares by its bytes, on every machine and with every version of its libraries alike.
  const text = '--encoding UTF8 --locale C --text-search-config simple'
  const args = ['--pgdata', at, ...options.split(' '), ...text.split(' ')]
  if (!durable) args.push('--no-sync')
  const { code, output, fault } = await run(binaries.initdb, args, account.ids)
  if (code !== 0) throw new Error(`initdb failed (${fault ?? `exit code ${code}`}): ${output}`)
}

async function configure(at: string, account: Account, settings: Settings): Promise<void> {
  const texts = {
    'postgresql.conf': configuration(settings),
    'pg_hba.conf': hostBasedAuthentication,
    'pg_ident.conf': identityMap([account.name, account.caller]),
  }
  for (const [name, text] of Object.entries(texts)) {
    const path = join(at, name)
    // Renamed into place: a start that is killed here leaves the whole old file or the whole new one.
    const part = `${path}.part`
    await writeFile(part, text, { mode: 0o600 })
    if (account.ids) await chown(part, account.ids.uid, account.ids.gid)
    await rename(part, path)
  }
}

async function boundLog(log: string): Promise<void> {
  const found = await stat(log).catch(() => undefined)
  if (found && found.size > LOG_BYTES_MAX) await rename(log, `${log}.1`)
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
