import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runs } from '#test/kit/runs.ts'
import { bodyOf, testVault, type TestStore } from '#test/kit/vault.ts'
import { bookings, bookingsOf } from './agenda.ts'
import { addDays } from './calendar.ts'
import { seed } from './plan.ts'
import { renewAgenda, type Renewed } from './renew.ts'
import type { Day } from './types.ts'

const plan = { made: '2026-11-23', timeZone: 'America/Mexico_City', patients: 40 }

interface Appointment {
  id: string
  status: string
  start: string
  participant: { actor: { reference: string } }[]
}

async function openVault(t: Parameters<typeof testVault>[0]): Promise<TestStore> {
  const { store } = await testVault(t)
  // An agenda needs no charts: a name and a physician.
  await Promise.all(
    Array.from({ length: plan.patients }, (_, seat) => {
      const id = `paciente-${String(seat + 1).padStart(6, '0')}`
      const generalPractitioner = [{ reference: 'Practitioner/beatriz-quintanar' }]
      const patient = {
        resourceType: 'Patient',
        id,
        name: [{ text: `Paciente ${seat}` }],
        generalPractitioner,
      }
      return store.update('Patient', id, bodyOf(patient), {})
    }),
  )
  return store
}

async function agendaOf(store: TestStore): Promise<Appointment[]> {
  const found: Appointment[] = []
  for (let after: string | undefined, more = true; more;) {
    const page = await store.list('Appointment', { count: 1000, ...(after ? { after } : {}) })
    assert.equal(page.status, 'ok')
    if (page.status !== 'ok') break
    found.push(...page.entries.map(({ json }) => JSON.parse(json) as Appointment))
    after = page.next
    more = after !== undefined
  }
  return found
}

const on = (agenda: Appointment[], day: Day) => agenda.filter(({ start }) => start.startsWith(day))
const renew = (store: TestStore, today: Day, renewed?: Day): Promise<Renewed> =>
  renewAgenda(store, { plan, today, renewed })
const isOver = ({ status }: Appointment) => ['fulfilled', 'noshow', 'cancelled'].includes(status)

test('the first day: two weeks behind are over, today is full, two weeks ahead are booked', async (t) => {
  const store = await openVault(t)
  const today = plan.made
  assert.equal((await renew(store, today)).status, 'ok')
  const agenda = await agendaOf(store)
  assert.equal(on(agenda, today).length, bookingsOf(plan.patients).full)
  for (const each of agenda) {
    const day = each.start.slice(0, 10)
    assert.ok(day >= addDays(today, -14) && day <= addDays(today, 14), day)
    const wanted = day < today ? ['fulfilled', 'noshow', 'cancelled'] : ['booked', 'pending', 'cancelled']
    assert.ok(wanted.includes(each.status), `${each.id} ${each.status}`)
  }
  assert.ok(on(agenda, addDays(today, 1)).length > 0 && on(agenda, addDays(today, -3)).length > 0)

  await t.test('nobody comes twice on a day, no physician sees two at once, no room has two', () => {
    for (const actor of ['Patient/', 'Practitioner/', 'Location/']) {
      const taken = agenda.map(({ start, participant }) => {
        const who = participant.find((each) => each.actor.reference.startsWith(actor))!.actor.reference
        return `${actor === 'Patient/' ? start.slice(0, 10) : start} ${who}`
      })
      assert.equal(new Set(taken).size, taken.length, actor)
    }
  })

  await t.test('once more on the same day changes nothing', async () => {
    assert.deepEqual(await renew(store, today, today), { status: 'ok', made: 0, closed: 0, cleared: 0 })
    assert.deepEqual(await renew(store, today), { status: 'ok', made: 0, closed: 0, cleared: 0 })
  })
})

test('each day that passes, for ten weeks: closed, full, cleared, and never more', async (t) => {
  const store = await openVault(t)
  let renewed: Day | undefined
  const sizes: number[] = []
  // In between, in every run, it is only looked in now and then.
  const skipped = runs(4, 1)
  for (let i = 0; i < 70; i += i >= 14 && i < 62 ? skipped : 1) {
    const today = addDays(plan.made, i)
    assert.equal((await renew(store, today, renewed)).status, 'ok')
    renewed = today
    if (i % 10 !== 0 && i < 65) continue
    const agenda = await agendaOf(store)
    sizes.push(agenda.length)
    assert.equal(on(agenda, today).length, bookingsOf(plan.patients).full, today)
    assert.deepEqual(
      agenda.filter((each) => each.start.slice(0, 10) < today && !isOver(each)),
      [],
    )
    assert.deepEqual(
      agenda.filter((each) => each.start.slice(0, 10) < addDays(today, -60)),
      [],
    )
  }
  const { full, ahead } = bookingsOf(plan.patients)
  assert.ok(Math.max(...sizes) <= 61 * full + 14 * ahead, String(Math.max(...sizes)))
  assert.ok(sizes.at(-1)! - sizes.at(-5)! < full, 'it has stopped growing')
})

test('after a month away, and after a year', async (t) => {
  const store = await openVault(t)
  await renew(store, plan.made)
  const month = '2026-12-24'
  await renew(store, month, plan.made)
  const agenda = await agendaOf(store)
  assert.equal(on(agenda, month).length, bookingsOf(plan.patients).full)
  assert.deepEqual(
    agenda.filter((each) => each.start.slice(0, 10) < month && !isOver(each)),
    [],
  )
  assert.deepEqual(on(agenda, '2026-12-08'), [], 'nobody was there')
  assert.ok(on(agenda, '2026-12-22').length > 0, 'of the last two weeks it is told')

  const year = '2027-12-27'
  await renew(store, year, month)
  const later = await agendaOf(store)
  assert.ok(
    later.every((each) => each.start.slice(0, 10) >= addDays(year, -14)),
    'what was old is gone',
  )
  assert.equal(on(later, year).length, bookingsOf(plan.patients).full)
})

test('stopped at any moment, it is gone on with, and ends as if it had not been', async (t) => {
  const [whole, broken] = [await openVault(t), await openVault(t)]
  const tomorrow = addDays(plan.made, 1)
  await renew(whole, plan.made)
  await renew(whole, tomorrow, plan.made)
  for (const [today, renewed] of [
    [plan.made, undefined],
    [tomorrow, plan.made],
  ] as const) {
    for (let writes = 0; ; writes += 7) {
      const done = await renewAgenda(dying(broken, writes), { plan, today, renewed }).catch(() => undefined)
      if (done?.status === 'ok') break
    }
  }
  const shape = async (store: TestStore) =>
    (await agendaOf(store))
      .map((each) => ({ ...each, meta: undefined }))
      .toSorted((a, b) => a.id.localeCompare(b.id))
  assert.deepEqual(await shape(broken), await shape(whole))
})

/** A store whose process ends after so many writes. */
function dying(store: TestStore, writes: number): TestStore {
  let left = writes
  const spend = <Result>(write: () => Promise<Result>) =>
    left-- > 0 ? write() : Promise.reject(new Error('killed'))
  return {
    ...store,
    read: (type, id) => store.read(type, id),
    update: (...args) => spend(() => store.update(...args)),
    patch: (...args) => spend(() => store.patch(...args)),
    delete: (...args) => spend(() => store.delete(...args)),
  }
}

test('what people changed stays as they left it', async (t) => {
  const store = await openVault(t)
  await renew(store, plan.made)
  const tomorrow = addDays(plan.made, 1)
  const [moved, deleted, cancelled] = on(await agendaOf(store), plan.made).filter(
    ({ status }) => status === 'booked',
  )
  const start = `${addDays(plan.made, 30)}T09:00:00-06:00`
  await store.update('Appointment', moved!.id, bodyOf({ ...moved, start, end: start }), {})
  await store.delete('Appointment', deleted!.id, {})
  await store.update('Appointment', cancelled!.id, bodyOf({ ...cancelled, status: 'cancelled' }), {})
  await store.delete('Patient', 'paciente-000007', {})
  await renew(store, plan.made)
  await renew(store, tomorrow, plan.made)
  const later = await agendaOf(store)
  const byId = new Map(later.map((each) => [each.id, each]))
  assert.deepEqual([byId.get(moved!.id)?.status, byId.get(moved!.id)?.start], ['booked', start])
  assert.equal(byId.has(deleted!.id), false)
  assert.equal(byId.get(cancelled!.id)?.status, 'cancelled')
  await renew(store, addDays(plan.made, 3), tomorrow)
  const mine = on(await agendaOf(store), addDays(plan.made, 17))
  assert.ok(!JSON.stringify(mine).includes('paciente-000007'), 'a deleted patient is not expected')
})

test('a sealed vault is left alone', async (t) => {
  const { store, keys } = await testVault(t)
  keys.seal()
  assert.deepEqual(await renew(store, plan.made), { status: 'sealed' })
})

test('who comes on a day depends on nothing but the day, and the day itself only adds', () => {
  for (const patients of [1, 2, 3, 60, 997, 100_000]) {
    for (let i = 0; i < 40; i++) {
      const day = addDays(plan.made, i)
      const before = bookings(seed, patients, day, plan.made).map(({ seat }) => seat)
      const itself = bookings(seed, patients, day, day).map(({ seat }) => seat)
      if (day !== plan.made) assert.deepEqual(itself.slice(0, before.length), before)
      assert.equal(new Set(itself).size, itself.length)
      assert.ok(itself.every((seat) => seat >= 0 && seat < patients))
    }
  }
})
