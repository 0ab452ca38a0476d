import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { test } from 'node:test'
import { openThread } from './index.ts'

test('a thread has as much for its young objects as is said, whatever flags the process began with', async () => {
  // As bin/process.json has it.
  setFlagsFromString('--max-semi-space-size=16')
  const code = `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { parentPort } from 'node:worker_threads'
    parentPort.on('message', () => {
      for (let kept = [], n = 0; n < 2_000_000; n++) {
        if (kept.length > 50_000) kept = []
        kept.push([n])
      }
      const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
      parentPort.postMessage(young.space_size)
    })`
  const main = new URL(`data:text/javascript,${encodeURIComponent(code)}`)
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const thread = openThread<string, number>(main, {}, { reply: resolve, ended: reject }, () => [], 24)
  thread.hold(true)
  thread.send('')
  const bytes = await promise
  await thread.end()
  assert.ok(bytes > 1e6 && bytes < 20e6, `${bytes} bytes`)
})
