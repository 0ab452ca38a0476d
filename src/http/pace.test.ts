/** So many at once, then one after the other; each account by itself, whatever the others do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPaces, entriesIn, faultOfPace } from './pace.ts'

const pace = { atOnce: 5, everyMs: 1_000 }

test('so many at once, then one in each turn; who waits gets all of them back', () => {
  const paces = createPaces()
  const take = (nowMs: number, account = 'ana', kind = 'records') => paces.take(kind, account, pace, nowMs)
  for (let n = 0; n < 5; n++) assert.equal(take(100_000), 0, `${n}`)
  assert.equal(take(100_000), 1_000)
  assert.equal(take(100_400), 600, 'what was refused is not counted')
  assert.equal(take(100_400, 'eva'), 0, 'another account')
  assert.equal(take(100_400, 'ana', 'duties'), 0, 'another kind')
  assert.equal(take(101_000), 0)
  assert.equal(take(101_000), 1_000)
  for (let n = 0; n < 5; n++) assert.equal(take(200_000), 0, `rested, ${n}`)
  assert.equal(take(200_000), 1_000)
})

test('a Bundle counts as its entries, and keeps nobody waiting longer than ten minutes', () => {
  const paces = createPaces()
  assert.equal(paces.take('records', 'ana', pace, 100_000, 8), 0)
  assert.equal(paces.take('records', 'ana', pace, 100_000), 4_000)
  assert.equal(paces.take('records', 'eva', pace, 100_000, 10_000), 0)
  assert.equal(paces.take('records', 'eva', pace, 100_000), 596_000)
  const entry = { resource: { note: 'a "request" in a text' }, request: { method: 'POST', url: 'Patient' } }
  const bundle = { resourceType: 'Bundle', type: 'batch', entry: Array.from({ length: 30 }, () => entry) }
  assert.equal(entriesIn(Buffer.from(JSON.stringify(bundle))), 30)
  const hidden = JSON.stringify(bundle).replaceAll('"request":', '"re\\u0071uest":')
  assert.equal(JSON.parse(hidden).entry.length, 30)
  assert.ok(entriesIn(Buffer.from(hidden)) >= 30)
  assert.equal(entriesIn(undefined), 1)
})

test('programs are held to their scope, and whoever is nobody yet to other measures', () => {
  const edge = { paces: createPaces(), limits: { paces: { records: pace, duties: pace } } } as never
  const program = { actor: 'lab', client: 'lab', program: { id: 'lab', scope: 'system/*.cruds' } }
  for (let n = 0; n < 20; n++) {
    assert.equal(faultOfPace(edge, { principal: program }, 'records'), undefined)
    assert.equal(faultOfPace(edge, { principal: undefined }, 'duties'), undefined)
  }
  const person = { account: 'a', person: 'p', login: 'l', name: 'n', roles: [], represents: [], session: 's' }
  const somebody = { principal: { actor: 'person/a', client: 'web', person } }
  const told = Array.from({ length: 6 }, () => faultOfPace(edge, somebody, 'records'))
  assert.deepEqual(
    told.map((refusal) => refusal?.status),
    [undefined, undefined, undefined, undefined, undefined, 'too-fast'],
  )
  assert.equal(told[5]?.retryAfterSeconds, 1)
})
