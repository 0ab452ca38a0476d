import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { createPacker } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { createKeys, type Keys } from '#kernel/keys/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { decodeTuple, encodeTuple, extract } from '#records/search/index.ts'
import { crashableServer } from '#test/kit/crash.ts'
import type { Scope } from '#test/kit/index.ts'
import { runs } from '#test/kit/runs.ts'
import { bodyOf, testVault, timeZone, type TestStore, testStore } from '#test/kit/vault.ts'
import { clinicalPart, hasIdentity } from '../capsule.ts'
import { dictionaries } from '../dictionaries/index.ts'
import { facilityCompartment, patientCompartment, type CompartmentId } from '../place.ts'
import { createReader } from '../reader.ts'
import { createSealing, type View } from '../sealing.ts'
import { createBlocks } from './block.ts'
import { createCompactor } from './compaction.ts'
import { createPointed } from './pointed.ts'
import { createRebuild } from './rebuild.ts'
import type { Shelf } from './shelf.ts'
import { createTupleIndex } from './tuple-index.ts'
import { atEnd, temporaryFolder } from '#test/kit/scope.ts'

/** Of one process: its own caches over the database. */
function processOf(sql: Sql, keys: Keys, zone = timeZone) {
  const packer = createPacker(dictionaries)
  const blocks = createBlocks(packer)
  const reader = createReader(sql, keys, createSealing(packer))
  const compactor = createCompactor(sql, keys, reader, blocks)
  const pointed = createPointed(sql, reader, { timeZone: zone })
  const index = createTupleIndex(sql, keys, { reader, blocks, pointed, compactor })
  return { index, compactor, rebuild: createRebuild({ sql, reader, blocks, local: { timeZone: zone } }) }
}

async function rebuildable(t: Scope) {
  const vault = await testVault(t)
  const { sql, keys, store } = vault
  return { ...vault, ...processOf(sql, keys), ...writing(store), fresh: () => processOf(sql, keys).index }
}

function writing(store: TestStore) {
  const put = async (type: string, id: string, more: object) => {
    const written = await store.update(type, id, bodyOf({ resourceType: type, id, ...more }), {})
    assert.equal(written.status, 'ok')
  }
  const note = (id: string, patient: string, code: string) =>
    put('Observation', id, {
      status: 'final',
      code: { coding: [{ system: 'urn:codes', code }] },
      subject: { reference: `Patient/${patient}` },
      effectiveDateTime: '2026-11-22',
    })
  const person = (id: string, phone: string) =>
    put('Patient', id, {
      name: [{ family: `Ruiz ${phone}` }],
      birthDate: '1990-02-03',
      telecom: [{ system: 'phone', value: phone }],
    })
  return { put, note, person }
}

const patients = ['p', 'q', 'r']
const views: View[] = ['full', 'clinical']

const namesOf = ({ locator }: Keys): CompartmentId[] => [
  ...patients.map((patient) => patientCompartment(locator, patient)),
  facilityCompartment(locator),
]

/** Version and values of each resource on a shelf. */
function contentOf(shelf: Shelf | undefined): Record<string, unknown> {
  const content = (shelf?.entries ?? []).map(({ tuple, version, updatedAt }) => {
    const id = tuple.values('_id')?.[0]
    assert(id?.kind === 'token')
    return [`${tuple.type}/${id.code}`, { version, updatedAt, values: valuesOf(tuple) }]
  })
  assert.equal(new Set(content.map(([name]) => name)).size, content.length)
  return Object.fromEntries(content)
}

const valuesOf = (tuple: ReturnType<typeof decodeTuple>) =>
  ['code', 'date', 'birthdate', 'family', 'telecom', 'subject', 'name'].map((name) => tuple.values(name))

/** What the shelves of all compartments have to show, by the records alone. */
async function expectedOf(store: TestStore, ids: readonly string[], view: View) {
  const expected: Record<string, unknown> = {}
  for (const name of ids) {
    const [type = '', id = ''] = name.split('/')
    const found = await store.read(type, id)
    if (found.status !== 'ok') continue
    const { json, version, lastUpdated } = found.version
    const text = view === 'clinical' && hasIdentity(type) ? clinicalPart(json) : json
    const tuple = decodeTuple(encodeTuple(extract(JSON.parse(text) as JsonObject, { timeZone, text })))
    expected[name] = { version, updatedAt: lastUpdated.getTime(), values: valuesOf(tuple) }
  }
  return expected
}

const observations = ['a', 'b', 'c', 'd']
const everyName = [
  ...observations.map((id) => `Observation/${id}`),
  ...patients.map((id) => `Patient/${id}`),
  'Organization/o',
]

const act = fc.oneof(
  { weight: 8, arbitrary: fc.record({ act: fc.constant('note'), id: fc.constantFrom(...observations) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('person'), id: fc.constantFrom(...patients) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('place'), id: fc.constant('o') }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('delete'), id: fc.constantFrom(...everyName) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('merge'), id: fc.constant('') }) },
)

const damage = fc.array(fc.constantFrom('lose', 'garble', 'swap', 'head', 'behead', 'all'), {
  minLength: 0,
  maxLength: 3,
})

async function harm(sql: Sql, how: string, random: number): Promise<void> {
  const [row] = await sql`select compartment, position from tuple order by compartment, position
    offset floor(${random}::float8 * (select count(*) from tuple)) limit 1`
  const [compartment, position] = [row?.['compartment'] as string, row?.['position'] as number]
  if (how === 'all') await sql`delete from tuple`
  if (!row) return
  if (how === 'lose')
    await sql`delete from tuple where compartment = ${compartment}::uuid and position = ${position}::bigint`
  if (how === 'garble')
    await sql`update tuple set sealed = overlay(sealed placing '\\x00'::bytea from 60) where compartment = ${compartment}::uuid
      and position = ${position}::bigint`
  if (how === 'swap')
    await sql`update tuple set sealed = (select t.sealed from tuple t order by t.compartment desc, t.position limit 1)
      where compartment = ${compartment}::uuid and position = ${position}::bigint`
  if (how === 'head') await sql`delete from head where compartment = ${compartment}::uuid`
  if (how === 'behead')
    await sql`update head set position = 1, loose = 0 where compartment = ${compartment}::uuid`
}

test('whatever was written and whatever was damaged, the shelves show what the records say', async (t) => {
  const vault = await rebuildable(t)
  const { sql, keys, store, index, compactor, rebuild, fresh, note, person, put } = vault
  let count = 0
  const random = fc.double({ min: 0, max: 0.999, noNaN: true })
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 3, maxLength: 25 }),
      damage,
      random,
      async (acts, harms, at) => {
        for (const each of acts) {
          count++
          if (each.act === 'note') await note(each.id, patients[count % 3] as string, `c${count}`)
          else if (each.act === 'person') await person(each.id, `${count}`)
          else if (each.act === 'place') await put('Organization', 'o', { name: `Clínica ${count}` })
          else if (each.act === 'delete') {
            const [type = '', id = ''] = each.id.split('/')
            assert.equal((await store.delete(type, id, {})).status, 'ok')
          } else for (const compartment of namesOf(keys)) await compactor.compact(compartment)
        }
        for (const view of views) for (const name of namesOf(keys)) await index.read(name, { view })
        for (const [n, how] of harms.entries()) await harm(sql, how, (at + n / 3) % 1)
        assert.equal((await rebuild()).status, 'ok')
        const check = async () => {
          for (const view of views) {
            const expected = await expectedOf(store, everyName, view)
            for (const reading of [index, fresh()]) {
              const shelves = await Promise.all(namesOf(keys).map((name) => reading.read(name, { view })))
              assert.deepEqual(Object.assign({}, ...shelves.map(contentOf)), expected)
            }
          }
        }
        await check()
        // What a rebuild leaves can be written to, and merged, as before.
        for (const patient of patients) await note(`after-${patient}`, patient, 'x')
        for (const patient of patients) await store.delete('Observation', `after-${patient}`, {})
        for (const name of namesOf(keys)) await compactor.compact(name)
        await check()
        const [broken] = await sql`select count(*)::int as n from head h
        where h.loose <> (select count(*) from tuple t where t.compartment = h.compartment and t.entries < 200)
          or h.position < (select max(t.position) from tuple t where t.compartment = h.compartment)`
        assert.equal(broken?.['n'], 0)
      },
    ),
    { numRuns: runs(5, 60) },
  )
})

test('a page at an older head, or as of an older moment, is the same after a rebuild', async (t) => {
  const { keys, store, index, rebuild, fresh, note, person } = await rebuildable(t)
  const ward = patientCompartment(keys.locator, 'p')
  const seen: { head: number; asOf: number; content: unknown }[] = []
  for (const [n, id] of ['a', 'b', 'a', 'c', 'p', 'b', 'a', 'p', 'c'].entries()) {
    if (id === 'p') await person('p', `${n}`)
    else if (n === 5) await store.delete('Observation', id, {})
    else await note(id, n === 8 ? 'q' : 'p', `c${n}`)
    const shelf = await index.read(ward, { view: 'full' })
    assert(shelf)
    const written = shelf.entries.map(({ updatedAt }) => updatedAt)
    seen.push({ head: shelf.head, asOf: Math.max(...written), content: contentOf(shelf) })
  }
  const check = async () => {
    for (const { head, asOf, content } of seen) {
      for (const reading of [index, fresh()]) {
        assert.deepEqual(contentOf(await reading.read(ward, { view: 'full', head })), content)
        if (head !== seen[5]?.head && head !== seen[8]?.head)
          assert.deepEqual(contentOf(await reading.read(ward, { view: 'full', asOf })), content)
      }
    }
  }
  await check()
  for (let n = 0; n < 2; n++) {
    assert.equal((await rebuild()).status, 'ok')
    await check()
  }
})

test('what is written and merged during rebuilds is not lost', async (t) => {
  const { sql, keys, store, index, rebuild, fresh, note, compactor } = await rebuildable(t)
  for (let n = 0; n < 200; n++) await note(`old${n % 100}`, 'p', `c${n}`)
  const current = new Map<string, string>()
  let isOver = false
  let turn = 0
  const writer = async (name: string) => {
    while (!isOver) {
      const [id, code] = [`${name}${turn % 40}`, `w${turn++}`]
      await note(id, patients[turn % 2] as string, code)
      current.set(id, code)
    }
  }
  const merging = (async () => {
    while (!isOver) {
      await compactor.compact(patientCompartment(keys.locator, 'p'))
      await setTimeout(20)
    }
  })()
  const writers = ['x', 'y', 'z'].map(writer)
  const another = processOf(sql, keys)
  for (let n = 0; n < runs(2, 10) || turn < 150; n++) {
    const outcomes = await Promise.all([rebuild(), another.rebuild()])
    for (const { status } of outcomes) assert.equal(status, 'ok')
  }
  isOver = true
  await Promise.all([...writers, merging])
  assert(current.size > 60)
  const names = [...current.keys(), ...Array.from({ length: 100 }, (_, n) => `old${n}`)]
  const expected = await expectedOf(
    store,
    names.map((id) => `Observation/${id}`),
    'full',
  )
  for (const reading of [index, another.index, fresh()]) {
    const shelves = await Promise.all(namesOf(keys).map((name) => reading.read(name, { view: 'full' })))
    assert.deepEqual(Object.assign({}, ...shelves.map(contentOf)), expected)
  }
})

test('another time zone takes effect with a reindex, in the caches of other processes too', async (t) => {
  const { sql, keys, note, another } = await rebuildable(t)
  await note('a', 'p', 'x')
  const theirs = (await another()).keys
  const open = (zoneKeys: Keys) => {
    const store = testStore({ sql, keys: zoneKeys, timeZone: 'Asia/Tokyo', now: Date.now })
    atEnd(t, () => store.close())
    return store
  }
  const [one, other] = [open(keys), open(theirs)]
  const found = async (store: TestStore, date: string) => {
    const pairs: [string, string][] = [
      ['subject', 'Patient/p'],
      ['date', date],
    ]
    const page = await store.search({ type: 'Observation', view: 'full', actor: 'ana', pairs })
    assert(page.status === 'ok')
    return page.entries.length
  }
  // The 22nd of Mexico City ends in the 23rd of Tokyo.
  for (const store of [one, other]) assert.equal(await found(store, '2026-11-22'), 0)
  const stages = new Set<string>()
  const done = await one.reindex({ onProgress: ({ stage }) => void stages.add(stage) })
  assert(done.status === 'ok')
  assert.deepEqual([done.resources, done.compartments, [...stages]], [1, 1, ['directory', 'tuples']])
  for (const store of [one, other]) assert.equal(await found(store, '2026-11-22'), 1)
})

test('an aborted rebuild leaves each compartment as it was or as it is to be', async (t) => {
  const { store, keys, sql, rebuild, fresh, note } = await rebuildable(t)
  for (const patient of patients) await note(`of-${patient}`, patient, 'x')
  assert.deepEqual(await rebuild({ signal: AbortSignal.abort() }), {
    status: 'aborted',
    compartments: 0,
    resources: 0,
  })
  const stop = new AbortController()
  const some = await rebuild({ signal: stop.signal, onProgress: () => stop.abort() })
  // Several are worked on at once: others’ statements may have been on their way when the first was done.
  assert(some.compartments >= 1 && some.compartments <= patients.length, String(some.compartments))
  assert.deepEqual([some.status, some.resources], ['aborted', some.compartments])
  const [counted] = await sql`select count(*)::int as n from head where rebuilt_at is not null`
  assert.equal(counted?.['n'], some.compartments)
  const names = patients.map((patient) => `Observation/of-${patient}`)
  const shelves = await Promise.all(namesOf(keys).map((name) => fresh().read(name, { view: 'full' })))
  assert.deepEqual(Object.assign({}, ...shelves.map(contentOf)), await expectedOf(store, names, 'full'))
})

test('PostgreSQL killed in the middle of rebuilds: nothing is lost', async (t: TestContext) => {
  const { sql, crash } = await crashableServer(t)
  const folder = temporaryFolder(t)
  const keys = createKeys({ sql })
  await keys.initialise({ kind: 'key-file', path: join(folder, 'key') })
  const store = testStore({ sql, keys, timeZone, now: Date.now })
  atEnd(t, () => store.close())
  const { rebuild } = processOf(sql, keys)
  const { note } = writing(store)
  let isOver = false
  const until = async (work: () => Promise<unknown>) => {
    while (!isOver) await work().catch(() => undefined)
  }
  let written = 0
  const writers = until(() => note(`o${written % 60}`, patients[written++ % 3] as string, `c${written}`))
  let rebuilt = 0
  const rebuilding = until(async () => {
    await rebuild()
    rebuilt++
  })
  for (const how of ['backend', 'immediate', 'kill'] as const) {
    await setTimeout(300)
    await crash(how)
  }
  await setTimeout(300)
  isOver = true
  await Promise.all([writers, rebuilding])
  assert(rebuilt > 3)
  const names = Array.from({ length: 60 }, (_, n) => `Observation/o${n}`)
  const { index } = processOf(sql, keys)
  const shelves = await Promise.all(namesOf(keys).map((name) => index.read(name, { view: 'full' })))
  assert.deepEqual(Object.assign({}, ...shelves.map(contentOf)), await expectedOf(store, names, 'full'))
})
