import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exported, type Exported } from '#test/kit/exported.ts'
import { runs } from '#test/kit/runs.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'

const observation = (id: string, patient: string, value: number) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: `value ${value}` },
  ...(patient === '' ? {} : { subject: { reference: `Patient/${patient}` } }),
})

test('an export is the vault as of transactionTime, whatever is written, moved and deleted meanwhile', async (t) => {
  // Steps of a few resources, so that much is written between them.
  const { store } = await testVault(t, { exports: { lookMax: 10 } })
  store.exports.start()
  const patients = Array.from({ length: 12 }, (_, n) => `p${n}`)
  const ids = Array.from({ length: 80 }, (_, n) => `o${n}`)
  const write = async (id: string, patient: string, value: number) => {
    const body = bodyOf(observation(id, patient, value))
    const written = await store.update('Observation', id, body, {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  for (const id of patients) await store.update('Patient', id, bodyOf({ resourceType: 'Patient', id }), {})
  await Promise.all(ids.map((id, n) => write(id, patients[n % 12]!, 0)))

  let isOver = false
  let writes = 0
  const writer = async (seed: number) => {
    for (let n = seed; !isOver; n = (n * 48_271) % 2_147_483_647) {
      const id = ids[n % ids.length]!
      writes++
      if (n % 7 === 0) await store.delete('Observation', id, {})
      // To another patient, to none, or where it is.
      else await write(n % 11 === 0 ? `new${n % 97}` : id, n % 5 === 0 ? '' : (patients[n % 13] ?? ''), n)
    }
  }
  const writers = [1, 2, 3].map(writer)
  const found: Exported[] = []
  for (let n = 0; n < runs(2, 8); n++) {
    found.push(await exported(store))
    const moment = found.at(-1)!.manifest.transactionTime
    found.push(await exported(store, { pairs: [['_since', new Date(moment).toISOString()]] }))
  }
  isOver = true
  await Promise.all(writers)
  t.diagnostic(`${writes} writes beside ${found.length} exports`)
  assert(writes > 50)

  const versions: { id: string; version: number; at: number; deleted: boolean }[] = []
  for (const id of [...ids, ...Array.from({ length: 97 }, (_, n) => `new${n}`)]) {
    const history = await store.instanceHistory('Observation', id, { count: 1000 })
    if (history.status !== 'ok') continue
    for (const { version, lastUpdated, deleted } of history.entries)
      versions.push({ id, version, at: lastUpdated.getTime(), deleted })
  }
  let late = 0
  for (const [n, { manifest, resources, files }] of found.entries()) {
    const moment = manifest.transactionTime
    const since = n % 2 === 0 ? -Infinity : found[n - 1]!.manifest.transactionTime
    const then = new Map<string, (typeof versions)[number]>()
    for (const each of versions) {
      if (each.at > moment) late++
      else if ((then.get(each.id)?.version ?? 0) < each.version) then.set(each.id, each)
    }
    const changed = [...then.values()].filter(({ at }) => at > since)
    const want = changed.filter(({ deleted }) => !deleted).map(({ id, version }) => `${id} ${version}`)
    const got = [...resources]
      .filter(([name]) => name.startsWith('Observation/'))
      .map(([, line]) => {
        const { id, meta } = JSON.parse(line) as { id: string; meta: { versionId: string } }
        return `${id} ${meta.versionId}`
      })
    assert.deepEqual(got.toSorted(), want.toSorted())
    const gone = files.filter(({ kind }) => kind === 'deleted').flatMap(({ lines }) => lines.map(urlOf))
    const wantGone = since === -Infinity ? [] : changed.filter(({ deleted }) => deleted).map(({ id }) => id)
    assert.deepEqual(gone.toSorted(), wantGone.map((id) => `Observation/${id}`).toSorted())
  }
  assert(late > 0, 'nothing was written after a moment')
})

/** Bulk Data Access: a transaction Bundle whose entries are DELETEs. */
function urlOf(line: string): string {
  const bundle = JSON.parse(line) as { type: string; entry: [{ request: { method: string; url: string } }] }
  assert.equal(bundle.type, 'transaction')
  assert.equal(bundle.entry[0].request.method, 'DELETE')
  return bundle.entry[0].request.url
}
