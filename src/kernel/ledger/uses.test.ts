/** What somebody did, counted once for all who ask at about the same time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testVault } from '#test/kit/vault.ts'

test('of many who ask for one count one makes it; another span is another', async (t) => {
  const { ledger, sql } = await testVault(t)
  assert.deepEqual(await ledger.start(), { status: 'ok' })
  const resources = [{ type: 'Practitioner', id: 'p' }]
  for (let n = 0; n < 3; n++)
    await ledger.record([{ action: 'read', outcome: 'done', actor: 'ana', resources }])
  while ((await sql`select from ledger_staged`).length > 0)
    await new Promise((resume) => setTimeout(resume, 25))
  const toMs = Date.now() + 1_000
  const counts = await Promise.all(
    Array.from({ length: 20 }, () => ledger.uses({ actor: 'ana', fromMs: 0, toMs })),
  )
  assert.deepEqual(new Set(counts).size, 1)
  assert.equal(counts[0]?.reads, 3)
  assert.equal(await ledger.uses({ actor: 'ana', fromMs: 0, toMs }), counts[0], 'within the minute')
  assert.equal((await ledger.uses({ actor: 'luis', fromMs: 0, toMs })).reads, 0)
  assert.equal((await ledger.uses({ actor: 'ana', fromMs: toMs, toMs: toMs + 1 })).reads, 0)
})
