/** Who is found for whoever sees some patients alone says nothing of the others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { personAsking } from '#test/kit/asking.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'

test('patients who are hidden take no room among those who may match', async (t) => {
  const { store } = await testVault(t)
  const of = (id: string) => ({
    resourceType: 'Patient',
    id,
    name: [{ family: 'García López', given: ['María'] }],
    birthDate: '1980-02-03',
  })
  const ids = Array.from({ length: 450 }, (_, n) => `p${n}`)
  const entry = ids.map((id) => ({ request: { method: 'PUT', url: `Patient/${id}` }, resource: of(id) }))
  const sent = await store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), {})
  assert.equal(sent.status, 'ok')
  // Of as many as are looked at some are not among the first, whatever the order.
  for (const id of ids.filter((_, n) => n % 25 === 0)) {
    const patient = personAsking(id, { roles: ['patient'], patient: `Patient/${id}` })
    const found = await store.as(patient).matching.match({ ...of(id), id: 'other' } as never, 10)
    assert.ok(found.status === 'ok', JSON.stringify(found))
    assert.deepEqual(
      found.matches.map(({ version }) => version.id),
      [id],
    )
  }
})
