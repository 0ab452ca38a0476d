import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns, TooMany, type Lane } from './turns.ts'

/** Work that goes on until it is let go. */
function works() {
  const begun: { name: string; end: () => void }[] = []
  const work = (name: string) => () =>
    new Promise<string>((resolve) => begun.push({ name, end: () => resolve(name) }))
  return { begun, work, names: () => begun.map(({ name }) => name) }
}

const settled = () => new Promise((resume) => setImmediate(resume))

test('never more at once than there is memory for, and of strangers one less', async () => {
  const { begun, work, names } = works()
  const turns = createTurns({ atOnce: 3, waitingMax: 10 })
  const all = (['s1', 's2', 's3', 'k1', 'k2'] as const).map((name) =>
    turns.take(name.startsWith('s') ? 'stranger' : 'known', work(name)),
  )
  await settled()
  assert.deepEqual(names(), ['s1', 's2', 'k1'], 'a flood of strangers leaves one')
  begun[0]?.end()
  await settled()
  assert.deepEqual(names().slice(3), ['k2'], 'whoever is known goes first')
  for (let n = 1; n < 5; n++) {
    begun[n]?.end()
    await settled()
  }
  assert.deepEqual(await Promise.all(all), ['s1', 's2', 's3', 'k1', 'k2'])
})

test('behind too many nobody waits, and what failed gives its turn away', async () => {
  const turns = createTurns({ atOnce: 1, waitingMax: 2 })
  const fail = () => turns.take('stranger', () => Promise.reject(new Error('no')))
  const tries = await Promise.allSettled([fail(), fail(), fail(), fail()])
  const why = tries.map((each) => (each.status === 'rejected' ? (each.reason as Error) : undefined))
  assert.deepEqual(
    why.map((error) => error instanceof TooMany),
    [false, false, false, true],
  )
  assert.equal(await turns.take('known', async () => 1), 1)
})

test('one turn alone is for everybody', async () => {
  const turns = createTurns({ atOnce: 1, waitingMax: 5 })
  const lanes: Lane[] = ['stranger', 'known', 'stranger']
  const order: Lane[] = []
  await Promise.all(
    lanes.map((lane) =>
      turns.take(lane, async () => {
        await settled()
        order.push(lane)
      }),
    ),
  )
  assert.deepEqual(order, ['stranger', 'known', 'stranger'])
})
