/** A reach tells what the entries say, whichever threads read them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomBytes, randomUuid } from '#kernel/crypto/index.ts'
import type { EntryOpened, Ledger, Reach, ReachSought, ReachTooWide } from '#kernel/ledger/index.ts'
import { atEnd } from '#test/kit/scope.ts'
import { testLedger, type TestPatient } from '#test/kit/ledger.ts'
import { Acts } from './acts.ts'
import { createReaders } from './readers.ts'
import { nameOf, Tallies } from './tallies.ts'

const done = ['read', 'search', 'update', 'ledger-query'] as const

/** Worked out from the entries, one by one. */
async function counted(ledger: Ledger, { device, ...sought }: ReachSought): Promise<Reach> {
  let entries: EntryOpened[] = []
  for (let after: Awaited<ReturnType<Ledger['query']>>['next'], first = true; first || after; first = false) {
    const page = await ledger.query({ ...sought, limit: 1000, ...(after && { after }) })
    entries.push(...page.entries)
    after = page.next
  }
  if (device !== undefined) entries = entries.filter(({ details }) => details?.device === device)
  const places: Reach['places'] = new Map()
  const gone = entries.filter(({ of }) => of === undefined)
  for (const [of, theirs] of Object.entries(Object.groupBy(entries, ({ of = '' }) => of))) {
    if (of === '' || !theirs) continue
    const told = theirs.filter(({ outcome }) => outcome === 'done')
    const named = (...actions: string[]) =>
      told.filter(({ action }) => actions.includes(action)).flatMap(({ details }) => details?.resources ?? [])
    const [reads, changes] = [named('read', 'search'), named('update')]
    const names = new Set([...reads, ...changes].map(({ type, id }) => `${type}/${id}`))
    places.set(of, {
      acts: new Set(theirs.map(({ act }) => act)).size,
      reads: reads.length,
      changes: changes.length,
      firstMs: Math.min(...theirs.map(({ recordedAtMs }) => recordedAtMs)),
      lastMs: Math.max(...theirs.map(({ recordedAtMs }) => recordedAtMs)),
      resources: [...names].toSorted().map((name) => {
        const [type = '', id = ''] = name.split('/')
        const of = (list: typeof reads) => list.filter((each) => each.type === type && each.id === id).length
        return { type, id, reads: of(reads), changes: of(changes) }
      }),
    })
  }
  return {
    status: 'ok',
    entries: entries.length,
    acts: new Set(entries.map(({ act }) => act)).size,
    refused: entries.filter(({ outcome }) => outcome === 'refused').length,
    places,
    gone: { streams: new Set(gone.map(({ stream }) => stream)).size, entries: gone.length },
  }
}

function sorted(reach: Reach | ReachTooWide): Reach {
  assert.ok(reach.status === 'ok')
  for (const { resources } of reach.places.values())
    resources.sort((one, other) => (`${one.type}/${one.id}` < `${other.type}/${other.id}` ? -1 : 1))
  return reach
}

test('what threads have read is what the entries say; of a patient whose key is gone, how many', async (t) => {
  const { sql, ledger, keys, patient, settled } = await testLedger(t, { ledger: { reachRows: 17 } })
  await ledger.start()
  const patients: TestPatient[] = [await patient(), await patient(), await patient(), await patient()]
  const acts = Array.from({ length: 150 }, (_, n) => {
    const subjects = patients
      .filter((_, each) => n % 11 === 0 || each === n % 4)
      .map((each) => ({
        ...each,
        resources: [
          { type: 'Observation', id: `o${n % 23}`, version: n },
          // As no resource is called, and as the list of them begins.
          ...(n % 13 === 0 ? [{ type: 'Ñandú', id: `"resources":[["a","b\\${n % 5}` }] : []),
          ...(n % 17 === 0 ? [{ type: 'Device', id: 'plain' }] : []),
        ],
      }))
    return {
      action: done[n % done.length]!,
      outcome: n % 5 === 0 ? ('refused' as const) : ('done' as const),
      actor: n % 3 === 0 ? 'ana' : 'luis',
      ...(n % 19 === 0 ? { query: '"resources":[["a","b",1]]', purpose: 'resources' } : {}),
      client: n === 77 ? 'rare' : 'web',
      ...(n % 4 === 0 ? {} : { device: n % 4 === 1 ? 'shared' : 'own' }),
      subjects: n % 7 === 0 ? [] : subjects,
      ...(n % 7 === 0 ? { resources: [{ type: 'Medication', id: `m${n % 3}` }] } : {}),
    }
  })
  await ledger.record(acts)
  // What a device did begins with a sign-in on it; somebody nobody knows has tried in vain.
  const signIn = { action: 'sign-in', outcome: 'done', device: 'shared' } as const
  await ledger.record([
    { ...signIn, actor: 'ana' },
    { ...signIn, actor: 'luis' },
    { ...signIn, actor: 'eva', device: 'own' },
    { ...signIn, outcome: 'refused' },
  ])
  const change = { row: randomUuid(), kind: 'client', version: 1, hash: randomBytes(32) }
  await ledger.record([{ action: 'authority', outcome: 'done', actor: 'ana', authority: [change] }])
  await settled()
  const questions: ReachSought[] = [
    {},
    { actor: 'ana' },
    { client: 'rare' },
    { actor: 'nobody' },
    { device: 'shared' },
    { device: 'shared', client: 'web' },
    { device: 'own', actor: 'ana' },
    { device: 'another' },
  ]
  for (const sought of questions)
    assert.deepEqual(sorted(await ledger.reach(sought)), sorted(await counted(ledger, sought)))

  assert.deepEqual((await ledger.actorsOn({ device: 'shared' })).toSorted(), ['ana', 'luis', undefined])
  const later = { device: 'shared', fromMs: Date.now() + 30 * 24 * 3_600_000 }
  assert.deepEqual(await ledger.actorsOn(later), [], 'no session lasts for so long')

  const lost = patients[0]!
  await sql`update compartment set wrapped = null where compartment = ${lost.compartment}::uuid`
  keys.forget(lost.compartment)
  const all = sorted(await ledger.reach({}))
  assert.deepEqual(all, sorted(await counted(ledger, {})))
  assert.equal(all.gone.streams, 1)
  assert.ok(!all.places.has(lost.compartment))
})

test('a thread that fails is told of, and another is there for the next', async (t) => {
  const readers = createReaders()
  atEnd(t, () => readers.close())
  const broken = readers.open()
  const entries = new Uint8Array(8)
  await assert.rejects(async () => {
    await broken[0]!.add({ entries, keys: new Uint8Array(0) })
    await broken[0]!.end()
  }, /undefined/)
  await Promise.all(broken.slice(1).map((reader) => reader.end()))
  const next = readers.open()
  const read = await Promise.all(next.map((reader) => reader.end()))
  for (const each of read) assert.deepEqual(each, { touched: [], shut: { streams: [], entries: 0 } })
  await readers.close()
  const after = readers.open()
  await Promise.all(after.map((reader) => reader.end()))
})

test('acts are told apart by all their bytes, and by place', () => {
  const acts = new Acts()
  const ids = Array.from({ length: 5000 }, () => Buffer.from(randomBytes(16)))
  // Alike but for the last byte, as no two drawn ones are.
  const twins = ids.slice(0, 50).map((id) => Buffer.concat([id.subarray(0, 15), Buffer.of(id[15]! ^ 1)]))
  for (const id of [...ids, ...twins]) assert.equal(acts.add(id, 0), true)
  for (const id of [...ids, ...twins]) assert.equal(acts.add(Buffer.concat([Buffer.alloc(3), id]), 3), false)
  assert.equal(acts.size, 5050)
  for (const id of ids) assert.equal(acts.add(id, 0, 7), true)
  assert.equal(acts.size, 10_050)
})

test('more resources than are told apart are refused', () => {
  const tallies = new Tallies(10)
  const seen = { isNewAct: true, recordedAtMs: 1, action: 1, outcome: 1 }
  const names = Array.from({ length: 10 }, (_, n) => nameOf({ type: 'Observation', id: String(n) }))
  assert.equal(tallies.add(0, { ...seen, names }), true)
  assert.equal(tallies.add(0, { ...seen, names: names.slice(0, 1) }), true)
  assert.equal(tallies.add(1, { ...seen, names: names.slice(0, 1) }), false)
})
