import { connect } from '../connect.ts'
import { findAccount } from './account.ts'
import type { AccountRefusal } from './account.ts'
import { checkEntry, checkProgram } from './access.ts'
import type { Closed } from './access.ts'
import { findBinaries } from './binaries.ts'
import { initialise, lay } from './files.ts'
import type { FilesRefusal } from './files.ts'
import { stopProcesses } from './processes.ts'
import { supervise } from './server.ts'
import type { EmbeddedEvent } from './server.ts'
export type { EmbeddedEvent } from './server.ts'

export interface EmbeddedOptions {
  /** Absolute path of the home; everything of PostgreSQL lies in its folder `postgres`. */
  home: string
  /** The OS user to run as when started by root. */
  account?: string
  connectionsMax?: number
  /** False only for tests: a power cut may then lose or break the database. */
  durable?: boolean
  /** Told when PostgreSQL ended by itself, and when it is back. */
  onEvent?: (event: EmbeddedEvent) => void
}

export interface Embedded {
  status: 'started'
  /** For `connect`: the database `sigilo` as the role `sigilo`, which owns it and is no superuser. */
  url: string
  /** The same database as `postgres`, for maintenance. */
  superuserUrl: string
  /** Directory of the Unix socket. */
  sockets: string
  /** Data directory. */
  data: string
  /** Log file of PostgreSQL. */
  log: string
  /** True when this start made the database. */
  created: boolean
  /** Processes which a killed server had left behind, and which this start stopped. */
  stoppedLeftovers: number
  /** The postmaster; changes when PostgreSQL ended by itself and was started again. */
  readonly pid: number
  /** Stops PostgreSQL: within 2 s, unless the disk is slower. */
  /** `hurried`: it was found not to answer, and is ended at once. */
  stop(how?: { hurried: boolean }): Promise<void>
}

export type EmbeddedRefusal =
  | { status: 'binaries-missing'; platform: string; cure: string; message: string }
  | AccountRefusal
  | Closed
  | FilesRefusal

const CONNECTIONS_MAX = 50

/**
 * Starts the PostgreSQL of a home, making it when it is not there yet, and keeps it running until `stop`.
 *
 * The caller holds the lock of the home: whatever PostgreSQL is found running in it was left by a killed server,
 * and is stopped first. What the operator can cure is returned as a value with the line that cures it; throws,
 * with the end of its log, when PostgreSQL itself does not start.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded | EmbeddedRefusal> {
  const binaries = await findBinaries()
  if (!binaries) {
    const platform = `${process.platform}-${process.arch}`
    const message = `PostgreSQL for ${platform} is not among the installed packages`
    return { status: 'binaries-missing', platform, cure: 'npm ci --include=optional', message }
  }
  const account = await findAccount(options.account ?? 'sigilo-postgres')
  if ('status' in account) return account
  const closedProgram = await checkProgram(account, binaries.postgres)
  if (closedProgram) return closedProgram

  const files = await lay(options.home, account)
  if ('status' in files) return files
  const closedHome = await checkEntry(
    account,
    files.folder,
    '  # or keep the home elsewhere: SIGILO_HOME=/var/lib/sigilo',
  )
  if (closedHome) return closedHome

  const durable = options.durable ?? true
  const settings = {
    sockets: files.sockets,
    connectionsMax: options.connectionsMax ?? CONNECTIONS_MAX,
    durable,
  }
  const leftovers = await stopProcesses(files.data)
  const created = await initialise(files, account, binaries, settings)
  const server = await supervise(files, account, binaries, options.onEvent ?? (() => {}))
  const url = (role: string, database: string) =>
    `postgres://${role}@/${database}?host=${encodeURIComponent(files.sockets)}`
  try {
    await createDatabase(url('postgres', 'postgres'))
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    status: 'started',
    url: url('sigilo', 'sigilo'),
    superuserUrl: url('postgres', 'sigilo'),
    sockets: files.sockets,
    data: files.data,
    log: files.log,
    created,
    stoppedLeftovers: leftovers.length,
    get pid() {
      return server.pid()
    },
    stop: server.stop,
  }
}

/** Looked for at each start, since the first one may have been killed at any point. */
async function createDatabase(url: string): Promise<void> {
  const sql = connect(url, { max: 1, name: 'sigilo start' })
  try {
    const [found] = await sql<{ role: boolean; database: boolean }[]>`
      select exists (select from pg_roles where rolname = 'sigilo') as role,
             exists (select from pg_database where datname = 'sigilo') as database`
    if (!found?.role) await sql`create role sigilo login nosuperuser nocreatedb nocreaterole noreplication`
    if (!found?.database) {
      await sql`create database sigilo owner sigilo`
      await sql`revoke connect, temporary on database sigilo, postgres, template1 from public`
    }
  } finally {
    await sql.end()
  }
}
