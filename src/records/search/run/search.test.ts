import assert from 'node:assert/strict'
import { test } from 'node:test'
import { searched } from '#test/kit/searched.ts'
import { bodyOf } from '#test/kit/vault.ts'

test('in a patient’s compartment: filtered, sorted, counted, paged', async (t) => {
  const { note, all, page } = await searched(t)
  for (let n = 0; n < 12; n++) {
    await note(`a${n}`, 'p', n % 3 === 0 ? 'x' : 'y', {
      valueQuantity: { value: n },
      effectiveDateTime: `2026-01-${10 + n}`,
    })
  }
  await note('other', 'q', 'x')
  assert.deepEqual(await all('Observation?patient=p&code=x'), {
    names: ['a9', 'a6', 'a3', 'a0'].map((id) => `Observation/${id}`),
    included: [],
    total: 4,
  })
  assert.deepEqual(
    (await all('Observation?subject=Patient/p&code=urn:codes|x&_count=1&_sort=date')).names,
    ['a0', 'a3', 'a6', 'a9'].map((id) => `Observation/${id}`),
  )
  assert.deepEqual(
    (await all('Observation?patient=p&value-quantity=gt8&_sort=-value-quantity&_count=2')).names,
    ['a11', 'a10', 'a9'].map((id) => `Observation/${id}`),
  )
  assert.deepEqual((await all('Observation?patient=p,q&code=x&_count=2')).total, 5)
  assert.deepEqual((await all('Patient/p/Observation?code=y&_count=3')).total, 8)
  assert.equal((await all('Patient/p/*')).total, 12)
  const counted = await page('Observation?patient=p&_count=0')
  assert(
    counted.status === 'ok' &&
      counted.total === 12 &&
      counted.entries.length === 0 &&
      counted.next === undefined,
  )
  assert.deepEqual((await all('Observation?patient=nobody')).total, 0)
})

test('by id, in the facility, rare types, everywhere', async (t) => {
  const { note, put, all } = await searched(t)
  for (const name of ['Norte', 'Sur', 'Este']) await put('Organization', name, { name: `Hospital ${name}` })
  for (const id of ['p', 'q', 'r']) await put('Patient', id, { gender: id === 'q' ? 'male' : 'female' })
  for (const id of ['p', 'q', 'r']) await note(`o-${id}`, id, 'x')
  assert.deepEqual((await all('Organization?name=hospital&_sort=-name')).names, [
    'Organization/Sur',
    'Organization/Norte',
    'Organization/Este',
  ])
  assert.deepEqual((await all('Observation?_id=o-p,o-q,none&_count=1')).names.toSorted(), [
    'Observation/o-p',
    'Observation/o-q',
  ])
  assert.deepEqual((await all('Observation?code=x&_count=1')).names.toSorted(), [
    'Observation/o-p',
    'Observation/o-q',
    'Observation/o-r',
  ])
  assert.deepEqual(await all('Patient?gender=female&_count=1&_total=accurate'), {
    names: (await all('Patient?gender=female')).names,
    included: [],
    total: 2,
  })
  assert.deepEqual((await all('Patient?gender=female&_sort=_id&_count=1')).names, ['Patient/p', 'Patient/r'])
  assert.equal((await all('?_count=2')).names.length, 9)
  assert.deepEqual((await all('?_type=Organization,Patient&_count=2')).names.length, 6)
  assert.deepEqual((await all('Observation?_count=2')).names, [
    'Observation/o-r',
    'Observation/o-q',
    'Observation/o-p',
  ])
})

test('a Binary is found wherever its security context put it', async (t) => {
  const { put, all } = await searched(t)
  await put('Patient', 'p', { gender: 'female' })
  const content = { contentType: 'text/plain', data: 'QUJD', meta: { tag: [{ code: 'scan' }] } }
  await put('Binary', 'house', content)
  await put('Binary', 'own', { ...content, securityContext: { reference: 'Patient/p' } })
  for (const query of ['Binary?_tag=scan&_sort=_id', '?_type=Binary&_tag=scan&_sort=_id', 'Binary?_sort=_id'])
    assert.deepEqual((await all(query)).names, ['Binary/house', 'Binary/own'], query)
})

test('chains, _has, _include and _revinclude', async (t) => {
  const { note, put, all } = await searched(t)
  await put('Organization', 'org', { name: 'Clínica' })
  await put('Practitioner', 'doc', { name: [{ family: 'Ruiz' }] })
  for (const id of ['p', 'q']) {
    await put('Patient', id, {
      name: [{ family: id === 'p' ? 'Muñoz' : 'Pérez' }],
      identifier: [{ system: 'urn:i', value: `i-${id}` }],
      managingOrganization: { reference: 'Organization/org' },
    })
    await note(`o-${id}`, id, 'x', { performer: [{ reference: 'Practitioner/doc' }] })
  }
  assert.deepEqual((await all('Observation?patient.identifier=urn:i|i-p')).names, ['Observation/o-p'])
  assert.deepEqual((await all('Observation?subject:Patient.family=perez')).names, ['Observation/o-q'])
  assert.deepEqual((await all('Observation?performer:Practitioner.family=ruiz')).total, 2)
  assert.deepEqual((await all('Observation?subject:Patient.organization.name=clinica')).total, 2)
  assert.deepEqual((await all('Patient?_has:Observation:patient:code=x&family=mu%C3%B1oz')).names, [
    'Patient/p',
  ])
  assert.deepEqual((await all('Practitioner?_has:Observation:performer:patient.family=perez')).names, [
    'Practitioner/doc',
  ])
  const found = await all(
    'Observation?patient=p&_include=Observation:subject&_include=Observation:performer&_include:iterate=Patient:organization',
  )
  assert.deepEqual(found.included.toSorted(), ['Organization/org', 'Patient/p', 'Practitioner/doc'])
  assert.deepEqual((await all('Patient?_id=p&_revinclude=Observation:patient')).included, ['Observation/o-p'])
  assert.deepEqual((await all('Practitioner?_revinclude=Observation:performer')).included.length, 2)
})

test('_revinclude looks wherever it can be, or says that it did not', async (t) => {
  const { note, put, all, page } = await searched(t)
  await put('Patient', 'p', {})
  await put('Patient', 'q', {})
  await note('o', 'p', 'x')
  // Of another patient, who alone is named as whose it is.
  await note('of-q', 'q', 'x', {
    derivedFrom: [{ reference: 'Observation/o' }],
    focus: [{ reference: 'Patient/p' }],
  })
  assert.deepEqual((await all('Observation?_id=o&_revinclude=Observation:derived-from')).included, [
    'Observation/of-q',
  ])
  assert.deepEqual((await all('Patient?_id=p&_revinclude=Observation:focus')).included, ['Observation/of-q'])
  for (const [query, want] of [
    ['_id=p&_revinclude=Observation:focus', undefined],
    ['_id=p&_revinclude=Observation:subject', undefined],
    ['_id=p&_revinclude=*', ['*:*']],
    ['_id=p', undefined],
  ] as const) {
    const found = await page(`Patient?${query}`)
    assert(found.status === 'ok')
    assert.deepEqual(found.partly, want, query)
  }
})

test('who may not see identity is shown none of it, by a listing either', async (t) => {
  const { put, page } = await searched(t)
  await put('Patient', 'p', { gender: 'female', telecom: [{ system: 'phone', value: '5550001' }] })
  for (const address of ['Patient', 'Patient?gender=female', 'Patient?_id=p', '?_type=Patient']) {
    const [full, clinical] = [await page(address), await page(address, { view: 'clinical' })]
    assert(full.status === 'ok' && clinical.status === 'ok')
    assert.match(String(full.entries[0]?.version.json), /5550001/)
    assert.doesNotMatch(String(clinical.entries[0]?.version.json ?? '-'), /5550001|undefined/, address)
    assert.equal(clinical.entries.length, 1, address)
  }
})

test('a link fits an address, however long what it is sorted by', async (t) => {
  const { put, page, all } = await searched(t)
  for (const [id, end] of ['a', 'b', 'c', 'd'].entries())
    await put('Patient', `p${id}`, {
      gender: 'female',
      address: [{ text: `${end}${'calle '.repeat(4000)}` }],
    })
  const first = await page('Patient?gender=female&_sort=-address&_count=1')
  assert(first.status === 'ok' && (first.next?.length ?? 0) < 4000)
  const { names } = await all('Patient?gender=female&_sort=-address&_count=1')
  assert.deepEqual(names, ['Patient/p3', 'Patient/p2', 'Patient/p1', 'Patient/p0'])
})

test('a condition sees what is committed, whatever else is under way', async (t) => {
  const { store, sql } = await searched(t)
  const create = () =>
    store.create('Basic', bodyOf({ resourceType: 'Basic', code: { text: 'once' } }), {
      ifNoneExist: '_lastUpdated=ge2020',
    })
  await sql.begin(async (held) => {
    await held`select 1`
    const outcomes = [await create(), await create()].map((each) => each.status === 'ok' && each.outcome)
    assert.deepEqual(outcomes, ['created', 'unchanged'])
  })
})

test('a resource of seventy thousand identifiers is found by the last of them', async (t) => {
  const { put, all } = await searched(t)
  const identifier = Array.from({ length: 70_000 }, (_, n) => ({ value: `${n}` }))
  await put('Basic', 'b', { code: { text: 'many' }, identifier })
  assert.deepEqual((await all('Basic?identifier=69999')).names, ['Basic/b'])
})
