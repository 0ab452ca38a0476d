import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { pino } from 'pino'
import { bodyOf, testVault, timeZone } from '#test/kit/vault.ts'
import { directoryFacts } from '../doctor/directory.ts'
import { createReindexing } from './reindexing.ts'

/** A vault whose directory has so many tags, and 40 patients in it. */
async function listed(t: TestContext) {
  const vault = await testVault(t)
  const { sql, store } = vault
  const logged: string[] = []
  const logger = pino({}, { write: (line: string) => void logged.push(line) })
  const reindexing = createReindexing(store, { logger })
  const admit = async (from: number, to: number) => {
    const entry = Array.from({ length: to - from }, (_, n) => ({
      request: { method: 'PUT', url: `Patient/p${from + n}` },
      resource: {
        resourceType: 'Patient',
        id: `p${from + n}`,
        name: [{ given: ['Ana'], family: `Ruiz Sa${n}` }],
      },
    }))
    const written = await store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), {})
    assert.equal(written.status, 'ok')
    while ((await sql`select from directory_pending`).length > 0) await store.tend()
  }
  await admit(0, 40)
  const serving = async () => {
    const [found] = await sql<{ generation: number; bits: number }[]>`
      select generation, bits from directory_generation where serving`
    return { ...found }
  }
  const rows = async () => Number((await sql`select count(*) from directory`)[0]?.['count'])
  return { ...vault, reindexing, admit, serving, rows, logged }
}

test('a directory that has outgrown its tags is built anew, by one server, and no other is', async (t) => {
  const { sql, reindexing, another, serving, logged } = await listed(t)
  await reindexing.tend()
  assert.deepEqual(await serving(), { generation: 1, bits: 10 })
  await sql`update directory_generation set bits = 0`
  const other = createReindexing((await another()).store, { logger: pino({ enabled: false }) })
  await Promise.all([reindexing.tend(), reindexing.tend(), other.tend()])
  const { generation, bits } = await serving()
  assert.equal(generation, 2)
  assert(bits !== undefined && bits >= 2)
  await reindexing.tend()
  assert.deepEqual(await serving(), { generation, bits })
  assert(logged.length <= 1)
  assert.deepEqual(reindexing.state(), { status: 'none' })
})

test('the rows of a patient whose keys were destroyed go', async (t) => {
  const { sql, keys, reindexing, serving, rows } = await listed(t)
  const before = await rows()
  const [gone] = await sql<{ compartment: string }[]>`
    update compartment set wrapped = null
    where compartment = (select compartment from resource limit 1) returning compartment`
  keys.forget(gone?.compartment as string)
  await reindexing.tend()
  const { generation } = await serving()
  assert.equal(generation, 2)
  assert.equal((await directoryFacts(sql)).directoryTimeZone, timeZone)
  assert((await rows()) < before)
  await reindexing.tend()
  assert.equal((await serving()).generation, generation)
})

test('one of an edition that lacked terms says so until it is built anew, by itself; a new one lacks none', async (t) => {
  const { sql, reindexing, serving } = await listed(t)
  assert.equal((await directoryFacts(sql)).isDirectoryDated, false, 'a vault of today')
  await sql`update directory_generation set terms = 1`
  assert.equal((await directoryFacts(sql)).isDirectoryDated, true)
  await reindexing.tend()
  assert.equal((await serving()).generation, 2)
  assert.equal((await directoryFacts(sql)).isDirectoryDated, false)
  await reindexing.tend()
  assert.equal((await serving()).generation, 2, 'once')
  await sql`update directory_generation set terms = 1, time_zone = null`
  assert.equal((await directoryFacts(sql)).isDirectoryDated, false, 'nothing is in it')
  await sql`alter table directory_generation drop column terms`
  await sql`update directory_generation set time_zone = ${timeZone}`
  assert.equal((await directoryFacts(sql)).isDirectoryDated, true, 'before the migration')
})

test('one that is asked for takes the place of one that is tended, and that of none', async (t) => {
  const { sql, reindexing } = await listed(t)
  await sql`update directory_generation set bits = 0`
  const tending = reindexing.tend()
  assert.equal(reindexing.start()?.status, 'running')
  await tending
  while (reindexing.state().status === 'running') await new Promise((resolve) => setTimeout(resolve, 20))
  const state = reindexing.state()
  assert(state.status === 'ok' && state.compartments === 40, JSON.stringify(state))
})
