import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testVault } from '#test/kit/vault.ts'
import { hospital } from './hospital.ts'
import { patientIdOf } from './people.ts'
import { writeHospital, type Writing } from './write.ts'

test('broken off and begun again, each thing is written once, and what is whole is not made again', async (t) => {
  const { store } = await testVault(t)
  const plan = { made: '2026-11-22', timeZone: 'America/Mexico_City', patients: 18 }
  const window = 12
  const stopping = new AbortController()
  const told: Writing[] = []
  const stopped: typeof store = {
    ...store,
    import: (options) => store.import({ ...options, signal: stopping.signal }),
  }
  const brokenOff = writeHospital(
    stopped,
    plan,
    ({ done }) => {
      if (done >= 15) stopping.abort()
    },
    window,
  )
  await assert.rejects(brokenOff, /broken off/)
  await writeHospital(store, plan, (writing) => void told.push({ ...writing }), window)
  const { found = 0 } = told[0] ?? {}
  assert.ok(found >= 15 - window && found < plan.patients, String(found))
  assert.deepEqual(told.at(-1), { done: 18, total: 18, found })
  assert.ok(told.every(({ done }, n) => n === 0 || done >= told[n - 1]!.done))

  const want = new Map<string, number>()
  for await (const unit of hospital(plan)) {
    for (const { json } of unit.transactions()) {
      const { entry } = JSON.parse(json) as { entry: { resource: { resourceType: string } }[] }
      for (const { resource } of entry)
        want.set(resource.resourceType, (want.get(resource.resourceType) ?? 0) + 1)
    }
  }
  for (const [type, count] of want) {
    const page = await store.list(type, { count: 10_000 })
    assert.ok(page.status === 'ok')
    assert.equal(page.entries.length, count, type)
    for (const { version, id } of page.entries) assert.equal(version, 1, `${type}/${id}`)
  }
  assert.equal((await store.read('Patient', patientIdOf(17))).status, 'ok')
})
