/** Break-glass, as those meet it who open, who are told, and who review. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf } from '#kernel/outcome.ts'
import type { EndpointContext } from '#kernel/safeguard.ts'
import type { Role } from '#people/index.ts'
import type { By } from '#records/index.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'
import { access } from './access/index.ts'
import { breakglass } from './breakglass/index.ts'
import type { HouseSafeguard } from './facts.ts'
import { training } from './training/index.ts'

const hourMs = 3_600_000

interface Somebody {
  account: string
  person: string
  login: string
  name: string
  roles: readonly Role[]
  patient?: string
  represents: readonly string[]
}

function somebody(name: string, role: Role, more: Partial<Somebody> = {}): Somebody {
  return { account: name, person: name, login: name, name, roles: [role], represents: [], ...more }
}

const ana = somebody('Ana', 'physician')
const privacy = somebody('Paz', 'privacy-officer')
const director = somebody('Dora', 'director')
const patient = somebody('Ximena', 'patient', { patient: 'Patient/p1' })
const daughter = somebody('Luz', 'representative', { represents: ['Patient/p1'] })
const reception = somebody('Rosa', 'reception')
const everybody = [ana, privacy, director, patient, daughter, reception]

function byOf(one: Somebody): By {
  const actor = `person/${one.account}`
  return {
    actor,
    client: 'web',
    address: '192.0.2.7',
    principal: { actor, client: 'web', person: { ...one, session: 's' } },
  }
}

async function hospital(
  t: Parameters<typeof testVault>[0],
  safeguards: readonly HouseSafeguard[] = [access, breakglass],
) {
  const clock = { ms: Date.UTC(2026, 10, 23, 12) }
  const vault = await testVault(t, { safeguards, now: () => clock.ms })
  const put = async (resource: { resourceType: string; id: string; [more: string]: unknown }) => {
    const { resourceType, id } = resource
    const written = await vault.store.update(resourceType, id, bodyOf(resource), {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  for (const id of ['p1', 'p2']) {
    await put({ resourceType: 'Patient', id, name: [{ family: 'García' }] })
    const subject = { reference: `Patient/${id}` }
    await put({
      resourceType: 'Observation',
      id: `weight-${id}`,
      status: 'final',
      code: { text: 'weight' },
      subject,
    })
    await put({ resourceType: 'Invoice', id: `invoice-${id}`, status: 'issued', subject })
  }
  const told: string[] = []
  // oxlint-disable-next-line typescript/no-explicit-any -- what an endpoint answers is whatever it is
  const ask = async (name: string, one: Somebody, body?: object, id = ''): Promise<any> => {
    const context = {
      person: one,
      who: { actor: `person/${one.account}`, client: 'web', address: '192.0.2.7' },
      params: { id },
      rows: vault.rows('breakglass'),
      barred: () => vault.store.mayRead(byOf(one).principal!),
      notify: async (whom: (each: Somebody) => boolean, { about }: { about: string }) =>
        void told.push(...everybody.filter(whom).map((each) => `${each.name}: ${about}`)),
      nowMs: clock.ms,
    } as unknown as EndpointContext
    const endpoints = await breakglass.endpoints!()
    const done = await endpoints[name]!.act(context as never, body as never)
    return done.status === 'answer' ? done.value : codeOf(done)
  }
  const open = (one: Somebody, of = 'Patient/p1') =>
    ask('open', one, { patient: of, reason: 'unconscious in the emergency room' })
  const reads = async (one: Somebody, type: string, id: string, purpose?: string) => {
    const by = byOf(one)
    return (await vault.store.as(purpose === undefined ? by : { ...by, purpose }).read(type, id)).status
  }
  return { ...vault, clock, told, ask, open, reads }
}

test('one patient, four hours, with a reason; privacy officers, the patient and who represents them are told', async (t) => {
  const { clock, told, open, reads, store } = await hospital(t)
  assert.equal(await reads(ana, 'Observation', 'weight-p1'), 'not-found')
  for (const one of [reception, patient, privacy, director])
    assert.equal(await open(one), 'forbidden', one.name)
  assert.equal((await open(ana)).isOpen, true)
  assert.deepEqual(told, ['Paz: Ana: Patient/p1', 'Ximena: Ana', 'Luz: Ana'])
  const cases: [type: string, id: string, status: string, purpose?: string][] = [
    ['Observation', 'weight-p1', 'ok'],
    ['Patient', 'p1', 'ok'],
    ['Observation', 'weight-p1', 'forbidden', 'HRESCH'],
    ['Invoice', 'invoice-p1', 'forbidden'],
    ['Observation', 'weight-p2', 'not-found'],
    ['Patient', 'p2', 'not-found'],
  ]
  for (const [type, id, status, purpose] of cases)
    assert.equal(await reads(ana, type, id, purpose), status, `${type} ${id} ${purpose}`)
  assert.equal(
    await reads(somebody('Bea', 'physician'), 'Observation', 'weight-p1'),
    'not-found',
    'nobody else',
  )
  const subject = { reference: 'Patient/p1' }
  const note = bodyOf({ resourceType: 'Observation', status: 'final', code: { text: 'shock' }, subject })
  assert.equal(
    (await store.as(byOf(ana)).create('Observation', note, {})).status,
    'ok',
    'and notes what was done',
  )
  clock.ms += 4 * hourMs - 1
  assert.equal(await reads(ana, 'Observation', 'weight-p1'), 'ok')
  clock.ms += 1
  assert.equal(await reads(ana, 'Observation', 'weight-p1'), 'not-found', 'it ends by itself')
})

test('a review is somebody else’s, once, overdue after 72 hours, and does not go away', async (t) => {
  const { clock, open, ask, rows } = await hospital(t)
  const { id } = await open(ana)
  const verdict = { verdict: 'unjustified', note: 'she was on leave' }
  for (const one of [ana, reception, patient])
    assert.equal(await ask('review', one, verdict, id), 'forbidden')
  const both = somebody('Ana2', 'privacy-officer', { person: ana.person })
  assert.equal(await ask('review', both, verdict, id), 'own-request', 'by another account of hers')
  assert.equal((await ask('look', privacy)).overdue, 0)
  clock.ms += 72 * hourMs
  const doctor = async () =>
    (await breakglass.checks!({ rows: rows('breakglass'), nowMs: clock.ms } as never))!
  assert.equal((await doctor()).status, 'bad')
  assert.equal((await doctor()).text.en, 'emergency access not reviewed within 72 hours: 1')
  const overdue = await ask('look', privacy)
  assert.deepEqual([overdue.overdue, overdue.openings[0].isOverdue], [1, true])
  clock.ms += 300 * 24 * hourMs
  assert.equal((await ask('look', director)).overdue, 1)
  const reviewed = await ask('review', director, verdict, id)
  assert.deepEqual(
    [reviewed.review.by, reviewed.review.verdict, reviewed.isOverdue],
    ['Dora', 'unjustified', false],
  )
  assert.deepEqual(
    [(await doctor()).status, (await doctor()).text.en],
    ['ok', 'emergency access to review: 0'],
  )
  assert.equal(await ask('review', privacy, { verdict: 'justified' }, id), 'request-over')
  assert.equal(await ask('review', privacy, verdict, 'none'), 'not-found')
  assert.deepEqual((await ask('look', ana)).openings.length, 1, 'who opened sees what was said')
  assert.deepEqual((await ask('look', reception)).openings, [])
})

test('repeated use stands out', async (t) => {
  const { clock, open, ask, rows } = await hospital(t)
  await open(somebody('Bea', 'nurse'))
  for (let n = 0; n < 3; n++) {
    clock.ms += 12 * hourMs
    await open(ana, `Patient/p${n}`)
  }
  const found = await breakglass.checks!({ rows: rows('breakglass'), nowMs: clock.ms } as never)
  assert.deepEqual(
    [found!.status, found!.text.en],
    ['warning', 'emergency access to review: 4; repeated use within 30 days, people: 1'],
  )
  const { openings } = (await ask('look', privacy)) as { openings: Record<string, unknown>[] }
  assert.deepEqual(
    openings.map(({ by, recent, isRepeated }) => [by, recent, isRepeated]),
    [...Array.from({ length: 3 }, () => ['Ana', 3, true]), ['Bea', 1, false]],
  )
})

test('what SQL makes or puts back opens nothing', async (t) => {
  const { sql, open, reads, clock } = await hospital(t)
  await open(ana)
  assert.equal(await reads(ana, 'Observation', 'weight-p1'), 'ok')
  const [row] = await sql`select * from authority where kind = 9`
  assert.ok(row)
  clock.ms += 5 * hourMs
  await open(ana, 'Patient/p2')
  // The version of before, in which p1 is open, and a clock that is set back.
  await sql`delete from authority where kind = 9`
  await sql`insert into authority ${sql(row)}`
  await new Promise((resume) => setTimeout(resume, 800))
  clock.ms -= 5 * hourMs
  assert.equal(await reads(ana, 'Observation', 'weight-p1'), 'not-found')
})

test('the training gate holds in an emergency: who has not passed opens nothing, and is told so at once', async (t) => {
  const { clock, told, open, reads, rows } = await hospital(t, [access, breakglass, training])
  assert.equal(await open(ana), 'training-needed')
  assert.deepEqual(told, [], 'nothing stands open, and nobody is alarmed')
  const passed = { at: clock.ms, until: clock.ms + 365 * 24 * hourMs, edition: 1, right: 6 }
  const value = { passed: { breach: passed, 'data-protection': passed }, failed: {}, wrong: {} }
  const who = { actor: 'tester', client: 'test', address: 'local' }
  await rows('training').change<object, void>(ana.person, who, () => ({
    write: { value, what: 'trained' },
    result: undefined,
  }))
  assert.equal((await open(ana)).isOpen, true)
  assert.equal(await reads(ana, 'Observation', 'weight-p1'), 'ok')
})
