/** Every act is in the ledger before anything of it is told: whose it was, what was seen or changed, and by whom. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Ledger } from '#kernel/ledger/index.ts'
import { bodyOf, testVault, wholeProgram, type TestVault } from '#test/kit/vault.ts'
import type { By } from './by.ts'
import { patientCompartment } from './place.ts'

const who = { actor: 'Practitioner/ana', client: 'web', address: '192.0.2.7' }
const ana: By = { ...who, principal: wholeProgram }

type Told = Awaited<ReturnType<Ledger['query']>>['entries'][number]

/** Sequenced, in the order of the tree. */
async function entriesOf({ ledger }: Pick<TestVault, 'ledger'>, count: number): Promise<Told[]> {
  for (let tries = 0; tries < 200; tries++) {
    const { entries } = await ledger.query({ limit: 1000 })
    if (entries.length >= count) return entries
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  const { entries } = await ledger.query({ limit: 1000 })
  assert.fail(`there are ${entries.length} entries, not ${count}`)
}

/** An open vault with two patients and an Observation of the first, whose making is not in what `told` gives. */
async function openVault(t: Parameters<typeof testVault>[0]) {
  const vault = await testVault(t)
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  const { store, keys } = vault
  for (const id of ['p1', 'p2']) {
    const written = await store.update('Patient', id, bodyOf({ resourceType: 'Patient', id }), {})
    assert.equal(written.status, 'ok')
  }
  const o1 = observation('o1', 'p1')
  assert.equal((await store.update('Observation', 'o1', bodyOf(o1), {})).status, 'ok')
  const before = (await entriesOf(vault, 3)).length
  return {
    ...vault,
    ana: () => store.as(ana),
    compartment: (id: string) => patientCompartment(keys.locator, id),
    told: async (count: number) => (await entriesOf(vault, before + count)).slice(before),
  }
}

const observation = (id: string, patient: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: { reference: `Patient/${patient}` },
})

describe('reads', () => {
  test('a read is an entry of the patient, with who, by what, from where and which version', async (t) => {
    const vault = await openVault(t)
    const read = await vault.store.as({ ...ana, purpose: 'TREAT', view: 'v-1' }).read('Observation', 'o1')
    assert.equal(read.status, 'ok')
    const [entry, ...none] = await vault.told(1)
    assert.deepEqual(none, [])
    assert.equal(entry?.action, 'read')
    assert.equal(entry?.outcome, 'done')
    assert.equal(entry?.of, vault.compartment('p1'))
    assert.deepEqual(entry?.details, {
      ...who,
      purpose: 'TREAT',
      view: 'v-1',
      resources: [{ type: 'Observation', id: 'o1', version: 1 }],
    })
  })

  test('what touches two patients is an entry of each, of one act', async (t) => {
    const vault = await openVault(t)
    const participant = ['p1', 'p2'].map((id) => ({
      actor: { reference: `Patient/${id}` },
      status: 'accepted',
    }))
    const appointment = { resourceType: 'Appointment', id: 'a1', status: 'proposed', participant }
    assert.equal((await vault.ana().update('Appointment', 'a1', bodyOf(appointment), {})).status, 'ok')
    assert.equal((await vault.ana().read('Appointment', 'a1')).status, 'ok')
    const told = await vault.told(4)
    assert.deepEqual(
      told.map(({ action, of }) => [action, of]).toSorted(),
      [
        ['create', vault.compartment('p1')],
        ['create', vault.compartment('p2')],
        ['read', vault.compartment('p1')],
        ['read', vault.compartment('p2')],
      ].toSorted(),
    )
    const acts = Map.groupBy(told, ({ act }) => act)
    assert.equal(acts.size, 2)
  })

  test('what is nobody’s, a count, and a refusal are entries of the facility', async (t) => {
    const vault = await openVault(t)
    const acting = vault.ana()
    const body = bodyOf({ resourceType: 'Organization', id: 'h', name: 'Hospital' })
    assert.equal((await acting.update('Organization', 'h', body, {})).status, 'ok')
    assert.equal((await acting.read('Organization', 'h')).status, 'ok')
    assert.equal((await acting.count('Observation', {})).status, 'ok')
    assert.equal((await acting.read('Observation', 'none')).status, 'not-found')
    const told = await vault.told(4)
    assert.ok(told.every(({ of }) => of === 'facility'))
    assert.deepEqual(
      told.map(({ action, outcome, details }) => [
        action,
        outcome,
        details?.resources,
        details?.query,
        details?.reason,
      ]),
      [
        ['create', 'done', [{ type: 'Organization', id: 'h', version: 1 }], undefined, undefined],
        ['read', 'done', [{ type: 'Organization', id: 'h', version: 1 }], undefined, undefined],
        ['search', 'done', undefined, 'Observation?_summary=count', undefined],
        ['read', 'refused', [{ type: 'Observation', id: 'none' }], undefined, 'not-found'],
      ],
    )
  })

  test('a search is an entry of each whose it returned; one in a compartment is the patient’s, found or not', async (t) => {
    const vault = await openVault(t)
    const search = (more: object) => vault.ana().search({ pairs: [], view: 'full', actor: 'ana', ...more })
    assert.equal((await search({ type: 'Patient' })).status, 'ok')
    const compartment = { type: 'Patient', id: 'p2' } as const
    assert.equal((await search({ type: 'Observation', compartment, pairs: [['code', 'y']] })).status, 'ok')
    const told = await vault.told(3)
    assert.deepEqual(
      new Set(told.slice(0, 2).map(({ of }) => of)),
      new Set([vault.compartment('p1'), vault.compartment('p2')]),
    )
    assert.equal(told[2]?.of, vault.compartment('p2'))
    assert.equal(told[2]?.details?.query, 'Patient/p2/Observation?code=y')
    assert.equal(told[2]?.details?.resources, undefined)
  })
})

describe('writes', () => {
  test('a write and its entry are one: commitments to all it wrote, at the time of the version', async (t) => {
    const vault = await openVault(t)
    const patient = { resourceType: 'Patient', id: 'p3', identifier: [{ system: 'urn:curp', value: 'X' }] }
    const written = await vault.ana().update('Patient', 'p3', bodyOf(patient), {})
    assert(written.status === 'ok')
    const [entry] = await vault.told(1)
    assert.equal(entry?.action, 'create')
    assert.equal(entry?.of, vault.compartment('p3'))
    assert.equal(entry?.recordedAtMs, written.version?.lastUpdated.getTime())
    assert.deepEqual(entry?.details?.resources, [{ type: 'Patient', id: 'p3', version: 1 }])
    const kinds = entry?.commitments.map(({ kind }) => kind)
    assert.deepEqual(new Set(kinds), new Set(['version', 'capsule', 'tuples', 'wrapped-key']))
  })

  test('who loses writes no entry of a change; a refusal is one', async (t) => {
    const vault = await openVault(t)
    const acting = vault.ana()
    const body = bodyOf(observation('o1', 'p1'))
    assert.equal(
      (await acting.update('Observation', 'o1', body, { ifMatch: 7 })).status,
      'precondition-failed',
    )
    const [entry] = await vault.told(1)
    assert.deepEqual([entry?.action, entry?.outcome, entry?.of], ['update', 'refused', 'facility'])
    assert.deepEqual(entry?.details?.resources, [{ type: 'Observation', id: 'o1' }])
    assert.equal(entry?.details?.reason, 'precondition-failed')
  })

  test('what If-None-Exist finds is told, so it is recorded whose it is', async (t) => {
    const vault = await openVault(t)
    const found = await vault
      .ana()
      .create('Patient', bodyOf({ resourceType: 'Patient' }), { ifNoneExist: '_id=p2' })
    assert(found.status === 'ok')
    assert.equal(found.outcome, 'unchanged')
    const [entry] = await vault.told(1)
    assert.deepEqual([entry?.action, entry?.of], ['create', vault.compartment('p2')])
    assert.equal(entry?.details?.query, '_id=p2')
  })

  test('a deletion, and one of what is not there', async (t) => {
    const vault = await openVault(t)
    assert.equal((await vault.ana().delete('Observation', 'o1', {})).status, 'ok')
    assert.equal((await vault.ana().delete('Observation', 'none', {})).status, 'ok')
    const told = await vault.told(2)
    assert.deepEqual(
      told.map(({ action, of, details }) => [action, of, details?.resources]),
      [
        ['delete', vault.compartment('p1'), [{ type: 'Observation', id: 'o1', version: 2 }]],
        ['delete', 'facility', [{ type: 'Observation', id: 'none' }]],
      ],
    )
  })
})

describe('what takes long', () => {
  test('an import is one act: begun and done, and between them an entry of each patient with each commit', async (t) => {
    const vault = await openVault(t)
    const lines = ['p3', 'p4'].flatMap((id) => [{ resourceType: 'Patient', id }, observation(`of-${id}`, id)])
    const text = lines.map((line) => JSON.stringify(line)).join('\n')
    const source = {
      name: 'all.ndjson',
      form: 'lines',
      rank: 0,
      bytes: text.length,
      async *read() {
        yield Buffer.from(text)
      },
    } as const
    const imported = await vault.ana().import({ sources: [source] })
    assert.equal(imported.status, 'ok', JSON.stringify(imported))
    const told = await vault.told(4)
    assert.ok(told.every(({ action }) => action === 'import'))
    assert.equal(new Set(told.map(({ act }) => act)).size, 1)
    assert.deepEqual([told[0]?.outcome, told[0]?.of], ['begun', 'facility'])
    assert.deepEqual([told.at(-1)?.outcome, told.at(-1)?.of], ['done', 'facility'])
    const between = told.slice(1, -1)
    assert.deepEqual(
      new Set(between.map(({ of }) => of)),
      new Set([vault.compartment('p3'), vault.compartment('p4')]),
    )
    const resources = between.flatMap(({ details }) => details?.resources ?? [])
    assert.deepEqual(resources.map(({ id }) => id).toSorted(), ['of-p3', 'of-p4', 'p3', 'p4'])
    const versions = between.flatMap(({ commitments }) =>
      commitments.filter(({ kind }) => kind === 'version'),
    )
    assert.equal(versions.length, 4)
  })

  test('an export tells each patient before its files can be had, and each fetch twice, with the bytes', async (t) => {
    const vault = await openVault(t)
    vault.store.exports.start()
    const { exports } = vault.ana()
    const begun = await exports.begin({ level: 'system', pairs: [], url: '$export', actor: 'ana' })
    assert(begun.status === 'ok')
    let look = await exports.look(begun.job, 'ana')
    while (look.status === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 25))
      look = await exports.look(begun.job, 'ana')
    }
    assert(look.status === 'complete')
    const [file] = look.manifest.files
    const fetched = await exports.file(begun.job, file!.name, 'ana', false)
    assert(fetched.status === 'ok')
    let bytes = 0
    for await (const piece of fetched.stream) bytes += (piece as Buffer).length
    const told = await vault.told(6)
    assert.ok(told.every(({ action, act }) => action === 'export' && act === begun.job))
    assert.deepEqual(
      told.map(({ outcome, of, details }) => [outcome, of === 'facility', details?.query, details?.bytes]),
      [
        ['begun', true, '$export', undefined],
        ['done', false, undefined, undefined],
        ['done', false, undefined, undefined],
        ['done', true, 'manifest', undefined],
        ['begun', true, `file ${file!.name}`, undefined],
        ['done', true, `file ${file!.name}`, bytes],
      ],
    )
    const given = told.slice(1, 3).flatMap(({ details }) => details?.resources ?? [])
    assert.deepEqual(given.map(({ id }) => id).toSorted(), ['o1', 'p1', 'p2'])
  })

  test('a destruction is the last entry of the patient’s own, and one of the facility that names nobody', async (t) => {
    const vault = await openVault(t)
    const { destructions } = vault.ana()
    const p1 = vault.compartment('p1')
    assert.equal((await destructions.look('p1')).status, 'ok')
    assert.deepEqual(
      (await vault.told(1)).map(({ action, of }) => [action, of]),
      [['read', p1]],
    )
    const destroyed = await destructions.destroy('p1', 'asked for it')
    assert.equal(destroyed.status, 'destroyed')
    const told = await vault.told(3)
    assert.deepEqual(
      told.map(({ action, outcome, of, details }) => [action, outcome, of, details?.resources]),
      [
        ['read', 'done', undefined, undefined],
        ['destroy', 'begun', undefined, undefined],
        ['destroy', 'done', 'facility', undefined],
      ],
    )
    assert.equal(told[1]?.act, told[2]?.act)
  })
})
