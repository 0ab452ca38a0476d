import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createLoader } from './loader.ts'

/** A `run` that records its batches and waits to be let go. */
function recorder() {
  const batches: string[][] = []
  const gates: (() => void)[] = []
  const run = async (ids: string[]) => {
    batches.push(ids)
    await new Promise<void>((resolve) => gates.push(resolve))
    if (ids.includes('fail')) throw new Error('no database')
    return new Map<string, string | Error>(
      ids
        .filter((id) => id !== 'absent')
        .map((id) => [id, id === 'bad' ? new Error('bad row') : id.toUpperCase()]),
    )
  }
  return { batches, run, release: () => gates.splice(0).forEach((open) => open()) }
}

test('callers of one turn share a query; those who come while two fly leave together', async () => {
  const { batches, run, release } = recorder()
  const load = createLoader(run)
  const first = Promise.all([load(['a', 'b']), load(['b', 'c', 'absent'])])
  await setImmediate()
  const second = load(['d'])
  await setImmediate()
  const third = Promise.all([load(['e']), load(['f']), load(['e', 'a'])])
  await setImmediate()
  assert.deepEqual(batches, [['a', 'b', 'c', 'absent'], ['d']])
  release()
  assert.deepEqual(await first, [
    new Map([
      ['a', 'A'],
      ['b', 'B'],
    ]),
    new Map([
      ['b', 'B'],
      ['c', 'C'],
    ]),
  ])
  assert.deepEqual(await second, new Map([['d', 'D']]))
  await setImmediate()
  assert.deepEqual(batches[2], ['e', 'f', 'a'])
  release()
  assert.equal((await third).length, 3)
})

test('a bad id fails who asked for it, a failed query its batch, and the loader lives', async () => {
  const { run, release } = recorder()
  const load = createLoader(run)
  const pair = Promise.allSettled([load(['bad', 'a']), load(['a'])])
  await setImmediate()
  release()
  assert.deepEqual(
    (await pair).map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
  const failing = Promise.allSettled([load(['fail']), load(['a'])])
  await setImmediate()
  release()
  assert.deepEqual(
    (await failing).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  const after = load(['a'])
  await setImmediate()
  release()
  assert.deepEqual(await after, new Map([['a', 'A']]))
})

test('a large request leaves in batches', async () => {
  const sizes: number[] = []
  const load = createLoader(async (ids) => {
    sizes.push(ids.length)
    return new Map(ids.map((id) => [id, id]))
  })
  const ids = Array.from({ length: 2500 }, (_, i) => `${i}`)
  assert.equal((await load(ids)).size, 2500)
  assert.deepEqual(sizes, [1000, 1000, 500])
})
