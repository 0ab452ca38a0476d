import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from './random.ts'

test('the same seed gives the same numbers, on every machine and in every version', () => {
  const random = createRandom('a seed')
  assert.deepEqual(
    Array.from({ length: 5 }, () => random.int(0, 999_999)),
    [120966, 259675, 74866, 262858, 210286],
  )
})

test('a fork depends on its label, not on what was drawn before it', () => {
  const [one, other] = [createRandom('x'), createRandom('x')]
  for (let i = 0; i < 7; i++) other.float()
  assert.equal(one.fork('a').float(), other.fork('a').float())
  assert.notEqual(one.fork('a').float(), one.fork('b').float())
  assert.notEqual(one.fork('a').fork('b').float(), one.fork('b').fork('a').float())
})

test('numbers keep within their bounds, and use them', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: -50, max: 50 }), fc.nat(60), (seed, min, size) => {
      const drawn = createRandom(seed).int(min, min + size)
      assert.ok(Number.isInteger(drawn) && drawn >= min && drawn <= min + size)
    }),
  )
  const random = createRandom('bounds')
  const drawn = new Set(Array.from({ length: 400 }, () => random.int(1, 6)))
  assert.deepEqual([...drawn].toSorted(), [1, 2, 3, 4, 5, 6])
})

test('what is drawn is as likely as it should be', () => {
  const random = createRandom('likely')
  const count = 20_000
  const mean = (draw: () => number) => Array.from({ length: count }, draw).reduce((a, b) => a + b, 0) / count
  const near = (found: number, want: number, by: number) =>
    assert.ok(Math.abs(found - want) < by, `${found} is not ${want}`)
  near(
    mean(() => random.float()),
    0.5,
    0.01,
  )
  near(
    mean(() => (random.chance(0.2) ? 1 : 0)),
    0.2,
    0.015,
  )
  near(
    mean(() =>
      random.weighted([
        [0, 3],
        [1, 1],
      ] as const),
    ),
    0.25,
    0.015,
  )
  near(
    mean(() => random.normal(120, 10)),
    120,
    0.4,
  )
  near(
    mean(() => random.normal(0, 1) ** 2),
    1,
    0.06,
  )
  // The first number of forks whose labels differ by little.
  near(
    mean(() => createRandom(`near/${random.int(0, 1e9)}`).float()),
    0.5,
    0.01,
  )
})

test('a shuffle keeps everything, a UUID has its form', () => {
  const random = createRandom('shuffle')
  const items = Array.from({ length: 30 }, (_, i) => i)
  const shuffled = random.shuffle(items)
  assert.notDeepEqual(shuffled, items)
  assert.deepEqual(
    shuffled.toSorted((a, b) => a - b),
    items,
  )
  for (let i = 0; i < 50; i++) {
    assert.match(random.uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  }
})
