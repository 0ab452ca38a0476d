/** A ledger of a million entries: how it starts, answers and is checked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atEnd } from '#test/kit/scope.ts'
import { randomBytes, randomKey, seal, contextOf } from '#kernel/crypto/index.ts'
import { createLedger, type Finding } from '#kernel/ledger/index.ts'
import { encodeAct } from '#kernel/ledger/entry.ts'
import { Pseudonyms } from '#kernel/ledger/pseudonyms.ts'
import { insertStaged } from '#kernel/ledger/queries.ts'
import { Sequencer } from '#kernel/ledger/sequencer.ts'
import { stagedRow } from '#kernel/ledger/staging.ts'
import { memoryKeeper, testLedger } from '#test/kit/ledger.ts'

const entries = 1_000_000
const inRow = 2_000
const streams = 20_000
const people = 200
const startMsMax = 3_000

test('a million entries', { timeout: 1_800_000 }, async (t) => {
  const { sql, keys, ledger, notes, settled } = await testLedger(t, { statementMsMax: 300_000 })
  const names = new Pseudonyms(keys.ledger)
  const sequencer = new Sequencer({ sql, leaseMs: 10_000, onPlanted: () => assert.fail() })
  // Nobody opens these details: one text, sealed once, stands for all.
  const details = seal(randomKey(), contextOf('generated'), new Uint8Array(256))
  const streamNames = Array.from({ length: streams }, () => randomBytes(16))
  const actors = Array.from({ length: people }, (_, n) => names.tag('actor', `Practitioner/${n}`))
  const client = names.tag('client', 'web')
  const address = names.tag('address', '192.0.2.1')
  for (let made = 0; made < entries; made += inRow) {
    const ids = randomBytes(32 * inRow)
    const framed: Uint8Array[] = []
    for (let n = 0; n < inRow; n++) {
      const entry = encodeAct({
        id: ids.subarray(32 * n, 32 * n + 16),
        act: ids.subarray(32 * n + 16, 32 * n + 32),
        recordedAtMs: 0,
        action: 'read',
        outcome: 'done',
        stream: streamNames[(made + n * 7919) % streams] as Uint8Array,
        actor: actors[(made + n * 31) % people] as Uint8Array,
        client,
        address,
        commitments: [],
        details,
      })
      framed.push(Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry, Uint8Array.of(0))
    }
    await insertStaged(sql, stagedRow(names, Buffer.concat(framed)))
    if ((made / inRow) % 4 === 3) await sequenceAll()
  }
  await sequenceAll()
  await sequencer.leave()

  async function sequenceAll(): Promise<void> {
    for (;;) {
      const turn = await sequencer.turn(names)
      assert.ok(turn.status === 'through' || turn.status === 'more', turn.status)
      if (turn.status === 'through') return
    }
  }

  const timed = async <Result>(what: string, work: () => Promise<Result>) => {
    const begun = performance.now()
    const result = await work()
    const ms = performance.now() - begun
    t.diagnostic(`${what}: ${ms.toFixed(0)} ms`)
    return { result, ms }
  }
  await sql`analyze ledger_leaf`
  const first = await timed('first start, and its checkpoint', async () => {
    assert.deepEqual(await ledger.start(), { status: 'ok' })
    return settled()
  })
  assert.equal(first.result, entries)
  await ledger.stop()
  const again = createLedger({ sql, keys, keeper: memoryKeeper(notes), now: Date.now })
  atEnd(t, () => again.stop())
  const second = await timed('start beside a kept checkpoint', () => again.start())
  assert.deepEqual(second.result, { status: 'ok' })
  assert.ok(first.ms < startMsMax && second.ms < startMsMax)

  const asked = await timed('a page of one person’s', () =>
    again.query({ actor: 'Practitioner/7', limit: 100 }),
  )
  assert.equal(asked.result.entries.length, 100)
  assert.ok(asked.ms < 1_000)

  const findings: Finding[] = []
  const before = process.memoryUsage.rss()
  const checked = await timed('check', async () => {
    for await (const finding of again.check()) findings.push(finding)
  })
  t.diagnostic(`${Math.round((entries / checked.ms) * 1000)} entries/s`)
  t.diagnostic(`${Math.round((process.memoryUsage.rss() - before) / 1e6)} MB more`)
  assert.deepEqual(findings, [])
})
