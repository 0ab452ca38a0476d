/** Somebody whom a patient blocked, at every way in which a record is read. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isRefusal } from '#kernel/outcome.ts'
import type { Acting, By } from '#records/index.ts'
import { personAsking, programAsking } from '#test/kit/asking.ts'
import { bodyOf, tester, testVault } from '#test/kit/vault.ts'

const now = Date.UTC(2026, 10, 23, 12)

const ana = personAsking('ana', { roles: ['physician'], practitioner: 'Practitioner/ana' })
const luis = personAsking('luis', { roles: ['nurse'], practitioner: 'Practitioner/luis' })
const rosa = personAsking('rosa', { roles: ['reception'], practitioner: 'Practitioner/rosa' })
const privacy = personAsking('privacy', { roles: ['privacy-officer'] })
const patient = personAsking('p1', { roles: ['patient'], patient: 'Patient/p1' })
const other = personAsking('p2', { roles: ['patient'], patient: 'Patient/p2' })
const mother = personAsking('mother', { roles: ['representative'], represents: ['Patient/p2'] })
const program = programAsking('system/*.rs')

const reference = (text: string) => ({ reference: text })
const actor = (text: string) => ({ role: { coding: [{ code: 'PRCP' }] }, reference: reference(text) })
const scope = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
}
const category = [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }]
const consent = (patientId: string, provision: object, more: object = {}) => ({
  resourceType: 'Consent',
  status: 'active',
  scope,
  category,
  policyRule: { text: 'privacy' },
  patient: reference(`Patient/${patientId}`),
  provision,
  ...more,
})

const statusOf = async (asked: Promise<{ status: string }>) => (await asked).status

async function hospital(t: Parameters<typeof testVault>[0]) {
  const vault = await testVault(t, { now: () => now })
  const put = async (resource: object) => {
    const { resourceType, id } = resource as { resourceType: string; id: string }
    const written = await vault.store.update(resourceType, id, bodyOf(resource as never), {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  for (const id of ['p1', 'p2', 'p3']) {
    await put({
      resourceType: 'Patient',
      id,
      name: [{ family: 'García', given: [id] }],
      generalPractitioner: ['ana', 'luis'].map((who) => reference(`Practitioner/${who}`)),
      identifier: [{ system: 'urn:curp', value: `CURP-${id}` }],
    })
    await put({
      resourceType: 'Condition',
      id: `asthma-${id}`,
      subject: reference(`Patient/${id}`),
      code: { text: 'asthma' },
    })
    await put({
      resourceType: 'Observation',
      id: `weight-${id}`,
      status: 'final',
      code: { text: 'weight' },
      subject: reference(`Patient/${id}`),
      focus: [reference(`Condition/asthma-${id}`)],
      effectiveDateTime: '2020-06-01',
    })
  }
  return { ...vault, put, as: (by: By) => vault.store.as(by) }
}

async function found(acting: Acting, type: string, query: string) {
  const page = await acting.search({
    type,
    pairs: [...new URLSearchParams(query)],
    view: 'full',
    actor: acting.actor,
  })
  if (isRefusal(page)) return page.status
  return page.entries
    .map(({ version }) => version.id)
    .toSorted()
    .join(' ')
}

/** For the tests that only read: p1 blocked Ana. */
let as: (by: By) => Acting
const undoings: (() => Promise<void> | void)[] = []
after(async () => {
  for (const undo of undoings) await undo()
})
before(async () => {
  const made = await hospital({ after: (undo) => void undoings.push(undo) })
  await made.put({ id: 'blocks', ...consent('p1', { type: 'deny', actor: [actor('Practitioner/ana')] }) })
  await made.put({ id: 'data', ...consent('p3', { type: 'deny', class: [{ code: 'Condition' }] }) })
  await made.put({
    resourceType: 'Communication',
    id: 'both',
    status: 'completed',
    subject: reference('Patient/p2'),
    recipient: [reference('Patient/p1')],
  })
  await made.put({
    resourceType: 'Condition',
    id: 'twin',
    subject: reference('Patient/p2'),
    evidence: [{ detail: [reference('Observation/weight-p1'), reference('Observation/weight-p2')] }],
  })
  as = made.as
})

describe('who was blocked', () => {
  test('reads nothing, finds nothing, counts nothing, and is told what they are told who are not there', async () => {
    const acting = as(ana)
    const reads: [type: string, id: string][] = [
      ['Patient', 'p1'],
      ['Observation', 'weight-p1'],
      ['Condition', 'asthma-p1'],
      ['Consent', 'blocks'],
      ['Communication', 'both'],
    ]
    for (const [type, id] of reads) {
      for (const each of [
        acting.read(type, id),
        acting.vread(type, id, 1),
        acting.instanceHistory(type, id, { count: 10 }),
      ])
        assert.equal(await statusOf(each), 'not-found', `${type}/${id}`)
    }
    assert.equal(await statusOf(acting.everything('p1', { count: 100 })), 'not-found')
    const searches: [type: string, query: string, want: string][] = [
      ['Observation', '', 'weight-p2 weight-p3'],
      ['Observation', 'subject=Patient/p1', ''],
      ['Observation', '_id=weight-p1,weight-p2', 'weight-p2'],
      ['Patient', 'name=García', 'p2 p3'],
      ['Patient', '_has:Observation:subject:_id=weight-p1', ''],
      ['Observation', 'subject:Patient.name=García', 'weight-p2 weight-p3'],
      ['Observation', 'focus:Condition.code:text=asthma', 'weight-p2'],
      ['Condition', '_id=twin&_include=Condition:evidence-detail', 'twin weight-p2'],
      ['Patient', '_id=p2&_revinclude=*', 'asthma-p2 p2 twin weight-p2'],
      ['Consent', 'patient=Patient/p1', ''],
      ['Communication', '', ''],
    ]
    for (const [type, query, want] of searches)
      assert.equal(await found(acting, type, query), want, `${type}?${query}`)
    const counted = await acting.search({
      type: 'Patient',
      pairs: [
        ['_summary', 'count'],
        ['name', 'García'],
      ],
      view: 'full',
      actor: acting.actor,
    })
    assert.equal(counted.status === 'ok' && counted.total, 2)
  })

  test('writes nothing there, the Consent least of all', async () => {
    const acting = as(ana)
    const body = (resource: object) => bodyOf(resource as never)
    const inactive = { id: 'blocks', ...consent('p1', { type: 'permit' }, { status: 'inactive' }) }
    assert.equal(await statusOf(acting.update('Consent', 'blocks', body(inactive), {})), 'forbidden')
    assert.equal(
      await statusOf(acting.create('Consent', body(consent('p1', { type: 'permit' })), {})),
      'forbidden',
    )
    const patch = body([{ op: 'replace', path: '/status', value: 'inactive' }])
    assert.equal(await statusOf(acting.patch('Consent', 'blocks', 'json', patch, {})), 'forbidden')
    const weight = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: reference('Patient/p1'),
    }
    assert.equal(await statusOf(acting.create('Observation', body(weight), {})), 'forbidden')
    const patched = await acting.patchWhere('Observation', '_id=weight-p1', 'json', patch, {})
    assert.equal(patched.status, 'not-found')
  })

  test('everybody else, the patient, and the officers of the law go on', async () => {
    for (const by of [luis, patient]) {
      assert.equal(await statusOf(as(by).read('Observation', 'weight-p1')), 'ok', by.actor)
      assert.equal(await statusOf(as(by).read('Consent', 'blocks')), 'ok', by.actor)
      assert.equal(await statusOf(as(by).everything('p1', { count: 100 })), 'ok', by.actor)
    }
    assert.equal(await statusOf(as(privacy).read('Consent', 'blocks')), 'ok')
    assert.equal(await statusOf(as(privacy).ledger.entries({ patient: 'Patient/p1' })), 'ok')
    assert.equal(await statusOf(as(ana).read('Observation', 'weight-p2')), 'ok')
  })

  test('is told to whoever asks why', async () => {
    const told = await as(tester).explain(ana.principal!, {
      action: 'read',
      type: 'Observation',
      id: 'weight-p1',
    })
    assert.ok(told.status === 'ok')
    const [first] = told.explained
    assert.ok(first)
    const { facts, policies } = first
    assert.deepEqual(
      [told.isAllowed, facts['access.relation'], facts['consent.opposition']],
      [false, 'care', 'person'],
    )
    assert.deepEqual(
      policies.map(({ en }) => en),
      ['The patient blocked this person.'],
    )
  })
})

test('a part of the record is closed in reads, searches and includes, and to programs too', async () => {
  for (const by of [ana, luis, program]) {
    assert.equal(await statusOf(as(by).read('Condition', 'asthma-p3')), 'not-found', by.actor)
    assert.equal(await statusOf(as(by).read('Observation', 'weight-p3')), 'ok', by.actor)
    assert.equal(await found(as(by), 'Condition', 'subject=Patient/p3'), '', by.actor)
    assert.equal(await found(as(by), 'Observation', '_id=weight-p3&_include=Observation:focus'), 'weight-p3')
    assert.equal(
      await found(as(by), 'Observation', 'subject=Patient/p3&focus:Condition.code:text=asthma'),
      '',
    )
  }
  // What is said of a purpose does not open it: nobody's word alone makes it the law's.
  const legal = { ...program, purpose: 'HLEGAL' }
  assert.equal(await statusOf(as(legal).read('Condition', 'asthma-p3')), 'not-found')
})

test('Consents hold from when they are written until they are withdrawn; who writes them', async (t) => {
  const { as, put } = await hospital(t)
  const reads = () => statusOf(as(ana).read('Observation', 'weight-p1'))
  const body = (resource: object) => bodyOf(resource as never)
  const blocking = consent('p1', { type: 'deny', actor: [actor('Practitioner/ana')] })
  assert.equal(await reads(), 'ok')
  const written = await as(patient).create('Consent', body(blocking), {})
  assert.ok(written.status === 'ok' && written.version)
  assert.equal(await reads(), 'not-found')
  const { id } = written.version
  const withdrawn = body({ ...blocking, id, status: 'inactive' })
  assert.equal(await statusOf(as(other).update('Consent', id, withdrawn, {})), 'not-found')
  assert.equal(await statusOf(as(luis).update('Consent', id, withdrawn, {})), 'forbidden')
  assert.equal(await statusOf(as(patient).update('Consent', id, withdrawn, {})), 'ok')
  assert.equal(await reads(), 'ok')
  // Only for themselves, and into no other's record.
  const cases: [by: By, patientId: string, status: string][] = [
    [patient, 'p2', 'forbidden'],
    [mother, 'p2', 'ok'],
    [mother, 'p1', 'forbidden'],
    [rosa, 'p2', 'ok'],
    [privacy, 'p2', 'ok'],
    [luis, 'p2', 'ok'],
    [program, 'p2', 'forbidden'],
  ]
  const permitting = (patientId: string) => body(consent(patientId, { type: 'permit' }))
  for (const [by, patientId, status] of cases)
    assert.equal(await statusOf(as(by).create('Consent', permitting(patientId), {})), status, by.actor)
  assert.equal(
    await statusOf(as(patient).create('Observation', body({ resourceType: 'Observation' }), {})),
    'forbidden',
  )
  // What nobody can read closes.
  await put({ id: 'odd', ...consent('p3', { type: 'deny', purpose: [{ code: 'CURIOSITY' }] }) })
  assert.equal(await statusOf(as(ana).read('Observation', 'weight-p3')), 'not-found')
  // Who blocked everybody reads it all.
  await put({ id: 'all', ...consent('p1', { type: 'deny' }) })
  assert.equal(await reads(), 'not-found')
  assert.equal(await statusOf(as(rosa).read('Patient', 'p1')), 'not-found')
  assert.equal(await found(as(rosa), 'Patient', 'identifier=CURP-p1'), '')
  assert.equal(await statusOf(as(patient).read('Observation', 'weight-p1')), 'ok')
})

test('who is of a group that a Consent names does not decide who is', async (t) => {
  const { as, put } = await hospital(t)
  const body = (resource: object) => bodyOf(resource as never)
  const team = (id: string, patientId: string, members: string[]) => ({
    resourceType: 'CareTeam',
    id,
    status: 'active',
    subject: reference(`Patient/${patientId}`),
    participant: members.map((each) => ({ member: reference(each) })),
  })
  for (const made of [
    team('out', 'p1', ['Practitioner/ana']),
    team('in', 'p1', ['Practitioner/rosa', 'CareTeam/inner']),
    team('inner', 'p1', ['Practitioner/rosa']),
    team('mine', 'p1', ['Practitioner/luis']),
    team('free', 'p1', ['Practitioner/ana']),
    team('far', 'p2', ['Practitioner/rosa']),
  ])
    await put(made)
  const denying = (what: string, ...more: object[]) => ({
    provision: [{ type: 'deny', class: [{ code: what }], ...Object.assign({}, ...more) }],
  })
  const permitting = { provision: [{ type: 'permit', actor: [actor('CareTeam/in')] }] }
  await put({ id: 'c1', ...consent('p1', denying('Observation', { actor: [actor('CareTeam/out')] })) })
  await put({ id: 'c2', ...consent('p1', denying('Condition', permitting)) })
  await put({ id: 'c3', ...consent('p3', denying('Condition', { actor: [actor('CareTeam/far')] })) })
  const weight = (by: By) => statusOf(as(by).read('Observation', 'weight-p1'))
  const asthma = (by: By) => statusOf(as(by).read('Condition', 'asthma-p1'))
  const update = (by: By, made: ReturnType<typeof team>) =>
    statusOf(as(by).update('CareTeam', made.id, body(made), {}))
  assert.deepEqual([await weight(ana), await weight(luis)], ['not-found', 'ok'])
  assert.deepEqual([await asthma(ana), await asthma(luis)], ['not-found', 'not-found'])

  const cases: [by: By, made: ReturnType<typeof team>, status: string][] = [
    // Out of it, or no longer in it in so many words.
    [ana, team('out', 'p1', ['Practitioner/rosa']), 'forbidden'],
    [ana, { ...team('out', 'p1', ['Practitioner/ana']), status: 'inactive' }, 'forbidden'],
    // Into it, by name, by a group within, and by a group of theirs.
    [luis, team('in', 'p1', ['Practitioner/rosa', 'Practitioner/luis']), 'forbidden'],
    [luis, team('inner', 'p1', ['Practitioner/luis']), 'forbidden'],
    [luis, team('in', 'p1', ['Practitioner/rosa', 'CareTeam/mine']), 'forbidden'],
    // Others do, and of groups that no Consent names everybody does who cares.
    [luis, team('out', 'p1', ['Practitioner/ana', 'Practitioner/rosa']), 'ok'],
    [luis, team('in', 'p1', ['Practitioner/ana', 'CareTeam/inner']), 'ok'],
    [ana, team('free', 'p1', ['Practitioner/luis']), 'ok'],
  ]
  for (const [by, made, status] of cases)
    assert.equal(await update(by, made), status, `${by.actor} ${JSON.stringify(made)}`)
  assert.deepEqual(
    [await weight(ana), await asthma(ana), await asthma(luis)],
    ['not-found', 'ok', 'not-found'],
  )
  const patch = body([{ op: 'remove', path: '/participant' }])
  assert.equal(await statusOf(as(ana).patch('CareTeam', 'out', 'json', patch, {})), 'forbidden')

  // A team of another patient's says nothing of whom this one means: whoever cares for both could change it.
  assert.equal(await statusOf(as(ana).read('Condition', 'asthma-p3')), 'not-found')
  const why = await as(tester).explain(ana.principal!, { action: 'update', type: 'CareTeam', id: 'out' })
  assert.ok(why.status === 'ok' && !why.isAllowed)
  assert.deepEqual(
    why.explained[0]?.policies.map(({ id }) => id),
    ['consent.group'],
  )
})

test("one's own record is not opened by one's post", async (t) => {
  const { as, put } = await hospital(t)
  await put({
    resourceType: 'Person',
    id: 'ana-herself',
    link: [{ target: reference('Patient/p1') }, { target: reference('Practitioner/ana') }],
  })
  assert.equal(await statusOf(as(ana).read('Observation', 'weight-p1')), 'not-found')
  assert.equal(await statusOf(as(luis).read('Observation', 'weight-p1')), 'ok')
  const both = personAsking('both', { roles: ['reception', 'patient'], patient: 'Patient/p1' })
  assert.equal(await statusOf(as(both).read('Patient', 'p1')), 'not-found')
  assert.equal(await statusOf(as(both).read('Patient', 'p2')), 'ok')
  assert.equal(await statusOf(as({ ...both, purpose: 'PATRQT' }).read('Observation', 'weight-p1')), 'ok')
})
