import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Position, Question, Sought } from './asking.ts'
import type { Action } from './entry.ts'
import { testLedger, type TestPatient } from '#test/kit/ledger.ts'

const people = ['Practitioner/ana', 'Practitioner/luis']
const done: Action[] = ['read', 'search', 'update']

test('pages of any question, whatever is appended between them: nothing is skipped, and nothing comes twice', async (t) => {
  const { sql, ledger, patient, settled } = await testLedger(t)
  await ledger.start()
  const patients: TestPatient[] = [await patient(), await patient()]
  let made = 0
  /** Some are staged as if long ago: their time is before that of entries that are in the tree already. */
  const append = async (count: number) => {
    for (let n = 0; n < count; n++) {
      const subject = patients[made % patients.length] as TestPatient
      const { id, entries, tag } = ledger.stage([
        {
          action: done[made % done.length] as Action,
          outcome: made % 5 === 0 ? 'refused' : 'done',
          actor: people[(made >> 1) % people.length] as string,
          client: made % 7 === 0 ? 'rare' : 'web',
          subjects:
            made % 4 === 0 ? [] : [{ ...subject, resources: [{ type: 'Observation', id: `o${made}` }] }],
        },
      ])
      await sql`
        insert into ledger_staged (id, entries, tag, staged_at)
        values (${id}::uuid, ${entries}::bytea, ${tag}::bytea,
          clock_timestamp() - make_interval(secs => ${made % 3 === 0 ? (made * 7) % 50 : 0}::int))`
      made++
    }
    ledger.staged()
    await settled()
  }
  await append(60)

  const questions: Sought[] = [
    {},
    { of: patients[0]!.keys },
    { of: ['facility', patients[1]!.keys] },
    { actor: people[0]! },
    { client: 'rare' },
    { actions: ['read', 'update'], outcomes: ['done'] },
    { of: patients[0]!.keys, actor: people[1]!, toMs: Date.now() - 10_000 },
    { actions: [] },
  ]
  const inOrder = async (question: Omit<Question, 'limit'>) =>
    (await ledger.query({ ...question, limit: 10_000 })).entries.map(({ index }) => index)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...questions),
      fc.boolean(),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 2 }),
      async (sought, newestFirst, limit, appended) => {
        const want = await inOrder({ ...sought, newestFirst })
        const found: number[] = []
        for (let after: Position | undefined, first = true; first || after; first = false) {
          const page = await ledger.query({ ...sought, newestFirst, limit, ...(after ? { after } : {}) })
          assert.ok(page.entries.length <= limit)
          found.push(...page.entries.map(({ index }) => index))
          after = page.next
          if (after && found.length < 3 * limit) await append(appended)
        }
        assert.deepEqual(found, want)
      },
    ),
    { numRuns: 25 },
  )
})

test('an entry by its leaf; where there is no such leaf, none', async (t) => {
  const { ledger, patient, settled } = await testLedger(t)
  await ledger.start()
  await ledger.record([{ action: 'read', outcome: 'done', actor: 'x', subjects: [await patient()] }])
  await settled()
  assert.equal((await ledger.entry(0))?.details?.actor, 'x')
  assert.equal(await ledger.entry(1), undefined)
})
