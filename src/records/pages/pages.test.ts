import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { typeCode } from '#records/fhir/index.ts'
import { searched } from '#test/kit/searched.ts'
import { selectThen } from './queries.ts'

const mega = 1024 * 1024

/** A vault with five documents of some 6 MB each, of which every second compresses to nothing. */
async function withLarge(t: { after(done: () => void | Promise<void>): void }) {
  const it = await searched(t)
  for (let n = 0; n < 5; n++) {
    const data = n % 2 === 0 ? randomBytes(4.5 * mega).toString('base64') : 'QUJD'.repeat(1.5 * mega)
    await it.put('DocumentReference', `d${n}`, {
      status: 'current',
      type: { coding: [{ system: 'urn:codes', code: 'x' }] },
      subject: { reference: 'Patient/p' },
      content: [{ attachment: { contentType: 'text/plain', data } }],
    })
  }
  return it
}

interface Paged {
  entries: readonly { json?: string; version?: { json: string } | number }[]
  next?: string
}

/** No page is fuller than the bound but for one more resource. */
function assertBounded({ entries }: Paged): void {
  const sizes = entries.map(({ json, version }) =>
    typeof version === 'object' ? version.json.length : (json?.length ?? 0),
  )
  const all = sizes.reduce((sum, size) => sum + size, 0)
  assert(all - (sizes.at(-1) ?? 0) < 16 * mega, `${sizes.length} of ${all}`)
}

test('a page ends early once it holds 16 MB, and the next goes on there', async (t) => {
  const it = await withLarge(t)
  const want = Array.from({ length: 5 }, (_, n) => `DocumentReference/d${n}`)
  for (const address of [
    'DocumentReference?_count=1000',
    'DocumentReference?_count=1000&_sort=_lastUpdated',
    'DocumentReference?patient=p&_count=1000',
    'DocumentReference?patient=p&_sort=_id&_count=1000',
    'DocumentReference?_id=d0,d1,d2,d3,d4',
    'DocumentReference?type=x&_count=4',
    '?_type=DocumentReference&_count=1000',
    'Patient/p/DocumentReference',
  ]) {
    const found: string[] = []
    let pages = 0
    for (let next: string | undefined; pages === 0 || next !== undefined; pages++) {
      assert(pages < 20, address)
      const page = await it.page(address, next === undefined ? {} : { page: next })
      assert(page.status === 'ok', `${address}: ${JSON.stringify(page).slice(0, 200)}`)
      assertBounded(page)
      found.push(...page.entries.map(({ version }) => `${version.type}/${version.id}`))
      next = page.next
    }
    assert.deepEqual(found.toSorted(), want, address)
    assert(pages >= 2, `${address}: ${pages}`)
  }
})

test('so do listings, and histories of a type and of one resource', async (t) => {
  const it = await withLarge(t)
  const { store } = it
  for (let n = 0; n < 5; n++) await store.delete('DocumentReference', `d${n}`, {})
  for (let n = 0; n < 5; n++)
    await it.put('Binary', 'b', {
      contentType: 'text/plain',
      data: randomBytes(3.75 * mega).toString('base64'),
    })
  const walk = async (ask: (after?: string) => Promise<unknown>) => {
    const found: number[] = []
    let pages = 0
    for (let after: string | undefined; pages === 0 || after !== undefined; pages++) {
      assert(pages < 20)
      const page = (await ask(after)) as Paged & { status: string }
      assert.equal(page.status, 'ok')
      assertBounded(page)
      found.push(...page.entries.map(({ version }) => Number(version)))
      after = page.next
    }
    return { found, pages }
  }
  const from = (after?: string) => ({ count: 1000, ...(after === undefined ? {} : { after }) })
  const type = await walk((after) => store.typeHistory('DocumentReference', from(after)))
  assert.equal(type.found.length, 10)
  assert(type.pages >= 2)
  const own = await walk((after) => store.instanceHistory('Binary', 'b', from(after)))
  assert.deepEqual(own.found, [5, 4, 3, 2, 1])
  assert(own.pages >= 2)
  assert.deepEqual((await walk((after) => store.list('Binary', from(after)))).found, [5])
})

test('what a page includes is bounded, and told', async (t) => {
  const it = await withLarge(t)
  await it.put('Patient', 'p', { gender: 'female' })
  const refused = await it.page('Patient?_id=p&_revinclude=DocumentReference:patient')
  assert.equal(refused.status, 'included-too-large')
  assert.deepEqual('slots' in refused && refused.slots, { parameter: '_revinclude', limit: 16 })
  const related = Array.from({ length: 5 }, (_, n) => ({ reference: `DocumentReference/d${n}` }))
  for (const [id, some] of [
    ['few', related.slice(0, 2)],
    ['many', related],
  ] as const)
    await it.put('List', id, { status: 'current', mode: 'working', entry: some.map((item) => ({ item })) })
  const few = await it.page('List?_id=few&_include=List:item')
  assert.equal(few.status === 'ok' && few.entries.length, 3)
  const many = await it.page('List?_id=many&_include=List:item')
  assert.equal(many.status, 'included-too-large')
})

test('what was changed since the first page of a listing is on a later one as it was', async (t) => {
  const it = await searched(t)
  for (let n = 0; n < 12; n++) await it.put('Basic', `b${n}`, { code: { text: `then ${n}` } })
  const first = await it.store.list('Basic', { count: 2 })
  assert(first.status === 'ok' && first.next !== undefined)
  for (let n = 0; n < 9; n++) await it.put('Basic', `b${n}`, { code: { text: 'now' } })
  await it.store.delete('Basic', 'b9', {})
  // However many were changed: of each no more than its name comes from the database.
  const moment = first.entries.at(-1)!.lastUpdated
  const after = { updatedAt: moment, resource: 'ffffffff-ffff-ffff-ffff-ffffffffffff', version: 1 }
  const span = { moment, from: new Date(0), to: new Date(moment.getTime() + 1), after }
  const then = await selectThen(it.sql, typeCode('Basic') as number, span, { changes: 100, rows: 5 })
  assert.equal(then.length, 5)
  for (const row of then) assert.deepEqual(Object.keys(row), ['resource', 'version', 'updated_at'])
  const found = [...first.entries]
  for (let next: string | undefined = first.next; next !== undefined;) {
    const more = await it.store.list('Basic', { count: 2, after: next })
    assert(more.status === 'ok')
    found.push(...more.entries)
    next = more.next
  }
  const texts = found.map(({ id, json }) => `${id} ${/"text":"([^"]*)"/.exec(json)?.[1] ?? ''}`)
  assert.deepEqual(
    texts,
    Array.from({ length: 12 }, (_, n) => `b${11 - n} then ${11 - n}`),
  )
})
