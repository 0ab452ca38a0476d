import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import * as fc from 'fast-check'
import { createLanes } from './lanes.ts'

const million = 1_000_000

test('property: side by side, but what has a name in common in its order, and within bounds', async () => {
  const unit = fc.record({
    names: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 3 }),
    bytes: fc.constantFrom(1, million, 9 * million, 30 * million),
    ms: fc.integer({ min: 0, max: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(unit, { maxLength: 20 }),
      fc.integer({ min: 1, max: 4 }),
      async (units, count) => {
        const lanes = createLanes(() => count)
        const running = new Set<number>()
        const begun: number[] = []
        for (const [n, { names, bytes, ms }] of units.entries()) {
          await lanes.start({ names, size: names.length, bytes }, async () => {
            const beside = [...running].map((each) => units[each] as (typeof units)[number])
            assert(
              !beside.some((other) => other.names.some((name) => names.includes(name))),
              'a name in common',
            )
            const together = beside.reduce((sum, other) => sum + other.bytes, bytes)
            assert(beside.length === 0 || together <= 20 * million, 'bytes')
            assert(count > 1 || beside.length === 0, 'one lane')
            running.add(n)
            begun.push(n)
            await setTimeout(ms)
            running.delete(n)
          })
        }
        await lanes.drain()
        assert.deepEqual(begun, [...units.keys()])
        assert.equal(running.size, 0)
      },
    ),
    { numRuns: 40 },
  )
})

test('small units crowd together, as many as one statement takes', async () => {
  const lanes = createLanes(() => 2)
  let [running, most] = [0, 0]
  for (let n = 0; n < 100; n++) {
    await lanes.start({ names: [`${n}`], size: 1, bytes: 10 }, async () => {
      most = Math.max(most, ++running)
      await setTimeout(1)
      running--
    })
  }
  await lanes.drain()
  assert(most > 8 && most <= 32, `${most}`)
})

test('what one throws ends the rest', async () => {
  const lanes = createLanes(() => 2)
  await lanes.start({ names: [], size: 1, bytes: 1 }, () => Promise.reject(new Error('away')))
  await setTimeout(1)
  await assert.rejects(
    lanes.start({ names: [], size: 1, bytes: 1 }, () => Promise.resolve()),
    /away/,
  )
  await assert.rejects(lanes.drain(), /away/)
})
