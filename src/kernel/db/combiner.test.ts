import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { CombinerBusy, CombinerStopped, createCombiner, DatabaseAway, UnknownOutcome } from './index.ts'

/** The rules of batches, on a store in memory; combiner.postgres.test.ts has the same on PostgreSQL. */

const pause = () => turn()
const coded = (code: string) => Object.assign(new Error(code), { code })

interface Item {
  id: number
  keys: string[]
  weight: number
  poison: boolean
}

/** What befalls one flight. `late`: the connection breaks, and its backend commits only later. */
type Weather = 'fair' | 'race' | 'not-sent' | 'lost before' | 'lost after' | 'lost late'

const items = fc.array(
  fc.record({
    keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 3 }),
    weight: fc.integer({ min: 1, max: 6 }),
    poison: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    later: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
)
const fair: Weather[] = ['fair', 'fair', 'race', 'not-sent']
const lost: Weather[] = ['lost before', 'lost after', 'lost late']
/** Five losses of one batch are borne, so that many are dealt at most. */
const weathers = fc
  .tuple(
    fc.array(fc.constantFrom(...fair), { maxLength: 10 }),
    fc.array(fc.record({ kind: fc.constantFrom(...lost), at: fc.nat({ max: 15 }) }), { maxLength: 5 }),
  )
  .map(([days, storms]) => storms.reduce((all, { kind, at }) => all.toSpliced(at, 0, kind), days))

test('property: every caller gets their own answer, once, in order, and no two share a key', async () => {
  await fc.assert(
    fc.asyncProperty(items, weathers, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 3 }), run),
    { numRuns: 300 },
  )
})

async function run(
  plan: (Omit<Item, 'id'> & { later: boolean })[],
  weather: Weather[],
  batchMax: number,
  flights: number,
): Promise<void> {
  const applied: number[] = []
  const inFlight = new Set<Item>()
  const pending = new Set<Promise<unknown>>()
  let flying = 0
  let flown = 0
  const apply = (batch: Item[]) => {
    if (batch.some(({ poison }) => poison)) throw coded('23514')
    // What was applied already loses, and then so does its batch's second try of it.
    return batch.map(({ id }) => {
      if (applied.includes(id)) return 'lost'
      applied.push(id)
      return `ok ${id}`
    })
  }
  const combiner = createCombiner<Item, string>({
    batchMax,
    flights,
    pause,
    key: ({ keys }) => keys,
    weight: ({ weight }) => weight,
    async run(batch) {
      assert.ok(batch.length > 0)
      assert.ok(++flying <= flights, 'flights')
      const keys = [...batch, ...inFlight].flatMap((item) => item.keys)
      assert.equal(new Set(keys).size, keys.length, 'a key is in one place at a time')
      const weight = batch.reduce((sum, item) => sum + item.weight, 0)
      assert.ok(weight <= batchMax || batch.length === 1, 'weight')
      const first = batch.map((item) => item.keys.toSorted()[0] ?? '')
      assert.deepEqual(first, first.toSorted(), 'sorted by key')
      for (const item of batch) inFlight.add(item)
      try {
        await turn()
        const now = weather[flown++] ?? 'fair'
        if (now === 'race') throw coded('40001')
        if (now === 'not-sent') throw coded('ECONNREFUSED')
        if (now === 'lost before') throw coded('CONNECTION_CLOSED')
        // As row locks would have it, whoever comes after a late backend waits for it.
        await Promise.all(pending)
        if (now === 'lost late') {
          const late = turn()
            .then(() => turn())
            .then(() => apply(batch))
          const settled = late.catch(() => {}).finally(() => pending.delete(settled))
          pending.add(settled)
          throw coded('ECONNRESET')
        }
        const results = apply(batch)
        if (now === 'lost after') throw coded('57P01')
        return results
      } finally {
        flying--
        for (const item of batch) inFlight.delete(item)
      }
    },
    async wasApplied({ id }) {
      await turn()
      return applied.includes(id) ? `ok ${id}` : undefined
    },
  })
  const outcomes: Promise<string>[] = []
  for (const [id, { later, ...rest }] of plan.entries()) {
    if (later) await turn()
    outcomes.push(combiner({ id, ...rest }).catch((error: Error) => error.message))
  }
  const answers = await Promise.all(outcomes)
  for (const [id, { poison }] of plan.entries()) assert.equal(answers[id], poison ? '23514' : `ok ${id}`)
  assert.equal(new Set(applied).size, applied.length, 'applied once')
  for (const key of 'abcde') {
    const order = applied.filter((id) => plan[id]?.keys.includes(key))
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
      `order of ${key}`,
    )
  }
  await combiner.stop()
}

test('a lone item goes at once; what comes meanwhile goes together', async () => {
  const batches: number[][] = []
  const gates: (() => void)[] = []
  const combiner = createCombiner<number, number>({
    batchMax: 10,
    flights: 1,
    key: String,
    async run(batch) {
      batches.push(batch)
      await new Promise<void>((resolve) => gates.push(resolve))
      return batch
    },
  })
  const first = combiner(1)
  await turn()
  const rest = [2, 3, 4].map((item) => combiner(item))
  await turn()
  assert.deepEqual(batches, [[1]])
  gates.shift()?.()
  assert.equal(await first, 1)
  await turn()
  assert.deepEqual(batches, [[1], [2, 3, 4]])
  gates.shift()?.()
  assert.deepEqual(await Promise.all(rest), [2, 3, 4])
})

test('where few are answered at once, the next batch leaves while the others wait; stop waits for all', async () => {
  const batches: number[][] = []
  const answered: number[] = []
  const combine = createCombiner<number, number>({
    batchMax: 100,
    flights: 1,
    answeredAtOnce: 2,
    key: () => [],
    async run(batch) {
      batches.push(batch)
      return batch
    },
  })
  const calls = [1, 2, 3, 4, 5].map(async (n) => {
    answered.push(await combine(n))
    if (n > 1) return
    await combine(6)
    // Its batch has come and gone before the next of the first are answered.
    assert.deepEqual(answered, [1, 2])
  })
  await turn()
  await combine.stop()
  assert.deepEqual(answered, [1, 2, 3, 4, 5])
  await Promise.all(calls)
  assert.deepEqual(batches, [[1, 2, 3, 4, 5], [6]])
})

test('while a batch is on its way, the next waits for company, and behind a heavy one for nobody', async () => {
  const batches: number[][] = []
  const ends: (() => void)[] = []
  const combine = createCombiner<number, number>({
    batchMax: 100,
    flights: 2,
    companyMin: 3,
    key: () => [],
    weight: (item) => item,
    run(batch) {
      batches.push(batch)
      return new Promise((resolve) => ends.push(() => resolve(batch)))
    },
  })
  const calls = [combine(1)]
  await turn()
  calls.push(combine(2))
  await turn()
  assert.deepEqual(batches, [[1]])
  calls.push(combine(1))
  await turn()
  assert.deepEqual(batches, [[1], [2, 1]])
  calls.push(combine(1))
  await turn()
  ends[0]?.()
  await turn()
  assert.equal(batches.length, 2)
  ends[1]?.()
  await turn()
  assert.deepEqual(batches[2], [1])
  // More than four times as much as is worth a statement.
  ends[2]?.()
  await turn()
  calls.push(combine(13))
  await turn()
  calls.push(combine(1))
  await turn()
  assert.deepEqual(batches.slice(3), [[13], [1]])
  for (const end of ends) end()
  await Promise.all(calls)
})

test('where no company is asked for, what weighs nothing does not wait for what is on its way', async () => {
  const batches: number[][] = []
  const ends: (() => void)[] = []
  const combine = createCombiner<number, number>({
    batchMax: 100,
    key: () => [],
    weight: (item) => item,
    run(batch) {
      batches.push(batch)
      return new Promise((resolve) => ends.push(() => resolve(batch)))
    },
  })
  const calls = [combine(1)]
  await turn()
  calls.push(combine(0))
  await turn()
  assert.deepEqual(batches, [[1], [0]])
  for (const end of ends) end()
  await Promise.all(calls)
})

test('an item heavier than a batch goes alone, and is not overtaken for ever', async () => {
  const batches: string[] = []
  const combiner = createCombiner<string, string>({
    batchMax: 3,
    flights: 1,
    key: () => [],
    weight: (item) => item.length,
    async run(batch) {
      batches.push(batch.join('+'))
      return batch
    },
  })
  await Promise.all(['a', 'b', 'heavy', 'c', 'd', 'e', 'f'].map((item) => combiner(item)))
  assert.deepEqual(batches, ['a+b', 'heavy', 'c+d+e', 'f'])
})

test('an item of many keys waits for all of them, and those behind it wait too', async () => {
  const batches: string[] = []
  const combiner = createCombiner<string, string>({
    batchMax: 10,
    flights: 2,
    key: (item) => [...item],
    async run(batch) {
      batches.push(batch.join('+'))
      await turn()
      return batch
    },
  })
  await Promise.all(['a', 'ab', 'b', 'c'].map((item) => combiner(item)))
  assert.deepEqual(batches, ['a+c', 'ab', 'b'])
})

test('what waits is bounded', async () => {
  const combiner = createCombiner<number, number>({
    batchMax: 1,
    queueMax: 3,
    key: String,
    run: async (x) => x,
  })
  const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map((item) => combiner(item)))
  assert.deepEqual(
    outcomes.map((each) => (each.status === 'fulfilled' ? each.value : each.reason instanceof CombinerBusy)),
    [1, 2, 3, true, true],
  )
  assert.equal(await combiner(6), 6)
})

test('stop: nothing new, everything taken is settled', async () => {
  const combiner = createCombiner<number, number>({
    batchMax: 1,
    flights: 1,
    key: String,
    run: async (x) => x,
  })
  const settled: number[] = []
  const taken = [1, 2, 3].map((item) => combiner(item).then((result) => settled.push(result)))
  await combiner.stop()
  await Promise.all(taken)
  assert.deepEqual(settled, [1, 2, 3])
  await assert.rejects(combiner(4), CombinerStopped)
  await combiner.stop()
})

test('races: retried up to a limit, then split, and each is told its own error', async () => {
  let runs = 0
  const combiner = createCombiner<string, string>({
    batchMax: 10,
    pause,
    key: (item) => item,
    retryable: (error) => (error as { code?: string }).code === '23505',
    async run(batch) {
      runs++
      if (batch.includes('twice')) throw coded('23505')
      return batch
    },
  })
  const outcomes = await Promise.allSettled(['one', 'twice', 'three'].map((item) => combiner(item)))
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.equal(runs, 9 + 1 + 3)
})

test('a broken connection: repeatable is repeated; otherwise the caller is told that nobody knows', async () => {
  for (const [repeatable, want] of [
    [true, 'fulfilled'],
    [false, 'rejected'],
  ] as const) {
    let runs = 0
    const combiner = createCombiner<number, number>({
      batchMax: 10,
      pause,
      repeatable,
      key: () => [],
      async run(batch) {
        if (runs++ === 0) throw coded('CONNECTION_CLOSED')
        return batch
      },
    })
    const [outcome] = await Promise.allSettled([combiner(1)])
    assert.equal(outcome?.status, want)
    if (outcome?.status === 'rejected') assert.ok(outcome.reason instanceof UnknownOutcome)
  }
})

test('an item that ends PostgreSQL each time does not take strangers with it', async () => {
  const combiner = createCombiner<string, string>({
    batchMax: 10,
    pause,
    key: (item) => item,
    async run(batch) {
      if (batch.includes('bomb')) throw coded('CONNECTION_CLOSED')
      return batch
    },
    wasApplied: async () => undefined,
  })
  const outcomes = await Promise.allSettled(['a', 'bomb', 'c'].map((item) => combiner(item)))
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

test('PostgreSQL away for too long: nothing was applied, and it is said', async (t) => {
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const combiner = createCombiner<string, string>({
    batchMax: 10,
    pause: async (ms) => void (now += ms),
    key: (item) => item,
    run: () => Promise.reject(coded('ECONNREFUSED')),
  })
  await assert.rejects(combiner('a'), DatabaseAway)
  assert.ok(now > 15_000 && now < 16_000, String(now))
})

test('a run that gives too few results is a broken invariant, told to all', async () => {
  const combiner = createCombiner<number, number>({ batchMax: 10, key: String, run: async () => [] })
  await assert.rejects(combiner(1), /0 results for 1 items/)
})
