/** Policy over a store, as people and programs meet it. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isRefusal } from '#kernel/outcome.ts'
import type { Acting, By } from '#records/index.ts'
import { personAsking as person, programAsking as program } from '#test/kit/asking.ts'
import { bodyOf, tester, testVault, type TestVault } from '#test/kit/vault.ts'

const now = Date.UTC(2026, 10, 23, 12)
const dayMs = 86_400_000
const ago = (days: number) => new Date(now - days * dayMs).toISOString()

const ana = person('ana', { roles: ['physician'], practitioner: 'Practitioner/ana' })
const luis = person('luis', { roles: ['nurse'], practitioner: 'Practitioner/luis' })
const reception = person('rosa', { roles: ['reception'], practitioner: 'Practitioner/rosa' })
const laboratory = person('lab', { roles: ['laboratory'] })
const billing = person('bill', { roles: ['billing'] })
const privacy = person('privacy', { roles: ['privacy-officer'] })
const auditor = person('auditor', { roles: ['auditor'] })
const patient = person('p1', { roles: ['patient'], patient: 'Patient/p1' })
const mother = person('mother', { roles: ['representative'], represents: ['Patient/p2'] })
const archivist = person('archivist', { roles: ['archivist'] })
const others = (['security-officer', 'director'] as const).map((role) => person(role, { roles: [role] }))

const reference = (text: string) => ({ reference: text })

/** Two patients: p1 is in the care of Ana, and p2 was in that of Luis until two months ago. */
async function hospital(t: Parameters<typeof testVault>[0]) {
  const vault = await testVault(t, { now: () => now })
  const put = async (resource: { resourceType: string; id: string }) => {
    const { resourceType, id } = resource
    const written = await vault.store.update(resourceType, id, bodyOf(resource), {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  for (const id of ['p1', 'p2']) {
    const system = 'http://terminology.hl7.org/CodeSystem/v2-0203'
    await put({
      resourceType: 'Patient',
      id,
      name: [{ family: 'García', given: [id] }],
      gender: 'female',
      birthDate: '1980-01-02',
      telecom: [{ system: 'phone', value: `55-${id}` }],
      identifier: [
        { type: { coding: [{ system, code: 'MR' }] }, value: `MR-${id}` },
        { system: 'urn:curp', value: `CURP-${id}` },
      ],
    } as never)
    await put({
      resourceType: 'Observation',
      id: `weight-${id}`,
      status: 'final',
      code: { text: 'weight' },
      subject: reference(`Patient/${id}`),
    } as never)
    await put({
      resourceType: 'Observation',
      id: `glucose-${id}`,
      status: 'final',
      category: [{ coding: [{ code: 'laboratory' }] }],
      code: { text: 'glucose' },
      subject: reference(`Patient/${id}`),
    } as never)
    await put({
      resourceType: 'Invoice',
      id: `invoice-${id}`,
      status: 'issued',
      subject: reference(`Patient/${id}`),
    } as never)
    await put({
      resourceType: 'Appointment',
      id: `visit-${id}`,
      status: 'booked',
      start: ago(1),
      end: ago(1),
      participant: [{ actor: reference(`Patient/${id}`), status: 'accepted' }],
    } as never)
  }
  await put({ resourceType: 'Practitioner', id: 'ana' })
  await put(encounter('e1', 'p1', 'ana', ago(3)) as never)
  await put(encounter('e2', 'p2', 'luis', ago(90), ago(60)) as never)
  // Of both: whoever sees it sees something of each.
  await put({
    resourceType: 'Communication',
    id: 'both',
    status: 'completed',
    subject: reference('Patient/p1'),
    recipient: [reference('Patient/p2')],
  } as never)
  return { ...vault, put, as: (by: By) => vault.store.as(by) }
}

const encounter = (id: string, patientId: string, practitioner: string, start: string, end?: string) => ({
  resourceType: 'Encounter',
  id,
  status: end === undefined ? 'in-progress' : 'finished',
  class: { code: 'AMB' },
  subject: reference(`Patient/${patientId}`),
  participant: [{ individual: reference(`Practitioner/${practitioner}`) }],
  period: { start, ...(end === undefined ? {} : { end }) },
})

const statusOf = async (asked: Promise<{ status: string }>) => (await asked).status

async function found(acting: Acting, type: string | undefined, query: string, compartment?: string) {
  const page = await acting.search({
    ...(type === undefined ? {} : { type }),
    ...(compartment === undefined ? {} : { compartment: { type: 'Patient', id: compartment } as const }),
    pairs: [...new URLSearchParams(query)],
    view: 'full',
    actor: acting.actor,
  })
  if (isRefusal(page)) return page.status
  return { ids: page.entries.map(({ version }) => version.id).toSorted(), total: page.total }
}

/** For the tests that only read. */
let as: (by: By) => Acting
const undoings: (() => Promise<void> | void)[] = []
after(async () => {
  for (const undo of undoings) await undo()
})
before(async () => {
  const made = await hospital({ after: (undo) => void undoings.push(undo) })
  await made.put({
    resourceType: 'Condition',
    id: 'c1',
    subject: reference('Patient/p1'),
    evidence: [{ detail: [reference('Observation/weight-p2'), reference('Observation/weight-p1')] }],
  } as never)
  as = made.as
})

describe('reads', () => {
  test('by role, by kind and by what somebody is to the patient', async () => {
    const cases: [by: By, type: string, id: string, status: string][] = [
      [ana, 'Observation', 'weight-p1', 'ok'],
      [ana, 'Observation', 'glucose-p1', 'ok'],
      [ana, 'Encounter', 'e1', 'ok'],
      [ana, 'Patient', 'p1', 'ok'],
      [ana, 'Practitioner', 'ana', 'ok'],
      [ana, 'Observation', 'weight-p2', 'not-found'],
      [ana, 'Patient', 'p2', 'not-found'],
      [ana, 'Communication', 'both', 'not-found'],
      [ana, 'Observation', 'none', 'not-found'],
      [ana, 'Invoice', 'invoice-p1', 'forbidden'],
      [luis, 'Observation', 'weight-p1', 'not-found'],
      // The grace of a finished visit has ended.
      [luis, 'Observation', 'weight-p2', 'not-found'],
      [{ ...ana, purpose: 'HRESCH' }, 'Observation', 'weight-p1', 'forbidden'],
      [{ ...ana, purpose: 'curiosity' }, 'Observation', 'weight-p1', 'forbidden'],
      [reception, 'Patient', 'p1', 'ok'],
      [reception, 'Appointment', 'visit-p2', 'ok'],
      [reception, 'Observation', 'weight-p1', 'forbidden'],
      [reception, 'Encounter', 'e1', 'forbidden'],
      [laboratory, 'Observation', 'glucose-p2', 'ok'],
      [laboratory, 'Observation', 'weight-p2', 'not-found'],
      [laboratory, 'Condition', 'c', 'forbidden'],
      [laboratory, 'Patient', 'p2', 'ok'],
      [billing, 'Invoice', 'invoice-p2', 'ok'],
      [billing, 'Observation', 'glucose-p2', 'forbidden'],
      [privacy, 'Patient', 'p2', 'ok'],
      [privacy, 'Observation', 'weight-p1', 'forbidden'],
      [auditor, 'Patient', 'p1', 'forbidden'],
      [auditor, 'Practitioner', 'ana', 'forbidden'],
      [patient, 'Observation', 'weight-p1', 'ok'],
      [patient, 'Invoice', 'invoice-p1', 'ok'],
      [patient, 'Observation', 'weight-p2', 'not-found'],
      [patient, 'Communication', 'both', 'not-found'],
      [mother, 'Observation', 'weight-p2', 'ok'],
      [mother, 'Observation', 'weight-p1', 'not-found'],
      [program('system/*.cruds'), 'Communication', 'both', 'ok'],
      [program('system/Observation.r'), 'Observation', 'weight-p2', 'ok'],
      [program('system/Observation.r'), 'Condition', 'c', 'forbidden'],
      [program('system/Observation.cu'), 'Observation', 'weight-p2', 'forbidden'],
      [archivist, 'Patient', 'p2', 'ok'],
      [archivist, 'Observation', 'weight-p1', 'forbidden'],
      ...others.map((by): [By, string, string, string] => [by, 'Patient', 'p1', 'forbidden']),
      ...others.map((by): [By, string, string, string] => [by, 'Observation', 'weight-p1', 'forbidden']),
    ]
    for (const [by, type, id, status] of cases) {
      const said = `${by.actor} ${by.purpose ?? ''} ${type}/${id}`
      assert.equal(await statusOf(as(by).read(type, id)), status, said)
      if (type === 'Communication') continue
      assert.equal(await statusOf(as(by).vread(type, id, 1)), status, `${said}, version 1`)
      assert.equal(
        await statusOf(as(by).instanceHistory(type, id, { count: 10 })),
        status,
        `${said}, history`,
      )
    }
  })

  test('whoever comes without a name and from elsewhere may do nothing', async () => {
    const nobody = { actor: 'x', client: 'x', address: '192.0.2.9' }
    assert.equal(await statusOf(as(nobody).read('Patient', 'p1')), 'forbidden')
    assert.equal(await found(as(nobody), 'Patient', ''), 'forbidden')
  })

  test('identity: a clinician gets name, sex, birth date and record number', async () => {
    const texts = async (by: By) => {
      const acting = as(by)
      const read = await acting.read('Patient', 'p1')
      const versioned = await acting.vread('Patient', 'p1', 1)
      const history = await acting.instanceHistory('Patient', 'p1', { count: 5 })
      const everything = await acting.everything('p1', { count: 100 })
      const search = await acting.search({
        type: 'Patient',
        pairs: [['_id', 'p1']],
        view: 'full',
        actor: acting.actor,
      })
      assert.ok(read.status === 'ok' && versioned.status === 'ok' && history.status === 'ok')
      assert.ok(everything.status === 'ok' && search.status === 'ok')
      const own = everything.entries.find(({ type }) => type === 'Patient')
      return [read.version, versioned.version, history.entries[0], own, search.entries[0]?.version].map(
        (version) => version?.json ?? assert.fail('nothing was found'),
      )
    }
    for (const text of await texts(ana)) {
      assert.match(text, /García.*1980-01-02|1980-01-02.*García/)
      assert.match(text, /MR-p1/)
      assert.doesNotMatch(text, /55-p1|CURP-p1/)
    }
    for (const by of [reception, patient])
      for (const text of await texts(by)) assert.match(text, /55-p1.*CURP-p1|CURP-p1.*55-p1/)
    assert.deepEqual(await found(as(ana), 'Patient', 'identifier=CURP-p1'), { ids: [], total: 0 })
  })
})

describe('searches', () => {
  test('are of what may be seen, totals too', async () => {
    const own = { ids: ['glucose-p1', 'weight-p1'], total: 2 }
    const none = { ids: [], total: 0 }
    const cases: [by: By, type: string, query: string, compartment: string | undefined, want: unknown][] = [
      [ana, 'Observation', '', 'p1', own],
      [ana, 'Observation', 'subject=Patient/p1', undefined, own],
      [ana, 'Observation', '', 'p2', none],
      [ana, 'Observation', 'subject=Patient/p2', undefined, none],
      [ana, 'Observation', 'subject=Patient/p1,Patient/p2', undefined, own],
      [ana, 'Observation', '_id=weight-p1,weight-p2', undefined, { ids: ['weight-p1'], total: 1 }],
      [ana, 'Patient', 'name=García', undefined, { ids: ['p1'], total: undefined }],
      [ana, 'Invoice', '', 'p1', 'forbidden'],
      [ana, 'Communication', '', 'p1', none],
      [
        ana,
        'Observation',
        'code:text=weight&subject:Patient.name=García',
        undefined,
        { ids: ['weight-p1'], total: 1 },
      ],
      [ana, 'Patient', '_has:Observation:subject:_id=weight-p2', undefined, none],
      [luis, 'Observation', '', 'p1', none],
      // Without a patient: of those in their care.
      [ana, 'Observation', '', undefined, own],
      [ana, 'Observation', '_summary=count', undefined, { ids: [], total: 2 }],
      [ana, 'Observation', 'code:text=weight', undefined, { ids: ['weight-p1'], total: 1 }],
      [ana, 'Patient', 'gender=female', undefined, { ids: ['p1'], total: 1 }],
      [ana, 'Practitioner', '', undefined, { ids: ['ana'], total: 1 }],
      [luis, 'Observation', '', undefined, none],
      [luis, 'Patient', 'gender=female', undefined, none],
      [reception, 'Observation', '', 'p1', 'forbidden'],
      [reception, 'Patient', 'identifier=CURP-p2', undefined, { ids: ['p2'], total: undefined }],
      [reception, 'Patient', 'gender=female', undefined, 'too-wide'],
      [laboratory, 'Observation', '', undefined, { ids: ['glucose-p1', 'glucose-p2'], total: 2 }],
      [billing, 'Invoice', '', undefined, { ids: ['invoice-p1', 'invoice-p2'], total: 2 }],
      [patient, 'Observation', '', undefined, own],
      [patient, 'Patient', '', undefined, { ids: ['p1'], total: 1 }],
      [mother, 'Observation', '', undefined, { ids: ['glucose-p2', 'weight-p2'], total: 2 }],
      [auditor, 'Patient', 'name=García', undefined, 'forbidden'],
    ]
    for (const [by, type, query, compartment, want] of cases) {
      const said = `${by.actor} ${type}?${query} ${compartment ?? ''}`
      const got = await found(as(by), type, query, compartment)
      const known =
        typeof got === 'string' || (want as { total?: number }).total !== undefined
          ? got
          : { ...got, total: undefined }
      assert.deepEqual(known, want, said)
    }
  })

  test('include nothing that may not be seen', async () => {
    const ids = async (by: By, type: string, query: string) => {
      const got = await found(as(by), type, query)
      return typeof got === 'string' ? got : got.ids
    }
    assert.deepEqual(await ids(ana, 'Condition', '_id=c1&_include=Condition:evidence-detail'), [
      'c1',
      'weight-p1',
    ])
    assert.deepEqual(await ids(ana, 'Patient', '_id=p1&_revinclude=Invoice:subject'), ['p1'])
    assert.deepEqual(await ids(ana, 'Patient', '_id=p1&_revinclude=*'), [
      'c1',
      'e1',
      'glucose-p1',
      'p1',
      'visit-p1',
      'weight-p1',
    ])
    const everything = await as(ana).everything('p1', { count: 100 })
    assert.ok(everything.status === 'ok')
    assert.deepEqual(everything.entries.map(({ id }) => id).toSorted(), [
      'ana',
      'c1',
      'e1',
      'glucose-p1',
      'p1',
      'visit-p1',
      'weight-p1',
    ])
    assert.equal(await statusOf(as(ana).everything('p2', { count: 100 })), 'not-found')
  })
})

describe('writes', () => {
  const observation = (patientId: string, id?: string) =>
    bodyOf({
      resourceType: 'Observation',
      ...(id === undefined ? {} : { id }),
      status: 'final',
      code: { text: 'x' },
      subject: reference(`Patient/${patientId}`),
    })

  test('are judged on what was there, and on what would be', async (t) => {
    const { as } = await hospital(t)
    const acting = as(ana)
    assert.equal(await statusOf(acting.create('Observation', observation('p1'), {})), 'ok')
    assert.equal(await statusOf(acting.create('Observation', observation('p2'), {})), 'forbidden')
    assert.equal(await statusOf(acting.create('Observation', observation('unheard-of'), {})), 'forbidden')
    assert.equal(
      await statusOf(acting.update('Observation', 'weight-p1', observation('p1', 'weight-p1'), {})),
      'ok',
    )
    // Out of one record into another, and back.
    assert.equal(
      await statusOf(acting.update('Observation', 'weight-p1', observation('p2', 'weight-p1'), {})),
      'forbidden',
    )
    assert.equal(
      await statusOf(acting.update('Observation', 'weight-p2', observation('p1', 'weight-p2'), {})),
      'not-found',
    )
    assert.equal(await statusOf(acting.delete('Observation', 'weight-p1', {})), 'forbidden')
    assert.equal(
      await statusOf(acting.create('Encounter', bodyOf(encounter('', 'p2', 'ana', ago(1))), {})),
      'invalid',
    )
    const { id: _, ...visit } = encounter('', 'p2', 'ana', ago(1))
    assert.equal(
      await statusOf(acting.create('Encounter', bodyOf(visit), {})),
      'forbidden',
      'who lets themselves in',
    )
    assert.equal(await statusOf(as(reception).create('Encounter', bodyOf(visit), {})), 'ok')
    assert.equal(await statusOf(as(ana).read('Observation', 'weight-p2')), 'ok', 'who was let in')
    const laboratoryWrites = observation('p2')
    assert.equal(await statusOf(as(laboratory).create('Observation', laboratoryWrites, {})), 'forbidden')
  })

  test('tell nothing of what is hidden: what is there is answered as what is not', async (t) => {
    const { as } = await hospital(t)
    const acting = as(ana)
    for (const id of ['weight-p2', 'not-there']) {
      const body = observation('p1', id)
      const patch = bodyOf([{ op: 'test', path: '/status', value: 'preliminary' }])
      const asked = [
        acting.update('Observation', id, body, {}),
        acting.update('Observation', id, body, { ifMatch: 7 }),
        acting.update('Observation', id, body, { ifNoneMatch: '*' }),
        acting.patch('Observation', id, 'json', patch, {}),
        acting.delete('Observation', id, {}),
      ]
      for (const [n, each] of asked.entries()) {
        const { status } = await each
        assert.ok(status === 'not-found' || (n === 4 && status === 'forbidden'), `${id} ${n} ${status}`)
      }
      const created = await acting.create('Observation', observation('p1'), { ifNoneExist: `_id=${id}` })
      assert.equal(created.status === 'ok' && created.outcome, 'created')
      assert.equal(
        await statusOf(acting.updateWhere('Observation', `_id=${id}`, observation('p1'), {})),
        'ok',
        'by criteria nothing is found, and it is created',
      )
    }
  })

  test('tell nothing of a hidden content by what is said of it', async (t) => {
    const { as, put } = await hospital(t)
    for (const id of ['p1', 'p2'])
      await put({
        resourceType: 'Binary',
        id: `scan-${id}`,
        contentType: 'text/plain',
        securityContext: reference(`Patient/${id}`),
        data: 'QUJD',
      } as never)
    const document = (url: string) =>
      bodyOf({
        resourceType: 'DocumentReference',
        status: 'current',
        subject: reference('Patient/p1'),
        content: [{ attachment: { url, size: 7 } }],
      })
    const statuses = ['scan-p1', 'scan-p2', 'not-there'].map((id) =>
      statusOf(as(ana).create('DocumentReference', document(`Binary/${id}`), {})),
    )
    assert.deepEqual(await Promise.all(statuses), ['attachment-differs', 'ok', 'ok'])
  })

  test('take nothing in for whom they may not write, and do not say who was destroyed', async (t) => {
    const { as, sql, store } = await hospital(t)
    assert.equal((await store.destructions.destroy('p2', 'asked for')).status, 'destroyed')
    const [before] = await sql`select count(*)::int from compartment`
    const upload = (securityContext: string | undefined, id?: string) =>
      statusOf(
        as(ana).upload({
          id,
          contentType: 'image/x-test',
          securityContext,
          content: (async function* () {
            yield Buffer.alloc(100_000)
          })(),
        }),
      )
    assert.equal(await upload('Patient/unheard-of'), 'forbidden')
    assert.equal(await upload('Patient/p2'), 'forbidden')
    assert.equal(await upload(undefined), 'forbidden')
    assert.equal(await upload('Patient/p1', 'not-there'), 'not-found')
    assert.deepEqual([...(await sql`select count(*)::int from compartment`)], [before])
    assert.equal(await upload('Patient/p1'), 'ok')
  })

  test('say of two who are set apart no more than a read of either', async (t) => {
    const { as, put, store } = await hospital(t)
    await put({ resourceType: 'Patient', id: 'deleted' })
    assert.equal((await store.delete('Patient', 'deleted', {})).status, 'ok')
    for (const source of ['deleted', 'not-there']) {
      assert.equal(await statusOf(as(archivist).read('Patient', source)), 'not-found')
      const pair = { source, target: 'p1' }
      assert.equal(await statusOf(as(archivist).matching.setApart(pair)), 'not-found', source)
    }
  })

  test('Bundles: each entry by itself, a transaction as a whole', async (t) => {
    const { as } = await hospital(t)
    const entry = (patientId: string) => ({
      resource: JSON.parse(Buffer.from(observation(patientId)).toString()) as object,
      request: { method: 'POST', url: 'Observation' },
    })
    const bundle = (type: string) =>
      bodyOf({ resourceType: 'Bundle', type, entry: [entry('p1'), entry('p2')] })
    const batch = await as(ana).bundle(bundle('batch'), {})
    assert.ok(batch.status === 'ok')
    const { entry: answers } = JSON.parse(batch.json) as { entry: { response: { status: string } }[] }
    assert.deepEqual(
      answers.map(({ response }) => response.status),
      ['201 Created', '403'],
    )
    const transaction = await as(ana).bundle(bundle('transaction'), {})
    assert.equal(transaction.status, 'transaction-failed')
    assert.equal('cause' in transaction && transaction.cause?.status, 'forbidden')
  })
})

describe('what is of everybody', () => {
  test('is for nobody but the whole program', async () => {
    for (const by of [ana, reception, laboratory, privacy, auditor, patient, mother, ...others]) {
      const acting = as(by)
      const refused = [
        acting.list('Observation', { count: 10 }),
        acting.count('Observation', {}),
        acting.reindex(),
        acting.destructions.list(),
        acting.destructions.destroy('p1', 'x'),
      ]
      for (const [n, each] of refused.entries())
        assert.equal(await statusOf(each), 'forbidden', `${by.actor} ${n}`)
    }
  })

  test('a history or an export of a type is for whom the type is, and else says why', async () => {
    const kickoff = (by: By) => ({
      level: 'system' as const,
      pairs: [['_type', 'Observation']] as const,
      url: 'http://x/$export',
      actor: by.actor,
    })
    const cases: [by: By, history: string, exported: string][] = [
      [ana, 'ok', 'usage-limit'],
      [laboratory, 'ok', 'usage-limit'],
      [patient, 'ok', 'ok'],
      [mother, 'ok', 'ok'],
      [reception, 'forbidden', 'forbidden'],
      [privacy, 'forbidden', 'forbidden'],
      [auditor, 'forbidden', 'forbidden'],
    ]
    for (const [by, history, exported] of cases) {
      const acting = as(by)
      assert.equal(await statusOf(acting.typeHistory('Observation', { count: 10 })), history, by.actor)
      assert.equal(await statusOf(acting.exports.begin(kickoff(by))), exported, by.actor)
    }
    const page = await as(ana).typeHistory('Observation', { count: 100 })
    assert.ok(page.status === 'ok' && page.entries.length > 0)
    for (const { id } of page.entries) assert.equal((await as(ana).read('Observation', id)).status, 'ok', id)
  })

  test('the ledger: of everybody for privacy and audit, of one for whom it is about', async () => {
    const cases: [by: By, patientId: string | undefined, status: string][] = [
      [privacy, undefined, 'ok'],
      [privacy, 'p2', 'ok'],
      [auditor, undefined, 'ok'],
      [patient, 'p1', 'ok'],
      [patient, 'p2', 'forbidden'],
      [patient, undefined, 'forbidden'],
      [mother, 'p2', 'ok'],
      [mother, 'p1', 'forbidden'],
      [ana, 'p1', 'forbidden'],
      [reception, undefined, 'forbidden'],
      [others[0] as By, undefined, 'forbidden'],
    ]
    for (const [by, patientId, status] of cases) {
      const terms = patientId === undefined ? {} : { patient: `Patient/${patientId}` }
      assert.equal(await statusOf(as(by).ledger.entries(terms)), status, `${by.actor} ${patientId ?? ''}`)
    }
    assert.equal(await statusOf(as(patient).ledger.radius({ actor: 'x' })), 'forbidden')
    assert.equal(await statusOf(as(auditor).ledger.checkpoint()), 'not-found')
    assert.equal(await statusOf(as(ana).ledger.checkpoint()), 'forbidden')
  })
})

test('a refusal is in the ledger with its reason, and what was asked for with its purpose', async (t) => {
  const vault: TestVault = await hospital(t)
  await vault.store.as(ana).read('Observation', 'weight-p2')
  await vault.store.as(reception).read('Observation', 'weight-p1')
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  for (let tries = 0; ; tries++) {
    const { entries } = await vault.ledger.query({ limit: 1000 })
    const refused = entries.filter(({ outcome }) => outcome === 'refused')
    if (refused.length < 2 && tries < 200) {
      await new Promise((resolve) => setTimeout(resolve, 25))
      continue
    }
    assert.deepEqual(
      refused.map(({ details }) => [details?.actor, details?.purpose, details?.reason]),
      [
        ['person/ana', 'TREAT', 'not-found: no-permission'],
        ['person/rosa', 'HOPERAT', 'forbidden'],
      ],
    )
    return
  }
})

describe('why', () => {
  const explain = async (whom: By, asked: Parameters<Acting['explain']>[1]) => {
    const told = await as(tester).explain(whom.principal!, asked)
    assert.ok(told.status === 'ok')
    const { isAllowed, explained, otherwise } = told
    const policies = (each: typeof explained) => each.flatMap((one) => one.policies.map(({ id }) => id))
    const relations = explained.map(({ facts }) => facts['access.relation'])
    return {
      isAllowed,
      relations,
      by: policies(explained),
      otherwise: [...new Set(policies(otherwise))].toSorted(),
    }
  }

  test('the policies that decided, the facts, and what would allow it', async () => {
    const weight = { action: 'read', type: 'Observation', id: 'weight-p1' } as const
    const care = ['access.care-reads']
    const emergency = [...care, 'breakglass.reads', 'grants.reads']
    assert.deepEqual(await explain(ana, weight), {
      isAllowed: true,
      relations: ['care'],
      by: care,
      otherwise: [],
    })
    assert.deepEqual(await explain(luis, weight), {
      isAllowed: false,
      relations: ['none'],
      by: [],
      otherwise: emergency,
    })
    assert.deepEqual(await explain(ana, { ...weight, purpose: 'HRESCH' }), {
      isAllowed: false,
      relations: ['care'],
      by: [],
      otherwise: [],
    })
    assert.deepEqual(await explain(ana, { action: 'read', type: 'Communication', id: 'both' }), {
      isAllowed: false,
      relations: ['care', 'none'],
      by: care,
      otherwise: emergency,
    })
    // Those of the laboratory among them.
    const any = await explain(laboratory, { action: 'read', type: 'Observation' })
    assert.deepEqual([any.isAllowed, new Set(any.by)], [true, new Set(['access.laboratory'])])
    const { isAllowed, by } = await explain(program('system/*.cruds'), { action: 'export' })
    assert.deepEqual([isAllowed, new Set(by)], [true, new Set(['access.system-program'])])
  })

  test('is for who may ask of the whole ledger, and in it', async () => {
    const asked = { action: 'read', type: 'Patient', id: 'p1' } as const
    assert.equal(await statusOf(as(ana).explain(ana.principal!, asked)), 'forbidden')
    assert.equal(await statusOf(as(privacy).explain(ana.principal!, asked)), 'ok')
  })
})
