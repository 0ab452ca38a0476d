import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { ExportLimits } from '#records/index.ts'
import type { Scope } from '#test/kit/index.ts'
import { begun, exported, finished, kickoffOf, manifestOf } from '#test/kit/exported.ts'
import { createThief, filesBelow } from '#test/kit/thief.ts'
import { bodyOf, testVault, type TestStore } from '#test/kit/vault.ts'
import { renewJob, saveJob, takeJob } from './queries.ts'

const patients = 30
const notes = 10

/** A vault of 330 resources; steps of ten, so that something can happen between them. */
async function filled(t: Scope, exports: Partial<ExportLimits> = {}) {
  const vault = await testVault(t, { exports: { lookMax: 10, ...exports } })
  const put = async (type: string, id: string, more: object) => {
    const written = await vault.store.update(type, id, bodyOf({ resourceType: type, id, ...more }), {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  const entry = Array.from({ length: patients }, (_, p) => [
    entryOf('Patient', `p${p}`, { name: [{ family: `Secretísima${p}` }] }),
    ...Array.from({ length: notes }, (__, n) =>
      entryOf('Observation', `o${p}-${n}`, {
        status: 'final',
        code: { text: `Padecimiento ${p} ${n}` },
        subject: { reference: `Patient/p${p}` },
      }),
    ),
  ]).flat()
  const written = await vault.store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), {})
  assert.equal(written.status, 'ok', JSON.stringify(written))
  const jobFolders = () => readdirSync(vault.exports).filter((name) => name !== 'server')
  return { ...vault, put, jobFolders }
}

const entryOf = (resourceType: string, id: string, more: object) => ({
  resource: { resourceType, id, ...more },
  request: { method: 'PUT', url: `${resourceType}/${id}` },
})

const total = patients * (notes + 1)

/** Until it has done something, and not all. */
async function underWay(store: TestStore, job: string): Promise<void> {
  for (;;) {
    const look = await store.exports.look(job, 'ana')
    assert(look.status === 'running', JSON.stringify(look))
    if (look.resources > 0) return
    await setTimeout(1)
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 15_000; !(await holds()); await setTimeout(20))
    assert(performance.now() < end, 'it does not come')
}

test('files are sealed until they are fetched, and their names tell nothing', async (t) => {
  const { store, exports } = await filled(t)
  store.exports.start()
  const { job, manifest, resources } = await exported(store)
  assert.equal(resources.size, total)
  const secrets = Array.from({ length: patients }, (_, n) => [
    `Secretísima${n}`,
    `Padecimiento ${n} 0`,
  ]).flat()
  const thief = createThief([...secrets, 'Patient', 'Observation', 'resourceType', 'transaction'])
  let files = 0
  for (const { path, bytes } of filesBelow(exports)) {
    files++
    assert.deepEqual([...thief.search(bytes)], [], path)
    assert.match(path.slice(exports.length), /^\/(server|[0-9a-f-]{36}\/[0-9a-f-]{36})$/)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.notEqual(bytes.readUInt16BE(0), 0x1f8b, 'not gzip to whoever has no key')
  }
  assert.equal(files, manifest.files.length + 1)
  assert.equal(statSync(join(exports, job)).mode & 0o777, 0o700)
  // Packed or not: the same text.
  const [file] = manifest.files
  const read = async (packed: boolean) => {
    const opened = await store.exports.file(job, file!.name, 'ana', packed)
    assert(opened.status === 'ok')
    return Buffer.concat(await opened.stream.toArray())
  }
  assert.deepEqual(gunzipSync(await read(true)), await read(false))
})

test('a file that somebody changed, shortened or swapped does not end as if it were whole', async (t) => {
  const { store, exports } = await filled(t)
  store.exports.start()
  const { job, manifest } = await exported(store)
  const [one, other] = manifest.files.map(({ name }) => ({ name, path: join(exports, job, name) }))
  assert(one && other)
  const fetched = async (name: string) => {
    const opened = await store.exports.file(job, name, 'ana', false)
    assert(opened.status === 'ok')
    return text(opened.stream)
  }
  const bytes = await readFile(one.path)
  await writeFile(one.path, await readFile(other.path))
  await assert.rejects(fetched(one.name))
  bytes[bytes.length - 20]! ^= 1
  await writeFile(one.path, bytes)
  await assert.rejects(fetched(one.name))
  await truncate(other.path, 500)
  await assert.rejects(fetched(other.name))
})

test('no file is larger than it may be', async (t) => {
  const { store } = await filled(t, { resourcesMax: 70 })
  store.exports.start()
  const { manifest, resources } = await exported(store)
  assert.equal(resources.size, total)
  const counts = manifest.files.filter(({ type }) => type === 'Observation').map(({ count }) => count)
  assert.deepEqual(counts, [70, 70, 70, 70, 20])
  const { store: small } = await filled(t, { charsMax: 2000 })
  small.exports.start()
  for (const { type, lines } of (await exported(small)).files)
    assert(lines.slice(0, -1).join('\n').length < 2000, type)
})

test('only who asked for it sees it, fetches it, or deletes it', async (t) => {
  const { store } = await filled(t)
  store.exports.start()
  const { job, manifest } = await exported(store)
  const { name } = manifest.files[0]!
  const refused = async (act: Promise<{ status: string }>) => assert.equal((await act).status, 'not-found')
  await refused(store.exports.look(job, 'eva'))
  await refused(store.exports.file(job, name, 'eva', false))
  await refused(store.exports.remove(job, 'eva'))
  for (const odd of [
    '',
    '..',
    '../server',
    `${job}/../server`,
    '/etc/passwd',
    '..%2fserver',
    `${name}\0`,
    randomUuid(),
  ]) {
    await refused(store.exports.look(odd, 'ana'))
    await refused(store.exports.file(job, odd, 'ana', false))
    await refused(store.exports.remove(odd, 'ana'))
  }
  assert.equal((await store.exports.file(job, name, 'ana', false)).status, 'ok')
})

test('a row given to somebody else, or put back as it was, does not open', async (t) => {
  const { store, sql } = await filled(t)
  store.exports.start()
  const { job } = await exported(store)
  const eva = await begun(store, kickoffOf({ actor: 'eva' }))
  await manifestOf(store, eva, 'eva')
  const [row] = await sql<{ saved: number }[]>`select saved from export_job where id = ${job}::uuid`
  await sql`update export_job set saved = ${row!.saved - 1}::int where id = ${job}::uuid`
  await assert.rejects(store.exports.look(job, 'ana'), { name: 'SealBroken' })
  await sql`update export_job set owner = (select owner from export_job where id = ${eva}::uuid) where id = ${job}::uuid`
  await assert.rejects(store.exports.look(job, 'eva'), { name: 'SealBroken' })
})

test('a thousand are asked for, and ten are there', async (t) => {
  const { store } = await testVault(t)
  const asked = await Promise.all(Array.from({ length: 1000 }, () => store.exports.begin(kickoffOf())))
  const jobs = asked.flatMap((each) => (each.status === 'ok' ? [each.job] : []))
  assert.equal(jobs.length, 10)
  assert.equal(new Set(asked.map(({ status }) => status)).size, 2)
  assert(asked.some(({ status }) => status === 'too-many-exports'))
  assert.equal((await store.exports.begin(kickoffOf({ actor: 'eva' }))).status, 'ok')
  assert.equal((await store.exports.remove(jobs[0]!, 'ana')).status, 'ok')
  assert.equal((await store.exports.begin(kickoffOf())).status, 'ok')
})

test('deleted under way or when it is done, nothing is left of it', async (t) => {
  const { store, jobFolders } = await filled(t)
  store.exports.start()
  const job = await begun(store, kickoffOf())
  await underWay(store, job)
  assert.equal((await store.exports.remove(job, 'ana')).status, 'ok')
  assert.equal((await store.exports.look(job, 'ana')).status, 'not-found')
  assert.equal((await store.exports.remove(job, 'ana')).status, 'not-found')
  await until(() => jobFolders().length === 0)
  const { job: whole } = await exported(store)
  assert.equal(jobFolders().length, 1)
  await store.exports.remove(whole, 'ana')
  assert.equal(jobFolders().length, 0)
})

test('what has expired is gone, files first of all', async (t) => {
  const { store, jobFolders, sql } = await filled(t, { sweepMs: 100 })
  store.exports.start()
  const { job } = await exported(store)
  const [row] = await sql<{ hours: number }[]>`
    select (extract(epoch from expires_at - clock_timestamp()) / 3600)::float8 as hours from export_job`
  assert(Math.abs(row!.hours - 24) < 0.1)
  await sql`update export_job set expires_at = clock_timestamp() - interval '1 hour'`
  assert.equal((await store.exports.look(job, 'ana')).status, 'not-found')
  await until(() => jobFolders().length === 0)
  assert.equal((await sql`select from export_job`).length, 0)
})

test('stopped in the middle, or killed, it goes on where it was saved last', async (t) => {
  const vault = await filled(t, { checkpointMs: 0 })
  const { store, sql, exports } = vault
  store.exports.start()
  const job = await begun(store, kickoffOf())
  await underWay(store, job)
  await store.close()
  const [row] = await sql<{ state: string; saved: number; server: string }[]>`
    select state, saved, server from export_job`
  assert.equal(row?.state, 'running')
  assert(row.saved > 1, 'nothing was saved')
  const before = readdirSync(join(exports, job))
  // As a killed one leaves it: held by nobody who lives, and with a file that was not finished.
  await sql`
    update export_job set holder = ${randomUuid()}::uuid, held_until = clock_timestamp() + interval '1 hour'`
  const torn = join(exports, job, randomUuid())
  await writeFile(torn, 'half')
  const next = await vault.another('exports')
  next.store.exports.start()
  const { resources, manifest } = await finished(next.store, job)
  assert.equal(resources.size, total)
  assert(!existsSync(torn))
  const names = new Set(manifest.files.map(({ name }) => name))
  assert(before.filter((name) => names.has(name)).length > 1, 'it began anew')
})

test('files that are lost make it begin anew', async (t) => {
  const vault = await filled(t, { checkpointMs: 0 })
  vault.store.exports.start()
  const job = await begun(vault.store, kickoffOf())
  await underWay(vault.store, job)
  await vault.store.close()
  const next = await vault.another()
  next.store.exports.start()
  assert.equal((await finished(next.store, job)).resources.size, total)
})

test('of two servers one works on it, and the other says where its files are', async (t) => {
  const vault = await filled(t)
  const other = await vault.another()
  const job = await begun(vault.store, kickoffOf())
  other.store.exports.start()
  const manifest = await manifestOf(vault.store, job)
  const { name } = manifest.files[0]!
  assert.equal((await vault.store.exports.file(job, name, 'ana', false)).status, 'export-elsewhere')
  assert.equal((await finished(other.store, job)).resources.size, total)
})

test('whoever lost a job can save nothing', async (t) => {
  const { store, sql } = await testVault(t)
  const job = await begun(store, kickoffOf())
  const [one, other, home, elsewhere] = [randomUuid(), randomUuid(), randomUuid(), randomUuid()] as const
  const [first] = await takeJob(sql, one, home, 60)
  assert.equal(first?.epoch, 1)
  // While it is held, nobody else has it; of the same home only the one that lives can be asking.
  assert.equal((await takeJob(sql, other, elsewhere, 60)).length, 0)
  assert.equal((await takeJob(sql, one, home, 60)).length, 0)
  assert.equal((await renewJob(sql, job, 1, 0)).length, 1)
  await setTimeout(5)
  const [second] = await takeJob(sql, other, elsewhere, 60)
  assert.equal(second?.epoch, 2)
  const progress = new Uint8Array(100)
  const saved = { id: job, saved: 1, state: 'running', progress } as const
  assert.equal((await renewJob(sql, job, 1, 60)).length, 0)
  assert.equal((await saveJob(sql, { ...saved, epoch: 1 }, 60)).length, 0)
  assert.equal((await saveJob(sql, { ...saved, epoch: 2 }, 60)).length, 1)
  const [third] = await takeJob(sql, one, elsewhere, 60)
  assert.equal(third?.epoch, 3, 'the same home was started again')
})

test('sealed in the middle it waits; a server that starts sealed waits too', async (t) => {
  const vault = await filled(t, { lookMs: 50, checkpointMs: 0 })
  const { store, keys, secret } = vault
  store.exports.start()
  const job = await begun(store, kickoffOf())
  await underWay(store, job)
  keys.seal()
  assert.equal((await store.exports.look(job, 'ana')).status, 'sealed')
  assert.equal((await store.exports.begin(kickoffOf())).status, 'sealed')
  await keys.unseal(secret)
  const { manifest, resources } = await finished(store, job)
  assert.equal(resources.size, total)
  // A stream that is being read ends with the keys.
  const opened = await store.exports.file(job, manifest.files[0]!.name, 'ana', false)
  assert(opened.status === 'ok')
  keys.seal()
  await assert.rejects(text(opened.stream))
  await keys.unseal(secret)
  await store.close()

  const next = await vault.another()
  const later = await begun(next.store, kickoffOf())
  next.keys.seal()
  next.store.exports.start()
  await setTimeout(100)
  await next.keys.unseal(secret)
  assert.equal((await finished(next.store, later)).resources.size, total)
})

test('a patient destroyed in the middle is in none of its files, and one destroyed later withdraws them', async (t) => {
  const { store, sql, keys, jobFolders } = await filled(t)
  store.exports.start()
  const destroy = async () => {
    const [gone] = await sql<{ compartment: string }[]>`
      update compartment set wrapped = null where compartment = (
        select compartment from resource group by compartment, type having count(*) = ${notes}::int limit 1
      ) returning compartment`
    keys.forget(gone!.compartment)
    await sql`delete from resource where compartment = ${gone!.compartment}::uuid`
  }
  const job = await begun(store, kickoffOf())
  await underWay(store, job)
  await destroy()
  const { resources } = await finished(store, job)
  assert.equal(resources.size, total - notes - 1)
  // Whether anybody comes for them or not.
  await destroy()
  await until(() => jobFolders().length === 0)
  const [row] = await sql<{ key: Uint8Array }[]>`select key from export_job`
  assert.equal(row?.key.length, 0)
  assert.equal((await store.exports.look(job, 'ana')).status, 'export-failed')
  const again = await exported(store)
  await sql`update compartment set wrapped = null where compartment = (select compartment from compartment limit 1)`
  assert.equal((await store.exports.look(again.job, 'ana')).status, 'export-failed')
  assert.equal(jobFolders().length, 0)
  // Also where whoever writes the database keeps the key in its row.
  const third = await exported(store)
  await sql`
    insert into destruction (compartment, epoch, destroyed_at, sealed)
    select compartment, epoch, now(), ''::bytea from compartment where wrapped is not null limit 1`
  assert.equal((await store.exports.look(third.job, 'ana')).status, 'export-failed')
})

test('without room on the disk it fails and says so, and the server lives', async (t) => {
  const { store, jobFolders } = await filled(t, { freeBytesMin: Number.MAX_SAFE_INTEGER })
  store.exports.start()
  const job = await begun(store, kickoffOf())
  await until(async () => (await store.exports.look(job, 'ana')).status !== 'running')
  const look = await store.exports.look(job, 'ana')
  assert(look.status === 'export-failed')
  assert.match(JSON.stringify(look.slots), /disk/)
  assert.equal(jobFolders().length, 0)
  assert.equal((await store.read('Patient', 'p1')).status, 'ok')
})

test('a disk that becomes full in the middle of a file is no different', async (t) => {
  const { store, put, exports, jobFolders } = await filled(t)
  for (let n = 0; n < 4; n++)
    await put('Binary', `b${n}`, { contentType: 'image/png', data: randomBytes(200_000).toString('base64') })
  mkdirSync(exports)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'none', exports], { stdio: 'ignore' })
  } catch {
    t.skip('only root may mount a small disk')
    return
  }
  try {
    store.exports.start()
    const job = await begun(store, kickoffOf())
    await until(async () => (await store.exports.look(job, 'ana')).status !== 'running')
    const look = await store.exports.look(job, 'ana')
    assert.match(JSON.stringify(look), /export-failed.*disk/)
    assert.equal(jobFolders().length, 0)
    const small = await exported(store, { pairs: [['_type', 'Patient']] })
    assert.equal(small.resources.size, patients)
  } finally {
    await store.close()
    execFileSync('umount', [exports])
  }
})

test('a resource whose row was changed is left out and told', async (t) => {
  const { store, sql } = await filled(t)
  await sql`
    update resource set sealed = set_byte(sealed, 300, get_byte(sealed, 300) # 1)
    where resource = (select resource from resource where capsule is null limit 1)`
  store.exports.start()
  const { resources, files } = await exported(store)
  assert.equal(resources.size, total - 1)
  assert.match(files.find(({ kind }) => kind === 'error')?.lines[0] ?? '', /"severity":"error".*1 resources/)
})

test('who does not read holds nothing up, and nothing piles up', async (t) => {
  const { store, put } = await filled(t)
  const data = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 48_271) % 251)).toString('base64')
  for (let n = 0; n < 10; n++) await put('Binary', `b${n}`, { contentType: 'application/pdf', data })
  store.exports.start()
  const { job, manifest } = await exported(store, { pairs: [['_type', 'Binary']] })
  const opened = await store.exports.file(job, manifest.files[0]!.name, 'ana', false)
  assert(opened.status === 'ok')
  await setTimeout(200)
  assert(opened.stream.readableLength < 200_000, `${opened.stream.readableLength} bytes wait`)
  opened.stream.destroy()
  assert.equal((await store.read('Patient', 'p1')).status, 'ok')
})
