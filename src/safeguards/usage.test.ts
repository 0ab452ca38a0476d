/** Limits of a day, as people meet them: over one process, over several, and after a kill. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { randomUuid } from '#kernel/crypto/index.ts'
import { isRefusal } from '#kernel/outcome.ts'
import type { Role } from '#people/index.ts'
import type { By } from '#records/index.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'
import { access } from './access/index.ts'
import { createUsage, usualLimits, type Limits } from './usage/index.ts'

const small = (limits: Partial<Limits>) => ({
  ...usualLimits,
  reception: { patients: 3, rows: 1000, exports: 0, prints: 1000, ...limits },
  'privacy-officer': { ...usualLimits['privacy-officer'], exports: 2 },
})

function person(name: string, role: Role, more: object = {}): By {
  const actor = `person/${name}`
  const asking = { account: name, person: name, login: name, name, represents: [], session: 's', ...more }
  const principal = { actor, client: 'web', person: { ...asking, roles: [role] } }
  return { actor, client: 'web', address: '192.0.2.7', principal }
}

const sayer = { person: 'rosa', name: 'rosa' }
const said = (id: string) => ({ id, asked: sayer, approved: [] })
const notify = async () => {}

const rosa = person('rosa', 'reception')

async function hospital(
  t: Parameters<typeof testVault>[0],
  limits: Partial<Limits>,
  now: () => number = Date.now,
) {
  const vault = await testVault(t, { now, safeguards: [access, createUsage(small(limits))] })
  const entry = Array.from({ length: 12 }, (_, n) => `p${n}`).flatMap((id) => [
    {
      request: { method: 'PUT', url: `Patient/${id}` },
      resource: { resourceType: 'Patient', id, name: [{ family: `Familia${id}` }] },
    },
    ...[1, 2].map((n) => ({
      request: { method: 'PUT', url: `Appointment/${id}-${n}` },
      resource: {
        resourceType: 'Appointment',
        id: `${id}-${n}`,
        status: 'booked',
        start: '2026-11-20T10:00:00Z',
        end: '2026-11-20T10:30:00Z',
        participant: [{ actor: { reference: `Patient/${id}` }, status: 'accepted' }],
      },
    })),
  ])
  const written = await vault.store.bundle(
    bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }),
    {} as never,
  )
  assert.equal(written.status, 'ok', JSON.stringify(written).slice(0, 300))
  return vault
}

type Vault = Awaited<ReturnType<typeof hospital>>

/** How often it was asked what was given. */
function looksAt(ledger: Vault['ledger']): () => number {
  let looks = 0
  const { deeds, deedsSince } = ledger
  ledger.deeds = (sought) => {
    looks += 1
    return deeds(sought)
  }
  ledger.deedsSince = (sought) => {
    looks += 1
    return deedsSince(sought)
  }
  return () => looks
}

const read = async (store: Vault['store'], id: string, by = rosa) =>
  (await store.as(by).read('Patient', id)).status

test('one more patient than the limit is refused, and says why; whoever was read before is read on', async (t) => {
  const { store, ledger } = await hospital(t, {})
  for (const id of ['p0', 'p1', 'p2', 'p1']) assert.equal(await read(store, id), 'ok')
  const refused = await store.as(rosa).read('Patient', 'p3')
  assert.equal(refused.status, 'usage-limit')
  assert.ok(isRefusal(refused))
  assert.equal(refused.slots?.['limit'], 3)
  for (const id of ['p0', 'p1', 'p2']) assert.equal(await read(store, id), 'ok')
  assert.equal(await read(store, 'p4', person('otra', 'reception')), 'ok', 'each has limits of their own')
  // What holds nobody is refused to nobody.
  const whole = { actor: 'c', client: 'c', program: { id: 'c', scope: 'system/*.cruds' } }
  for (let n = 0; n < 6; n++)
    assert.equal(await read(store, `p${n}`, { ...rosa, actor: 'c', principal: whole }), 'ok')
  await ledger.start()
  for (let tries = 0; tries < 200 && (await ledger.standing()).size < 25; tries++) await delay(50)
  // The same counts from the tree as from what waited.
  assert.equal(await read(store, 'p2'), 'ok')
  assert.equal(await read(store, 'p5'), 'usage-limit')
  const { entries } = await ledger.query({ actor: rosa.actor, actions: ['read'], limit: 50 })
  const told = entries.filter(({ outcome }) => outcome === 'refused').map(({ details }) => details?.reason)
  assert.deepEqual(told, ['usage-limit', 'usage-limit'])
  const places = new Set(entries.filter(({ outcome }) => outcome === 'done').map(({ stream }) => stream))
  assert.equal(places.size, 3, 'nothing says that a fourth was given')
})

test('whoever was read before on the same day is read on without a look at what was given', async (t) => {
  const { store, ledger } = await hospital(t, {})
  await ledger.start()
  const looks = looksAt(ledger)
  const looked = async (id: string) => {
    const before = looks()
    assert.equal(await read(store, id), 'ok')
    return looks() - before
  }
  // Until its entry has a place in the tree.
  for (let tries = 0; (await looked('p0')) > 0; tries++) {
    assert.ok(tries < 200, 'it is looked up each time')
    await delay(50)
  }
  for (let n = 0; n < 5; n++) assert.equal(await looked('p0'), 0)
  assert.ok((await looked('p1')) > 0)
})

for (const isSequencing of [false, true])
  test(`two processes give no more than one would${isSequencing ? ', one of which sequences' : ''}`, async (t) => {
    const vault = await hospital(t, { patients: 5 })
    const other = await vault.another()
    if (isSequencing) await vault.ledger.start()
    const ids = Array.from({ length: 12 }, (_, n) => `p${n}`)
    const given = new Set<string>()
    const answers = await Promise.all(
      ids.map(async (id, n) => {
        const status = await read(n % 2 ? vault.store : other.store, id)
        if (status === 'ok') given.add(id)
        return status
      }),
    )
    assert.ok(given.size <= 5, `${given.size} were given`)
    assert.ok(
      answers.every((status) => status === 'ok' || status === 'usage-limit'),
      answers.join(),
    )
    // A process that begins, after a kill say, knows what those before it gave.
    const third = await vault.another()
    const later = []
    for (const id of ids) if ((await read(third.store, id)) === 'ok') later.push(id)
    const all = new Set([...given, ...later])
    assert.ok(all.size <= 5, `${all.size} were given`)
  })

test('what lists give is counted, and prints are', async (t) => {
  const { store } = await hospital(t, { patients: 100, rows: 8, prints: 2 })
  const search = (by: By) =>
    store.as(by).search({
      type: 'Appointment',
      pairs: [],
      compartment: { type: 'Patient', id: 'p0' },
      view: 'full',
      actor: by.actor,
    })
  const everything = (by: By) => store.as(by).everything('p1', { count: 10 })
  assert.equal((await search(rosa)).status, 'ok')
  assert.equal((await everything(rosa)).status, 'ok')
  assert.equal((await search(rosa)).status, 'ok')
  const over = await everything(rosa)
  assert.equal(over.status, 'usage-limit')
  // One by one they are read on.
  assert.equal(await read(store, 'p7'), 'ok')
  const printing: By = { ...person('otra', 'reception'), use: 'print' }
  for (let n = 0; n < 2; n++) assert.equal(await read(store, 'p1', printing), 'ok')
  assert.equal(await read(store, 'p1', printing), 'usage-limit')
  const { use: _, ...looking } = printing
  assert.equal(await read(store, 'p1', looking), 'ok')
})

test('lists of whoever was read before are looked up seldom while much is left, and the limit is met to the row', async (t) => {
  const { store, ledger } = await hospital(t, { rows: 200 })
  await ledger.start()
  const looks = looksAt(ledger)
  const search = () =>
    store.as(rosa).search({
      type: 'Appointment',
      pairs: [],
      compartment: { type: 'Patient', id: 'p0' },
      view: 'full',
      actor: rosa.actor,
    })
  let spared = 0
  let given = 0
  for (let before = looks(); (await search()).status === 'ok'; before = looks()) {
    given += 2
    if (looks() === before) spared += 1
    assert.ok(given <= 200, `${given} rows were given`)
  }
  assert.equal(given, 200)
  assert.ok(spared > 0, 'each was looked up')
})

test('what the parts of one act give is counted of each of them', async (t) => {
  const { store, ledger } = await hospital(t, { rows: 40 })
  await ledger.start()
  const search = (status: string, act: string) =>
    store.as(rosa, act).search({
      type: 'Appointment',
      pairs: [['status', status]],
      compartment: { type: 'Patient', id: 'p0' },
      view: 'full',
      actor: rosa.actor,
    })
  let given = 0
  for (;;) {
    const act = randomUuid()
    if ((await search('booked', act)).status !== 'ok') break
    given += 2
    assert.ok(given <= 40, `${given} rows were given`)
    // The last part of it gives none.
    assert.equal((await search('cancelled', act)).status, 'ok')
  }
  assert.equal(given, 40)
})

test('each print of a Bundle is one', async (t) => {
  const { store } = await hospital(t, { prints: 2 })
  const printing: By = { ...rosa, use: 'print' }
  const statuses: string[] = []
  const entry = Array.from({ length: 5 }, () => ({ request: { method: 'GET', url: 'Patient/p1' } }))
  for (const type of ['batch', 'transaction']) {
    const sent = await store.as(printing).bundle(bodyOf({ resourceType: 'Bundle', type, entry }), {
      async get(url, acting) {
        const { status } = await acting.read('Patient', url.slice('Patient/'.length))
        statuses.push(status)
        return { httpStatus: 200, json: '{}' }
      },
    })
    assert.equal(sent.status, 'ok')
  }
  // All at once: of two that would be the last neither may be.
  assert.ok(statuses.filter((status) => status === 'ok').length <= 2, statuses.join())
  assert.equal(statuses.length, 10)
  assert.ok(statuses.every((status) => status === 'ok' || status === 'usage-limit'))
  assert.equal(await read(store, 'p1', printing), 'usage-limit')
})

test('all who are at work are looked at together, and what another process gave each of them is found', async (t) => {
  let aheadMs = 0
  const vault = await hospital(t, { rows: 20 }, () => Date.now() + aheadMs)
  const { store, ledger } = vault
  const other = await vault.another()
  await ledger.start()
  const people = Array.from({ length: 8 }, (_, n) => person(`p${n}`, 'reception'))
  const search = async (by: By, at = store) => {
    const compartment = { type: 'Patient', id: 'p0' } as const
    const asked = { type: 'Appointment', pairs: [], compartment, view: 'full', actor: by.actor } as const
    return (await at.as(by).search(asked)).status
  }
  for (const by of people) assert.equal(await search(by), 'ok')
  const looks = looksAt(ledger)
  let fewest = Infinity
  // Some of them have no place in the tree at first.
  for (let tries = 0; tries < 4; tries++) {
    aheadMs += 3_000
    const before = looks()
    assert.deepEqual(new Set(await Promise.all(people.map((by) => search(by)))), new Set(['ok']))
    fewest = Math.min(fewest, looks() - before)
  }
  assert.ok(fewest <= 3, `${fewest} looks at 8 people`)
  // Each was given 10 rows; four of them 10 more elsewhere.
  for (const by of people.slice(0, 4))
    for (let n = 0; n < 5; n++) assert.equal(await search(by, other.store), 'ok')
  aheadMs += 3_000
  const answers = await Promise.all(people.map((by) => search(by)))
  assert.deepEqual(
    answers,
    people.map((_, n) => (n < 4 ? 'usage-limit' : 'ok')),
  )
})

test('files of the ledger are counted', async (t) => {
  const { store, ledger } = await hospital(t, {})
  await ledger.start()
  const officer = person('oficial', 'privacy-officer')
  for (let n = 0; n < 2; n++) {
    const handed = await store.as(officer).ledger.file('p1')
    assert.equal(handed.status, 'ok')
    if (!isRefusal(handed)) handed.stream.resume()
  }
  assert.equal((await store.as(officer).ledger.file('p2')).status, 'usage-limit')
})

test('beyond the limit waits for somebody else: then that very act is done once, by whoever asked', async (t) => {
  const { store, rows, another } = await hospital(t, {})
  for (const id of ['p0', 'p1', 'p2']) assert.equal(await read(store, id), 'ok')
  const refused = await store.as(rosa).read('Patient', 'p3')
  assert.ok(isRefusal(refused) && refused.act !== undefined)
  assert.equal(refused.act, 'read Patient/p3, HOPERAT')
  const carrier = createUsage(usualLimits).acts?.['export']
  assert.ok(carrier)
  const act = { kind: 'export', account: 'rosa', what: refused.act }
  assert.equal(carrier.fault(act), undefined)
  assert.equal(carrier.fault({ ...act, what: '' })?.status, 'unusable-act')
  const who = { actor: 'person/oficial', client: 'web', address: '192.0.2.9' }
  const approved = () =>
    carrier.run(act, said('approval-1'), { who, nowMs: Date.now(), rows: rows('usage'), notify })
  assert.equal((await approved()).status, 'ok')
  // Another act, for something else, or by somebody else, is another.
  assert.equal(await read(store, 'p4'), 'usage-limit')
  assert.equal(await read(store, 'p3', { ...rosa, purpose: 'TREAT' }), 'usage-limit')
  const other = person('otra', 'reception')
  for (const id of ['p0', 'p1', 'p2']) assert.equal(await read(store, id, other), 'ok')
  assert.equal(await read(store, 'p3', other), 'usage-limit')
  // Of all at once, here and in another process, one.
  const second = await another()
  const answers = await Promise.all(
    [store, second.store, store, second.store].map((each) => read(each, 'p3')),
  )
  assert.deepEqual(answers.toSorted(), ['ok', 'usage-limit', 'usage-limit', 'usage-limit'])
  assert.equal(await read(store, 'p3'), 'usage-limit')
  // Carried out again, as after a fault, what was used is used.
  assert.equal((await approved()).status, 'ok')
  assert.equal(await read(store, 'p3'), 'usage-limit')
  // Whoever was within the limit is read on.
  assert.equal(await read(store, 'p0'), 'ok')
})

test('an approval that nobody used ends after a day', async (t) => {
  let aheadMs = 0
  const { store, rows } = await hospital(t, { prints: 0 }, () => Date.now() + aheadMs)
  const printing: By = { ...rosa, use: 'print' }
  const refused = await store.as(printing).read('Patient', 'p0')
  assert.ok(isRefusal(refused) && refused.act !== undefined)
  const { export: carrier } = createUsage(usualLimits).acts ?? {}
  const act = { kind: 'export', account: 'rosa', what: refused.act }
  const who = { actor: 'person/oficial', client: 'web', address: '192.0.2.9' }
  await carrier?.run(act, said('approval-1'), { who, nowMs: Date.now(), rows: rows('usage'), notify })
  aheadMs = 25 * 3_600_000
  assert.equal(await read(store, 'p0', printing), 'usage-limit')
  await carrier?.run(act, said('approval-2'), {
    who,
    nowMs: Date.now() + aheadMs,
    rows: rows('usage'),
    notify,
  })
  assert.equal(await read(store, 'p0', printing), 'ok')
})
