import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { at } from '#test/kit/tree.ts'
import { bodyOf, testVault, type TestStore, type TestVault } from '#test/kit/vault.ts'

let vault: TestVault
let store: TestStore
const scope: (() => unknown)[] = []
before(async () => {
  vault = await testVault({ after: (done) => scope.push(done) })
  store = vault.store
})
after(async () => {
  for (const done of scope.toReversed()) await done()
})

const json = (...operations: object[]) => Buffer.from(JSON.stringify(operations))
const parameters = (...operations: [name: string, value: object][][]) =>
  bodyOf({
    resourceType: 'Parameters',
    parameter: operations.map((parts) => ({
      name: 'operation',
      part: parts.map(([name, value]) => ({ name, ...value })),
    })),
  })

async function put(id: string, text: string): Promise<void> {
  const type = (JSON.parse(text) as { resourceType: string }).resourceType
  const written = await store.update(type, id, Buffer.from(text), {})
  assert.equal(written.status, 'ok', JSON.stringify(written))
}

async function textOf(type: string, id: string): Promise<string> {
  const read = await store.read(type, id)
  assert.equal(read.status, 'ok')
  return read.status === 'ok' ? read.version.json : ''
}

test('a patched resource is another version, with every literal that was not touched', async () => {
  const text =
    '{"id":"weight","resourceType":"Observation","status":"final","code":{"text":"\\u00e9"},"valueQuantity":{"value":1.0,"unit":"kg"}}'
  await put('weight', text)
  const patched = await store.patch(
    'Observation',
    'weight',
    'json',
    json(
      { op: 'test', path: '/meta/versionId', value: '1' },
      { op: 'replace', path: '/status', value: 'amended' },
    ),
    { ifMatch: 1 },
  )
  assert.ok(patched.status === 'ok' && patched.outcome === 'updated', JSON.stringify(patched))
  assert.equal(patched.version?.version, 2)
  const now = await textOf('Observation', 'weight')
  assert.equal(now.replace(/"meta":\{[^}]*\},/, ''), text.replace('final', 'amended'))
  assert.equal(patched.version?.json, now)

  const again = await store.patch(
    'Observation',
    'weight',
    'fhirpath',
    parameters([
      ['type', { valueCode: 'replace' }],
      ['path', { valueString: 'Observation.value.unit' }],
      ['value', { valueString: 'g' }],
    ]),
    {},
  )
  assert.equal(again.status, 'ok', JSON.stringify(again))
  assert.match(await textOf('Observation', 'weight'), /"valueQuantity":\{"value":1\.0,"unit":"g"\}\}$/)
  const old = await store.vread('Observation', 'weight', 1)
  assert.ok(old.status === 'ok' && old.version.json.includes('"final"'))
})

test('a meta of its own, and none, keep their place', async () => {
  for (const meta of ['', '"meta":{"profile":["http://x"]},']) {
    const text = `{"resourceType":"Basic","id":"m",${meta}"code":{"text":"a"}}`
    await put('m', text)
    const want = (await textOf('Basic', 'm')).replaceAll(/"(versionId|lastUpdated)":"[^"]*"/g, '"$1":""')
    const patched = await store.patch(
      'Basic',
      'm',
      'json',
      json({ op: 'replace', path: '/code/text', value: 'b' }),
      {},
    )
    assert.equal(patched.status, 'ok')
    const now = (await textOf('Basic', 'm')).replaceAll(/"(versionId|lastUpdated)":"[^"]*"/g, '"$1":""')
    assert.equal(now, want.replace('"a"', '"b"'))
  }
})

test('what is refused changes nothing', async () => {
  await put('kept', '{"resourceType":"Patient","id":"kept","gender":"male"}')
  await put('gone', '{"resourceType":"Patient","id":"gone"}')
  await store.delete('Patient', 'gone', {})
  const replace = (path: string, value: unknown) => json({ op: 'replace', path, value })
  const cases: [id: string, body: Buffer, ifMatch: number | undefined, want: string][] = [
    ['never', replace('/gender', 'female'), undefined, 'not-found'],
    ['gone', replace('/gender', 'female'), undefined, 'gone'],
    ['kept', replace('/gender', 'female'), 7, 'precondition-failed'],
    ['kept', replace('/gender', 'woman'), undefined, 'invalid'],
    ['kept', replace('/id', 'other'), undefined, 'patch-identity'],
    ['kept', replace('/birthDate', '2000'), undefined, 'patch-failed'],
    ['kept', json({ op: 'test', path: '/gender', value: 'female' }), undefined, 'patch-test-failed'],
    ['kept', Buffer.from('[{'), undefined, 'malformed'],
    ['not an id', replace('/gender', 'female'), undefined, 'invalid-id'],
  ]
  for (const [id, body, ifMatch, want] of cases) {
    const refused = await store.patch('Patient', id, 'json', body, ifMatch === undefined ? {} : { ifMatch })
    assert.equal(refused.status, want, id)
  }
  assert.equal(at(JSON.parse(await textOf('Patient', 'kept')), 'meta.versionId'), '1')
})

test('by criteria: of one match, and only of one', async () => {
  const patient = (id: string, value: string) =>
    put(id, JSON.stringify({ resourceType: 'Patient', id, identifier: [{ system: 'urn:s', value }] }))
  await patient('one', 'alone')
  await patient('two', 'shared')
  await patient('three', 'shared')
  const body = json({ op: 'add', path: '/gender', value: 'female' })
  const patch = (criteria: string, options = {}) =>
    store.patchWhere('Patient', criteria, 'json', body, options)
  assert.equal((await patch('identifier=urn:s|none')).status, 'not-found')
  assert.equal((await patch('identifier=urn:s|shared')).status, 'multiple-matches')
  assert.equal((await patch('identifier=urn:s|alone', { ifMatch: 2 })).status, 'precondition-failed')
  const done = await patch('identifier=urn:s|alone', { ifMatch: 1 })
  assert.ok(done.status === 'ok' && done.version?.id === 'one')
  assert.match(await textOf('Patient', 'one'), /"gender":"female"/)
})

test('concurrent patches of one resource are all applied, from two processes, too', async () => {
  await put('list', '{"resourceType":"Basic","id":"list","code":{"coding":[{"code":"0"}]}}')
  const other = await vault.another()
  const patches = Array.from({ length: 60 }, (_, n) => {
    const { store: theirs } = n % 3 === 0 ? other : vault
    const add = { op: 'add', path: '/code/coding/-', value: { code: String(n + 1) } }
    return theirs.patch('Basic', 'list', 'json', json(add), {})
  })
  const outcomes = (await Promise.all(patches)).map(({ status }) => status)
  assert.deepEqual([...new Set(outcomes)], ['ok'])
  const { code } = JSON.parse(await textOf('Basic', 'list')) as { code: { coding: { code: string }[] } }
  const codes = code.coding.map((each) => Number(each.code)).toSorted((a, b) => a - b)
  assert.deepEqual(
    codes,
    Array.from({ length: 61 }, (_, n) => n),
  )
})

test('of concurrent patches that name a version, one wins', async () => {
  await put('race', '{"resourceType":"Basic","id":"race","code":{"text":"0"}}')
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      store.patch('Basic', 'race', 'json', json({ op: 'replace', path: '/code/text', value: String(n) }), {
        ifMatch: 1,
      }),
    ),
  )
  const statuses = outcomes.map(({ status }) => status).toSorted()
  assert.deepEqual(statuses, ['ok', ...Array<string>(9).fill('precondition-failed')].toSorted())
})

test('concurrent patches, one in a transaction, one deleted under them', async () => {
  await put('moving', '{"resourceType":"Basic","id":"moving","code":{"coding":[{"code":"0"}]}}')
  const add = (code: string) => json({ op: 'add', path: '/code/coding/-', value: { code } })
  const entry = (code: string) => ({
    resource: {
      resourceType: 'Binary',
      contentType: 'application/json-patch+json',
      data: add(code).toString('base64'),
    },
    request: { method: 'PATCH', url: 'Basic/moving' },
  })
  const transaction = (code: string) =>
    store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry: [entry(code)] }), {})
  const all = await Promise.all([
    transaction('1'),
    store.patch('Basic', 'moving', 'json', add('2'), {}),
    transaction('3'),
    store.patch('Basic', 'moving', 'json', add('4'), {}),
  ])
  assert.deepEqual(new Set(all.map(({ status }) => status)), new Set(['ok']))
  assert.equal(
    (JSON.parse(await textOf('Basic', 'moving')) as { code: { coding: [] } }).code.coding.length,
    5,
  )
  const [deleted, patched] = await Promise.all([
    store.delete('Basic', 'moving', {}),
    store.patch('Basic', 'moving', 'json', add('5'), {}),
  ])
  assert.equal(deleted.status, 'ok')
  assert.ok(patched.status === 'ok' || patched.status === 'gone', patched.status)
  assert.equal((await store.read('Basic', 'moving')).status, 'gone')
})

test('a patient that a patch moves a resource to has it', async () => {
  await put('p1', '{"resourceType":"Patient","id":"p1"}')
  await put('p2', '{"resourceType":"Patient","id":"p2"}')
  await put(
    'moves',
    '{"resourceType":"Observation","id":"moves","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p1"}}',
  )
  const body = json({ op: 'replace', path: '/subject/reference', value: 'Patient/p2' })
  assert.equal((await store.patch('Observation', 'moves', 'json', body, {})).status, 'ok')
  for (const [id, want] of [
    ['p1', false],
    ['p2', true],
  ] as const) {
    const page = await store.everything(id, { count: 10 })
    assert.ok(page.status === 'ok')
    assert.equal(
      page.entries.some((each) => each.id === 'moves'),
      want,
      id,
    )
  }
})

test('in a batch and in a transaction', async () => {
  await put('b', '{"resourceType":"Patient","id":"b","identifier":[{"system":"urn:b","value":"1"}]}')
  const binary = (operations: object[], contentType = 'application/json-patch+json') => ({
    resourceType: 'Binary',
    contentType,
    data: json(...operations).toString('base64'),
  })
  const path = JSON.parse(
    Buffer.from(
      parameters([
        ['type', { valueCode: 'add' }],
        ['path', { valueString: 'Patient' }],
        ['name', { valueString: 'managingOrganization' }],
        ['value', { valueReference: { reference: 'urn:uuid:7f2b8a3e-0000-4000-8000-000000000001' } }],
      ]),
    ).toString(),
  ) as object
  const female = [{ op: 'add', path: '/gender', value: 'female' }]
  const entry = (resource: object | undefined, request: object = {}) => ({
    ...(resource ? { resource } : {}),
    request: { method: 'PATCH', url: 'Patient/b', ...request },
  })
  const send = async (type: string, ...entries: object[]) => {
    const answer = await store.bundle(bodyOf({ resourceType: 'Bundle', type, entry: entries }), {})
    if (answer.status !== 'ok') return answer.cause?.status ?? answer.status
    const { entry: answers } = JSON.parse(answer.json) as { entry: { response: { status: string } }[] }
    return answers.map(({ response }) => Number(response.status.slice(0, 3)))
  }
  assert.deepEqual(
    await send(
      'batch',
      entry(binary(female), { ifMatch: 'W/"1"' }),
      entry(binary([{ op: 'remove', path: '/gender' }]), { url: 'Patient?identifier=urn:none|1' }),
      entry(binary(female, 'application/xml-patch+xml')),
      entry({ resourceType: 'Patient' }),
      entry(undefined),
      entry(binary(female), { url: 'Patient' }),
      entry(binary(female), { url: 'Patient/never' }),
      entry(binary([{ op: 'test', path: '/birthDate', value: '2000' }])),
    ),
    [200, 404, 415, 400, 400, 404, 404, 422],
  )
  const organization = {
    fullUrl: 'urn:uuid:7f2b8a3e-0000-4000-8000-000000000001',
    resource: { resourceType: 'Organization', name: 'Ward' },
    request: { method: 'POST', url: 'Organization' },
  }
  const refused = await send(
    'transaction',
    organization,
    entry(binary([{ op: 'test', path: '/gender', value: 'male' }])),
  )
  assert.equal(refused, 'patch-test-failed')
  assert.equal(await send('transaction', entry(binary(female)), entry(path)), 'duplicate-in-bundle')
  assert.deepEqual(
    await send('transaction', organization, entry(path, { url: 'Patient?identifier=urn:b|1' })),
    [201, 200],
  )
  const patient = JSON.parse(await textOf('Patient', 'b')) as { managingOrganization: { reference: string } }
  assert.match(patient.managingOrganization.reference, /^Organization\//)
  assert.equal(at(patient, 'gender'), 'female')
})
