/** A note that was written to the wrong patient: what becomes of it, who sees what of it, and what stays as it was. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { By } from '#records/index.ts'
import { personAsking as person } from '#test/kit/asking.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'
import { patientCompartment } from './place.ts'

const now = Date.UTC(2026, 10, 23, 12)
const dayMs = 86_400_000
const ago = (days: number) => new Date(now - days * dayMs).toISOString()
const ref = (reference: string) => ({ reference })

/** Ana cares for both, Luis for the wrong one, Rita for the right one. */
const ana = person('ana', { roles: ['physician'], practitioner: 'Practitioner/ana' })
const luis = person('luis', { roles: ['physician'], practitioner: 'Practitioner/luis' })
const rita = person('rita', { roles: ['physician'], practitioner: 'Practitioner/rita' })
const wrongOne = person('wrong', { roles: ['patient'], patient: 'Patient/wrong' })
const privacy = person('privacy', { roles: ['privacy-officer'] })

type Resource = { resourceType: string; id: string; [member: string]: unknown }

async function ward(t: Parameters<typeof testVault>[0]) {
  const vault = await testVault(t, { now: () => now })
  const first: Resource[] = []
  for (const [id, doctors] of [
    ['wrong', ['ana', 'luis']],
    ['right', ['ana', 'rita']],
  ] as const) {
    first.push({ resourceType: 'Patient', id, name: [{ family: 'García' }] })
    for (const doctor of doctors)
      first.push({
        resourceType: 'Encounter',
        id: `visit-${id}-${doctor}`,
        status: 'in-progress',
        class: { code: 'AMB' },
        subject: ref(`Patient/${id}`),
        period: { start: ago(1) },
        participant: [{ individual: ref(`Practitioner/${doctor}`) }],
      })
  }
  const subject = ref('Patient/wrong')
  first.push(
    {
      resourceType: 'Observation',
      id: 'note',
      status: 'final',
      code: { text: 'a secret of somebody' },
      subject,
      encounter: ref('Encounter/visit-wrong-ana'),
      valueQuantity: { value: 7, unit: 'mmol/L' },
    },
    { resourceType: 'Condition', id: 'illness', code: { text: 'secret illness' }, subject },
    {
      resourceType: 'Provenance',
      id: 'other',
      recorded: ago(1),
      target: [subject],
      agent: [{ who: { display: 'x' } }],
    },
  )
  const entry = first.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }))
  const written = await vault.store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), {})
  assert.equal(written.status, 'ok', JSON.stringify(written))
  const move = (whom: By, more: object = {}) =>
    vault.store.as(whom).moving.move({
      type: 'Observation',
      id: 'note',
      patient: 'right',
      reason: 'the wrong tab',
      without: ['encounter'],
      ...more,
    })
  return { vault, move }
}

test('it is the right patient’s from then on, and an error where it was', async (t) => {
  const { vault, move } = await ward(t)
  const { store } = vault
  assert.equal((await move(ana, { without: [] })).status, 'move-entangled')
  assert.equal((await move(ana, { patient: 'wrong' })).status, 'move-same')
  assert.equal((await move(ana, { patient: 'nobody' })).status, 'not-found')
  assert.equal((await move(ana, { type: 'Encounter', id: 'visit-wrong-ana' })).status, 'not-movable')
  assert.equal((await move(ana, { type: 'Provenance', id: 'other' })).status, 'not-movable')
  // What it is, who may see it and whose it is go along.
  for (const member of ['subject', 'meta', 'id', 'resourceType', 'modifierExtension', '_id'])
    assert.equal((await move(ana, { without: ['encounter', member] })).status, 'move-incomplete', member)
  assert.equal((await move(ana, { without: ['encounter', 'status'] })).status, 'invalid')
  // Nobody hides what was before by saying that it was moved.
  const hiding = {
    resourceType: 'Observation',
    id: 'note',
    status: 'final',
    code: { text: 'x' },
    subject: ref('Patient/wrong'),
    extension: [{ url: 'urn:x-sigilo:moved-to', valueReference: ref('Observation/nowhere') }],
  }
  assert.equal((await store.update('Observation', 'note', bodyOf(hiding), {})).status, 'moved-note')
  // Whoever does not care for both moves nothing, and is told of nobody.
  assert.equal((await move(luis)).status, 'not-found')
  assert.equal((await move(rita)).status, 'not-found')
  assert.equal((await move(wrongOne)).status, 'forbidden')
  assert.equal((await move(privacy)).status, 'forbidden')

  const done = await move(ana)
  assert.ok(done.status === 'ok', JSON.stringify(done))
  const { left, moved } = done
  assert.deepEqual([left.id, left.version, moved.version], ['note', 2, 1])
  const text = JSON.parse(moved.json) as Resource
  assert.deepEqual(
    [text['subject'], text['encounter'], text['code'], text['status']],
    [ref('Patient/right'), undefined, { text: 'a secret of somebody' }, 'final'],
  )
  const rest = JSON.parse(left.json) as Resource
  assert.equal(rest['status'], 'entered-in-error')
  assert.ok(!left.json.includes('secret') && !left.json.includes('right') && !left.json.includes('mmol'))
  const from = await store.search({
    type: 'Provenance',
    pairs: [['patient', 'right']],
    view: 'full',
    actor: 'tester',
  })
  assert.ok(from.status === 'ok' && from.entries.length === 1)
  const provenance = JSON.parse(from.entries[0]?.version.json ?? '') as {
    entity: unknown
    agent: unknown
    reason: unknown
  }
  assert.deepEqual(provenance.entity, [{ role: 'source', what: ref('Observation/note/_history/1') }])
  assert.deepEqual(provenance.agent, [{ who: { ...ref('Practitioner/ana'), display: 'ana' } }])

  const as = (whom: By) => store.as(whom)
  const past = async (whom: By) => (await as(whom).vread('Observation', 'note', 1)).status
  const versions = async (whom: By) => {
    const page = await as(whom).instanceHistory('Observation', 'note', { count: 10 })
    return page.status === 'ok' ? page.entries.map(({ version }) => version) : page.status
  }
  // What it said is for those who may read it where it is now.
  assert.deepEqual(
    [await past(ana), await past(luis), await past(wrongOne)],
    ['ok', 'not-found', 'not-found'],
  )
  assert.deepEqual([await versions(ana), await versions(luis), await versions(wrongOne)], [[2, 1], [2], [2]])
  const versionsOfAll = async (whom: By) => {
    const page = await as(whom).typeHistory('Observation', { count: 10 })
    if (page.status !== 'ok') return page.status
    return page.entries.flatMap(({ id, version }) => (id === 'note' ? [version] : []))
  }
  assert.deepEqual(
    [await versionsOfAll(ana), await versionsOfAll(luis), await versionsOfAll(wrongOne)],
    [[2, 1], [2], [2]],
    'nor by the history of the type',
  )
  for (const whom of [ana, luis, wrongOne])
    assert.equal((await as(whom).read('Observation', 'note')).status, 'ok', 'that it was an error')
  assert.equal((await as(rita).read('Observation', moved.id)).status, 'ok')
  assert.equal((await as(luis).read('Observation', moved.id)).status, 'not-found')

  // Once, and what is left of it stays.
  assert.equal((await move(ana)).status, 'not-movable')
  const { extension: _, ...without } = rest
  assert.equal((await store.update('Observation', 'note', bodyOf(without), {})).status, 'moved-note')
  assert.equal((await store.delete('Observation', 'note', {})).status, 'moved-note')
  const again = await move(ana, { id: moved.id, patient: 'wrong', without: [] })
  assert.equal(again.status, 'ok', 'back again, as a move of its own')
  const illness = await move(ana, { type: 'Condition', id: 'illness', without: [] })
  assert.ok(illness.status === 'ok', JSON.stringify(illness))
  assert.match(
    illness.left.json,
    /"verificationStatus":\{"coding":\[\{"system":"[^"]+","code":"entered-in-error"\}\]\}/,
  )
})

test('the ledger says so in the entries of both patients, with both ids', async (t) => {
  const { vault, move } = await ward(t)
  const done = await move(ana)
  assert.ok(done.status === 'ok')
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  const query = `Observation/note moved, as Observation/${done.moved.id}`
  for (let tries = 0; ; tries++) {
    const { entries } = await vault.ledger.query({ limit: 1000 })
    const told = entries.filter(({ details }) => details?.query === query)
    const of = (id: string) =>
      told
        .filter((each) => each.of === patientCompartment(vault.keys.locator, id))
        .flatMap(({ details }) =>
          (details?.resources ?? []).map(({ type, id: own, version }) => `${type}/${own}/${version}`),
        )
    if (of('wrong').length > 0 && of('right').length > 0) {
      assert.deepEqual(of('wrong'), ['Observation/note/2'])
      assert.deepEqual(
        of('right').filter((name) => !name.startsWith('Provenance')),
        [`Observation/${done.moved.id}/1`],
      )
      assert.equal(new Set(told.map(({ act }) => act)).size, 1)
      return
    }
    assert.ok(tries < 200, 'it is not in both')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
})
