/** What is hidden takes no room on a page. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { By } from '#records/index.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'

const mega = 1024 * 1024
const reference = (text: string) => ({ reference: text })

test('what is included and may not be seen makes no page too large', async (t) => {
  const { store } = await testVault(t)
  const put = async (resourceType: string, id: string, more: object) => {
    const written = await store.update(resourceType, id, bodyOf({ resourceType, id, ...more }), {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  const ids = ['d0', 'd1', 'd2']
  const data = 'QUJD'.repeat(1.5 * mega)
  for (const patient of ['p1', 'p2']) {
    await put(
      'Patient',
      patient,
      patient === 'p1' ? { generalPractitioner: [reference('Practitioner/ana')] } : {},
    )
    await put('DocumentReference', `small-${patient}`, {
      status: 'current',
      subject: reference(`Patient/${patient}`),
      content: [{ attachment: { title: 'small' } }],
    })
  }
  for (const id of ids)
    await put('DocumentReference', id, {
      status: 'current',
      subject: reference('Patient/p2'),
      content: [{ attachment: { contentType: 'text/plain', data } }],
    })
  const detail = [...ids, 'small-p2', 'small-p1'].map((id) => reference(`DocumentReference/${id}`))
  await put('Condition', 'c', { subject: reference('Patient/p1'), evidence: [{ detail }] })
  const person = {
    account: 'ana',
    person: 'ana',
    login: 'ana',
    name: 'ana',
    represents: [],
    session: 's',
    roles: ['physician'],
    practitioner: 'Practitioner/ana',
  } as const
  const ana: By = {
    actor: 'person/ana',
    client: 'web',
    address: '192.0.2.7',
    principal: { actor: 'person/ana', client: 'web', person },
  }
  const search = async (by?: By) => {
    const acting = by ? store.as(by) : store
    const page = await acting.search({
      type: 'Condition',
      pairs: [
        ['_include', 'Condition:evidence-detail'],
        ['_id', 'c'],
      ],
      view: 'full',
      actor: 'ana',
    })
    return page.status === 'ok' ? page.entries.map(({ version }) => version.id) : page.status
  }
  assert.equal(await search(), 'included-too-large', 'to whoever sees all of it')
  assert.deepEqual(await search(ana), ['c', 'small-p1'])
})
