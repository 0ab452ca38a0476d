/** Destruction beside everything else: each request has come wholly before it, or after it. */
import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { runs } from '#test/kit/runs.ts'
import { bodyOf, testVault, type TestStore } from '#test/kit/vault.ts'
import type { SearchPage } from './index.ts'

const patient = (id: string) => ({ resourceType: 'Patient', id, name: [{ family: `Olvera${id}` }] })
const observation = (id: string, subject: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: `de ${subject}` },
  subject: { reference: `Patient/${subject}` },
})

/** What one does over and over: gives what it saw of the patient. Throws on what may never be. */
type Act = (store: TestStore, id: string, n: number) => Promise<'seen' | 'not seen'>

const searched = async (store: TestStore, type: string, query: string): Promise<'seen' | 'not seen'> => {
  const page = await store.search({ type, pairs: [...new URLSearchParams(query)], view: 'full', actor: 'a' })
  assert.equal(page.status, 'ok', JSON.stringify(page))
  return (page as SearchPage).entries.length > 0 ? 'seen' : 'not seen'
}

const wrote = (status: string): 'seen' | 'not seen' => {
  assert(['ok', 'gone', 'patient-destroyed', 'transaction-failed'].includes(status), status)
  return status === 'ok' ? 'seen' : 'not seen'
}

const acts: Record<string, Act> = {
  async read(store, id) {
    const { status } = await store.read('Patient', id)
    assert(status === 'ok' || status === 'gone', status)
    return status === 'ok' ? 'seen' : 'not seen'
  },
  async vread(store, id) {
    const { status } = await store.vread('Observation', `o-${id}`, 1)
    assert(status === 'ok' || status === 'gone', status)
    return status === 'ok' ? 'seen' : 'not seen'
  },
  async history(store, id) {
    const page = await store.instanceHistory('Observation', `o-${id}`, { count: 50 })
    return page.status === 'ok' && page.entries.length > 0 ? 'seen' : 'not seen'
  },
  search: (store, id) => searched(store, 'Observation', `patient=${id}`),
  name: (store, id) => searched(store, 'Patient', `name=Olvera${id}`),
  scan: (store, id) => searched(store, 'Observation', `code:text=de ${id}`),
  async list(store, id) {
    const page = await store.list('Patient', { count: 100 })
    assert.equal(page.status, 'ok')
    return page.status === 'ok' && page.entries.some((each) => each.id === id) ? 'seen' : 'not seen'
  },
  async everything(store, id) {
    let seen: 'seen' | 'not seen' = 'not seen'
    let after: string | undefined
    do {
      const page = await store.everything(id, { count: 2, ...(after ? { after } : {}) })
      if (page.status !== 'ok') {
        // What pages before it gave was given before.
        assert.equal(page.status, 'gone')
        return 'not seen'
      }
      if (page.entries.length > 0) seen = 'seen'
      after = page.next
    } while (after)
    return seen
  },
  async put(store, id, n) {
    const body = { ...observation(`w-${id}-${n % 3}`, id), note: [{ text: String(n) }] }
    return wrote((await store.update('Observation', body.id, bodyOf(body), {})).status)
  },
  async create(store, id) {
    const { id: _, ...body } = observation('x', id)
    return wrote((await store.create('Observation', bodyOf(body), {})).status)
  },
  async transaction(store, id, n) {
    const entry = [observation(`t-${id}-${n % 2}`, id), observation(`u-${id}-${n % 2}`, 'other')].map(
      (resource) => ({
        request: { method: 'PUT', url: `Observation/${resource.id}` },
        resource,
      }),
    )
    return wrote(
      (await store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), {})).status,
    )
  },
}

const names = Object.keys(acts)

test('destruction beside readers and writers in two processes', { timeout: 120_000 }, async (t) => {
  const { store, another } = await testVault(t)
  const other = await another()
  // In one of the processes nobody looks for what was destroyed elsewhere: statements have to see it.
  store.destructions.start()
  assert.equal((await store.update('Patient', 'other', bodyOf(patient('other')), {})).status, 'ok')
  let turn = 0
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(...names), { minLength: 3, maxLength: 6 }),
      fc.integer({ min: 0, max: 25 }),
      fc.boolean(),
      async (chosen, delayMs, withBatch) => {
        const id = `p${++turn}`
        for (const resource of [patient(id), observation(`o-${id}`, id), observation(`a-${id}`, id)])
          assert.equal(
            (await store.update(resource.resourceType, resource.id, bodyOf(resource), {})).status,
            'ok',
          )
        let destroyed = false
        let isOver = false
        const late: string[] = []
        const loops = chosen.flatMap((name) =>
          [store, other.store].map(async (each) => {
            for (let n = 0; !isOver; n++) {
              const beganAfter = destroyed
              const outcome = await (acts[name] as Act)(each, id, n)
              if (beganAfter && outcome === 'seen') late.push(name)
            }
          }),
        )
        await setTimeout(delayMs)
        const done = await store.destructions.destroy(id, 'a race')
        destroyed = true
        const batch = withBatch ? store.destructions.batch() : undefined
        await setTimeout(20)
        const outcome = await batch
        isOver = true
        await Promise.all(loops)
        assert.equal(done.status, 'destroyed')
        if (outcome) assert(['done', 'later'].includes(outcome.status), outcome.status)
        assert.deepEqual(late, [], 'seen by what began after it was destroyed')
        assert.equal((await other.store.read('Patient', 'other')).status, 'ok')
      },
    ),
    { numRuns: runs(5, 40) },
  )
  // Whatever raced, nobody else lost anything.
  assert.equal((await store.destructions.batch()).status, 'done')
  assert.equal((await (await another()).store.read('Patient', 'other')).status, 'ok')
})

test('of several processes one runs the batch; one that is killed is followed by another', async (t) => {
  const { sql, store, another } = await testVault(t)
  for (const id of ['a', 'b', 'c'])
    assert.equal((await store.update('Patient', id, bodyOf(patient(id)), {})).status, 'ok')
  await store.destructions.destroy('a', 'x')
  const others = await Promise.all([another(), another()])
  const outcomes = await Promise.all(
    [store, ...others.map((each) => each.store)].map((each) => each.destructions.batch()),
  )
  const statuses = outcomes.map(({ status }) => status).toSorted()
  assert(statuses.includes('done'), statuses.join())
  assert(
    statuses.every((status) => status === 'done' || status === 'busy'),
    statuses.join(),
  )

  // Killed after each of its steps: what it leaves is what the rows say, and its lease.
  await store.destructions.destroy('b', 'x')
  const [epoch] = await sql`select epoch from destruction where rewrapped_at is null`
  const dead = sql`update shredding set epoch = epoch + 1, holder = gen_random_uuid(), held_until = now() + interval '1 hour'`
  await dead
  assert.equal((await store.destructions.batch()).status, 'busy')
  await sql`update keyring set retired_at = now() where id = ${epoch!['epoch']}`
  await sql`update shredding set held_until = now() - interval '1 second'`
  const resumed = await store.destructions.batch()
  assert.equal(resumed.status, 'done')
  assert.equal((await sql`select from keyring where id = ${epoch!['epoch']}`).length, 0)
  assert.equal((await sql`select from destruction where purged_at is null`).length, 0)
  assert.equal((await others[0]!.store.read('Patient', 'c')).status, 'ok')
})
