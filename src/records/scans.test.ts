import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BundleOptions } from '#records/index.ts'
import { bodyOf, testVault, type TestVault } from '#test/kit/vault.ts'

/** A person whom nobody finds but by looking at all people. */
const person = (city: string) => ({
  request: { method: 'POST', url: 'Patient', ifNoneExist: `address-city=${city}` },
  resource: { resourceType: 'Patient', address: [{ city }] },
})

const noteOf = (reference: string) => ({
  request: { method: 'POST', url: 'Basic' },
  resource: { resourceType: 'Basic', code: { text: 'x' }, subject: { reference } },
})

const entriesOf = (count: number, make: (text: string) => object) =>
  Array.from({ length: count }, (_, n) => make(`city${n}x`))

async function send({ store }: TestVault, entry: object[], options: BundleOptions = {}) {
  const answer = await store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), options)
  if (answer.status === 'ok') return { status: answer.status }
  const cause = 'cause' in answer ? answer.cause : undefined
  return { status: answer.status, entry: answer.slots?.['entry'], cause: cause?.status, slots: cause?.slots }
}

async function countOf({ store }: TestVault, type: string) {
  const counted = await store.count(type, {})
  return counted.status === 'ok' ? counted.total : -1
}

test('a transaction looks through all records ten times at most, and is told at which entry', async (t) => {
  const vault = await testVault(t)
  const refused = {
    status: 'transaction-failed',
    entry: 10,
    cause: 'too-many-scans',
    slots: { limit: 10 },
  }
  assert.deepEqual(await send(vault, entriesOf(11, person)), refused)
  assert.equal(await countOf(vault, 'Patient'), 0)
  assert.deepEqual(await send(vault, entriesOf(10, person)), { status: 'ok' })
  assert.equal(await countOf(vault, 'Patient'), 10)
  // The eleventh city is nobody's; it is not looked for any more.
  const references = entriesOf(11, (city) => noteOf(`Patient?address-city=${city}`))
  assert.deepEqual(await send(vault, references), refused)
  assert.equal(await countOf(vault, 'Basic'), 0)
  assert.deepEqual(await send(vault, references.slice(0, 10)), { status: 'ok' })
  // What names an identifier needs none.
  const identified = entriesOf(30, (city) => ({
    ...person(city),
    request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=urn:i|${city}` },
  }))
  assert.deepEqual(await send(vault, identified), { status: 'ok' })
})

test('nothing of a transaction is kept when who sent it goes away while it searches', async (t) => {
  const vault = await testVault(t)
  for (const entries of [entriesOf(2, person), [noteOf('Patient?address-city=x')]]) {
    const answer = await send(vault, entries, { signal: AbortSignal.abort() })
    assert.deepEqual(answer, { status: 'transaction-failed', entry: 0, cause: 'busy', slots: {} })
  }
  assert.equal(await countOf(vault, 'Patient'), 0)
})

test('nor is a conditional write carried out', async (t) => {
  const vault = await testVault(t)
  const { store } = vault
  const body = bodyOf(person('x').resource)
  const where = 'address-city=x'
  const signal = AbortSignal.abort()
  const answers = [
    await store.create('Patient', body, { ifNoneExist: where, signal }),
    await store.updateWhere('Patient', where, body, { signal }),
    await store.deleteWhere('Patient', where, { signal }),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['busy', 'busy', 'busy'],
  )
  assert.equal(await countOf(vault, 'Patient'), 0)
})
