import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { imported, bundleSource, linesSource, sourceOf, told } from '#test/kit/imported.ts'
import { bodyOf, testVault, type TestStore } from '#test/kit/vault.ts'
import { SourceBroken, type Source } from './index.ts'

const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more })
const note = (text: string, more: object = {}) => ({ resourceType: 'Basic', code: { text }, ...more })
const npi = 'http://hl7.org/fhir/sid/us-npi'
const practitioner = (id: string, number: string) => ({
  resourceType: 'Practitioner',
  id,
  identifier: [{ system: npi, value: number }],
})
const authored = (id: string, number: string) =>
  note('note', { id, author: { reference: `Practitioner?identifier=${npi}|${number}` } })

async function countOf(store: TestStore, type: string): Promise<number> {
  const counted = await store.count(type, {})
  assert(counted.status === 'ok')
  return counted.total
}

async function jsonOf(store: TestStore, type: string, id: string) {
  const read = await store.read(type, id)
  assert(read.status === 'ok', read.status)
  return JSON.parse(read.version.json) as Record<string, unknown> & { meta: { versionId: string } }
}

describe('lines', () => {
  test('each becomes a resource, under its own id or a new one; a Bundle on a line is a Bundle', async (t) => {
    const { store } = await testVault(t)
    const bundle = {
      resourceType: 'Bundle',
      id: 'b',
      type: 'collection',
      entry: [{ resource: patient('in') }],
    }
    const source = linesSource('all', [patient('p1'), note('no id'), bundle])
    const { counts, findings } = await imported(store, [source])
    assert.deepEqual([counts, findings], [{ created: 3 }, []])
    assert.equal((await jsonOf(store, 'Bundle', 'b'))['type'], 'collection')
    assert.equal((await store.read('Patient', 'in')).status, 'not-found')
    assert.equal(await countOf(store, 'Basic'), 1)
  })

  test('the same import again brings nothing twice, and undoes nothing', async (t) => {
    const { store } = await testVault(t)
    const sources = [linesSource('all', [patient('p1'), note('no id'), note('no id'), note('another')])]
    assert.deepEqual((await imported(store, sources)).counts, { created: 3, before: 1 })
    await store.update('Patient', 'p1', bodyOf(patient('p1', { active: true })), {})
    assert.deepEqual((await imported(store, sources)).counts, { before: 4 })
    assert.equal((await jsonOf(store, 'Patient', 'p1'))['active'], true)
    const again = await imported(store, sources, { again: true })
    assert.deepEqual(again.counts, { created: 2, updated: 1, before: 1 })
  })

  test('a file that has changed brings what is new in it', async (t) => {
    const { store } = await testVault(t)
    const before = [patient('p1'), note('a'), patient('p2')]
    await imported(store, [linesSource('file', before)])
    const now = [note('b'), patient('p1'), patient('p2', { gender: 'female' }), note('a')]
    assert.deepEqual((await imported(store, [linesSource('file', now)])).counts, {
      created: 1,
      updated: 1,
      before: 2,
    })
    assert.equal(await countOf(store, 'Basic'), 2)
  })

  test('what has the id of another version makes a new one; what is equal makes none', async (t) => {
    const { store } = await testVault(t)
    const text =
      '{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.0}}'
    await store.update('Observation', 'o', Buffer.from(text), {})
    await store.update('Patient', 'p', bodyOf(patient('p')), {})
    await store.update('Patient', 'gone', bodyOf(patient('gone')), {})
    await store.delete('Patient', 'gone', {})
    const source = sourceOf(
      'x.ndjson',
      [text, JSON.stringify(patient('p', { gender: 'male' })), JSON.stringify(patient('gone'))].join('\r\n'),
    )
    assert.deepEqual((await imported(store, [source], { dryRun: true })).counts, {
      unchanged: 1,
      updated: 1,
      created: 1,
    })
    assert.deepEqual((await imported(store, [source])).counts, { unchanged: 1, updated: 1, created: 1 })
    assert.equal((await jsonOf(store, 'Observation', 'o')).meta.versionId, '1')
    assert.equal((await jsonOf(store, 'Patient', 'p')).meta.versionId, '2')
    // 1.0 and 1 are not the same.
    const other = sourceOf('y.ndjson', text.replace('1.0', '1'))
    assert.deepEqual((await imported(store, [other])).counts, { updated: 1 })
  })

  test('the last line about a resource is the one that stays', async (t) => {
    const { store } = await testVault(t)
    const lines = Array.from({ length: 250 }, (_, n) =>
      patient(`p${n % 3}`, { identifier: [{ value: String(n) }] }),
    )
    const { counts } = await imported(store, [linesSource('p', lines)])
    assert.deepEqual(counts, { created: 3, updated: 247 })
    assert.deepEqual((await jsonOf(store, 'Patient', 'p0'))['identifier'], [{ value: '249' }])
  })

  test('what is wrong is told with its line, and the rest goes in', async (t) => {
    const { store } = await testVault(t)
    const bytes = Buffer.concat([
      Buffer.from(
        `${JSON.stringify(patient('p1'))}\n\n{"resourceType":"Patient","gender":"HGO-4711"}\n{"a":`,
      ),
      Buffer.from('\n{"resourceType":"Patient","id":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`"}\n{"resourceType":"Nobody"}\n[1]\n${JSON.stringify(patient('p2'))}`),
    ])
    const ended = await imported(store, [sourceOf('file.ndjson', bytes, 7)])
    assert.deepEqual(ended.counts, { created: 2, refused: 5 })
    assert.deepEqual(told(ended), [
      'file.ndjson:3 invalid Patient.gender',
      'file.ndjson:4 malformed',
      'file.ndjson:5 malformed',
      'file.ndjson:6 invalid Resource.resourceType',
      'file.ndjson:7 malformed',
    ])
    assert.doesNotMatch(JSON.stringify(ended.findings), /HGO-4711/, 'no value is told')
  })

  test('of a file that breaks off, the lines before it go in', async (t) => {
    const { store } = await testVault(t)
    const whole = linesSource('whole', [patient('p1'), patient('p2')])
    const cut: Source = {
      ...whole,
      name: 'cut.ndjson.gz',
      async *read(onBytes) {
        yield* whole.read(onBytes)
        yield Buffer.from('{"resourceType":"Patient","id":"ha')
        throw new SourceBroken('truncated')
      },
    }
    const ended = await imported(store, [cut])
    assert.deepEqual([ended.counts, told(ended)], [{ created: 2, refused: 1 }, ['cut.ndjson.gz:2 truncated']])
  })
})

describe('Bundles', () => {
  const entries = [
    { fullUrl: 'urn:uuid:1', resource: patient('p'), request: { method: 'POST', url: 'Patient' } },
    {
      fullUrl: 'urn:uuid:2',
      resource: note('x', { subject: { reference: 'urn:uuid:1' } }),
      request: { method: 'POST', url: 'Basic' },
    },
  ]

  test('a transaction goes in wholly, once, its references in place', async (t) => {
    const { store } = await testVault(t)
    const source = bundleSource('t', 'transaction', entries)
    assert.deepEqual((await imported(store, [source, { ...source, name: 'copy' }])).counts, {
      created: 2,
      before: 1,
    })
    const page = await store.list('Basic', { count: 2 })
    assert(page.status === 'ok')
    assert.match(page.entries[0]?.json ?? '', /"subject":\{"reference":"Patient\/[0-9a-f-]{36}"\}/)
    assert.deepEqual((await imported(store, [source])).counts, { before: 1 })
  })

  test('the type may stand anywhere', async (t) => {
    const { store } = await testVault(t)
    const last = (type: string, pad: string) =>
      sourceOf(
        `${type}.json`,
        JSON.stringify({ meta: { source: pad }, entry: entries, type, resourceType: 'Bundle' }),
      )
    const sources = [last('transaction', 'urn:x'), last('collection', 'urn:y'), last('history', 'urn:z')]
    const ended = await imported(store, sources)
    assert.deepEqual([ended.counts.created, told(ended)], [4, ['history.json:1 bundle-type Bundle.type']])
  })

  test('a transaction with one bad entry does not go in', async (t) => {
    const { store } = await testVault(t)
    const bad = { resource: { resourceType: 'Basic' }, request: { method: 'POST', url: 'Basic' } }
    for (const type of ['transaction', 'collection']) {
      const ended = await imported(store, [bundleSource(type, type, [...entries, bad])])
      assert.deepEqual(ended.counts, { refused: 3 })
      assert.deepEqual(told(ended), [`${type}.json:1[2] invalid Bundle.entry[2].resource.code`])
    }
    assert.equal(await countOf(store, 'Patient'), 0)
  })

  test('a conflict at the time of writing refuses the whole of it', async (t) => {
    const { store } = await testVault(t)
    const lost = {
      resource: patient('q'),
      request: { method: 'PUT', url: 'Patient/q', ifMatch: 'W/"7"' },
    }
    const ended = await imported(store, [bundleSource('t', 'transaction', [...entries, lost])])
    assert.deepEqual([ended.counts, told(ended)], [{ refused: 3 }, ['t.json:1[2] precondition-failed']])
    assert.equal(await countOf(store, 'Patient'), 0)
  })

  test('entries of a batch have nothing to do with each other', async (t) => {
    const { store } = await testVault(t)
    const request = { method: 'PUT', url: 'Patient/p1' }
    const batch = [
      { resource: patient('p1'), request },
      { resource: { resourceType: 'Basic' }, request: { method: 'POST', url: 'Basic' } },
      { resource: patient('p1', { active: true }), request },
      { request: { method: 'GET', url: 'Patient/p1' } },
      { request: { method: 'DELETE', url: 'Patient/never' } },
    ]
    const source = bundleSource('b', 'batch', batch)
    const ended = await imported(store, [source])
    assert.deepEqual(ended.counts, { created: 1, updated: 1, unchanged: 1, refused: 1 })
    assert.deepEqual((await imported(store, [source])).counts, { before: 3, refused: 1 })
  })

  test('a collection becomes its resources; a document stays one', async (t) => {
    const { store } = await testVault(t)
    const collection = bundleSource('c', 'collection', [
      { fullUrl: 'https://elsewhere.example/fhir/Patient/p7', resource: patient('p7') },
      { fullUrl: 'urn:uuid:9', resource: note('x', { subject: { reference: 'Patient/p7' } }) },
    ])
    const composition = {
      resourceType: 'Composition',
      status: 'final',
      type: { text: 'x' },
      date: '2026-01-01',
      author: [{ display: 'x' }],
      title: 'x',
    }
    const document = sourceOf(
      'd.json',
      JSON.stringify({
        resourceType: 'Bundle',
        id: 'doc',
        type: 'document',
        identifier: { system: 'urn:x', value: '1' },
        timestamp: '2026-01-01T00:00:00Z',
        entry: [{ fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000001', resource: composition }],
      }),
    )
    const history = bundleSource('h', 'history', [])
    const odd = bundleSource('o', 'constructor', [])
    const ended = await imported(store, [collection, document, history, odd])
    assert.deepEqual(told(ended).toSorted(), [
      'h.json:1 bundle-type Bundle.type',
      'o.json:1 bundle-type Bundle.type',
    ])
    assert.deepEqual(ended.counts, { created: 3, refused: 2 })
    assert.equal(await countOf(store, 'Composition'), 0)
    assert.equal((await jsonOf(store, 'Patient', 'p7')).meta.versionId, '1')
  })
})

describe('references by criteria', () => {
  test('are resolved whatever the order, against the vault and what comes', async (t) => {
    const { store } = await testVault(t)
    await store.update('Practitioner', 'old', bodyOf(practitioner('old', '1')), {})
    const sources = [
      linesSource('notes', [authored('n1', '1'), authored('n2', '2'), authored('n3', '3')]),
      // Basics that are brought only after the notes, and one that names a thing of the same kind.
      linesSource('people', [practitioner('new', '2')]),
      linesSource('unknown', [
        note('x', { id: 'n4', subject: { reference: 'Basic?identifier=urn:late|1' } }),
        note('y', { id: 'late', identifier: [{ system: 'urn:late', value: '1' }] }),
      ]),
    ]
    const foreseen = await imported(store, sources, { dryRun: true })
    assert.equal(await countOf(store, 'Basic'), 0)
    const ended = await imported(store, sources)
    for (const each of [foreseen, ended]) {
      assert.deepEqual(each.counts, { created: 5, refused: 1 })
      assert.deepEqual(told(each), ['notes.ndjson:3 no-match'])
    }
    const authorOf = async (id: string) => (await jsonOf(store, 'Basic', id))['author']
    assert.deepEqual(await authorOf('n1'), { reference: 'Practitioner/old' })
    assert.deepEqual(await authorOf('n2'), { reference: 'Practitioner/new' })
    assert.deepEqual((await jsonOf(store, 'Basic', 'n4'))['subject'], { reference: 'Basic/late' })
    // Once the missing one is there, the same import brings what it left out.
    await store.update('Practitioner', 'third', bodyOf(practitioner('third', '3')), {})
    assert.deepEqual((await imported(store, sources)).counts, { created: 1, before: 5 })
  })

  test('find what their own Bundle brings', async (t) => {
    const { store } = await testVault(t)
    const source = bundleSource('t', 'transaction', [
      { resource: authored('n', '5'), request: { method: 'PUT', url: 'Basic/n' } },
      {
        fullUrl: 'urn:uuid:5',
        resource: practitioner('p', '5'),
        request: { method: 'POST', url: 'Practitioner', ifNoneExist: `identifier=${npi}|5` },
      },
    ])
    assert.deepEqual((await imported(store, [source], { dryRun: true })).counts, { created: 2 })
    assert.deepEqual((await imported(store, [source])).counts, { created: 2 })
    const { author } = (await jsonOf(store, 'Basic', 'n')) as { author?: { reference: string } }
    assert.match(author?.reference ?? '', /^Practitioner\/[0-9a-f-]{36}$/)
  })

  test('that find two are refused', async (t) => {
    const { store } = await testVault(t)
    const sources = [
      linesSource('people', [practitioner('a', '1'), practitioner('b', '1')]),
      linesSource('notes', [authored('n', '1')]),
    ]
    assert.deepEqual(told(await imported(store, sources)), ['notes.ndjson:1 multiple-matches'])
  })
})

test('references to nothing are told, and kept as they are', async (t) => {
  const { store } = await testVault(t)
  await store.update('Patient', 'here', bodyOf(patient('here')), {})
  const about = (id: string, reference: string) => note('x', { id, subject: { reference } })
  const sources = [
    linesSource('a', [
      about('1', 'Patient/here'),
      about('2', 'Patient/nowhere'),
      about('3', 'Patient/comes'),
      about('4', 'Patient/nowhere'),
      about('5', 'urn:uuid:8e2a3f0e-0000-4000-8000-000000000000'),
      about('6', 'https://elsewhere.example/Patient/1'),
      { ...about('7', '#c'), contained: [{ resourceType: 'Patient', id: 'c' }] },
    ]),
    linesSource('b', [patient('comes', { link: [{ other: { reference: 'Patient/7' }, type: 'seealso' }] })]),
  ]
  const want = [
    'a.ndjson:2 dangling-reference Basic.subject.reference',
    'a.ndjson:5 dangling-reference',
    'b.ndjson:1 dangling-reference Patient.link[0].other.reference',
  ]
  const foreseen = await imported(store, sources, { dryRun: true })
  const ended = await imported(store, sources)
  for (const each of [foreseen, ended]) {
    assert.deepEqual(told(each).toSorted(), want)
    assert.deepEqual(each.counts, { created: 8, dangling: 3 })
  }
  assert.equal((await store.read('Patient', 'nowhere')).status, 'not-found')
})

test('systems of identifiers are put into our own, where they are identifiers', async (t) => {
  const { store } = await testVault(t)
  const map = new Map([['urn:theirs', 'urn:ours']])
  const value = patient('p', {
    identifier: [{ system: 'urn:theirs', value: '1' }],
    maritalStatus: { coding: [{ system: 'urn:theirs', code: '1' }] },
  })
  const sources = [
    linesSource('p', [value]),
    linesSource('n', [note('x', { id: 'n', subject: { reference: 'Patient?identifier=urn:theirs|1' } })]),
  ]
  assert.deepEqual((await imported(store, sources, { map })).counts, { created: 2 })
  const kept = await jsonOf(store, 'Patient', 'p')
  assert.deepEqual(kept['identifier'], [{ system: 'urn:ours', value: '1' }])
  assert.deepEqual(kept['maritalStatus'], { coding: [{ system: 'urn:theirs', code: '1' }] })
  assert.deepEqual((await jsonOf(store, 'Basic', 'n'))['subject'], { reference: 'Patient/p' })
})

test('a dry run writes nothing at all', async (t) => {
  const { store, sql } = await testVault(t)
  const source = linesSource('x', [patient('p'), note('y'), patient('p', { active: true })])
  const { counts } = await imported(store, [source], { dryRun: true })
  assert.deepEqual(counts, { created: 2, updated: 1 })
  for (const table of ['resource', 'locator', 'import_mark', 'compartment', 'head']) {
    const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from ${sql(table)}`
    assert.equal(row?.rows, 0, table)
  }
})

test('two imports of the same at once bring each thing once', async (t) => {
  const { store, sql, another } = await testVault(t)
  const other = await another()
  const lines = Array.from({ length: 700 }, (_, n) => note(`n${n}`, n % 3 === 0 ? { id: `id${n}` } : {}))
  const bundle = bundleSource('t', 'transaction', [
    { resource: patient('x'), request: { method: 'POST', url: 'Patient' } },
  ])
  const sources = () => [linesSource('lines', lines), bundle]
  const [a, b] = await Promise.all([imported(store, sources()), imported(other.store, sources())])
  assert.equal((a.counts.created ?? 0) + (b.counts.created ?? 0), 701)
  assert.deepEqual([...a.findings, ...b.findings], [])
  assert.deepEqual([await countOf(store, 'Basic'), await countOf(store, 'Patient')], [700, 1])
  const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from history`
  assert.equal(row?.rows, 0)
})

test('who stops it stops it after a unit, and goes on with the same call', async (t) => {
  const { store } = await testVault(t)
  const sources = [
    linesSource(
      'x',
      Array.from({ length: 2000 }, (_, n) => note(`n${n}`)),
    ),
  ]
  const stop = new AbortController()
  const first = await imported(store, sources, {
    signal: stop.signal,
    onProgress: ({ created }) => created > 100 && stop.abort(),
  })
  assert.equal(first.status, 'stopped')
  const { created = 0 } = first.counts
  assert(created > 100 && created < 2000, `${created}`)
  assert.deepEqual((await imported(store, sources)).counts, { created: 2000 - created, before: created })
})

test('a vault that is sealed meanwhile keeps what is whole', async (t) => {
  const { store, keys } = await testVault(t)
  const sources = [
    linesSource(
      'x',
      Array.from({ length: 1000 }, (_, n) => note(`n${n}`)),
    ),
  ]
  const ended = await store.import({
    sources,
    onProgress: ({ created }) => created > 100 && keys.seal(),
  })
  assert.equal(ended.status, 'sealed')
  assert.equal((await store.import({ sources })).status, 'sealed')
})
