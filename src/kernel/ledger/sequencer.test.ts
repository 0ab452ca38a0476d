/** Staged rows become leaves, each once and in one tree, whatever happens to who does it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { equalBytes, randomKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { crashableServer, testDatabase } from '#test/kit/index.ts'
import { memoryKeeper, testLedger } from '#test/kit/ledger.ts'
import { startLedgerProcess } from '#test/kit/ledger-child.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { createLedger, type ActDone, type Ledger } from './index.ts'
import { judge } from './kept.ts'
import { Pseudonyms } from './pseudonyms.ts'
import { createRecorder } from './recording.ts'
import { Sequencer } from './sequencer.ts'
import { entriesOf } from './staging.ts'
import { readTree } from './stored-tree.ts'
import { atEnd, temporaryFolder } from '#test/kit/scope.ts'

const actOf = (id: string): ActDone => ({
  action: 'read',
  outcome: 'done',
  actor: 'a',
  resources: [{ type: 'Practitioner', id }],
})

/** The ids of all entries, in the order of the tree; and nothing is wrong with it. */
async function idsIn(ledger: Ledger): Promise<string[]> {
  for await (const finding of ledger.check()) assert.fail(JSON.stringify(finding))
  const ids: string[] = []
  let after: Awaited<ReturnType<Ledger['query']>>['next']
  do {
    const page = await ledger.query({ limit: 1000, ...(after && { after }) })
    ids.push(...page.entries.flatMap(({ details }) => details?.resources?.map(({ id }) => id) ?? []))
    after = page.next
  } while (after)
  return ids
}

/** Every one of these checkpoints is of a beginning of the one tree. */
async function assertOneTree(sql: Sql, notes: readonly string[]): Promise<void> {
  const roots = new Map<number, Uint8Array>()
  for (const note of notes) {
    const text = note.slice(0, note.indexOf('\n\n') + 1)
    const { size, root } = parseCheckpoint(text) ?? assert.fail(text)
    assert.ok(equalBytes(roots.get(size) ?? root, root), `two trees of ${size}`)
    roots.set(size, root)
    assert.deepEqual(await judge(sql, { size, root }), { status: 'ok' })
  }
}

test('of two that sequence, only the holder of the lease commits; the other goes on when that is over', async (t) => {
  const { sql } = await testDatabase(t)
  const names = new Pseudonyms(randomKey())
  const record = createRecorder(sql, () => {})
  const one = new Sequencer({ sql, leaseMs: 300, onPlanted: () => assert.fail() })
  const two = new Sequencer({ sql, leaseMs: 300, onPlanted: () => assert.fail() })
  const some = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, n) => record({ names, ...entriesOf(names, [actOf(`${n}`)]) })),
    )
  const sizeOf = async (sequencer: Sequencer) => {
    for (;;) {
      const turn = await sequencer.turn(names)
      if (turn.status === 'standby' || turn.status === 'altered') return turn.status
      if (turn.status === 'through') return turn.standing.size
    }
  }
  await some(600)
  assert.equal(await sizeOf(one), 600)
  await some(10)
  assert.equal(await sizeOf(two), 'standby')
  await delay(400)
  assert.equal(await sizeOf(two), 610)
  // It does not know yet that its lease is over, and has a tree of 600.
  await some(5)
  assert.equal(await sizeOf(one), 'standby')
  assert.equal(await sizeOf(two), 615)
  await two.leave()
  await some(5)
  assert.equal(await sizeOf(one), 620)
  const read = await readTree(sql)
  assert.ok(read.status === 'ok' && read.edge.size === 620)
})

test('a sequencer whose lease is over commits nothing of what it has prepared', async (t) => {
  const { sql } = await testDatabase(t)
  const names = new Pseudonyms(randomKey())
  const record = createRecorder(sql, () => {})
  const one = new Sequencer({ sql, leaseMs: 100, onPlanted: () => assert.fail() })
  const two = new Sequencer({ sql, leaseMs: 100, onPlanted: () => assert.fail() })
  await one.turn(names)
  await delay(150)
  await two.turn(names)
  await record({ names, ...entriesOf(names, [actOf('x')]) })
  // Both have read what is staged when they commit.
  const turns = await Promise.all([one.turn(names), two.turn(names)])
  assert.deepEqual(
    turns.map(({ status }) => status),
    ['standby', 'through'],
  )
  assert.equal((await sql`select from ledger_leaf`).length, 1)
})

test('what was staged by a process that died is sequenced by the next, once', async (t) => {
  const { sql, keys, ledger } = await testLedger(t)
  await Promise.all(Array.from({ length: 50 }, (_, n) => ledger.record([actOf(`${n}`)])))
  assert.equal((await sql`select from ledger_leaf`).length, 0)
  const next = createLedger({ sql, keys, keeper: memoryKeeper(), now: Date.now })
  await next.start()
  await next.stop()
  assert.deepEqual((await idsIn(next)).toSorted(), Array.from({ length: 50 }, (_, n) => `${n}`).toSorted())
  assert.equal((await sql`select from ledger_staged`).length, 0)
})

test('processes that are halted past their lease, and killed: nothing lost, nothing twice, one tree', async (t) => {
  const { sql, url, ledger, secret } = await testLedger(t)
  const folder = temporaryFolder(t)
  const start = (name: string) =>
    startLedgerProcess(t, { url, keyFile: secret.path, kept: join(folder, name), name })
  const a = start('a')
  await a.published()
  const b = start('b')
  await b.published()
  for (let round = 0; round < 2; round++) {
    const [holder, other] = round === 0 ? [a, b] : [b, a]
    holder.child.kill('SIGSTOP')
    await delay(900)
    await other.published()
    holder.child.kill('SIGCONT')
    await holder.published()
    await delay(300)
  }
  // Whoever holds it now: first the one is killed, then the other.
  await a.kill()
  await b.published()
  const c = start('c')
  await c.published()
  await b.kill()
  await c.published()
  await c.stop()
  const ids = await idsIn(ledger)
  assert.equal(new Set(ids).size, ids.length, 'none twice')
  for (const { recorded } of [a, b, c]) {
    assert.ok(recorded.length > 20)
    assert.deepEqual(
      recorded.filter((id) => !ids.includes(id)),
      [],
      'none lost',
    )
  }
  await assertOneTree(sql, [...a.notes, ...b.notes, ...c.notes])
  for (const { events } of [a, b, c]) {
    assert.deepEqual(
      events.filter(({ event }) => event !== 'failed'),
      [],
    )
  }
})

test('PostgreSQL killed over and over: what was recorded is there once, and the tree is one', async (t) => {
  const { sql, crash } = await crashableServer(t)
  const folder = temporaryFolder(t)
  const keys = createKeys({ sql })
  await keys.initialise({ kind: 'key-file', path: join(folder, 'key') })
  const notes: string[] = []
  const events: string[] = []
  const ledger = createLedger({
    sql,
    keys,
    keeper: memoryKeeper(notes),
    now: Date.now,
    leaseMs: 600,
    checkpointMs: 50,
    onEvent: ({ event }) => void events.push(event),
  })
  atEnd(t, () => ledger.stop())
  await ledger.start()
  let over = false
  const recorded: string[] = []
  const chains = Array.from({ length: 20 }, async (_, chain) => {
    for (let n = 0; !over; n++) {
      await ledger.record([actOf(`${chain}-${n}`)])
      recorded.push(`${chain}-${n}`)
      await delay(1)
    }
  })
  for (const how of ['immediate', 'kill', 'backend', 'kill'] as const) {
    await delay(300)
    await crash(how)
  }
  await delay(300)
  over = true
  await Promise.all(chains)
  await ledger.stop()
  assert.ok(recorded.length > 200)
  assert.deepEqual((await idsIn(ledger)).toSorted(), recorded.toSorted())
  await assertOneTree(sql, notes)
  assert.deepEqual(
    [...new Set(events)].filter((event) => event !== 'failed'),
    [],
  )
})
