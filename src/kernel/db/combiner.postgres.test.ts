import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { crashableServer, testDatabase } from '#test/kit/index.ts'
import { connect, createCombiner, DatabaseAway, UnknownOutcome } from './index.ts'
import type { Sql } from './index.ts'

/** One new version of a thing: `base` is the version it must have, 0 where it must not exist. */
interface Change {
  id: string
  base: number
  note: string
}

type Outcome = 'written' | 'conflict'

const createThing = (sql: Sql) => sql`
  create table thing (
    id text primary key,
    version int4 not null,
    note text not null constraint thing_note_short check (length(note) < 20)
  )`

/** The shape of the store's own statement: the join decides each row apart. */
async function write(sql: Sql, changes: Change[]): Promise<Outcome[]> {
  const rows = await sql<{ id: string }[]>`
    with change as (
      select * from unnest(
        ${changes.map((change) => change.id)}::text[],
        ${changes.map((change) => change.base)}::int4[],
        ${changes.map((change) => change.note)}::text[]) as change (id, base, note)
    ), updated as (
      update thing set version = base + 1, note = change.note
        from change where thing.id = change.id and thing.version = base
      returning thing.id
    ), inserted as (
      insert into thing select id, 1, note from change where base = 0
        on conflict do nothing returning id
    )
    select id from updated union all select id from inserted`
  const written = new Set(rows.map(({ id }) => id))
  return changes.map(({ id }) => (written.has(id) ? 'written' : 'conflict'))
}

const writer = (sql: Sql, run = write) =>
  createCombiner<Change, Outcome>({
    batchMax: 100,
    flights: 2,
    key: ({ id }) => id,
    run: (changes) => run(sql, changes),
    async wasApplied({ id, base, note }) {
      const rows = await sql`select from thing where id = ${id} and version = ${base + 1} and note = ${note}`
      return rows.length > 0 ? 'written' : undefined
    },
  })

const statusOf = (outcomes: PromiseSettledResult<Outcome>[]) =>
  outcomes.map((each) => (each.status === 'fulfilled' ? each.value : (each.reason as { code: string }).code))

test('a bad row among strangers’ rows', async (t) => {
  const { sql } = await testDatabase(t, { empty: true })
  await createThing(sql)
  const submit = writer(sql)
  const notes = ['fine', 'fine', 'this one is far too long for it', 'fine', 'null byte \0', 'fine']
  const outcomes = await Promise.allSettled(notes.map((note, i) => submit({ id: `t${i}`, base: 0, note })))
  assert.deepEqual(statusOf(outcomes), ['written', 'written', '23514', 'written', '22021', 'written'])
  assert.deepEqual(
    (await sql`select id from thing order by id`).map(({ id }) => String(id)),
    ['t0', 't1', 't3', 't5'],
  )
})

test('two updates of one thing: both run, in order; the loser of a version check is told so', async (t) => {
  const { sql } = await testDatabase(t, { empty: true })
  await createThing(sql)
  const submit = writer(sql)
  const outcomes = await Promise.allSettled([
    submit({ id: 'a', base: 0, note: 'first' }),
    submit({ id: 'a', base: 1, note: 'second' }),
    submit({ id: 'a', base: 1, note: 'loser' }),
    submit({ id: 'b', base: 7, note: 'never was' }),
    submit({ id: 'a', base: 2, note: 'third' }),
  ])
  assert.deepEqual(statusOf(outcomes), ['written', 'written', 'conflict', 'conflict', 'written'])
  assert.deepEqual([...(await sql`select * from thing`)], [{ id: 'a', version: 3, note: 'third' }])
})

test('a real deadlock (40P01) is retried, and nobody hears of it', async (t) => {
  const { sql, url } = await testDatabase(t, { empty: true })
  await createThing(sql)
  const codes: string[] = []
  const submit = writer(sql, async (pool, changes) => {
    try {
      return await write(pool, changes)
    } catch (error) {
      codes.push((error as { code: string }).code)
      throw error
    }
  })
  await Promise.all(['a', 'b'].map((id) => submit({ id, base: 0, note: '' })))
  const stranger = connect(url, { max: 1 })
  t.after(() => stranger.end())
  for (let base = 1; codes.length === 0; base++) {
    let ours: Promise<Outcome[]> | undefined
    await stranger
      .begin(async (tx) => {
        await tx`select from thing where id = 'b' for update`
        ours = Promise.all(['a', 'b'].map((id) => submit({ id, base, note: 'ours' })))
        await waiting(sql)
        // We waited first, so it is us whom PostgreSQL ends after deadlock_timeout.
        await tx`update thing set note = 'theirs' where id = 'a'`
      })
      // Unless the stranger came later than that: PostgreSQL looks for a deadlock once, so it ends whoever waits last. Then once more.
      .catch((error: { code?: string }) => assert.equal(error.code, '40P01'))
    assert.deepEqual(await ours, ['written', 'written'])
  }
  // More than one where we came back before PostgreSQL had woken the stranger.
  assert.deepEqual([...new Set(codes)], ['40P01'])
})

async function waiting(sql: Sql): Promise<void> {
  for (;;) {
    const rows =
      await sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    if (rows.length > 0) return
    await delay(5)
  }
}

test('a real serialisation failure (40001) is retried', async (t) => {
  const { sql, url } = await testDatabase(t, { empty: true })
  await createThing(sql)
  const stranger = connect(url, { max: 1 })
  t.after(() => stranger.end())
  let runs = 0
  const submit = writer(sql, (pool, changes) =>
    pool.begin('isolation level repeatable read', async (tx) => {
      await tx`select from thing`
      if (++runs === 2) await stranger`update thing set note = 'in between' where id = 'a'`
      return write(tx as unknown as Sql, changes)
    }),
  )
  assert.equal(await submit({ id: 'a', base: 0, note: '' }), 'written')
  assert.equal(await submit({ id: 'a', base: 1, note: 'ours' }), 'written')
  assert.equal(runs, 3)
})

test('injected faults, each at random: every answer is true', async (t) => {
  const { sql } = await testDatabase(t, { empty: true })
  await createThing(sql)
  const submit = writer(sql, async (pool, changes) => {
    const die = Math.random()
    if (die < 0.1) throw Object.assign(new Error(), { code: '40001' })
    if (die < 0.2) throw Object.assign(new Error(), { code: '40P01' })
    if (die < 0.25) throw Object.assign(new Error(), { code: 'CONNECTION_CLOSED' })
    const outcomes = await write(pool, changes)
    if (die > 0.95) throw Object.assign(new Error(), { code: '57P01' })
    return outcomes
  })
  const chains = Array.from({ length: 40 }, async (_, n) => {
    for (let version = 0; version < 10; version++) {
      assert.equal(await submit({ id: `t${n}`, base: version, note: `v${version + 1}` }), 'written')
    }
  })
  await Promise.all(chains)
  const [sum] =
    await sql`select count(*)::int4, min(version), max(version) from thing where note = 'v' || version`
  assert.deepEqual({ ...sum }, { count: 40, min: 10, max: 10 })
})

/** So long the combiner waits for PostgreSQL; whoever asked is told no sooner. */
const awayMsMin = 15_000

test('PostgreSQL restarted in the middle: no change lost, none twice, no caller hears of it', async (t) => {
  const { sql, crash } = await crashableServer(t, { empty: true })
  await createThing(sql)
  const submit = writer(sql)
  const read = createCombiner<string, number>({
    batchMax: 100,
    repeatable: true,
    key: () => [],
    async run(ids) {
      const rows = await sql<
        { id: string; version: number }[]
      >`select id, version from thing where id = any(${ids})`
      const versions = new Map(rows.map(({ id, version }) => [id, version]))
      return ids.map((id) => versions.get(id) ?? 0)
    },
  })
  let crashedAtMs = Infinity
  /** On a machine that has much else to do PostgreSQL is not back in time: that is told, and it is asked again. */
  const again = async <Answer>(ask: () => Promise<Answer>, told: (error: unknown) => void = () => {}) => {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (!(error instanceof DatabaseAway || error instanceof UnknownOutcome)) throw error
        const awayMs = performance.now() - crashedAtMs
        assert.ok(awayMs >= awayMsMin, `${error.name} after ${awayMs} ms`)
        told(error)
      }
    }
  }
  const written = async (change: Change): Promise<Outcome> => {
    let isInDoubt = false
    const outcome = await again(
      () => submit(change),
      (error) => (isInDoubt ||= error instanceof UnknownOutcome),
    )
    if (!isInDoubt || outcome === 'written') return outcome
    // Nobody else changes it.
    return (await again(() => read(change.id))) === change.base + 1 ? 'written' : outcome
  }
  let over = false
  const reached: number[] = Array.from({ length: 30 }, () => 0)
  const chains = reached.map(async (_, n) => {
    let version = 0
    while (!over) {
      assert.equal(await written({ id: `t${n}`, base: version, note: `v${version + 1}` }), 'written')
      version++
      assert.equal(await again(() => read(`t${n}`)), version)
      reached[n] = version
    }
    return version
  })
  const all = Promise.all(chains)
  all.catch(() => (over = true))
  const crashes = ['immediate', 'kill', 'backend', 'kill', 'immediate'] as const
  // Each begins somewhere in the middle, however slow the machine: all have come on since the one before.
  let before = [...reached]
  for (const how of [...crashes, undefined]) {
    while (!over && !reached.every((version, n) => version > before[n]!)) await delay(5)
    await delay(Math.random() * 100)
    if (!how) break
    crashedAtMs = performance.now()
    await crash(how)
    before = [...reached]
  }
  over = true
  const versions = await all
  const rows = await sql<
    { id: string; version: number }[]
  >`select id, version from thing order by substr(id, 2)::int4`
  assert.deepEqual(
    rows.map(({ version }) => version),
    versions,
  )
  assert.ok(
    versions.every((version) => version > 5),
    String(versions),
  )
})
