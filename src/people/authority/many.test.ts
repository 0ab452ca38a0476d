/** What one row costs does not depend on how many there are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { watched } from '#test/kit/watched.ts'
import { testVault } from '#test/kit/vault.ts'
import { createAuthority } from './index.ts'
import * as queries from './queries.ts'

const act = { actor: 'tester', client: 'test', address: 'local', action: 'authority', query: 'test' } as const
const accounts = 10_000

test('among ten thousand accounts one is found by its name: one statement, which looks at no other', async (t) => {
  const { sql, ...vault } = await testVault(t)
  const seen = watched(sql)
  const authority = createAuthority({ ...vault, sql: seen.sql })
  assert.equal(await authority.put({ kind: 'account', name: 'a', value: { n: 1 }, act }), true)
  // What they hold makes no difference to who looks for another.
  await sql`
    insert into authority (id, kind, version, previous, sealed, staged)
    select gen_random_uuid(), 3, 1, '', decode(repeat(md5(n::text), 40), 'hex'), gen_random_uuid()
    from generate_series(1, ${accounts}) as n`
  await sql`
    insert into ledger_leaf (index, entry)
    select n + 1000000, decode(repeat(md5(n::text), 16), 'hex') from generate_series(1, ${accounts}) as n`
  await sql`analyze authority, ledger_leaf, ledger_staged`

  const before = seen.statements().length
  assert.deepEqual((await authority.find('account', 'a'))?.value, { n: 1 })
  assert.equal(seen.statements().length - before, 1)
  const [id, stream] = [randomUuid(), new Uint8Array(16)]
  const lookups = [queries.selectRows(sql, [id], [stream]), queries.selectNames(sql, 3, id, 500)]
  // Of all that it costs PostgreSQL to find one, planning would be the larger part.
  await sql.begin(async (tx) => {
    for (let n = 0; n < 10; n++) await queries.selectRows(tx as unknown as Sql, [id], [stream])
    const [{ anew, once }] = await tx<[{ anew: number; once: number }]>`
      select custom_plans::int as anew, generic_plans::int as once from pg_prepared_statements
      where ltrim(statement, E' \\n') like 'select a.id, a.kind%'`
    // As often as it tries whether that pays.
    assert.ok(anew <= 5 && once >= 5, `${anew} planned anew, ${once} not`)
  })
  for (const lookup of lookups) {
    const { string } = await lookup.describe()
    const rows = await sql.unsafe(`explain (generic_plan, format json) ${string}`)
    const plan = JSON.stringify(rows)
    assert.doesNotMatch(plan, /Seq Scan","[^}]*"Relation Name":"(authority|ledger_leaf)"/, plan)
    assert.match(plan, /authority_key|authority_kind/)
  }
})
