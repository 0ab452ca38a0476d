/** What is labelled, and whose record it is, as each of those meets it who may otherwise see the record. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefusal } from '#kernel/outcome.ts'
import type { Acting, By, Version } from '#records/index.ts'
import { personAsking, programAsking } from '#test/kit/asking.ts'
import { bodyOf, tester, testVault } from '#test/kit/vault.ts'
import { levelOf, patientBy } from './labels.ts'

const ana = personAsking('ana', { roles: ['physician'], practitioner: 'Practitioner/ana' })
const eva = personAsking('eva', { roles: ['physician'], practitioner: 'Practitioner/eva' })
const luis = personAsking('luis', { roles: ['nurse'], practitioner: 'Practitioner/luis' })
const sara = personAsking('sara', { roles: ['nurse'], practitioner: 'Practitioner/sara' })
const rosa = personAsking('rosa', { roles: ['reception'], practitioner: 'Practitioner/rosa' })
const laboratory = personAsking('lab', { roles: ['laboratory'] })
const patient = personAsking('p1', { roles: ['patient'], patient: 'Patient/p1' })
const mother = personAsking('mother', { roles: ['representative'], represents: ['Patient/p1'] })
const program = { ...programAsking('system/*.rs'), purpose: 'TREAT' }

const reference = (text: string) => ({ reference: text })
const label = (...codes: string[]) => ({
  meta: {
    security: codes.map((code) => ({ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code })),
  },
})
const of = (id: string) => ({ id, subject: reference('Patient/p1') })
const note = (id: string, more: object) => ({
  resourceType: 'Observation',
  ...of(id),
  status: 'final',
  code: { text: 'note' },
  encounter: reference('Encounter/e1'),
  ...more,
})

const statusOf = async (asked: Promise<{ status: string }>) => (await asked).status
const body = (resource: object) => bodyOf(resource as never)

async function hospital(t: Parameters<typeof testVault>[0]) {
  const vault = await testVault(t)
  const put = async (resource: object) => {
    const { resourceType, id } = resource as { resourceType: string; id: string }
    const written = await vault.store.update(resourceType, id, body(resource), {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  const inCare = ['ana', 'eva', 'luis', 'sara'].map((who) => reference(`Practitioner/${who}`))
  await put({ resourceType: 'Patient', id: 'p1', name: [{ family: 'García' }], generalPractitioner: inCare })
  await put({
    resourceType: 'Encounter',
    ...of('e1'),
    status: 'in-progress',
    class: { code: 'AMB' },
    participant: ['ana', 'luis'].map((who) => ({ individual: reference(`Practitioner/${who}`) })),
  })
  return { ...vault, put, as: (by: By) => vault.store.as(by) }
}

async function found(acting: Acting, query: string) {
  const page = await acting.search({
    type: 'Observation',
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

test('labels: who sees what is so labelled, and alike in reads, searches and includes', async (t) => {
  const { as, put } = await hospital(t)
  await put(note('plain', {}))
  await put(note('delicate', { ...label('HIV'), performer: [reference('Practitioner/ana')] }))
  await put({ ...note('elsewhere', label('PSY')), encounter: undefined })
  await put(note('guarded', label('SDV')))
  await put(note('closest', { ...label('PSYTHPN'), performer: [reference('Practitioner/ana')] }))
  await put(note('result', { ...label('HIV'), category: [{ coding: [{ code: 'laboratory' }] }] }))
  const all = 'closest delicate elsewhere guarded plain result'
  const cases: [by: By, sees: string][] = [
    // Named in the closest, and in the visit.
    [ana, all],
    [eva, 'delicate elsewhere guarded plain result'],
    // In the visit.
    [luis, 'delicate guarded plain result'],
    [sara, 'plain'],
    [laboratory, 'result'],
    [patient, all],
    [mother, 'delicate elsewhere plain result'],
    [program, 'delicate elsewhere plain result'],
    [{ ...program, purpose: 'HPAYMT' }, 'plain'],
  ]
  for (const [by, sees] of cases) {
    assert.equal(await found(as(by), ''), sees, by.actor)
    for (const id of all.split(' ')) {
      const status = sees.split(' ').includes(id) ? 'ok' : 'not-found'
      assert.equal(await statusOf(as(by).read('Observation', id)), status, `${by.actor} ${id}`)
    }
  }
  assert.equal(await found(as(sara), '_security=HIV'), '')
  assert.equal(await found(as(sara), 'encounter.status=in-progress'), 'plain')
  const why = await as(tester).explain(sara.principal!, {
    action: 'read',
    type: 'Observation',
    id: 'delicate',
  })
  assert.ok(why.status === 'ok' && !why.isAllowed)
  assert.deepEqual(
    why.explained[0]?.policies.map(({ id }) => id),
    ['sensitivity.delicate'],
  )
})

test('nobody takes a label off to see, names themselves in, or goes back to before there was one', async (t) => {
  const { as, put } = await hospital(t)
  await put(note('n1', {}))
  assert.equal(await statusOf(as(sara).read('Observation', 'n1')), 'ok')
  await put(note('n1', label('PSY')))
  for (const each of [
    as(sara).read('Observation', 'n1'),
    as(sara).vread('Observation', 'n1', 1),
    as(sara).instanceHistory('Observation', 'n1', { count: 10 }),
    as(sara).update('Observation', 'n1', body(note('n1', {})), {}),
    as(sara).update(
      'Observation',
      'n1',
      body(note('n1', { performer: [reference('Practitioner/sara')] })),
      {},
    ),
    as(sara).patch('Observation', 'n1', 'json', body([{ op: 'remove', path: '/meta/security' }]), {}),
  ])
    assert.equal(await statusOf(each), 'not-found')
  const visit = (...who: string[]) =>
    body({
      resourceType: 'Encounter',
      ...of('e1'),
      status: 'in-progress',
      class: { code: 'AMB' },
      participant: who.map((each) => ({ individual: reference(`Practitioner/${each}`) })),
    })
  assert.equal(
    await statusOf(as(sara).update('Encounter', 'e1', visit('ana', 'luis', 'sara'), {})),
    'forbidden',
  )
  assert.equal(await statusOf(as(luis).update('Encounter', 'e1', visit('ana', 'luis', 'sara'), {})), 'ok')
  assert.equal(await statusOf(as(sara).read('Observation', 'n1')), 'ok', 'whom another put there')
  // Who writes what is delicate is named in it.
  const { id: _, ...written } = note('', label('HIV'))
  assert.equal(
    await statusOf(as(sara).create('Observation', body({ ...written, encounter: undefined }), {})),
    'forbidden',
  )
  const named = { ...written, performer: [reference('Practitioner/sara')] }
  assert.equal(await statusOf(as(sara).create('Observation', body(named), {})), 'ok')
})

test('a Binary is seen by who sees what its security context names, at every way to it', async (t) => {
  const { as, put, store } = await hospital(t)
  const document = (id: string, more: object = {}) => ({
    resourceType: 'DocumentReference',
    ...of(id),
    status: 'current',
    content: [{ attachment: { url: `Binary/${id}` } }],
    ...more,
  })
  const binary = (id: string, context: string, word = 'QUJD') => ({
    resourceType: 'Binary',
    id,
    contentType: 'text/plain',
    securityContext: reference(context),
    data: word,
  })
  await put(document('open'))
  await put(document('hiv', label('HIV')))
  await put(document('later'))
  await put(document('lost', label('HIV')))
  for (const id of ['open', 'hiv', 'later', 'lost']) await put(binary(id, `DocumentReference/${id}`))
  await put(binary('inner', 'Binary/hiv'))
  await put(binary('was', 'DocumentReference/hiv'))
  await put(binary('was', 'DocumentReference/open'))
  await put(binary('plain', 'Patient/p1'))
  await put(binary('itself', 'Patient/p1'))
  await put(binary('itself', 'Binary/itself'))
  // Labelled after it was written; deleted with its label.
  await put(document('later', label('HIV')))
  assert.equal(await statusOf(store.delete('DocumentReference', 'lost', {})), 'ok')

  const all = 'hiv inner later lost open plain was'
  const cases: [by: By, sees: string][] = [
    [ana, all],
    [sara, 'open plain was'],
    [patient, all],
  ]
  const binariesIn = (versions: readonly Version[]) =>
    versions
      .flatMap(({ type, id }) => (type === 'Binary' ? [id] : []))
      .toSorted()
      .join(' ')
  for (const [by, sees] of cases) {
    const acting = as(by)
    for (const id of [...all.split(' '), 'itself']) {
      const status = sees.split(' ').includes(id) ? 'ok' : 'not-found'
      assert.equal(await statusOf(acting.read('Binary', id)), status, `${by.actor} ${id}`)
      const history = acting.instanceHistory('Binary', id, { count: 10 })
      assert.equal(await statusOf(history), status, `${by.actor} history of ${id}`)
    }
    const searched = { view: 'full', actor: acting.actor } as const
    const some: [string, string] = ['_id', `${all.replaceAll(' ', ',')},itself`]
    for (const pairs of [[some], []]) {
      const found = await acting.search({ ...searched, type: 'Binary', pairs })
      assert.ok(found.status === 'ok')
      assert.equal(binariesIn(found.entries.map(({ version }) => version)), sees, by.actor)
    }
    const page = await acting.search({ ...searched, type: 'Binary', pairs: [some, ['_summary', 'count']] })
    assert.equal(page.status === 'ok' && page.total, sees.split(' ').length, by.actor)
    const everything = await acting.everything('p1', { count: 100 })
    assert.ok(everything.status === 'ok')
    assert.equal(binariesIn(everything.entries), sees, by.actor)
  }
  // What the Binary hung on before is as closed as it is now.
  assert.equal(await statusOf(as(sara).vread('Binary', 'was', 1)), 'not-found')
  assert.equal(await statusOf(as(sara).vread('Binary', 'was', 2)), 'ok')
  assert.equal(
    await statusOf(as(sara).update('Binary', 'hiv', body(binary('hiv', 'Patient/p1', 'REVG')), {})),
    'not-found',
  )
  // Nor does it say what is there.
  for (const context of ['DocumentReference/hiv', 'DocumentReference/nothing']) {
    const { id: _, ...made } = binary('', context)
    assert.equal(await statusOf(as(sara).create('Binary', body(made), {})), 'forbidden', context)
  }
  const why = await as(tester).explain(sara.principal!, { action: 'read', type: 'Binary', id: 'hiv' })
  assert.ok(why.status === 'ok' && !why.isAllowed)
  assert.deepEqual(
    why.explained[0]?.policies.map(({ id }) => id),
    ['sensitivity.delicate'],
  )
})

test('of a colleague and of somebody widely known reception opens nothing, unless it attends to them', async (t) => {
  const { as, put } = await hospital(t)
  const someone = (id: string, more: object = {}) => ({
    resourceType: 'Patient',
    id,
    name: [{ family: 'López' }],
    identifier: [{ system: 'urn:curp', value: `CURP-${id}` }],
    ...more,
  })
  await put(someone('usual'))
  await put(someone('known', label('VIP')))
  await put(someone('staff', label('EMP')))
  await put(someone('doctor'))
  await put({
    resourceType: 'Person',
    id: 'doctor',
    link: [{ target: reference('Patient/doctor') }, { target: reference('Practitioner/eva') }],
  })
  await put(someone('attended', { ...label('VIP'), generalPractitioner: [reference('Practitioner/rosa')] }))
  const acting = as(rosa)
  for (const [id, status] of [
    ['usual', 'ok'],
    ['known', 'not-found'],
    ['staff', 'not-found'],
    ['doctor', 'not-found'],
    ['attended', 'ok'],
  ] as const) {
    assert.equal(await statusOf(acting.read('Patient', id)), status, id)
    const page = await acting.search({
      type: 'Patient',
      pairs: [['identifier', `CURP-${id}`]],
      view: 'full',
      actor: acting.actor,
    })
    assert.equal(page.status === 'ok' && page.entries.length, status === 'ok' ? 1 : 0, id)
    const { id: _, ...renamed } = someone('', { name: [{ family: 'Otra' }] })
    assert.equal(await statusOf(acting.update('Patient', id, body({ ...renamed, id }), {})), status, id)
  }
  // Whoever comes is given an appointment.
  const visit = {
    resourceType: 'Appointment',
    status: 'proposed',
    participant: [{ actor: reference('Patient/known'), status: 'accepted' }],
  }
  assert.equal(await statusOf(acting.create('Appointment', body(visit), {})), 'ok')
  const privacy = personAsking('privacy', { roles: ['privacy-officer'] })
  assert.equal(await statusOf(as(privacy).read('Patient', 'known')), 'ok')
})

test('the closest of the labels counts', () => {
  const codes = (...all: string[]) => all.map((code) => ({ code }))
  assert.equal(levelOf([]), 'none')
  assert.equal(levelOf(codes('N', 'X')), 'none')
  assert.equal(levelOf(codes('PSY', 'N')), 'delicate')
  assert.equal(levelOf(codes('PSY', 'SDV', 'HIV')), 'guarded')
  assert.equal(levelOf(codes('V', 'SDV')), 'closest')
  assert.equal(patientBy([], false), 'usual')
  assert.equal(patientBy([], true), 'colleague')
  assert.equal(patientBy(codes('CEL', 'EMP'), true), 'vip')
})
