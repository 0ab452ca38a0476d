import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testLedger } from '#test/kit/ledger.ts'
import { recordBatch } from './store.ts'

test('what the daily batch destroys is in the ledger; that it found nothing is not', async (t) => {
  const { ledger, settled } = await testLedger(t)
  assert.deepEqual(await ledger.start(), { status: 'ok' })
  const nothing = { epochs: 0, survivors: 0, purged: 0, unforced: [], rewrapMs: 1, tookMs: 1 }
  await recordBatch(ledger, { status: 'done', ...nothing })
  await recordBatch(ledger, { status: 'busy' })
  await recordBatch(ledger, { status: 'done', ...nothing, epochs: 2, purged: 3 })
  await recordBatch(ledger, { status: 'broken', compartments: 1 })
  await settled()
  const { entries } = await ledger.query({ limit: 10 })
  assert.deepEqual(
    entries
      .map(({ action, outcome, details }) => [action, outcome, details?.reason, details?.machine])
      .toSorted(),
    [
      ['key', 'done', 'epoch keys destroyed: 2, patients: 3', true],
      ['key', 'failed', 'broken', true],
    ],
  )
})
