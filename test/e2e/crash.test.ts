import assert from 'node:assert/strict'
import { test } from 'node:test'
import { torture } from '#test/kit/torture.ts'
import { madeHome } from './cli-process.ts'

test('killed at random moments, server and PostgreSQL in turn, nothing acknowledged is lost', async (t) => {
  const { acknowledged, unanswered } = await torture(t, await madeHome(t, 'demo'), 4)
  t.diagnostic(`${acknowledged} writes acknowledged and there, ${unanswered} unanswered`)
  assert.ok(acknowledged > 20)
})
