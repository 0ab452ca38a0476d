import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, migrate, startEmbedded } from '#kernel/db/index.ts'
import { givenDatabase, inheritedServer } from './environment.ts'
import type { TestServer } from './environment.ts'
import { rooms } from './rooms.ts'

const PREFIX = 'sigilo-test-'
const ROLE = 'sigilo'
const TEMPLATE = 'sigilo_template'

let found: Promise<TestServer> | undefined
let own: RunningServer | undefined

/** The server of this run; a test file run alone starts one of its own, which ends with the process. */
export function testServer(): Promise<TestServer> {
  return (found ??= find())
}

async function find(): Promise<TestServer> {
  const inherited = inheritedServer()
  if (inherited) return inherited
  own = await startServer()
  process.once('exit', own.stopNow)
  return own.server
}

/** Stops the server that a file run alone has started. */
export async function stopOwnServer(): Promise<void> {
  await own?.stop()
}

export interface RunningServer {
  server: TestServer
  stop(): Promise<void>
  /** For the moment of exit, when nothing can be awaited any more. */
  stopNow(): void
}

/** Starts a PostgreSQL without fsync below the temporary directory, or uses the given one; makes the template. */
export async function startServer(): Promise<RunningServer> {
  await removeStale()
  const home = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`))
  // PostgreSQL runs as a user of its own, which must be able to pass.
  await chmod(home, 0o711)
  const shared = join(home, 'shared')
  await mkdir(shared)
  const given = givenDatabase()
  if (given !== undefined) {
    const server = await useGiven(given, shared)
    const stopNow = () => rmSync(home, { recursive: true, force: true })
    return { server, stop: async () => stopNow(), stopNow }
  }
  const embedded = await startEmbedded({ home, durable: false, connectionsMax: 200 })
  if (embedded.status !== 'started') throw new Error(`${embedded.message}; cure: ${embedded.cure}`)
  const server = await withTemplate({
    superuserUrl: databaseUrl(embedded.superuserUrl, 'postgres'),
    applicationUrl: embedded.url,
    role: ROLE,
    template: TEMPLATE,
    shared,
  })
  let running = true
  return {
    server,
    async stop() {
      if (!running) return
      running = false
      await embedded.stop()
      await rm(home, { recursive: true, force: true })
    },
    stopNow() {
      if (!running) return
      running = false
      process.kill(embedded.pid, 'SIGQUIT')
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    },
  }
}

/** A run that was killed could not clean up after itself; the next one does. */
async function removeStale(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(/^sigilo-[a-z0-9]+-(\d+)-\w{6}$/.exec(name)?.[1])
    if (!(pid > 0) || isAlive(pid)) continue
    const folder = join(tmpdir(), name)
    for (const home of [folder, join(folder, 'home')]) {
      if (!existsSync(join(home, 'postgres/data'))) continue
      const left = await startEmbedded({ home, durable: false }).catch(() => undefined)
      if (left?.status === 'started') await left.stop()
    }
    await rm(folder, { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function useGiven(url: string, shared: string): Promise<TestServer> {
  const sql = connect(url, { max: 1 })
  const role = `${ROLE}_test`
  const password = crypto.randomUUID()
  try {
    const [exists] = await sql`select from pg_roles where rolname = ${role}`
    if (!exists) await sql`create role ${sql(role)} login nosuperuser`
    await sql.unsafe(`alter role "${role}" password '${password}'`)
    await sql`drop database if exists ${sql(TEMPLATE)} with (force)`
  } finally {
    await sql.end()
  }
  // No URL(): it refuses what libpq allows, a user before an empty host (a Unix socket).
  const applicationUrl = url.replace(/^(postgres(?:ql)?:\/\/)(?:[^/@]*@)?/, `$1${role}:${password}@`)
  return withTemplate({ superuserUrl: url, applicationUrl, role, template: TEMPLATE, shared })
}

/** Other tests may still run when the migrations fail, so the fault is kept for those that want the template. */
async function withTemplate(server: TestServer): Promise<TestServer> {
  const admin = connect(server.superuserUrl, { max: 1 })
  try {
    await admin`create database ${admin(server.template)} owner ${admin(server.role)}`
  } finally {
    await admin.end()
  }
  const sql = connect(databaseUrl(server.applicationUrl, server.template), { max: 1 })
  try {
    const migrated = await migrate(sql, rooms)
    return migrated.status === 'migrated' ? server : { ...server, templateFault: migrated.message }
  } catch (error) {
    return { ...server, templateFault: String(error) }
  } finally {
    await sql.end()
  }
}

/** The same server and role, another database. */
export function databaseUrl(url: string, database: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${database}`)
}
