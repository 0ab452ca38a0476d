import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { createErrand } from './errand.ts'

interface State {
  status: 'none' | 'running' | 'done' | 'stopped' | 'failed'
  what?: string
}

/** Each goes on until it is told to end, or stopped. */
function errands() {
  const ends = new Map<string, () => void>()
  const errand = createErrand<string, State>(
    {
      name: 'test',
      none: { status: 'none' },
      begun: { status: 'running' },
      async act(what, { signal }) {
        const stopped = Promise.withResolvers<void>()
        signal.addEventListener('abort', () => stopped.resolve())
        const done = Promise.withResolvers<void>()
        ends.set(what, () => done.resolve())
        await Promise.race([stopped.promise, done.promise])
        return { status: signal.aborted ? 'stopped' : 'done', what }
      },
      failed: () => ({ status: 'failed' }),
      told: (state) => state,
    },
    { logger: pino({ enabled: false }) },
  )
  return { errand, end: (what: string) => ends.get(what)?.() }
}

test('who began one is told of that one, and stops that one, whatever began since', async () => {
  const { errand, end } = errands()
  assert.deepEqual([errand.state(), errand.run()], [{ status: 'none' }, undefined])
  errand.start('mine')
  const mine = errand.run() as string
  assert.equal(errand.start('not now'), undefined)
  const ended = errand.stop(mine)
  await ended
  errand.start('theirs')
  const theirs = errand.run() as string
  assert.notEqual(theirs, mine)
  assert.deepEqual(errand.state(mine), { status: 'stopped', what: 'mine' })
  await errand.stop(mine)
  assert.deepEqual([errand.state(theirs), errand.state()], [{ status: 'running' }, { status: 'running' }])
  end('theirs')
  while (errand.state(theirs).status === 'running') await Promise.resolve()
  assert.deepEqual(errand.state(theirs), { status: 'done', what: 'theirs' })
  // Whoever is not told which stops what is under way: nothing here.
  await errand.stop()
  assert.deepEqual(errand.state('of a server before'), { status: 'none' })
})

test('how many ended it remembers has a bound', async () => {
  const { errand } = errands()
  const runs: string[] = []
  for (let n = 0; n < 20; n++) {
    errand.start(`${n}`)
    runs.push(errand.run() as string)
    await errand.stop()
  }
  const known = runs.filter((run) => errand.state(run).status !== 'none')
  assert.deepEqual(known, runs.slice(-8))
})
