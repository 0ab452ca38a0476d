import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createPacker } from '#kernel/crypto/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { crashableServer } from '#test/kit/crash.ts'
import { bodyOf, testVault, timeZone, testStore } from '#test/kit/vault.ts'
import { dictionaries } from '../dictionaries/index.ts'
import { newResourceKey } from '../place.ts'
import { createReader } from '../reader.ts'
import { createSealing } from '../sealing.ts'
import { parseSearch } from '../search/index.ts'
import { createDirectory, createReindex, type Directory } from './index.ts'
import { bitsFor, rowsPerTag } from './reindex.ts'
import { insertGeneration, insertRows } from './queries.ts'
import { temporaryFolder } from '#test/kit/scope.ts'

async function listed(t: TestContext, zone = timeZone) {
  const vault = await testVault(t)
  const { sql, keys, store } = vault
  const reader = createReader(sql, keys, createSealing(createPacker(dictionaries)))
  const least = { resources: 1, compartments: 1, crowd: 1 }
  const directory = createDirectory({ sql, keys, timeZone: zone, least })
  const reindex = createReindex({ sql, keys, reader, local: { timeZone: zone } })
  const name = (id: string, given: string, family: string) =>
    store.update(
      'Patient',
      id,
      bodyOf({ resourceType: 'Patient', id, name: [{ given: [given], family }] }),
      {},
    )
  const isFound = async (id: string, query: string, among: Directory = directory) => {
    const key = newResourceKey(keys.locator, 'Patient', id)
    return (await namesOf(among, 'Patient', query)).includes(key)
  }
  const generations = () => sql`select generation, bits, serving, time_zone from directory_generation`
  return { ...vault, directory, reindex, name, isFound, generations }
}

async function namesOf(directory: Directory, type: string, query: string): Promise<string[]> {
  const parsed = parseSearch({ type, pairs: [...new URLSearchParams(query)], timeZone, now: 0 })
  assert.equal(parsed.status, 'ok')
  const batches = parsed.status === 'ok' ? directory.candidates(type, parsed.search.filters) : undefined
  assert(batches)
  return (await Array.fromAsync(batches)).flat()
}

test('on average eight rows and more meet on a tag', () => {
  for (const rows of [0, 1, 7, 8, 100, 12_345, 1_200_000, 10 ** 9]) {
    const bits = bitsFor(rows)
    assert(bits >= 0 && bits <= 24)
    if (bits > 0) assert(rows / 2 ** bits >= rowsPerTag)
    if (bits < 24) assert(rows / 2 ** (bits + 1) < rowsPerTag)
  }
})

test('a lost directory is rebuilt, with as many bits as it has rows for', async (t) => {
  const { sql, directory, reindex, name, isFound, generations } = await listed(t)
  for (let n = 0; n < 60; n++) await name(`p${n}`, `Ana${'xyzw'[n % 4]}`, `Ruiz${n}`)
  // The store's own flusher may be at it.
  while ((await directory.flusher.flush()) || (await sql`select from directory_pending`).length > 0);
  const rows = Number((await sql`select count(*) from directory`)[0]?.['count'])
  await sql`delete from directory`
  assert.equal(await isFound('p3', 'name=ruiz'), false)
  const seen: number[] = []
  const done = await reindex({ onProgress: ({ resources }) => seen.push(resources) })
  assert.deepEqual(done, { status: 'ok', resources: 60, rows, bits: bitsFor(rows) })
  assert.equal(seen.at(-1), 60)
  assert.equal(await isFound('p3', 'name=ruiz'), true)
  assert.deepEqual(
    [...(await generations())],
    [{ generation: 2, bits: bitsFor(rows), serving: true, time_zone: timeZone }],
  )
  assert.equal(Number((await sql`select count(*) from directory where generation = 2`)[0]?.['count']), rows)
  assert.equal((await reindex()).status, 'ok')
  assert.equal(Number((await sql`select count(*) from directory`)[0]?.['count']), rows)
})

test('what is written, changed, moved and flushed during a reindex is found, then and after', async (t) => {
  const { sql, store, keys, directory, reindex, name, isFound } = await listed(t)
  for (let n = 0; n < 450; n++) await name(`p${n}`, 'Ana', `Ruiz${n}`)
  await directory.flusher.flush()
  const task = (patient: string) =>
    store.update(
      'Task',
      'moving',
      bodyOf({
        resourceType: 'Task',
        id: 'moving',
        status: 'requested',
        intent: 'order',
        for: { reference: `Patient/${patient}` },
        owner: { reference: 'Practitioner/w' },
      }),
      {},
    )
  await task('p0')
  const current = new Map<string, string>()
  const steps: Promise<void>[] = []
  let step = 0
  const act = async (n: number) => {
    const id = `p${(n * 37) % 450}`
    const family = `Salas${n}`
    await name(id, 'Eva', family)
    current.set(id, family)
    await task(`p${(n * 61) % 450}`)
    if (n % 2 === 0) await directory.flusher.flush()
    assert.equal(await isFound(id, `name=eva ${family}`), true)
    assert.equal(await isFound('p449', 'name=ruiz449'), true)
    assert.equal((await namesOf(directory, 'Task', 'owner=Practitioner/w')).length, 1)
  }
  const done = await reindex({ onProgress: () => void steps.push(act(step++)) })
  assert.equal(done.status, 'ok')
  await Promise.all(steps)
  assert(step >= 3)
  for (const flushed of [false, true]) {
    if (flushed) while (await directory.flusher.flush());
    for (const [id, family] of current) assert.equal(await isFound(id, `name=eva ${family}`), true)
    for (let n = 0; n < 450; n += 29) {
      if (!current.has(`p${n}`)) assert.equal(await isFound(`p${n}`, `name=ana ruiz${n}`), true)
    }
    assert.deepEqual(await namesOf(directory, 'Task', 'owner=Practitioner/w'), [
      newResourceKey(keys.locator, 'Task', 'moving'),
    ])
  }
  assert.equal((await sql`select distinct generation from directory`).length, 1)
})

test('of two reindexes one is busy; one that was abandoned is taken over, and can do no harm', async (t) => {
  const { sql, reindex, name, isFound, generations } = await listed(t)
  for (let n = 0; n < 20; n++) await name(`p${n}`, 'Ana', 'Ruiz')
  const outcomes = await Promise.all([reindex(), reindex()])
  // Or one after the other.
  assert(outcomes.some(({ status }) => status === 'ok'))
  assert(outcomes.every(({ status }) => status === 'ok' || status === 'busy'))
  const [begun] = await insertGeneration(sql, null, 3, timeZone, 2, 60)
  assert(begun)
  assert.equal((await reindex()).status, 'busy')
  await sql`update directory_generation set touched_at = touched_at - interval '2 minutes' where not serving`
  assert.equal((await reindex()).status, 'ok')
  const row = { tag: 0, entry: '00000000-0000-4000-8000-000000000000', sealed: new Uint8Array(90) }
  assert.equal((await insertRows(sql, begun.generation, [row])).length, 0)
  assert.equal((await generations()).length, 1)
  assert.equal(await isFound('p7', 'name=ruiz'), true)
})

test('an aborted reindex leaves what served, and the next one begins anew', async (t) => {
  const { reindex, name, isFound, generations, store, keys } = await listed(t)
  for (let n = 0; n < 20; n++) await name(`p${n}`, 'Ana', 'Ruiz')
  assert.deepEqual(await reindex({ signal: AbortSignal.abort() }), { status: 'aborted' })
  assert.equal((await generations()).length, 1)
  assert.equal(await isFound('p7', 'name=ruiz'), true)
  assert.equal((await reindex()).status, 'ok')
  keys.seal()
  assert.equal((await store.reindex()).status, 'sealed')
})

test('another time zone takes effect', async (t) => {
  const { sql, keys, store, reindex } = await listed(t, 'Asia/Tokyo')
  const appointment = {
    resourceType: 'Appointment',
    id: 'a',
    status: 'booked',
    participant: [{ actor: { reference: 'Patient/p' }, status: 'accepted' }],
    start: '2026-11-22T20:00:00-06:00',
    end: '2026-11-22T21:00:00-06:00',
  }
  assert.equal((await store.update('Appointment', 'a', bodyOf(appointment), {})).status, 'ok')
  const directory = createDirectory({ sql, keys, timeZone: 'Asia/Tokyo' })
  const onDay = async (day: string) => {
    const filters = parseSearch({
      type: 'Appointment',
      pairs: [['date', day]],
      timeZone: 'Asia/Tokyo',
      now: 0,
    })
    assert.equal(filters.status, 'ok')
    return filters.status === 'ok'
      ? (await Array.fromAsync(directory.candidates('Appointment', filters.search.filters)!)).flat().length
      : 0
  }
  // Written by a store of Mexico City: of the 22nd there, of the 23rd in Tokyo.
  assert.equal(await onDay('2026-11-23'), 0)
  assert.equal((await reindex()).status, 'ok')
  assert.equal(await onDay('2026-11-23'), 1)
})

test('PostgreSQL killed in the middle of flushes and reindexes: nothing is lost, nothing stays', async (t) => {
  const { sql, crash } = await crashableServer(t)
  const folder = temporaryFolder(t)
  const keys = createKeys({ sql })
  await keys.initialise({ kind: 'key-file', path: join(folder, 'key') })
  const store = testStore({ sql, keys, timeZone, now: Date.now })
  const least = { resources: 1, compartments: 1, crowd: 1 }
  const directory = createDirectory({ sql, keys, timeZone, least })
  const current = new Map<string, string>()
  let isOver = false
  const until = async (work: () => Promise<unknown>) => {
    while (!isOver) await work().catch(() => undefined)
  }
  let written = 0
  const writing = until(async () => {
    const [id, family] = [`p${written % 50}`, `Ruiz${written++}`]
    const body = bodyOf({ resourceType: 'Patient', id, name: [{ given: ['Ana'], family }] })
    current.delete(id)
    if ((await store.update('Patient', id, body, {})).status === 'ok') current.set(id, family)
  })
  const flushing = until(() => directory.flusher.flush())
  const reindexing = until(() => store.reindex())
  for (const how of ['immediate', 'backend', 'kill'] as const) {
    await setTimeout(400)
    await crash(how)
  }
  do await setTimeout(400)
  while (current.size <= 10)
  isOver = true
  await Promise.all([writing, flushing, reindexing])
  const areFound = async () => {
    for (const [id, family] of current) {
      const names = await namesOf(directory, 'Patient', `name=ana ${family}`)
      assert(names.includes(newResourceKey(keys.locator, 'Patient', id)), `${id} ${family}`)
    }
  }
  await areFound()
  await sql`update directory_generation set touched_at = touched_at - interval '2 minutes' where not serving`
  while ((await directory.flusher.flush()) || (await sql`select from directory_pending`).length > 0);
  await areFound()
  // Connections that lay idle learn only now that PostgreSQL was killed.
  let rebuilt = await store.reindex()
  while (rebuilt.status === 'database-away' || rebuilt.status === 'not-recorded')
    rebuilt = await store.reindex()
  assert(rebuilt.status === 'ok')
  await areFound()
  assert.equal(Number((await sql`select count(*) from directory`)[0]?.['count']), rebuilt.rows)
})
