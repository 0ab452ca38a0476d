/**
 * A copy of the data directory from before a destruction, as a thief or a forgotten backup has it: real files of the embedded
 * PostgreSQL. Until the batch it opens the patient with its own keyring; after it, with the keyring of then put away, it opens
 * nothing of the patient, and the live data directory has no byte of the keys that did.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect, migrate, startEmbedded, type Sql } from '#kernel/db/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { rooms } from '../kit/rooms.ts'
import { atEnd, temporaryFolder } from '../kit/scope.ts'
import { createThief, filesBelow, secretsOf } from '../kit/thief.ts'
import { bodyOf, testStore, timeZone, type TestStore } from '../kit/vault.ts'

interface House {
  sql: Sql
  store: TestStore
  data: string
  stop(): Promise<void>
}

async function openHouse(home: string, key: string, make = false): Promise<House> {
  const embedded = await startEmbedded({ home })
  if (embedded.status !== 'started') throw new Error(embedded.message)
  const sql = connect(embedded.url)
  const maintenance = connect(embedded.superuserUrl, { max: 1 })
  await migrate(sql, rooms)
  const keys = createKeys({ sql })
  const secret = { kind: 'key-file', path: key } as const
  const opened = await (make ? keys.initialise(secret) : keys.unseal(secret))
  assert.equal(opened.status, 'open')
  const store = testStore({ sql, keys, timeZone, now: Date.now, shredding: { maintenance } })
  let stopped: Promise<void> | undefined
  const stop = () =>
    (stopped ??= (async () => {
      await store.close()
      await keys.seal()
      await Promise.all([sql.end(), maintenance.end()])
      await embedded.stop()
    })())
  return { sql, store, data: embedded.data, stop }
}

const patients = Array.from({ length: 51 }, (_, n) => `p${String(n).padStart(2, '0')}`)
const gone = 'p17'

const patientOf = (id: string) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: 'urn:oid:1.2', value: `EXP-${id}-4711` }],
  name: [{ family: `Zurita${id}`, given: [`Leocadia${id}`] }],
  address: [{ line: [`Calle ${id} 2018`], city: `Tepoztlán ${id}` }],
})
const observationOf = (id: string) => ({
  resourceType: 'Observation',
  id: `o-${id}`,
  status: 'final',
  code: { text: `hallazgo de ${id}` },
  subject: { reference: `Patient/${id}` },
  note: [{ text: `nota reservada de ${id}` }],
})

async function fill({ store, sql }: House): Promise<void> {
  for (const id of patients) {
    for (const resource of [patientOf(id), observationOf(id), { ...observationOf(id), status: 'amended' }]) {
      const written = await store.update(resource.resourceType, resource.id, bodyOf(resource), {})
      assert.equal(written.status, 'ok')
    }
  }
  // So that the directory has rows, and not only what is pending.
  await store.tend()
  const [rows] = await sql`select count(*)::int as count from directory`
  assert(rows!['count'] > 50)
  // A year of statistics and checkpoints.
  await sql`analyze`
}

/** All that can be read of a patient, by every way there is. */
async function readings(store: TestStore, id: string): Promise<string[]> {
  const search = async (type: string, query: string) => {
    const page = await store.search({
      type,
      pairs: [...new URLSearchParams(query)],
      view: 'full',
      actor: 'test',
    })
    // What was asked is told again: only what was found counts.
    return page.status === 'ok' ? page.entries : page
  }
  const found: unknown[] = [
    await store.read('Patient', id),
    await store.read('Observation', `o-${id}`),
    await store.vread('Observation', `o-${id}`, 1),
    await store.instanceHistory('Observation', `o-${id}`, { count: 10 }),
    await store.everything(id, { count: 100 }),
    await search('Patient', `name=Zurita${id}`),
    await search('Patient', `identifier=EXP-${id}-4711`),
    await search('Observation', `patient=${id}`),
    await search('Observation', `code:text=hallazgo de ${id}`),
  ]
  const texts = JSON.stringify(found)
  return [...new Set([patientOf(id), observationOf(id)].flatMap(secretsOf))].filter((secret) =>
    texts.includes(secret),
  )
}

/** As they are served: `body` is for who looks through it, and may be either of two forms. */
const recordsOf = async (store: TestStore, id: string) => {
  const all = [
    await store.read('Patient', id),
    await store.instanceHistory('Observation', `o-${id}`, { count: 10 }),
    await store.everything(id, { count: 100 }),
  ]
  return JSON.stringify(all, (name, value: unknown) => (name === 'body' ? undefined : value))
}

test('a copy of the data directory from before the destruction', { timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder(t)
  const open = async (home: string, make = false) => {
    const house = await openHouse(home, key, make)
    atEnd(t, house.stop)
    return house
  }
  execFileSync('chmod', ['755', folder])
  const home = join(folder, 'home')
  const key = join(folder, 'opener.key')

  const first = await open(home, true)
  await fill(first)
  await first.stop()
  const [copy, copyWithOwn] = [join(folder, 'copy'), join(folder, 'copy-own')]
  for (const to of [copy, copyWithOwn]) execFileSync('cp', ['-a', home, to])

  const live = await open(home)
  const before = new Map<string, string>()
  for (const id of patients) before.set(id, await recordsOf(live.store, id))
  assert((await readings(live.store, gone)).length > 4)
  const keyring = await live.sql<{ id: string; wrapped: Buffer; purpose: string }[]>`
    select id, wrapped, purpose from keyring where purpose <> 'index'`
  const wrapped = keyring.map((row) => row.wrapped)
  assert(keyring.some(({ purpose }) => purpose === 'directory'))
  assert(keyring.some(({ purpose }) => purpose === 'epoch'))
  const holding = () =>
    [...filesBelow(live.data)].filter(({ bytes }) => wrapped.some((each) => bytes.includes(each)))

  const destroyed = await live.store.destructions.destroy(gone, 'the patient asked for it')
  assert.equal(destroyed.status, 'destroyed')
  assert.deepEqual(await readings(live.store, gone), [])

  // The bytes are found where they are: the search can fail.
  assert(holding().length > 0)
  const batch = await live.store.destructions.batch()
  assert.equal(batch.status, 'done')
  assert.deepEqual(batch.status === 'done' && batch.unforced, [])
  assert.deepEqual(
    holding().map(({ path }) => path),
    [],
  )

  // Fifty others: every byte as it was.
  for (const id of patients) if (id !== gone) assert.equal(await recordsOf(live.store, id), before.get(id))
  const now = {
    keyring: await live.sql`select * from keyring`,
    compartments: await live.sql`select * from compartment where wrapped is not null`,
  }
  await live.stop()

  // What the thief could do until then: the copy by itself.
  const own = await open(copyWithOwn)
  assert((await readings(own.store, gone)).length > 4)
  await own.stop()

  // The copy with the keyring of now, and the sealed keys of now of all who are there.
  const thief = await open(copy)
  await thief.sql`delete from keyring`
  for (const row of now.keyring) await thief.sql`insert into keyring ${thief.sql(row)}`
  for (const { compartment, epoch, wrapped: theirs } of now.compartments)
    await thief.sql`update compartment set epoch = ${epoch}, wrapped = ${theirs} where compartment = ${compartment}`
  const again = createKeys({ sql: thief.sql })
  assert.equal((await again.unseal({ kind: 'key-file', path: key })).status, 'open')
  const store = testStore({ sql: thief.sql, keys: again, timeZone, now: Date.now })
  atEnd(t, () => store.close())
  assert.equal(await recordsOf(store, 'p16'), before.get('p16'))
  const told = createThief(secretsOf([patientOf(gone), observationOf(gone)]))
  for (const [type, id] of [
    ['Patient', gone],
    ['Observation', `o-${gone}`],
  ] as const)
    assert.equal(told.search(Buffer.from(JSON.stringify(await store.read(type, id)))).size, 0)
  // Neither the patient's row nor the directory of then opens under anything that is in the keyring of now.
  const [row] = await thief.sql<{ compartment: string }[]>`
    select c.compartment from compartment c where not exists (select from keyring k where k.id = c.epoch)`
  assert(row)
  assert.equal((await again.load([row.compartment])).size, 0)
  const generations = await thief.sql<{ key: string }[]>`select key from directory_generation`
  const pending = await thief.sql<{ key: string }[]>`select distinct key from directory_pending`
  for (const { key: id } of [...generations, ...pending]) {
    assert.notEqual(id, null)
    assert.equal(await again.keyringKey(id, 'directory'), undefined)
  }
  await assert.rejects(
    async () => {
      const found = await store.search({
        type: 'Patient',
        pairs: [['name', `Zurita${gone}`]],
        view: 'full',
        actor: 'x',
      })
      assert.equal(found.status === 'ok' && found.entries.length, 0)
    },
    /directory/,
    'the directory of then has no key',
  )
})
