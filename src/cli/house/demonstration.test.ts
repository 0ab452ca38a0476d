import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { bodyOf, testVault } from '#test/kit/vault.ts'
import { writeHomeRecord, type HomeRecord } from '../home/home.ts'
import { openLog } from '../log.ts'
import { keepAgenda } from './demonstration.ts'
import { temporaryFolder } from '#test/kit/scope.ts'

const settings = {
  home: '',
  port: 0,
  origin: undefined,
  databaseUrl: undefined,
  copiesDays: undefined,
  timeZone: 'America/Mexico_City',
  scanner: undefined,
  resetWaitHours: 24,
  language: 'en',
  color: false,
  underNpx: false,
} as const

function homeOf(t: TestContext) {
  const path = temporaryFolder(t, 'sigilo-demo-')
  const record: HomeRecord = {
    format: 1,
    kind: 'demo',
    opener: 'key-file',
    database: 'embedded',
    state: 'ready',
    demo: { made: '2026-11-23', patients: 3 },
  }
  writeHomeRecord(path, record)
  const renewed = () =>
    (JSON.parse(readFileSync(join(path, 'home.json'), 'utf8')) as HomeRecord).demo?.renewed
  return { home: { path, record }, renewed }
}

/** However slow the machine is: what never comes ends with the file's own limit. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await delay(20)
}

test('the agenda is renewed at the start, and when the facility’s midnight has passed', async (t) => {
  const { store } = await testVault(t)
  const { home, renewed } = homeOf(t)
  for (const seat of [1, 2, 3]) {
    const id = `paciente-00000${seat}`
    await store.update('Patient', id, bodyOf({ resourceType: 'Patient', id, name: [{ text: id }] }), {})
  }
  const expectedOn = async (day: string) => {
    const found = await store.list('Appointment', { count: 1000 })
    assert.equal(found.status, 'ok')
    if (found.status !== 'ok') return []
    return found.entries.map(({ json }) => JSON.parse(json)).filter(({ start }) => start.startsWith(day))
  }
  // One minute before midnight there; in UTC it is the next day already.
  let now = new Date('2026-11-24T05:59:00Z')
  const log = openLog(home.path)
  const agenda = keepAgenda(store, home, { settings, now: () => now }, log, 20)
  await until(() => renewed() === '2026-11-23')
  assert.equal((await expectedOn('2026-11-23')).length, 3)
  now = new Date('2026-11-24T06:00:30Z')
  await until(() => renewed() === '2026-11-24')
  assert.equal((await expectedOn('2026-11-24')).length, 3)
  assert.ok((await expectedOn('2026-11-23')).every(({ status }) => status !== 'booked'))
  await agenda.stop()
  now = new Date('2026-11-25T18:00:00Z')
  await delay(60)
  assert.equal(renewed(), '2026-11-24', 'stopped, it looks no more')
  log.close()
})

test('while the vault is sealed the agenda waits', async (t) => {
  const { store, keys, secret } = await testVault(t)
  keys.seal()
  const { home, renewed } = homeOf(t)
  const log = openLog(home.path)
  const now = () => new Date('2026-11-23T18:00:00Z')
  const agenda = keepAgenda(store, home, { settings, now }, log, 20)
  await delay(100)
  assert.equal(renewed(), undefined)
  await keys.unseal(secret)
  await until(() => renewed() === '2026-11-23')
  await agenda.stop()
  log.close()
})
