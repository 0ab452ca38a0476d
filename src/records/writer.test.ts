import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Directory } from './directory/index.ts'
import type { Compactor } from './tuples/index.ts'
import { createWriter } from './writer.ts'
import type { Writing } from './writing.ts'

test('who loses all the time is told so, and no line of it is blamed', async () => {
  let drafted = 0
  const writer = createWriter(
    {} as Sql,
    {} as Keys,
    async () => {
      drafted++
      return { status: 'stale' }
    },
    {} as Compactor,
    {} as Directory,
  )
  const intents = ['a', 'b'].map((id) => ({ type: 'Basic', id, action: 'put' as const }))
  const outcome = await writer.write({} as Writing, async () => ({ intents: intents as never, claims: [] }))
  assert.ok(outcome.status === 'refused')
  assert.deepEqual([outcome.intent, outcome.refusal.status], [undefined, 'version-conflict'])
  assert.ok(drafted > 10)
})
