import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { exported, kickoffOf } from '#test/kit/exported.ts'
import { bodyOf, testVault, type TestVault } from '#test/kit/vault.ts'

let vault: TestVault
const scope: (() => unknown)[] = []

const put = async (type: string, id: string, more: object = {}) => {
  const written = await vault.store.update(type, id, bodyOf({ resourceType: type, id, ...more }), {})
  assert.equal(written.status, 'ok', JSON.stringify(written))
}
const code = { coding: [{ system: 'urn:codes', code: 'a,b' }] }
const note = (id: string, patient: string, more: object = {}) =>
  put('Observation', id, { status: 'final', code, subject: { reference: `Patient/${patient}` }, ...more })
const member = (patient: string, more: object = {}) => ({
  entity: { reference: `Patient/${patient}` },
  ...more,
})
const namesOf = async (
  ...args: Parameters<typeof exported> extends [unknown, ...infer Rest] ? Rest : never
) => [...(await exported(vault.store, ...args)).resources.keys()].toSorted()

before(async () => {
  vault = await testVault({ after: (done) => scope.push(done) }, { exports: { ownerJobsMax: 100 } })
  vault.store.exports.start()
  for (const id of ['ana', 'ben', 'eva']) {
    await put('Patient', id, { name: [{ family: 'Núñez', given: [id] }] })
    await note(`${id}-1`, id)
    await note(`${id}-2`, id, { status: 'preliminary', note: [{ text: 'ñ\u2028"\\' }] })
  }
  await put('Practitioner', 'dra', { name: [{ family: 'Ortiz' }] })
  await put('Organization', 'hgd', { name: 'Hospital General' })
  await put('Group', 'ward', {
    type: 'person',
    actual: true,
    member: [member('ana'), member('ben', { inactive: true }), { entity: { reference: 'Practitioner/dra' } }],
  })
  await put('Group', 'all', {
    type: 'person',
    actual: true,
    member: [member('eva'), { entity: { reference: 'Group/ward' } }, { entity: { reference: 'Group/all' } }],
  })
  // Of two patients: it lives with the first.
  const participant = ['eva', 'ana'].map((id) => ({
    status: 'accepted',
    actor: { reference: `Patient/${id}` },
  }))
  await put('Appointment', 'shared', { status: 'proposed', participant })
})
after(async () => {
  for (const done of scope.toReversed()) await done()
})

describe('who and what', () => {
  const ofAna = ['Observation/ana-1', 'Observation/ana-2', 'Patient/ana']
  const ofBen = ['Observation/ben-1', 'Observation/ben-2', 'Patient/ben']
  const ofEva = ['Observation/eva-1', 'Observation/eva-2', 'Patient/eva']
  const groups = ['Group/all', 'Group/ward']
  const house = ['Organization/hgd', 'Practitioner/dra']

  test('the system’s has everything, the facility’s too; the patients’ has their compartments', async () => {
    const patients = [...ofAna, ...ofBen, ...ofEva, ...groups, 'Appointment/shared']
    assert.deepEqual(await namesOf(), [...patients, ...house].toSorted())
    assert.deepEqual(await namesOf({ level: 'patient' }), patients.toSorted())
  })

  test('a Group’s has its members’, and those of Groups in it; who is inactive is left out', async () => {
    const ward = await namesOf({ level: 'group', group: 'ward' })
    // What names a member and lives with somebody else is the member's as well.
    assert.deepEqual(ward, [...ofAna, 'Appointment/shared', 'Group/ward'].toSorted())
    const all = await namesOf({ level: 'group', group: 'all' })
    assert.deepEqual(all, [...ofAna, ...ofEva, ...groups, 'Appointment/shared'].toSorted())
    const none = await vault.store.exports.begin(kickoffOf({ level: 'group', group: 'none' }))
    assert.equal(none.status, 'not-found')
  })

  test('patients are named by POST, and must be here, and in the Group', async () => {
    const patient = (...ids: string[]) => ids.map((id) => ['patient', `Patient/${id}`] as const)
    const begin = async (more: Parameters<typeof kickoffOf>[0]) =>
      (await vault.store.exports.begin(kickoffOf({ isPosted: true, ...more }))).status
    const asked = { level: 'patient', isPosted: true, pairs: patient('ben', 'ana') } as const
    assert.deepEqual(
      await namesOf(asked),
      [...ofAna, ...ofBen, 'Group/ward', 'Appointment/shared'].toSorted(),
    )
    assert.equal(await begin({ level: 'patient', pairs: patient('nobody') }), 'invalid-parameter')
    assert.equal(await begin({ level: 'group', group: 'ward', pairs: patient('ben') }), 'invalid-parameter')
    assert.equal(await begin({ pairs: patient('ana') }), 'unsupported-parameter')
    assert.equal(
      await begin({ level: 'patient', isPosted: false, pairs: patient('ana') }),
      'unsupported-parameter',
    )
    const lenient = await exported(vault.store, {
      level: 'group',
      group: 'ward',
      isPosted: true,
      lenient: true,
      pairs: patient('ana', 'ben'),
    })
    assert.deepEqual(
      [...lenient.resources.keys()].toSorted(),
      [...ofAna, 'Appointment/shared', 'Group/ward'].toSorted(),
    )
    assert.match(lenient.files.find(({ kind }) => kind === 'error')?.lines[0] ?? '', /patient/)
  })

  test('_type, also of the facility’s where it is named', async () => {
    assert.deepEqual(await namesOf({ pairs: [['_type', 'Patient,Practitioner']] }), [
      'Patient/ana',
      'Patient/ben',
      'Patient/eva',
      'Practitioner/dra',
    ])
    const pairs = [
      ['_type', 'Patient'],
      ['_type', 'Practitioner'],
    ] as const
    assert.deepEqual(await namesOf({ level: 'group', group: 'ward', pairs }), [
      'Patient/ana',
      'Practitioner/dra',
    ])
  })

  test('_typeFilter: any of the searches of a type', async () => {
    const filtered = (value: string) =>
      namesOf({ level: 'group', group: 'ward', pairs: [['_typeFilter', value]] })
    const others = ['Appointment/shared', 'Group/ward']
    assert.deepEqual(
      await filtered('Observation?status=preliminary'),
      [...others, 'Observation/ana-2', 'Patient/ana'].toSorted(),
    )
    assert.deepEqual(
      await filtered(
        'Observation?status=preliminary,Observation?status=final&code=urn:codes|a%5C,b,Patient?family=nu',
      ),
      [...others, ...ofAna].toSorted(),
    )
    assert.deepEqual(await filtered('Observation?status=amended,registered,Patient?_id=x'), others)
  })

  test('_elements keeps what is mandatory, and says that there was more', async () => {
    const { resources } = await exported(vault.store, { pairs: [['_elements', 'status,Patient.id']] })
    const observation = JSON.parse(resources.get('Observation/ana-2') ?? '') as Record<string, unknown>
    assert.deepEqual(Object.keys(observation).toSorted(), ['code', 'id', 'meta', 'resourceType', 'status'])
    assert.match(resources.get('Patient/ana') ?? '', /SUBSETTED/)
    assert.doesNotMatch(resources.get('Patient/ana') ?? '', /Núñez/)
  })

  test('what is not supported is refused by name, or left out and told', async () => {
    const begin = async (name: string, value: string, lenient = false) => {
      const refused = await vault.store.exports.begin(kickoffOf({ pairs: [[name, value]], lenient }))
      return refused.status === 'ok' ? 'ok' : `${refused.status} ${String(refused.slots?.['parameter'])}`
    }
    const cases: [string, string, string][] = [
      ['includeAssociatedData', 'LatestProvenanceResources', 'unsupported-parameter includeAssociatedData'],
      ['_until', '2026-01-01T00:00:00Z', 'unsupported-parameter _until'],
      ['Ana María Núñez', '1', 'unsupported-parameter ?'],
      ['_outputFormat', 'text/csv', 'invalid-parameter _outputFormat'],
      ['_since', 'yesterday', 'invalid-parameter _since'],
      ['_since', '2026-02-30T00:00:00Z', 'invalid-parameter _since'],
      ['_type', 'Patient,Nonsense', 'invalid-parameter _type'],
      ['_elements', 'Patient.name.family', 'invalid-parameter _elements'],
      ['_typeFilter', 'Observation', 'invalid-parameter _typeFilter'],
      ['_typeFilter', 'Observation?status=%zz', 'invalid-parameter _typeFilter'],
      ['_typeFilter', 'Observation?colour=red', 'unsupported-parameter colour'],
      ['_typeFilter', 'Observation?_sort=date', 'unsupported-parameter _sort'],
      ['_typeFilter', 'Observation?_include=*', 'unsupported-parameter _include'],
      [
        '_typeFilter',
        'Observation?subject:Patient.name=x',
        'unsupported-parameter _typeFilter=Observation?subject',
      ],
    ]
    for (const [name, value, want] of cases) assert.equal(await begin(name, value), want, `${name}=${value}`)
    assert.equal(await begin('_type', 'Nonsense', true), 'invalid-parameter _type')
    const both = [
      ['_type', 'Patient'],
      ['_typeFilter', 'Observation?status=final'],
    ] as const
    assert.equal((await vault.store.exports.begin(kickoffOf({ pairs: both }))).status, 'invalid-parameter')
    const { files, manifest } = await exported(vault.store, {
      actor: 'lenient',
      lenient: true,
      pairs: [
        ['_type', 'Organization'],
        ['_until', '2026-01-01'],
      ],
    })
    assert.deepEqual(
      manifest.files.map(({ kind, type }) => [kind, type]),
      [
        ['output', 'Organization'],
        ['error', 'OperationOutcome'],
      ],
    )
    assert.match(files[1]?.lines[0] ?? '', /"severity":"warning".*_until/)
  })
})
