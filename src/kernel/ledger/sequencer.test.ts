/** Staged rows become leaves, each once and in one tree, whatever happens to who does it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { equalBytes, randomKey } from '#kernel/crypto/index.ts'
import type { Sql, TransactionSql } from '#kernel/db/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { crashableServer, testDatabase } from '#test/kit/index.ts'
import { memoryKeeper, testLedger } from '#test/kit/ledger.ts'
import { startLedgerProcess } from '#test/kit/ledger-child.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { openDetails } from './details.ts'
import { decodeEntry } from './entry.ts'
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

/** Two that would sequence, the first of which does, and what each needs to be handed entries. */
async function twoSequencers(t: Parameters<typeof testDatabase>[0], leaseMs: number) {
  const { sql } = await testDatabase(t)
  const names = new Pseudonyms(randomKey())
  const planted: string[][] = []
  const sequencer = () => new Sequencer({ sql, leaseMs, onPlanted: (ids) => void planted.push(ids) })
  const [one, two] = [sequencer(), sequencer()]
  await one.turn(names)
  const entries = (...ids: string[]) => entriesOf(names, ids.map(actOf)).entries
  /** As another process stages, or one in the statement of a change. */
  const stage = createRecorder(sql, () => {})
  const staging = (id: string) => stage({ names, ...entriesOf(names, [actOf(id)]) })
  const idsOfLeaves = async () => {
    const rows = await sql<{ entry: Uint8Array }[]>`select entry from ledger_leaf order by index`
    return rows.map(({ entry }) => {
      const act = decodeEntry(entry)
      return openDetails(names.facility.key, act)?.resources?.[0]?.id
    })
  }
  return { sql, names, one, two, entries, staging, idsOfLeaves, planted }
}

test('what is recorded where it is sequenced is in the tree at once, behind what was staged before', async (t) => {
  const { sql, names, one, two, entries, staging, idsOfLeaves, planted } = await twoSequencers(t, 10_000)
  assert.deepEqual(await one.append(names, entries('1', '2')), { status: 'appended' })
  await staging('3')
  await sql`
    insert into ledger_staged (id, entries, tag)
    values ('00000000-0000-4000-8000-000000000007', '\\x00', sha256(''))`
  assert.deepEqual(await one.append(names, entries('4')), { status: 'appended' })
  assert.deepEqual(planted, [['00000000-0000-4000-8000-000000000007']])
  assert.deepEqual(await one.append(names, entries('5')), { status: 'appended' })
  assert.deepEqual(await two.append(names, entries('6')), { status: 'elsewhere' })
  assert.deepEqual(await idsOfLeaves(), ['1', '2', '3', '4', '5'])
  assert.equal((await sql`select from ledger_staged where not refused`).length, 0)
  const leaves = await sql<{ entry: Uint8Array }[]>`select entry from ledger_leaf order by index`
  assert.deepEqual(
    leaves.map(({ entry }) => decodeEntry(entry).number),
    [1, 2, 3, 4, 5],
  )
  for (const { entry } of leaves) {
    assert.ok(Math.abs(decodeEntry(entry).recordedAtMs - Date.now()) < 60_000)
  }
  assert.equal((await readTree(sql)).status, 'ok')
})

test('many at once, with turns between them: each in the tree once', async (t) => {
  const { sql, names, one, entries, staging, idsOfLeaves } = await twoSequencers(t, 10_000)
  const want = Array.from({ length: 400 }, (_, n) => `${n}`)
  await Promise.all(
    want.map(async (id, n) => {
      if (n % 7 === 0) await staging(id)
      else if ((await one.append(names, entries(id))).status !== 'appended') await staging(id)
      if (n % 20 === 0) await one.turn(names)
    }),
  )
  while ((await one.turn(names)).status !== 'through');
  assert.deepEqual((await idsOfLeaves()).toSorted(), want.toSorted())
  const read = await readTree(sql)
  assert.ok(read.status === 'ok' && read.edge.size === 400)
})

const head = (tx: TransactionSql) => tx`select from ledger_head for update`
const leaves = (tx: TransactionSql) => tx`lock table ledger_leaf`

/** Until `release`, whoever would change the head waits, or needs what else is held; `waiting`: backends that do. */
async function holdHead(sql: Sql, hold: (tx: TransactionSql) => Promise<unknown> = head) {
  const locked = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const holding = sql.begin(async (tx) => {
    await hold(tx)
    locked.resolve()
    await released.promise
  })
  await locked.promise
  return {
    async waiting(count: number): Promise<number[]> {
      for (;;) {
        const rows = await sql<{ pid: number }[]>`
          select pid from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query like '%ledger_leaf%'
          order by query_start`
        if (rows.length >= count) return rows.map(({ pid }) => pid)
        await delay(5)
      }
    },
    async release(): Promise<void> {
      released.resolve()
      await holding
    },
  }
}

test('what is sent while another is on its way comes behind it', async (t) => {
  const { sql, one, names, entries, idsOfLeaves } = await twoSequencers(t, 10_000)
  const head = await holdHead(sql)
  const appending: ReturnType<Sequencer['append']>[] = []
  for (const id of ['1', '2', '3']) {
    appending.push(one.append(names, entries(id)))
    await head.waiting(appending.length)
  }
  // A turn waits for all of them.
  const turn = one.turn(names)
  await head.release()
  assert.deepEqual(
    await Promise.all(appending),
    Array.from({ length: 3 }, () => ({ status: 'appended' })),
  )
  assert.equal((await turn).status, 'through')
  assert.deepEqual(await idsOfLeaves(), ['1', '2', '3'])
  const read = await readTree(sql)
  assert.ok(read.status === 'ok' && read.edge.size === 3)
})

test('where one on its way does nothing, those behind it do nothing, and are put there all the same', async (t) => {
  const { sql, one, names, entries, staging, idsOfLeaves } = await twoSequencers(t, 10_000)
  await staging('staged')
  const head = await holdHead(sql)
  // Both are sent at once, and find that something is staged; then it is taken along with the first.
  const appending = ['1', '2'].map((id) => one.append(names, entries(id)))
  await head.waiting(1)
  await head.release()
  assert.deepEqual(
    await Promise.all(appending),
    Array.from({ length: 2 }, () => ({ status: 'appended' })),
  )
  assert.deepEqual((await idsOfLeaves()).toSorted(), ['1', '2', 'staged'])
  assert.equal((await idsOfLeaves())[0], 'staged')
  assert.equal((await readTree(sql)).status, 'ok')
})

test('where the connection of one on its way breaks, nothing behind it is there, and each can be told', async (t) => {
  const { sql, one, names, entries, idsOfLeaves } = await twoSequencers(t, 10_000)
  const head = await holdHead(sql)
  const first = one.append(names, entries('1'))
  const [pid] = await head.waiting(1)
  const second = one.append(names, entries('2'))
  await head.waiting(2)
  await sql`select pg_terminate_backend(${pid ?? 0}::int)`
  const doubtful = await first
  await head.release()
  assert.deepEqual(await second, { status: 'elsewhere' })
  assert.ok(doubtful.status === 'doubtful')
  assert.equal(await one.wasAppended(doubtful.doubt), false)
  assert.equal((await one.turn(names)).status, 'more')
  assert.deepEqual(await one.append(names, entries('3')), { status: 'appended' })
  assert.deepEqual(await idsOfLeaves(), ['3'])
})

test('where the connection breaks that asks what a stream ends with, it is asked once more', async (t) => {
  const { sql, one, names, idsOfLeaves } = await twoSequencers(t, 10_000)
  const record = createRecorder(sql, () => assert.fail('staged'), one)
  const held = await holdHead(sql, leaves)
  const recording = record({ names, ...entriesOf(names, [actOf('1')]) })
  const [pid] = await held.waiting(1)
  await sql`select pg_terminate_backend(${pid ?? 0}::int)`
  await held.release()
  await recording
  assert.deepEqual(await idsOfLeaves(), ['1'])
})

test('whose lease is over puts nothing into the tree, and what was in doubt is known', async (t) => {
  const { sql, names, one, two, entries, idsOfLeaves } = await twoSequencers(t, 100)
  assert.deepEqual(await one.append(names, entries('1')), { status: 'appended' })
  await delay(150)
  await two.turn(names)
  assert.deepEqual(await two.append(names, entries('2')), { status: 'appended' })
  assert.deepEqual(await one.append(names, entries('3')), { status: 'elsewhere' })
  const ids = (await sql<{ entry: Uint8Array }[]>`select entry from ledger_leaf order by index`).map(
    ({ entry }) => decodeEntry(entry).id,
  )
  assert.equal(await one.wasAppended({ index: 0, id: ids[0] as Uint8Array }), true)
  assert.equal(await one.wasAppended({ index: 1, id: ids[0] as Uint8Array }), false)
  assert.equal(await one.wasAppended({ index: 2, id: ids[0] as Uint8Array }), false)
  assert.deepEqual(await idsOfLeaves(), ['1', '2'])
})

test('a statement that was sent and not answered is fenced off by the one that asks after it', async (t) => {
  const { sql, names, one, entries, idsOfLeaves } = await twoSequencers(t, 10_000)
  // Its connection breaks while it waits for the lock of the head.
  const head = await holdHead(sql)
  const appending = one.append(names, entries('1'))
  const [pid] = await head.waiting(1)
  await sql`select pg_terminate_backend(${pid ?? 0}::int)`
  const appended = await appending
  assert.equal(appended.status, 'doubtful')
  await head.release()
  assert.ok(appended.status === 'doubtful')
  assert.equal(await one.wasAppended(appended.doubt), false)
  assert.deepEqual(await idsOfLeaves(), [])
  assert.equal((await one.turn(names)).status, 'more')
  assert.deepEqual(await one.append(names, entries('2')), { status: 'appended' })
  assert.deepEqual(await idsOfLeaves(), ['2'])
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
  const more = async () => {
    const enough = recorded.length + 50
    while (recorded.length < enough) await delay(20)
  }
  for (const how of ['immediate', 'kill', 'backend', 'kill'] as const) {
    await more()
    await crash(how)
  }
  await more()
  over = true
  await Promise.all(chains)
  await ledger.stop()
  assert.deepEqual((await idsIn(ledger)).toSorted(), recorded.toSorted())
  await assertOneTree(sql, notes)
  assert.deepEqual(
    [...new Set(events)].filter((event) => event !== 'failed'),
    [],
  )
})
