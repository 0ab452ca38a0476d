import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { DatabaseAway, UnknownOutcome } from '#kernel/db/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { typeCode } from '#records/fhir/index.ts'
import { at } from '#test/kit/tree.ts'
import { bodyOf, testVault, type TestVault } from '#test/kit/vault.ts'
import { createBundles } from './bundles.ts'
import type { Finder } from './criteria.ts'
import type { Asked } from './entries.ts'
import { createWish } from './wishes.ts'
import type { Writer } from './writer.ts'
import type { Writing } from './writing.ts'

let vault: TestVault
const scope: (() => unknown)[] = []
before(async () => {
  vault = await testVault({ after: (done) => scope.push(done) })
})
after(async () => {
  for (const done of scope.toReversed()) await done()
})

interface Answered {
  type: string
  entry: {
    resource?: unknown
    response: { status: string; location?: string; etag?: string; outcome?: unknown }
  }[]
}

async function send(type: 'batch' | 'transaction', entry: object[], options: object = {}) {
  const answer = await vault.store.bundle(bodyOf({ resourceType: 'Bundle', type, entry }), options)
  return answer.status === 'ok' ? (JSON.parse(answer.json) as Answered) : answer
}

async function answered(
  type: 'batch' | 'transaction',
  entry: object[],
  options: object = {},
): Promise<Answered> {
  const answer = await send(type, entry, options)
  assert.ok('entry' in answer, JSON.stringify(answer))
  return answer
}

const statuses = ({ entry }: Answered) => entry.map(({ response }) => response.status.slice(0, 3))
const placeOf = (answer: Answered, n: number) =>
  answer.entry[n]?.response.location?.split('/_history/')[0] as string

async function readAt(place: string): Promise<unknown> {
  const [type, id] = place.split('/') as [string, string]
  const read = await vault.store.read(type, id)
  assert.equal(read.status, 'ok', place)
  return read.status === 'ok' ? JSON.parse(read.version.json) : undefined
}

async function count(type: string): Promise<number> {
  const counted = await vault.store.count(type, {})
  return counted.status === 'ok' ? counted.total : -1
}

const urn = (n: number) => `urn:uuid:7f2b8a3e-0000-4000-8000-${String(n).padStart(12, '0')}`
const basic = (text: string, more: object = {}) => ({ resourceType: 'Basic', code: { text }, ...more })
const post = (
  resource: { resourceType: string } & Record<string, unknown>,
  n?: number,
  request: object = {},
) => ({
  ...(n === undefined ? {} : { fullUrl: urn(n) }),
  resource,
  request: { method: 'POST', url: resource.resourceType, ...request },
})

describe('a transaction', () => {
  test('rewrites references to its entries, in references, narratives and uris, and nowhere else', async () => {
    const div = `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${urn(1)}">x</a></div>`
    const answer = await answered('transaction', [
      post(
        basic('refers', {
          text: { status: 'generated', div },
          subject: { reference: urn(1) },
          author: { reference: 'urn:uuid:7f2b8a3e-ffff-4000-8000-000000000000' },
          identifier: [{ system: 'urn:ietf:rfc:3986', value: urn(1) }],
        }),
        0,
      ),
      post({ resourceType: 'Patient', id: 'ignored' } as never, 1),
    ])
    assert.deepEqual(statuses(answer), ['201', '201'])
    const stored = await readAt(placeOf(answer, 0))
    const patient = placeOf(answer, 1)
    assert.equal(at(stored, 'subject.reference'), patient)
    assert.equal(at(stored, 'text.div'), div.replace(urn(1), patient))
    assert.equal(at(stored, 'identifier.0.value'), urn(1), 'a string stays as it was sent')
    assert.equal(
      at(stored, 'author.reference'),
      'urn:uuid:7f2b8a3e-ffff-4000-8000-000000000000',
      'dangling: as sent',
    )
    const everything = await vault.store.everything(patient.slice('Patient/'.length), { count: 10 })
    assert.equal(everything.status === 'ok' && everything.entries.length, 2, 'it lives with its patient')
  })

  test('is kept whole or not at all, whatever the entry that fails', async () => {
    await answered('transaction', [
      { resource: basic('held', { id: 'held' }), request: { method: 'PUT', url: 'Basic/held' } },
    ])
    const failing: [string, object, string][] = [
      ['an invalid resource', post({ resourceType: 'Observation' }), 'invalid'],
      [
        'a lost If-Match',
        {
          resource: basic('x', { id: 'held' }),
          request: { method: 'PUT', url: 'Basic/held', ifMatch: 'W/"9"' },
        },
        'precondition-failed',
      ],
      [
        'If-Match beside criteria',
        { request: { method: 'DELETE', url: 'Basic?_id=held', ifMatch: 'W/"9"' } },
        'invalid-header',
      ],
      [
        'If-None-Match beside criteria',
        {
          resource: basic('x'),
          request: { method: 'PUT', url: 'Basic?_id=held', ifNoneMatch: '*' },
        },
        'invalid-header',
      ],
      [
        'an id that differs',
        { resource: basic('x', { id: 'a' }), request: { method: 'PUT', url: 'Basic/b' } },
        'id-mismatch',
      ],
      ['no request', { resource: basic('x') }, 'invalid'],
      ['an unknown type', { request: { method: 'DELETE', url: 'Nonsense/1' } }, 'unknown-type'],
      [
        'criteria that are not supported',
        post(basic('x'), undefined, { ifNoneExist: 'nombre=1' }),
        'unsupported-parameter',
      ],
      [
        'a reference that finds nothing',
        post({ ...basic('x'), subject: { reference: 'Patient?identifier=urn:nowhere|1' } }),
        'no-match',
      ],
      [
        'a reference that finds several',
        post({ ...basic('x'), subject: { reference: 'Device?identifier=urn:twice|1' } }),
        'multiple-matches',
      ],
      ['a method that is none', { request: { method: 'HEAD', url: 'Basic/held' } }, 'method-not-allowed'],
    ]
    for (const _ of [1, 2])
      await vault.store.create(
        'Device',
        bodyOf({ resourceType: 'Device', identifier: [{ system: 'urn:twice', value: '1' }] }),
        {},
      )
    for (const [name, entry, cause] of failing) {
      const before = await count('Basic')
      const refusal = await send('transaction', [post(basic('before')), entry, post(basic('after'))])
      assert.ok('status' in refusal, name)
      assert.equal(refusal.status, 'transaction-failed', name)
      assert.equal('cause' in refusal && refusal.cause?.status, cause, name)
      assert.equal('slots' in refusal && refusal.slots?.['entry'], 1, name)
      assert.equal(await count('Basic'), before, name)
    }
  })

  test('refuses two acts on one resource, and one fullUrl twice', async () => {
    const put = { resource: basic('x', { id: 'twice' }), request: { method: 'PUT', url: 'Basic/twice' } }
    const same = await send('transaction', [put, { request: { method: 'DELETE', url: 'Basic/twice' } }])
    assert.equal('cause' in same && same.cause?.status, 'duplicate-in-bundle')
    const get = { request: { method: 'GET', url: 'Basic/other' } }
    const later = await send('transaction', [get, put, { request: { method: 'DELETE', url: 'Basic/twice' } }])
    assert.equal('cause' in later && later.cause?.slots?.['entry'], 2, 'entries that read are counted, too')
    const named = await send('transaction', [post(basic('a'), 5), post(basic('b'), 5)])
    assert.equal('cause' in named && named.cause?.status, 'duplicate-in-bundle')
  })

  test('refers by criteria to the one resource that they find', async () => {
    const { store: other } = vault
    const made = await other.create(
      'Patient',
      bodyOf({ resourceType: 'Patient', identifier: [{ system: 'urn:sought', value: 'a|b' }] }),
      {},
    )
    assert.ok(made.status === 'ok' && made.version)
    const patient = `Patient/${made.version.id}`
    const answer = await send('transaction', [
      post({
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'Patient?identifier=urn:sought|a' },
        subject: { reference: 'Patient?identifier=urn:sought|a\\|b' },
        performer: [{ reference: 'Patient?identifier=urn%3Asought%7Ca%5C%7Cb' }],
      }),
    ])
    assert.ok(!('status' in answer), JSON.stringify(answer))
    const found = await other.search({
      type: 'Observation',
      pairs: [['patient', patient]],
      view: 'full',
      actor: 'x',
    })
    assert.ok(found.status === 'ok' && found.total === 1)
    const written = JSON.parse(found.entries[0]!.version.json) as Record<string, unknown>
    assert.deepEqual(written['subject'], { reference: patient })
    assert.deepEqual(written['performer'], [{ reference: patient }])
    assert.deepEqual(written['code'], { text: 'Patient?identifier=urn:sought|a' })
  })

  test('points to what If-None-Exist found', async () => {
    const organization = {
      resourceType: 'Organization',
      name: 'H',
      identifier: [{ system: 'urn:o', value: 'bundle-1' }],
    }
    const entries = () => [
      post(organization, 1, { ifNoneExist: 'identifier=urn:o|bundle-1' }),
      post(basic('refers', { author: { reference: urn(1) } }), 2),
    ]
    const first = await answered('transaction', entries())
    const second = await answered('transaction', entries())
    assert.deepEqual([...statuses(first), ...statuses(second)], ['201', '201', '200', '201'])
    assert.equal(placeOf(second, 0), placeOf(first, 0))
    assert.equal(at(await readAt(placeOf(second, 1)), 'author.reference'), placeOf(first, 0))
  })

  test('conditions about one patient that ask for different things are not the same', async () => {
    const flags = (patient: string, ...codes: string[]) =>
      codes.map((code, n) => {
        const subject = { reference: `Patient/${patient}` }
        const flag = { resourceType: 'Flag', status: 'active', code: { text: code }, subject }
        return post(flag as never, n + 1, { ifNoneExist: `patient=Patient/${patient}&_tag=${code}` })
      })
    assert.deepEqual(statuses(await answered('transaction', flags('conditions', 'a', 'b'))), ['201', '201'])
    const body = bodyOf({ resourceType: 'Bundle', type: 'transaction', entry: flags('conditions', 'c', 'c') })
    const twice = await vault.store.bundle(body, {})
    assert.equal('cause' in twice && twice.cause?.status, 'duplicate-in-bundle')
  })

  test('racing ones with the same condition make one resource', async () => {
    const entries = () => [
      post({ resourceType: 'Organization', name: 'R', identifier: [{ value: 'race' }] } as never, 1, {
        ifNoneExist: 'identifier=race',
      }),
      post(basic('racer'), 2),
    ]
    const other = await vault.another()
    const all = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        const body = bodyOf({ resourceType: 'Bundle', type: 'transaction', entry: entries() })
        const answer = await (n % 2 ? vault.store : other.store).bundle(body, {})
        assert.equal(answer.status, 'ok')
        return answer.status === 'ok' ? (JSON.parse(answer.json) as Answered) : assert.fail()
      }),
    )
    assert.equal(all.filter((each) => each.entry[0]?.response.status.startsWith('201')).length, 1)
    assert.equal(new Set(all.map((each) => placeOf(each, 0))).size, 1)
  })

  test('writes, changes and deletes at once, and answers with what was asked for', async () => {
    await answered('transaction', [
      { resource: basic('old', { id: 'tx-a' }), request: { method: 'PUT', url: 'Basic/tx-a' } },
      { resource: basic('old', { id: 'tx-b' }), request: { method: 'PUT', url: '/Basic/tx-b' } },
    ])
    const answer = await answered(
      'transaction',
      [
        { request: { method: 'GET', url: 'Basic/tx-a' } },
        {
          resource: basic('new', { id: 'tx-a' }),
          request: { method: 'PUT', url: 'Basic/tx-a', ifMatch: 'W/"1"' },
        },
        { request: { method: 'DELETE', url: 'Basic/tx-b' } },
        { request: { method: 'DELETE', url: 'Basic/never-was' } },
      ],
      {
        prefer: 'representation',
        get: async (url: string) => ({ httpStatus: 200, json: JSON.stringify(await readAt(url)) }),
      },
    )
    assert.deepEqual(statuses(answer), ['200', '200', '204', '204'])
    assert.equal(at(answer, 'entry.0.resource.code.text'), 'new', 'reads see what the transaction wrote')
    assert.equal(at(answer, 'entry.1.resource.meta.versionId'), '2')
    assert.equal((await vault.store.read('Basic', 'tx-b')).status, 'gone')
  })

  test('of 10,000 entries is taken whole, and others are served meanwhile', async () => {
    const before = await count('Basic')
    const entry = Array.from({ length: 10_000 }, (_, n) => post(basic(`of many ${n}`), n))
    const body = bodyOf({ resourceType: 'Bundle', type: 'transaction', entry })
    let done = false
    const sent = vault.store.bundle(body, {}).finally(() => (done = true))
    let served = 0
    while (!done) {
      const read = await vault.store.read('Basic', 'tx-a')
      assert.equal(read.status, 'ok')
      served++
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.equal((await sent).status, 'ok')
    assert.equal(await count('Basic'), before + 10_000)
    assert.ok(served > 10, `${served} reads were served meanwhile`)
  })
})

describe('a batch', () => {
  test('each entry stands alone', async () => {
    const answer = await answered('batch', [
      post(basic('good')),
      post({ resourceType: 'Observation' }),
      { request: { method: 'GET', url: 'Basic/none' } },
      { resource: basic('x', { id: 'batch-1' }), request: { method: 'PUT', url: 'Basic/batch-1' } },
    ])
    assert.deepEqual(statuses(answer), ['201', '422', '501', '201'])
    assert.equal(at(answer, 'entry.1.response.outcome.resourceType'), 'OperationOutcome')
  })
})

describe('a fault in the middle', () => {
  const fails = () => Promise.reject(new Error('the reader broke'))
  const failed = () => refuse('internal', { incident: '1' })
  const device = { resourceType: 'Device' }
  const reading = { request: { method: 'GET', url: 'Basic/any' } }

  before(async () => {
    const code = typeCode('Device') as number
    await vault.sql`alter table resource drop constraint if exists no_device`
    await vault.sql.unsafe(`alter table resource add constraint no_device check (type <> ${code}) not valid`)
  })
  after(async () => {
    await vault.sql`alter table resource drop constraint if exists no_device`
  })

  test('of a batch is told of its entry, and what was kept of the others is told', async () => {
    const before = await count('Basic')
    const answer = await answered(
      'batch',
      [post(basic('first')), post(device), post(basic('second')), reading],
      { failed, get: fails },
    )
    assert.deepEqual(statuses(answer), ['201', '500', '201', '500'])
    assert.equal(at(answer, 'entry.1.response.outcome.resourceType'), 'OperationOutcome')
    assert.equal(await count('Basic'), before + 2)
    for (const n of [0, 2]) await readAt(placeOf(answer, n))
  })

  test('is thrown where nobody takes it, once nothing of the batch is under way any more', async () => {
    const before = await count('Basic')
    const many = Array.from({ length: 40 }, (_, n) => post(basic(`${n}`)))
    await assert.rejects(send('batch', [post(device), ...many]))
    assert.equal(await count('Basic'), before + many.length)
  })

  test('of a transaction keeps nothing of it, but one in what it reads afterwards is told of its entry', async () => {
    const before = await count('Basic')
    await assert.rejects(send('transaction', [post(basic('first')), post(device)], { failed }))
    assert.equal(await count('Basic'), before)
    const answer = await answered('transaction', [post(basic('kept')), reading], { failed, get: fails })
    assert.deepEqual(statuses(answer), ['201', '500'])
    assert.equal(await count('Basic'), before + 1)
  })

  test('of the connection is told of its entry, too; and whoever writes knows where the outcome is not known', async () => {
    const faults = [new DatabaseAway('away'), new UnknownOutcome('unknown')]
    const refused: Refusal[] = []
    const writing = { refused: (each: Refusal) => refused.push(each) } as unknown as Writing
    const writer: Writer = { write: () => Promise.reject(faults.shift()) }
    const carryOut = createBundles(writer, {} as Finder, { state: () => 'open' })
    const wish = createWish('Basic', { text: '{}' } as never, undefined)
    const asked: Asked[] = [
      { kind: 'wish', wish },
      { kind: 'wish', wish },
      { kind: 'get', url: 'Basic/any' },
    ]
    const get = async () => ({ httpStatus: 200, json: '{}' })
    const done = await carryOut({ status: 'ok', type: 'batch', asked }, { get }, writing)
    assert.ok(done.status === 'ok')
    assert.deepEqual(statuses(JSON.parse(done.json) as Answered), ['503', '503', '200'])
    assert.deepEqual(
      refused.map(({ status }) => status),
      ['database-away', 'outcome-unknown'],
    )
  })
})

test('a transaction that loses all the time blames none of its entries', async () => {
  const refusal = refuse('version-conflict')
  const writer: Writer = { write: async () => ({ status: 'refused', intent: undefined, refusal }) }
  const carryOut = createBundles(writer, {} as Finder, { state: () => 'open' })
  const wish = createWish('Basic', { text: '{}' } as never, undefined)
  const asked: Asked[] = [{ kind: 'wish', wish }]
  const done = await carryOut({ status: 'ok', type: 'transaction', asked }, {}, {} as Writing)
  assert.equal(done.status, 'version-conflict')
})

test('escapes in an address are read as the router reads them, and what cannot be read is refused', async () => {
  const written = await answered('batch', [
    { resource: basic('x', { id: 'esc-1' }), request: { method: 'PUT', url: '%42asic/esc%2D1' } },
  ])
  assert.equal(placeOf(written, 0), 'Basic/esc-1')
  const wrong: [string, string][] = [
    ['Basic/esc%2', '400'],
    ['Basic/%ff', '400'],
    ['Basic/esc%252D1', '400'],
    ['Basic%2Fesc-1', '404'],
    ['Basic/esc-1%3Fa', '400'],
    ['Basic/esc%2F1', '400'],
  ]
  for (const [url, status] of wrong) {
    const removed = await answered('batch', [{ request: { method: 'DELETE', url } }])
    assert.deepEqual(statuses(removed), [status], url)
  }
  assert.ok(await readAt('Basic/esc-1'))
})

test('what is neither batch nor transaction is refused', async () => {
  for (const body of [
    { resourceType: 'Bundle', type: 'collection' },
    { resourceType: 'Basic' },
    { resourceType: 'Bundle' },
  ]) {
    assert.equal((await vault.store.bundle(bodyOf(body), {})).status, 'invalid-parameter')
  }
  assert.equal(
    (await vault.store.bundle(Buffer.from('{"resourceType":"Bundle","entry":[{'), {})).status,
    'malformed',
  )
})
