/** What was narrowed after the first page of a search was given is on no page after it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefusal } from '#kernel/outcome.ts'
import { personAsking } from '#test/kit/asking.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'

const reference = (text: string) => ({ reference: text })
const system = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const sara = personAsking('sara', { roles: ['nurse'], practitioner: 'Practitioner/sara' })

// Of few that are left the link names each; of more it holds the moment.
for (const [kind, notes] of [
  ['each by its name', 8],
  ['by their moment', 70],
] as const)
  test(`pages whose link holds what is left ${kind}`, async (t) => {
    const { store } = await testVault(t)
    const put = async (resource: object & { id: string; resourceType: string }) => {
      const { resourceType, id } = resource
      const written = await store.update(resourceType, id, bodyOf(resource), {})
      assert.equal(written.status, 'ok', JSON.stringify(written))
    }
    const patient = (cares: boolean) =>
      put({
        resourceType: 'Patient',
        id: 'p1',
        ...(cares ? { generalPractitioner: [reference('Practitioner/sara')] } : {}),
      } as never)
    const note = (n: number, ...codes: string[]) =>
      put({
        resourceType: 'Observation',
        id: `n${n}`,
        ...(codes.length === 0 ? {} : { meta: { security: codes.map((code) => ({ system, code })) } }),
        status: 'final',
        code: { text: 'note' },
        subject: reference('Patient/p1'),
      } as never)
    await patient(true)
    for (let n = 0; n < notes; n++) await note(n)
    const ask = async (page?: string) => {
      const found = await store.as(sara).search({
        type: 'Observation',
        pairs: [
          ['patient', 'Patient/p1'],
          ['_sort', '_id'],
          ['_count', '4'],
        ],
        view: 'full',
        actor: sara.actor,
        ...(page === undefined ? {} : { page }),
      })
      assert.ok(!isRefusal(found), JSON.stringify(found))
      return { ids: found.entries.map(({ version }) => version.id), next: found.next }
    }
    const first = await ask()
    assert.equal(first.ids.length, 4)
    const second = await ask(first.next)
    assert.equal(second.ids.length, 4)
    const [labelled, deleted, labelledAndDeleted, changed] = second.ids.map((id) => Number(id.slice(1)))
    // As before: what is only changed or deleted is on its page as it was.
    await note(changed!)
    assert.equal((await store.delete('Observation', `n${deleted}`, {})).status, 'ok')
    assert.deepEqual((await ask(first.next)).ids, second.ids)
    await note(labelled!, 'PSY')
    await note(labelledAndDeleted!, 'PSY')
    assert.equal((await store.delete('Observation', `n${labelledAndDeleted}`, {})).status, 'ok')
    assert.deepEqual((await ask(first.next)).ids, [`n${deleted}`, `n${changed}`])
    await patient(false)
    assert.deepEqual((await ask(first.next)).ids, [], 'who cares no longer sees nothing')
  })
