import assert from 'node:assert/strict'
import { test } from 'node:test'
import { torture } from '#test/kit/torture.ts'
import { madeHome } from '../e2e/cli-process.ts'

test('killed 200 times at random moments, nothing acknowledged is lost', async (t) => {
  const { acknowledged, unanswered } = await torture(t, await madeHome(t, 'demo'), 200)
  console.log(`200 kills: ${acknowledged} writes acknowledged, all there and whole; ${unanswered} unanswered`)
  assert.ok(acknowledged > 2_000)
})
