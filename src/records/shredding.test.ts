/** What is destroyed is gone from every surface at once, in every process: docs/spec/shredding.md lists them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, testVault, type TestStore } from '#test/kit/vault.ts'
import type { SearchPage } from './index.ts'
import { patientCompartment } from './place.ts'

type Resource = { resourceType: string; id: string }

const search = (store: TestStore, type: string, query: string, page?: string) =>
  store.search({
    type,
    pairs: [...new URLSearchParams(query)],
    view: 'full',
    actor: 'test',
    ...(page === undefined ? {} : { page }),
  })

async function found(store: TestStore, type: string, query: string): Promise<string[]> {
  const page = await search(store, type, query)
  assert.equal(page.status, 'ok', JSON.stringify(page))
  return (page as SearchPage).entries.map(({ version }) => `${version.type}/${version.id}`).toSorted()
}

async function put(store: TestStore, resource: object): Promise<void> {
  const { resourceType, id } = resource as Resource
  const written = await store.update(resourceType, id, bodyOf(resource), {})
  assert.equal(written.status, 'ok', JSON.stringify(written))
}

const idsOf = (page: { status: string; entries?: { type: string; id: string }[] }) =>
  page.entries?.map(({ type, id }) => `${type}/${id}`).toSorted() ?? page.status

const patient = (id: string) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ value: `EXP-${id}` }],
  name: [{ family: 'Quintanilla', given: [id] }],
  managingOrganization: { reference: 'Organization/house' },
})
const observation = (id: string | undefined, subject: string, more: object = {}) => ({
  resourceType: 'Observation',
  ...(id === undefined ? {} : { id }),
  status: 'final',
  code: { text: 'peso' },
  subject: { reference: `Patient/${subject}` },
  ...more,
})

async function fill(store: TestStore): Promise<void> {
  await put(store, { resourceType: 'Organization', id: 'house', name: 'Hospital' })
  for (const id of ['ana', 'bea']) {
    await put(store, patient(id))
    await put(store, observation(`o-${id}`, id))
    await put(store, observation(`o-${id}`, id, { note: [{ text: 'otra vez' }] }))
    await put(store, {
      resourceType: 'RelatedPerson',
      id: `r-${id}`,
      patient: { reference: `Patient/${id}` },
    })
  }
  // Of both: it lives with the first who is named.
  await put(store, observation('shared-ana', 'ana', { performer: [{ reference: 'Patient/bea' }] }))
  await put(store, observation('shared-bea', 'bea', { performer: [{ reference: 'Patient/ana' }] }))
  // One who was Bea's and is Ana's now, the other way round.
  await put(store, observation('to-ana', 'bea'))
  await put(store, observation('to-ana', 'ana'))
  await put(store, observation('to-bea', 'ana'))
  await put(store, observation('to-bea', 'bea'))
  await put(store, {
    resourceType: 'Basic',
    id: 'b',
    code: { text: 'x' },
    author: { reference: 'Patient/ana' },
  })
}

/** Asks for everything, so that whatever can be remembered is. */
async function warm(store: TestStore): Promise<void> {
  for (const id of ['ana', 'bea']) {
    await store.read('Patient', id)
    await store.read('Observation', `o-${id}`)
    await store.vread('Observation', `o-${id}`, 1)
    await store.everything(id, { count: 100 })
    await search(store, 'Observation', `patient=${id}`)
    await search(store, 'Patient', `name=quintanilla`)
    await search(store, 'Patient', `identifier=EXP-${id}`)
  }
  await search(store, 'Observation', 'code:text=peso&_count=100')
}

test('Ana’s keys are destroyed', async (t) => {
  const vault = await testVault(t)
  await fill(vault.store)
  const other = await vault.another()
  /** Two processes: one that destroyed, and one that had everything in memory and looks for nothing by itself. */
  const stores = [vault.store, other.store]
  for (const store of stores) await warm(store)
  const paged = await search(other.store, 'Observation', 'patient=ana&_count=1')
  const listed = await other.store.list('Observation', { count: 1 })
  const versions = await other.store.typeHistory('Observation', { count: 1 })
  const all = await other.store.everything('ana', { count: 1 })
  const nextOf = (page: object) => (page as { next: string }).next
  const links = {
    search: nextOf(paged),
    list: nextOf(listed),
    history: nextOf(versions),
    everything: nextOf(all),
  }
  const looked = await vault.store.destructions.look('ana')
  assert.deepEqual(looked, { status: 'ok', resources: 6, versions: 8, shared: 1, named: 1 })
  const destroyed = await vault.store.destructions.destroy('ana', 'she asked for it')
  assert.equal(destroyed.status, 'destroyed')
  stores.push((await vault.another()).store)

  const each = (name: string, check: (store: TestStore) => Promise<void>) =>
    t.test(name, async () => {
      for (const store of stores) await check(store)
    })

  await each('ids answer 410, each version too', async (store) => {
    for (const [type, id] of [
      ['Patient', 'ana'],
      ['Observation', 'o-ana'],
      ['Observation', 'shared-ana'],
      ['Observation', 'to-ana'],
      ['RelatedPerson', 'r-ana'],
    ] as const) {
      assert.equal((await store.read(type, id)).status, 'gone', `${type}/${id}`)
      if (id !== 'to-ana') {
        assert.equal((await store.vread(type, id, 1)).status, 'gone')
        assert.equal((await store.instanceHistory(type, id, { count: 10 })).status, 'gone')
      }
    }
    assert.equal((await store.vread('Observation', 'o-ana', 2)).status, 'gone')
    assert.equal((await store.everything('ana', { count: 10 })).status, 'gone')
    assert.equal((await store.read('Patient', 'nobody')).status, 'not-found')
  })

  await each('of what moved, what was Ana’s is gone and what is Bea’s is there', async (store) => {
    assert.equal((await store.read('Observation', 'to-bea')).status, 'ok')
    assert.equal((await store.vread('Observation', 'to-bea', 1)).status, 'gone')
    const history = await store.instanceHistory('Observation', 'to-bea', { count: 10 })
    assert.deepEqual(history.status === 'ok' && [history.total, history.entries.map((e) => e.version)], [
      1,
      [2],
    ])
    assert.equal((await store.vread('Observation', 'to-ana', 1)).status, 'ok')
    assert.equal((await store.read('Observation', 'to-ana')).status, 'gone')
  })

  await each('searches, by every way', async (store) => {
    assert.deepEqual(await found(store, 'Observation', 'patient=ana'), [])
    assert.deepEqual(await found(store, 'Patient', 'name=quintanilla'), ['Patient/bea'])
    assert.deepEqual(await found(store, 'Patient', 'identifier=EXP-ana'), [])
    assert.deepEqual(await found(store, 'Observation', '_id=o-ana,o-bea'), ['Observation/o-bea'])
    const theirs = ['Observation/o-bea', 'Observation/shared-bea', 'Observation/to-bea']
    assert.deepEqual(await found(store, 'Observation', 'code:text=peso'), theirs)
    assert.deepEqual(await found(store, 'Observation', 'patient=bea'), theirs)
    assert.deepEqual(await found(store, 'Observation', 'subject:Patient.name=quintanilla'), theirs)
    assert.deepEqual(await found(store, 'Patient', '_has:Observation:patient:status=final'), ['Patient/bea'])
    const counted = await search(store, 'Observation', '_summary=count')
    assert.equal((counted as SearchPage).total, 3)
  })

  await each('listings, counts and histories of a type', async (store) => {
    assert.deepEqual(idsOf(await store.list('Observation', { count: 100 })), [
      'Observation/o-bea',
      'Observation/shared-bea',
      'Observation/to-bea',
    ])
    assert.deepEqual(await store.count('Observation', {}), { status: 'ok', total: 3 })
    const versions = idsOf(await store.typeHistory('Observation', { count: 100 }))
    assert.deepEqual(versions, [
      'Observation/o-bea',
      'Observation/o-bea',
      'Observation/shared-bea',
      'Observation/to-ana',
      'Observation/to-bea',
    ])
    assert.deepEqual(idsOf(await store.typeHistory('Patient', { count: 100 })), ['Patient/bea'])
  })

  await each('page links from before', async (store) => {
    const page = await search(store, 'Observation', 'patient=ana&_count=1', links.search)
    assert.deepEqual(page.status === 'ok' && page.entries, [])
    const listed = await store.list('Observation', { count: 100, after: links.list })
    assert(!JSON.stringify(listed).includes('Patient/ana"},"code'), 'no record of Ana')
    for (const id of listed.status === 'ok' ? listed.entries.map((e) => e.id) : ['?'])
      assert(['o-bea', 'shared-bea', 'to-bea'].includes(id), id)
    const history = await store.typeHistory('Observation', { count: 100, after: links.history })
    assert(
      history.status === 'ok' && history.entries.every(({ id }) => id.endsWith('bea') || id === 'to-ana'),
    )
    assert.equal((await store.everything('ana', { count: 10, after: links.everything })).status, 'gone')
  })

  await each('what others have of her: references stay, what they lead to is gone', async (store) => {
    const shared = await store.read('Observation', 'shared-bea')
    assert(shared.status === 'ok' && shared.version.json.includes('Patient/ana'))
    const everything = idsOf(await store.everything('bea', { count: 100 }))
    assert(everything.includes('Observation/shared-bea') && !everything.includes('Observation/shared-ana'))
    const basic = await store.read('Basic', 'b')
    assert.equal(basic.status, 'gone', 'a Basic is its author’s')
    assert.deepEqual(await found(store, 'Observation', '_id=shared-bea&_include=Observation:performer'), [
      'Observation/shared-bea',
    ])
    assert.deepEqual(await found(store, 'Organization', '_id=house&_revinclude=Patient:organization'), [
      'Organization/house',
      'Patient/bea',
    ])
  })

  await t.test('a process that still holds her keys writes nothing that points to her', async () => {
    const store = stores[1] as TestStore
    const named = observation('pointing', 'bea', { performer: [{ reference: 'Patient/ana' }] })
    const [before] = await vault.sql`select count(*)::int as count from pointer`
    assert.equal(
      (await store.update('Observation', 'pointing', bodyOf(named), {})).status,
      'patient-destroyed',
    )
    const [now] = await vault.sql`select count(*)::int as count from pointer`
    assert.deepEqual(now, before)
  })

  await each('nothing is written to her ids, nor anew about her', async (store) => {
    const gone = async (resource: object) => {
      const { resourceType, id } = resource as Resource
      return (await store.update(resourceType, id, bodyOf(resource), {})).status
    }
    assert.equal(await gone(patient('ana')), 'gone')
    assert.equal(await gone(observation('o-ana', 'ana')), 'gone')
    assert.equal(await gone(observation('o-ana', 'bea')), 'gone')
    assert.equal(await gone(observation('new', 'ana')), 'patient-destroyed')
    assert.equal(await gone(observation('o-bea', 'ana')), 'patient-destroyed')
    assert.equal(
      await gone(observation('o-bea', 'bea', { performer: [{ reference: 'Patient/ana' }] })),
      'patient-destroyed',
    )
    // It named her before: it is Bea's record, and goes on.
    const again = observation('shared-bea', 'bea', {
      performer: [{ reference: 'Patient/ana' }],
      note: [{ text: 'x' }],
    })
    assert.equal(await gone(again), 'ok')
    assert.equal(
      (await store.create('Observation', bodyOf(observation(undefined, 'ana')), {})).status,
      'patient-destroyed',
    )
    assert.equal((await store.delete('Patient', 'ana', {})).status, 'gone')
    assert.equal((await store.delete('Observation', 'o-ana', {})).status, 'gone')
    const patch = Buffer.from('[{"op":"add","path":"/active","value":true}]')
    assert.equal((await store.patch('Patient', 'ana', 'json', patch, {})).status, 'gone')
    const entry = [
      { request: { method: 'PUT', url: 'Observation/bundled' }, resource: observation('bundled', 'bea') },
      { request: { method: 'POST', url: 'Observation' }, resource: observation(undefined, 'ana') },
    ]
    const bundle = await store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), {})
    assert.equal(bundle.status, 'transaction-failed')
    assert.equal((await store.read('Observation', 'bundled')).status, 'not-found')
  })

  await t.test('a conditional create that would have found her makes somebody new', async () => {
    const [store] = stores as [TestStore]
    const { id: _, ...body } = patient('ana')
    const made = await store.create('Patient', bodyOf(body), { ifNoneExist: 'identifier=EXP-ana' })
    assert.equal(made.status === 'ok' && made.outcome, 'created')
    const id = made.status === 'ok' ? made.version!.id : ''
    assert.notEqual(id, 'ana')
    for (const each of stores)
      assert.deepEqual(await found(each, 'Patient', 'identifier=EXP-ana'), [`Patient/${id}`])
    await store.delete('Patient', id, {})
  })

  await t.test('the batch, a reindex, and again every surface', async () => {
    const [store] = stores as [TestStore]
    const batch = await store.destructions.batch()
    assert.equal(batch.status, 'done', JSON.stringify(batch))
    assert.equal((await store.reindex()).status, 'ok')
    for (const each of stores) {
      assert.deepEqual(await found(each, 'Patient', 'name=quintanilla'), ['Patient/bea'])
      assert.equal((await each.read('Patient', 'ana')).status, 'gone')
      assert.equal((await each.read('Patient', 'bea')).status, 'ok')
    }
    const listed = await store.destructions.list()
    assert(listed.status === 'ok')
    const [only] = listed.destructions
    assert.equal(only?.reason, 'she asked for it')
    assert(only.rewrappedAt && only.purgedAt && only.purgedAt >= only.rewrappedAt)
    // No row of the keyring is older than the batch, but the index key's.
    const keyring =
      await vault.sql`select from keyring where purpose <> 'index' and created_at < (select done_at - interval '1 minute' from shredding)`
    assert.equal(keyring.length, 0)
  })

  await t.test('a row that somebody puts back gives nothing', async () => {
    const { sql, keys } = vault
    const [store] = stores as [TestStore]
    const compartment = patientCompartment(keys.locator, 'bea')
    const [old] = await sql`select * from compartment where compartment = ${compartment}`
    const [epoch] = await sql`select * from keyring where id = ${old!['epoch']}`
    assert.equal((await store.destructions.destroy('bea', 'a second one')).status, 'destroyed')
    await sql`update compartment set wrapped = ${old!['wrapped']} where compartment = ${compartment}`
    const fresh = await vault.another()
    // The statement sees a key, but a destruction stands: whoever has to open the key gets none.
    assert.equal((await fresh.store.read('Patient', 'bea')).status, 'gone')
    // The next batch takes it away again, though the one of the day is through.
    assert.equal((await store.destructions.batch()).status, 'done')
    assert.equal(
      (await sql`select from compartment where compartment = ${compartment} and wrapped is null`).length,
      1,
    )
    // Both put back, as whoever has a copy from before can: still nothing, as long as the destruction's own row stands.
    await sql`update compartment set wrapped = ${old!['wrapped']}, epoch = ${old!['epoch']} where compartment = ${compartment}`
    await sql`insert into keyring ${sql(epoch!)}`
    const later = await vault.another()
    assert.equal((await later.store.read('Patient', 'bea')).status, 'gone')
    assert.equal((await store.destructions.batch()).status, 'done')
    assert.equal((await sql`select from keyring where id = ${epoch!['id']}`).length, 0)
    // What it cannot do: whoever takes the destruction's row away too has undone it, until the root key is changed.
    await sql`update compartment set wrapped = ${old!['wrapped']}, epoch = ${old!['epoch']} where compartment = ${compartment}`
    await sql`insert into keyring ${sql(epoch!)}`
    await sql`delete from destruction where compartment = ${compartment}`
    const undone = await vault.another()
    assert.equal((await undone.store.read('Patient', 'bea')).status, 'ok')
    assert.equal((await keys.rotateRoot()).status, 'ok')
    await sql`delete from keyring where id = ${epoch!['id']}`
    await sql`insert into keyring ${sql(epoch!)}`
    const closed = await vault.another()
    const read = await closed.store.read('Patient', 'bea').catch((error: Error) => ({ status: error.name }))
    assert.notEqual(read.status, 'ok')
  })
})

test('a database that takes no key away gives nothing all the same', async (t) => {
  const vault = await testVault(t)
  const { store, sql, keys } = vault
  const other = await vault.another()
  for (const id of ['ana', 'bea']) await put(store, patient(id))
  for (const each of [store, other.store]) assert.equal((await each.read('Patient', 'ana')).status, 'ok')
  const compartment = patientCompartment(keys.locator, 'ana')
  // Whoever owns the tables can have the old key stay where it is, while every process still holds it.
  await sql`create function kept() returns trigger language plpgsql as 'begin new.wrapped := old.wrapped; return new; end'`
  await sql`create trigger kept before update on compartment for each row execute function kept()`
  assert.equal((await store.destructions.destroy('ana', 'a test')).status, 'destroyed')
  assert.equal((await store.read('Patient', 'ana')).status, 'gone')
  await other.keys.verify([compartment])
  assert.equal((await other.store.read('Patient', 'ana')).status, 'gone')
  // Nor does a rotation carry it on under a key that stays.
  const [before] = await sql`select epoch from compartment where compartment = ${compartment}`
  await sql`drop trigger kept on compartment`
  await keys.rotateEpochs()
  assert.deepEqual((await keys.finishRotation()).broken, [])
  const [after] = await sql`select epoch from compartment where compartment = ${compartment}`
  assert.equal(after!['epoch'], before!['epoch'])
  assert.equal((await sql`select from keyring where id = ${before!['epoch']}`).length, 0)
  assert.equal((await store.read('Patient', 'bea')).status, 'ok')
})

test('whoever writes that a patient was destroyed hides her, and destroys nothing', async (t) => {
  const { store, sql, keys } = await testVault(t)
  for (const id of ['ana', 'bea']) await put(store, patient(id))
  const planted = patientCompartment(keys.locator, 'ana')
  assert.equal((await store.destructions.destroy('bea', 'a test')).status, 'destroyed')
  // With bea's own note in it, which says whose it is.
  await sql`
    insert into destruction (compartment, epoch, destroyed_at, sealed)
    select c.compartment, c.epoch, now(), d.sealed from compartment c, destruction d where c.compartment = ${planted}`
  assert.equal((await store.destructions.batch()).status, 'done')
  await keys.rotateEpochs()
  assert.deepEqual((await keys.finishRotation()).broken, [])
  const listed = await store.destructions.list()
  assert(listed.status === 'ok')
  assert.deepEqual(listed.destructions.map(({ reference }) => reference).toSorted(), [
    `? ${planted}`,
    'Patient/bea',
  ])
  await sql`delete from destruction where compartment = ${planted}`
  assert.equal((await store.read('Patient', 'ana')).status, 'ok')
  assert.equal((await store.read('Patient', 'bea')).status, 'gone')
})
