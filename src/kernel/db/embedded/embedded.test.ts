import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '../connect.ts'
import type { Sql } from '../connect.ts'
import { checkProgram } from './access.ts'
import { findAccount } from './account.ts'
import { startEmbedded } from './index.ts'
import type { Embedded } from './index.ts'
import { processesOf } from './processes.ts'
import { atEnd, temporaryFolder } from '#test/kit/scope.ts'

const root = process.getuid?.() === 0
const asRoot = { skip: root ? false : 'only root changes to another user' }

const running = new Set<Embedded>()

async function temporary(t: TestContext): Promise<string> {
  const path = temporaryFolder(t, 'sigilo-embedded-')
  await chmod(path, 0o755)
  atEnd(t, async () => {
    for (const embedded of running) await embedded.stop()
    running.clear()
  })
  return path
}

async function start(home: string): Promise<Embedded> {
  const embedded = await startEmbedded({ home })
  if (embedded.status !== 'started') assert.fail(`${embedded.status}: ${embedded.message}`)
  running.add(embedded)
  return embedded
}

async function using<Result>(url: string, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const sql = connect(url, { max: 1 })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** A server in a process of its own, to be killed; started when it has printed its line. */
function serverProcess(home: string, user: { uid?: number; gid?: number } = {}) {
  const script = `
    import { startEmbedded } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)}
    const embedded = await startEmbedded({ home: ${JSON.stringify(home)} })
    console.log(JSON.stringify(embedded))
    setInterval(() => {}, 1000)`
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    ...user,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function kill(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) assert.fail(`the server ended by itself with ${server.exitCode}`)
  const exited = once(server, 'exit')
  server.kill('SIGKILL')
  await exited
}

test('first start, next start, stop', async (t) => {
  const home = join(await temporary(t), 'home')
  const first = await start(home)
  assert.equal(first.created, true)
  const facts = await using(
    first.url,
    (sql) => sql`
    select current_user as who, rolsuper as super, pg_get_userbyid(datdba) as owner, datcollate as collation,
           pg_encoding_to_char(encoding) as encoding, current_setting('data_checksums') as checksums,
           current_setting('fsync') as fsync, current_setting('listen_addresses') as addresses
      from pg_roles, pg_database where rolname = current_user and datname = current_database()`,
  )
  const want = { who: 'sigilo', super: false, owner: 'sigilo', collation: 'C', encoding: 'UTF8' }
  assert.deepEqual({ ...facts[0] }, { ...want, checksums: 'on', fsync: 'on', addresses: '' })
  assert.deepEqual(
    [...(await using(first.superuserUrl, (sql) => sql`select current_user as who`))],
    [{ who: 'postgres' }],
  )
  await using(first.url, (sql) => sql`create table kept as select 7 as value`)
  await t.test('in a session of its own, so that Ctrl-C in the terminal does not reach it', () => {
    const { stdout } = spawnSync('ps', ['-o', 'sid=', '-p', String(first.pid)], { encoding: 'utf8' })
    assert.equal(Number(stdout), first.pid)
  })
  await t.test('its environment holds nothing of ours', asRoot, async () => {
    const environment = await readFile(`/proc/${first.pid}/environ`, 'utf8')
    assert.deepEqual(
      environment
        .split('\0')
        .filter(Boolean)
        .map((line) => line.split('=')[0])
        .toSorted(),
      ['LC_ALL', 'PATH', 'TZ'],
    )
  })
  await t.test('its user cannot read the key file', asRoot, async () => {
    await writeFile(join(home, 'key'), 'secret', { mode: 0o600 })
    const { uid, gid } = await stat(first.data)
    assert.notEqual(uid, 0)
    for (const command of [
      ['cat', join(home, 'key')],
      ['ls', home],
    ] as const) {
      assert.notEqual(spawnSync(command[0], [command[1]], { uid, gid }).status, 0, command.join(' '))
    }
  })
  const began = performance.now()
  await first.stop()
  assert.ok(performance.now() - began < 2_000)
  assert.deepEqual(await processesOf(first.data), [])
  const second = await start(home)
  assert.equal(second.created, false)
  assert.equal((await using(second.url, (sql) => sql`select value from kept`))[0]?.['value'], 7)
  await second.stop()
  await second.stop()
})

test('what a killed server left behind is stopped, and what was committed is there', async (t) => {
  const home = await temporary(t)
  const server = serverProcess(home)
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  const left = JSON.parse(line.toString()) as Embedded
  await using(left.url, (sql) => sql`create table kept as select 7 as value`)
  await kill(server)
  assert.ok((await processesOf(left.data)).length > 0)
  const next = await start(home)
  assert.ok(next.stoppedLeftovers > 0)
  assert.equal((await using(next.url, (sql) => sql`select value from kept`))[0]?.['value'], 7)

  await t.test('a postmaster killed, whose number now belongs to another program', async () => {
    await next.stop()
    const { uid, gid } = await stat(next.data)
    const other = spawn('sleep', ['60'], { uid, gid })
    t.after(() => other.kill())
    const stale = `${other.pid}\n${next.data}\n1\n5432\n${next.sockets}\n\n  1 1\nready   \n`
    await writeFile(join(next.data, 'postmaster.pid'), stale)
    await writeFile(join(next.sockets, '.s.PGSQL.5432'), '')
    await chown(join(next.data, 'postmaster.pid'), uid, gid)
    const again = await start(home)
    assert.equal(other.exitCode, null)
    await again.stop()
  })
})

test('PostgreSQL that ends by itself is started again', async (t) => {
  const home = await temporary(t)
  const events: string[] = []
  let back = Promise.withResolvers<void>()
  const embedded = await startEmbedded({
    home,
    onEvent({ event }) {
      events.push(event)
      if (event === 'restarted') back.resolve()
    },
  })
  if (embedded.status !== 'started') assert.fail(embedded.message)
  running.add(embedded)
  const before = embedded.pid
  await using(embedded.url, (sql) => sql`create table kept as select 7 as value`)
  for (const name of ['SIGKILL', 'SIGQUIT'] as const) {
    back = Promise.withResolvers()
    process.kill(embedded.pid, name)
    await back.promise
    assert.equal((await using(embedded.url, (sql) => sql`select value from kept`))[0]?.['value'], 7)
  }
  assert.notEqual(embedded.pid, before)
  assert.deepEqual(events, ['ended', 'restarted', 'ended', 'restarted'])
})

test('a first start killed at any moment: the next one makes it whole', async (t) => {
  const home = await temporary(t)
  for (const ms of [250, 400, 600, 900, 1_300]) {
    const server = serverProcess(home)
    await delay(ms)
    await kill(server)
  }
  const embedded = await start(home)
  assert.equal((await using(embedded.url, (sql) => sql`select current_user as who`))[0]?.['who'], 'sigilo')
  const names = await readdir(dirname(embedded.data))
  assert.deepEqual(
    names.filter((name) => name.startsWith('data')),
    ['data'],
  )
})

test('a home with a long path: the socket is in the temporary directory, and nobody can put theirs there', async (t) => {
  const home = join(await temporary(t), 'a-rather-long-name-'.repeat(6))
  const embedded = await start(home)
  assert.equal(dirname(embedded.sockets), tmpdir())
  const { mode, uid } = await stat(embedded.sockets)
  assert.equal(mode & 0o777, 0o700)
  assert.equal(uid, (await stat(embedded.data)).uid)
  assert.equal((await using(embedded.url, (sql) => sql`select current_user as who`))[0]?.['who'], 'sigilo')
  await embedded.stop()
  await t.test('one that belongs to somebody else is refused', asRoot, async () => {
    await chown(embedded.sockets, 65_534, 65_534)
    const refused = await startEmbedded({ home })
    assert.equal(refused.status, 'socket-directory')
    assert.equal(spawnSync('sh', ['-c', 'cure' in refused ? refused.cure : '']).status, 0)
    await (await start(home)).stop()
  })
  await rm(embedded.sockets, { recursive: true })
})

test('below a closed directory: refused, and the cure cures', asRoot, async (t) => {
  const top = await temporary(t)
  await mkdir(join(top, 'closed one/middle/closed'), { recursive: true })
  await chmod(join(top, 'closed one'), 0o700)
  await chmod(join(top, 'closed one/middle/closed'), 0o750)
  const home = join(top, 'closed one/middle/closed/home')
  const refused = await startEmbedded({ home })
  assert.equal(refused.status, 'directory-closed')
  const { cure, directories } = refused as Extract<typeof refused, { status: 'directory-closed' }>
  assert.deepEqual(directories, [join(top, 'closed one'), join(top, 'closed one/middle/closed')])
  assert.equal(spawnSync('sh', ['-c', cure]).status, 0, cure)
  await start(home)
})

test('programs below a closed directory: refused, and the cure cures', asRoot, async (t) => {
  const top = await temporary(t)
  const program = join(top, 'closed/native/bin/postgres')
  await mkdir(dirname(program), { recursive: true })
  await copyFile('/bin/true', program)
  const account = await findAccount('sigilo-postgres')
  if ('status' in account) assert.fail(account.message)
  for (const close of [() => chmod(join(top, 'closed'), 0o700), () => chmod(program, 0o700)]) {
    assert.equal(await checkProgram(account, program), undefined)
    await close()
    const refused = await checkProgram(account, program)
    assert.equal(spawnSync('sh', ['-c', refused?.cure ?? 'false']).status, 0)
  }
  assert.equal(await checkProgram(account, program), undefined)
})

test('data of another user or another PostgreSQL is refused', async (t) => {
  const home = await temporary(t)
  const embedded = await start(home)
  await embedded.stop()
  await t.test('another user’s', asRoot, async () => {
    await chown(embedded.data, 65_534, 65_534)
    const refused = await startEmbedded({ home })
    assert.equal(refused.status, 'data-owner')
    assert.equal(spawnSync('sh', ['-c', 'cure' in refused ? refused.cure : '']).status, 0)
  })
  await writeFile(join(embedded.data, 'PG_VERSION'), '17\n')
  assert.equal((await startEmbedded({ home })).status, 'data-version')
})

test('the log holds nothing that a statement carried', async (t) => {
  const embedded = await start(await temporary(t))
  const secret = 'GODE561231HDFRRL04'
  await using(embedded.url, async (sql) => {
    await sql`create table person (id text primary key, age int4 check (age > 0))`
    await sql`insert into person values (${secret}, 1)`
    await assert.rejects(sql`insert into person values (${secret}, 1)`, { code: '23505' })
    await assert.rejects(sql`insert into person values (${`x${secret}`}, -1)`, { code: '23514' })
    await assert.rejects(sql`select ${secret}::text::uuid`, { code: '22P02' })
    await assert.rejects(sql.unsafe(`select '${secret}' from nowhere`), { code: '42P01' })
    await sql.unsafe(`do $$ begin raise warning '${secret}'; end $$`)
  })
  // A backend that dies in the middle of a statement: PostgreSQL logs what it was doing.
  const victim = connect(embedded.url, { max: 1 })
  const [row] = await victim<{ pid: number }[]>`select pg_backend_pid() as pid`
  const dying = victim.unsafe(`select '${secret}', pg_sleep(10)`)
  await Promise.all([assert.rejects(dying), delay(100).then(() => process.kill(row?.pid ?? 0, 'SIGKILL'))])
  await victim.end({ timeout: 1 })
  await delay(300)
  await embedded.stop()
  const log = await readFile(embedded.log, 'utf8')
  assert.match(log, /terminated by signal 9/)
  assert.ok(!log.includes(secret), log)
})

test('not root: PostgreSQL runs as whoever starts it', asRoot, async (t) => {
  const home = await temporary(t)
  const account = await findAccount('sigilo-postgres')
  if ('status' in account || !account.ids) assert.fail('no account')
  await chown(home, account.ids.uid, account.ids.gid)
  const server = serverProcess(home, account.ids)
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  const embedded = JSON.parse(line.toString()) as Embedded
  assert.equal(embedded.status, 'started')
  assert.equal((await stat(embedded.data)).uid, account.ids.uid)
  await kill(server)
  // Root takes the home over: the data have the right owner already.
  await (await start(home)).stop()
})
