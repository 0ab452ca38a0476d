import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testLedger } from '#test/kit/ledger.ts'
import type { Deeds, DeedsPlace, DeedsSought } from './deeds.ts'
import type { Action } from './entry.ts'

const people = ['person/ana', 'person/luis', 'person/eva']
const done: Action[] = ['read', 'search', 'everything']

test('deeds of several, by one look at the end of the tree, are those that each did since', async (t) => {
  const { sql, ledger, patient, settled } = await testLedger(t)
  await ledger.start()
  const patients = [await patient(), await patient()]
  let made = 0
  const staged = (count: number) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const n = made++
        const subject = patients[n % 2]!
        const resources = Array.from({ length: n % 4 }, (_, at) => ({ type: 'Observation', id: `o${at}` }))
        const { id, entries, tag } = ledger.stage([
          {
            action: done[n % done.length] as Action,
            outcome: n % 5 === 0 ? 'refused' : 'done',
            actor: [...people, 'another'][(n * 7) % 4] as string,
            client: 'web',
            subjects: [{ ...subject, resources }],
          },
        ])
        await sql`insert into ledger_staged (id, entries, tag) values (${id}::uuid, ${entries}::bytea, ${tag}::bytea)`
      }),
    )
  const append = async (count: number) => {
    await staged(count)
    ledger.staged()
    await settled()
  }
  const day = { fromMs: Date.now() - 3_600_000, toMs: Date.now() + 3_600_000 }
  const sought: Omit<DeedsSought, 'actor'> = { ...day, opened: ['search', 'everything'] }
  await append(40)
  const places = new Map<string, DeedsPlace>()
  for (const actor of people) places.set(actor, (await ledger.deeds({ ...sought, actor })).next)
  for (const more of [0, 1, 30]) {
    await append(more)
    const of = people.map((actor) => ({ actor, after: places.get(actor)! }))
    const found = await ledger.deedsSince({ ...sought, of })
    assert(found.status === 'ok')
    assert.equal(found.size, (await ledger.standing()).size)
    for (const [n, { actor, after }] of of.entries()) {
      const want: Deeds = await ledger.deeds({ ...sought, actor, after })
      const next: DeedsPlace = { ...want.next, index: found.size }
      assert.deepEqual(found.deeds[n], { ...want, next }, `${actor} after ${more}`)
      // Some are looked at again only when there is more.
      if (n > 0) places.set(actor, want.next)
    }
  }
  const ana = people[0]!
  const known = (await ledger.deeds({ ...sought, actor: ana })).sequenced
  const counted = await ledger.deedsSince({
    ...sought,
    of: [{ actor: ana, after: { index: 0, sinceMs: 0 }, counted: () => 7 }],
  })
  assert(counted.status === 'ok')
  assert.deepEqual(
    counted.deeds[0]?.sequenced,
    known.map((each) => ({ ...each, resources: 7 })),
  )
  const early = await ledger.deedsSince({
    ...sought,
    toMs: day.fromMs + 1,
    of: [{ actor: ana, after: places.get(ana)! }],
  })
  assert(early.status === 'ok')
  assert.deepEqual(early.deeds[0]?.sequenced, [], 'what is of another time is not told')

  // What waits comes along, and again when it has its place.
  await ledger.stop()
  await staged(8)
  const waiting = await ledger.deedsSince({
    ...sought,
    of: people.map((actor) => ({ actor, after: places.get(actor)! })),
  })
  assert(waiting.status === 'ok')
  assert.equal(
    waiting.deeds.reduce((sum, each) => sum + each.waiting.length, 0),
    6,
  )
  const far = await ledger.deedsSince({
    ...sought,
    of: [{ actor: ana, after: { index: -20_000, sinceMs: 0 } }],
  })
  assert.deepEqual(far, { status: 'far', size: waiting.size })
})
