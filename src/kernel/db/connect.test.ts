import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { testDatabase } from '#test/kit/index.ts'
import { byteaArray, byteaList, byteaParts, connect, plainArray, rowsOf } from './index.ts'

test('values come back as they were sent', async (t) => {
  const { sql } = await testDatabase(t, { empty: true })
  const at = new Date('2026-11-22T17:05:29.123Z')
  const bytes = new Uint8Array([0, 1, 92, 255])
  const [row] = await sql`
    select ${bytes}::bytea as bytes, ${at}::timestamptz as at, ${7}::int8 as eight, ${'x'}::text as text,
           '2026-02-03'::date as date, 1.10::numeric as decimal, ${true}::bool as yes`
  assert.deepEqual(
    { ...row },
    { bytes: Buffer.from(bytes), at, eight: 7, text: 'x', date: '2026-02-03', decimal: '1.10', yes: true },
  )
})

test('an int8 that a number cannot hold throws, and the connection lives on', async (t) => {
  const { sql } = await testDatabase(t, { empty: true, max: 1 })
  assert.equal((await sql`select ${Number.MAX_SAFE_INTEGER}::int8 as n`)[0]?.['n'], Number.MAX_SAFE_INTEGER)
  await assert.rejects(sql`select 9007199254740993::int8 as n`, /beyond 2\^53/)
  assert.equal((await sql`select 1 as n`)[0]?.['n'], 1)
})

test('a statement gives its rows once, and keeps neither them nor what it was sent with', async (t) => {
  const { sql } = await testDatabase(t, { empty: true, max: 1 })
  for (let times = 0; times < 3; times++) {
    const part = sql`generate_series(1, ${2}::int)`
    const statement = sql<{ text: string }[]>`select ${'x'}::text as text from ${part}`
    assert.deepEqual(
      (await rowsOf(statement)).map((row) => ({ ...row })),
      [{ text: 'x' }, { text: 'x' }],
    )
    for (const each of [statement, part]) {
      const { args, parameters = [] } = each as { args?: unknown; parameters?: unknown }
      assert.deepEqual([args, parameters], [[], []])
    }
    assert.equal((await statement).length, 0)
  }
  await assert.rejects(rowsOf(sql`select 1 / ${0}::int`), /division by zero/)
})

test('a statement takes no longer for those before it', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { sql } = await testDatabase(t, { empty: true, max: 4 })
  /** The longest list that was gone through by what is done. */
  const longest = async (act: () => Promise<unknown>) => {
    const lists: number[] = []
    const { indexOf } = Array.prototype
    const counted = function counted(this: unknown[], ...args: Parameters<typeof indexOf>) {
      lists.push(this.length)
      return indexOf.apply(this, args)
    }
    Object.assign(Array.prototype, { indexOf: counted })
    await act().finally(() => Object.assign(Array.prototype, { indexOf }))
    return Math.max(...lists)
  }
  const statements = (width: number) =>
    Promise.all(
      Array.from({ length: width }, async () => {
        for (let n = 0; n < 300; n++) await sql`select`
      }),
    )
  // All are open: who needs one or two of them leaves a list that grows.
  await Promise.all(Array.from({ length: 4 }, () => sql`select pg_sleep(0.1)`))
  for (const width of [1, 2]) {
    await statements(width)
    t.mock.timers.tick(30_000)
    await sql`select`
    assert.ok((await longest(() => sql`select`)) < 100, `${width} at once`)
  }
  assert.ok((await longest(() => statements(1))) > 100, 'the driver has learned it: no need of ours any more')
})

test('property: arrays come back as they were sent', async (t) => {
  const { sql } = await testDatabase(t, { empty: true, max: 1 })
  const maybe = <Value>(each: fc.Arbitrary<Value>) => fc.array(fc.option(each), { maxLength: 8 })
  const instant = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  const property = fc.asyncProperty(
    maybe(fc.uint8Array({ maxLength: 40 })),
    maybe(fc.boolean()),
    maybe(fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n })),
    maybe(instant),
    async (bytes, flags, numbers, instants) => {
      const { whole, starts, lengths } = byteaParts(sql, bytes)
      const [row] = await sql`
        select ${byteaArray(bytes)}::bytea[] as bytes, ${byteaList(sql, bytes)} as list, coalesce((
                 select array_agg(substr(${whole}, part.start, part.length) order by n)
                 from unnest(${starts}::int[], ${lengths}::int[]) with ordinality as part (start, length, n)), '{}') as parts,
               ${plainArray(flags)}::bool[] as flags,
               ${plainArray(numbers)}::int8[] as numbers, ${plainArray(instants)}::timestamptz[] as instants`
      assert.deepEqual(
        { ...row },
        {
          bytes: bytes.map((each) => each && Buffer.from(each)),
          list: bytes.map((each) => each && Buffer.from(each)),
          parts: bytes.map((each) => each && Buffer.from(each)),
          flags,
          numbers: numbers.map((each) => (each === null ? null : Number(each))),
          instants,
        },
      )
    },
  )
  await fc.assert(property, { numRuns: 100 })
})

test('bytes survive a statement whose plan went stale, which the driver repeats', async (t) => {
  const { sql } = await testDatabase(t, { empty: true, max: 1 })
  await sql`create table thing (bytes bytea)`
  const insert = () => sql`insert into thing values (${new Uint8Array([1, 2])}) returning *`
  await insert()
  await sql`alter table thing add column other int4`
  await insert()
  assert.deepEqual(
    (await sql<{ bytes: Buffer }[]>`select bytes from thing`).map(({ bytes }) => [...bytes]),
    [
      [1, 2],
      [1, 2],
    ],
  )
})

test('statements, locks and idle transactions are bounded', async (t) => {
  const { sql, url } = await testDatabase(t, { empty: true })
  await sql`create table thing (id int4)`
  const short = connect(url, { max: 2, statementMsMax: 200, lockMsMax: 50, transactionIdleMsMax: 100 })
  t.after(() => short.end())
  await assert.rejects(short`select pg_sleep(5)`, { code: '57014' })
  await sql.begin(async (tx) => {
    await tx`lock table thing`
    await assert.rejects(short`select from thing`, { code: '55P03' })
  })
  await assert.rejects(
    short.begin(async (tx) => {
      await tx`select 1`
      await new Promise((resolve) => setTimeout(resolve, 300))
      await tx`select 1`
    }),
  )
})

test('URLs: sockets as libpq writes them; the user must be named', () => {
  const cases = [
    [
      'postgres://sigilo@/main?host=/run/pg',
      { path: '/run/pg/.s.PGSQL.5432', user: 'sigilo', database: 'main' },
    ],
    [
      'postgres:///main?host=%2Frun%2Fpg&user=ana',
      { path: '/run/pg/.s.PGSQL.5432', user: 'ana', database: 'main' },
    ],
    [
      'postgres://ana@%2Frun%2Fpg:5433/main',
      { path: '/run/pg/.s.PGSQL.5433', user: 'ana', database: 'main' },
    ],
    [
      'postgresql://ana:p%40ss@db.example:6432/main',
      { path: false, user: 'ana', database: 'main', pass: 'p@ss' },
    ],
  ] as const
  for (const [url, want] of cases) {
    const options = connect(url).options as unknown as Record<string, unknown>
    for (const [name, value] of Object.entries(want)) assert.equal(options[name], value, `${url}: ${name}`)
  }
  assert.throws(() => connect('postgres:///main?host=/run/pg'), /must name its user/)
})

test('lists of texts and names go as arrays, whatever they hold', async (t) => {
  const { sql } = await testDatabase(t)
  const texts = ['', 'plain', 'a "b" c', 'back\\slash', '{x,y}', 'NULL', 'line\nbreak', 'Ñandú, 1']
  const [row] = await sql<{ texts: string[]; names: string[] }[]>`
    select ${texts}::text[] as texts, ${['00000000-0000-4000-8000-000000000001']}::uuid[] as names`
  assert.deepEqual(row?.texts, texts)
  assert.deepEqual(row?.names, ['00000000-0000-4000-8000-000000000001'])
})
