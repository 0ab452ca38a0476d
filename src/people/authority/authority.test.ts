/** Rows that SQL made, moved, altered or put back confer nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sql } from '#kernel/db/index.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { watched } from '#test/kit/watched.ts'
import { createAuthority, type Authority } from './index.ts'

const act = { actor: 'tester', client: 'test', address: 'local', action: 'authority', query: 'test' } as const

interface House extends TestVault {
  authority: Authority
}

async function house(t: Parameters<typeof testVault>[0]): Promise<House> {
  const vault = await testVault(t)
  return { ...vault, authority: createAuthority(vault) }
}

/** Waits until all that is staged has its place. */
async function sequenced({ sql }: { sql: Sql }): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from ledger_staged`
    if (row?.count === 0) return
    await new Promise((resume) => setTimeout(resume, 25))
  }
  throw new Error('nothing is sequenced')
}

test('a row is found by its name, staged or sequenced, and changes once for each version', async (t) => {
  const { authority, ledger, sql } = await house(t)
  assert.equal(await authority.find('program', 'a'), undefined)
  assert.equal(await authority.put({ kind: 'program', name: 'a', value: { n: 1 }, act }), true)
  assert.deepEqual((await authority.find('program', 'a'))?.value, { n: 1 })
  assert.equal(
    await authority.put({ kind: 'program', name: 'a', value: { n: 9 }, act }),
    false,
    'it is taken',
  )
  assert.deepEqual(await ledger.start(), { status: 'ok' })
  await sequenced({ sql })
  const first = await authority.find('program', 'a')
  assert.deepEqual(first?.value, { n: 1 })
  const changes = Array.from({ length: 20 }, (_, n) =>
    authority.put({ kind: 'program', name: 'a', value: { n: n + 2 }, act, after: first! }),
  )
  assert.deepEqual((await Promise.all(changes)).filter(Boolean), [true], 'of all at once one')
  const second = await authority.find<{ n: number }>('program', 'a')
  assert.equal(second?.version, 2)
  // Two versions that wait together.
  assert.equal(
    await authority.put({ kind: 'program', name: 'a', value: { n: 99 }, act, after: second! }),
    true,
  )
  assert.deepEqual((await authority.find('program', 'a'))?.value, { n: 99 })
  await sequenced({ sql })
  assert.deepEqual((await authority.find('program', 'a'))?.value, { n: 99 })
  assert.equal(await authority.find('token', 'a'), undefined, 'of another kind')
  const { entries } = await ledger.query({ actions: ['authority'], limit: 10 })
  assert.deepEqual(
    entries.map(({ number, details }) => [number, details?.resources?.[0]?.version, details?.actor]),
    [1, 2, 3].map((n) => [n, n, 'tester']),
  )
  for await (const finding of ledger.check()) assert.fail(JSON.stringify(finding))
})

test('altered in any column, a row confers nothing, and does again when it is as it was', async (t) => {
  const { authority, sql, ...vault } = await house(t)
  assert.equal(await authority.put({ kind: 'program', name: 'a', value: { n: 1 }, act }), true)
  const alterations: [string, string][] = [
    ['kind', '2'],
    ['version', '2, previous = sha256(sealed)'],
    ['sealed', 'set_byte(sealed, 200, get_byte(sealed, 200) # 1)'],
    ['sealed', 'substring(sealed from 1 for 100)'],
    ['staged', "'00000000-0000-4000-8000-000000000000'"],
    ['id', "'00000000-0000-4000-8000-000000000000'"],
  ]
  for (const [column, value] of alterations) {
    const [before] = await sql`select * from authority`
    await sql.unsafe(`update authority set ${column} = ${value}`)
    const elsewhere = createAuthority({ ...vault, sql })
    assert.equal(await elsewhere.find('program', 'a'), undefined, `${column} = ${value}`)
    await sql`delete from authority`
    await sql`insert into authority ${sql(before!)}`
    assert.deepEqual((await elsewhere.find('program', 'a'))?.value, { n: 1 })
  }
})

test('an earlier version put back confers nothing, nor with its entry staged and sequenced once more', async (t) => {
  const { authority, ledger, sql, ...vault } = await house(t)
  const elsewhere = () => createAuthority({ ...vault, ledger, sql })
  assert.equal(await authority.put({ kind: 'program', name: 'a', value: { n: 1 }, act }), true)
  const [row] = await sql`select * from authority`
  const [entry] = await sql`select * from ledger_staged where id = ${String(row?.['staged'])}`
  assert.deepEqual(await ledger.start(), { status: 'ok' })
  await sequenced({ sql })
  const first = await authority.find('program', 'a')
  assert.equal(await authority.put({ kind: 'program', name: 'a', value: { n: 2 }, act, after: first! }), true)
  await sequenced({ sql })
  assert.deepEqual((await elsewhere().find('program', 'a'))?.value, { n: 2 })

  await sql`delete from authority`
  assert.equal(await elsewhere().find('program', 'a'), undefined, 'taken away')
  await sql`insert into authority ${sql(row!)}`
  assert.equal(await elsewhere().find('program', 'a'), undefined, 'put back')
  await ledger.stop()
  await sql`delete from ledger_sequenced`
  await sql`insert into ledger_staged ${sql(entry!)}`
  assert.equal(await elsewhere().find('program', 'a'), undefined, 'while its entry waits again')
  const next = await vault.another()
  assert.deepEqual(await next.ledger.start(), { status: 'ok' })
  await sequenced({ sql })
  const later = createAuthority(next)
  assert.equal(await later.find('program', 'a'), undefined, 'when its entry is a leaf again')
  const found: string[] = []
  for await (const finding of next.ledger.check()) found.push(finding.what)
  assert.deepEqual(found, ['entry-twice'])
})

test('what counts once counts once, for all who ask at the same time', async (t) => {
  const { authority } = await house(t)
  const endsAt = new Date(Date.now() + 60_000)
  const asked = await Promise.all(
    Array.from({ length: 20 }, () => authority.useOnce('assertion', 'x', endsAt)),
  )
  assert.deepEqual(asked.filter(Boolean), [true])
  assert.equal(await authority.useOnce('proof', 'x', endsAt), true, 'of another kind')
})

test('what has ended is swept an hour later, and nothing else', async (t) => {
  const { authority, sql } = await house(t)
  const ended = { kind: 'token', value: {}, act } as const
  const hours = (count: number) => new Date(Date.now() + count * 3600_000)
  await authority.put({ ...ended, name: 'old', endsAt: hours(-2) })
  await authority.put({ ...ended, name: 'of late', endsAt: hours(-0.5) })
  await authority.put({ kind: 'program', name: 'a', value: {}, act })
  await authority.useOnce('assertion', 'old', hours(-2))
  await authority.useOnce('assertion', 'of late', hours(-0.5))
  await authority.tend()
  assert.equal((await sql`select from authority`).length, 2)
  assert.equal((await sql`select from used_once`).length, 1)
})

test('several rows of one act are written all together, or none of them', async (t) => {
  const { authority, ledger, sql } = await house(t)
  const both = (n: number, after?: Awaited<ReturnType<Authority['find']>>) =>
    authority.putEach(
      [
        { kind: 'invitation', name: 'i', value: { n }, ...(after ? { after } : {}) },
        { kind: 'account', name: `a${n}`, value: { n } },
      ],
      act,
    )
  assert.equal(await both(1), true)
  assert.equal(await both(2), false, 'one of them is taken')
  assert.equal(await authority.find('account', 'a2'), undefined)
  const [first, account, none] = await authority.findEach([
    { kind: 'invitation', name: 'i' },
    { kind: 'account', name: 'a1' },
    { kind: 'account', name: 'a2' },
  ])
  assert.deepEqual([first?.version, account?.value, none], [1, { n: 1 }, undefined])
  const tries = await Promise.all(Array.from({ length: 20 }, (_, n) => both(n + 10, first)))
  assert.deepEqual(tries.filter(Boolean), [true])
  assert.equal((await sql`select from authority where kind = 3`).length, 2)
  assert.deepEqual(await ledger.start(), { status: 'ok' })
  await sequenced({ sql })
  for await (const finding of ledger.check()) assert.fail(JSON.stringify(finding))
})

test('a list has what counts of its kind, and nothing else', async (t) => {
  const { authority, sql, ...vault } = await house(t)
  const name = (n: number) => ({ kind: 'account', name: `a${n}`, value: { n } }) as const
  const made = Array.from({ length: 620 }, (_, n) => name(n))
  for (let from = 0; from < made.length; from += 25)
    assert.equal(await authority.putEach(made.slice(from, from + 25), act), true)
  assert.equal(await authority.put({ kind: 'program', name: 'a1', value: { n: -1 }, act }), true)
  const listed = async (of = authority) => {
    const found: number[] = []
    for await (const { value } of of.list<{ n: number }>('account')) found.push(value.n)
    return found.toSorted((a, b) => a - b)
  }
  assert.deepEqual(
    await listed(),
    made.map(({ value }) => value.n),
  )
  // A program called an account, an account altered, one under another's name.
  await sql`update authority set kind = 3 where kind = 1`
  const [altered, moved] = await sql`select id from authority where kind = 3 order by id limit 2`
  await sql`update authority set sealed = set_byte(sealed, 100, get_byte(sealed, 100) # 1) where id = ${String(altered?.['id'])}`
  await sql`update authority set id = gen_random_uuid() where id = ${String(moved?.['id'])}`
  const seen = watched(sql)
  const left = await listed(createAuthority({ ...vault, sql: seen.sql }))
  assert.equal(seen.statements().length, 4, 'two for each 500')
  assert.ok(left.length === 618 || left.length === 619, `${left.length}`)
  assert.ok(!left.includes(-1))
})
