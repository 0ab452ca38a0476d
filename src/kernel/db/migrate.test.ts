import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { rooms, testDatabase } from '#test/kit/index.ts'
import { connect, migrate } from './index.ts'
import { atEnd, temporaryFolder } from '#test/kit/scope.ts'

async function folderOf(t: TestContext, files: Record<string, string>) {
  const folder = temporaryFolder(t, 'sigilo-migrations-')
  const write = (name: string, text: string) => writeFile(join(folder, name), text)
  for (const [name, text] of Object.entries(files)) await write(name, text)
  return { folder, write }
}

const two = {
  '0001-create.sql': 'create table thing (id int4 primary key);\ninsert into thing values (1);',
  '0002-more.sql': 'alter table thing add column note text;',
}

test('applies what is missing, in order, once', async (t) => {
  const { sql } = await testDatabase(t, { empty: true })
  const { folder, write } = await folderOf(t, two)
  const sets = [{ room: 'things', folder }]
  const first = { room: 'things', number: 1, name: 'create' }
  const second = { room: 'things', number: 2, name: 'more' }
  assert.deepEqual(await migrate(sql, sets), { status: 'migrated', applied: [first, second] })
  assert.deepEqual(await migrate(sql, sets), { status: 'migrated', applied: [] })
  await write('0003-again.sql', 'insert into thing values (2)')
  assert.deepEqual(await migrate(sql, sets), {
    status: 'migrated',
    applied: [{ room: 'things', number: 3, name: 'again' }],
  })
  assert.equal((await sql`select from thing`).length, 2)
})

test('rooms go in the order given, each with its own numbers', async (t) => {
  const { sql } = await testDatabase(t, { empty: true })
  const lower = await folderOf(t, { '0001-a.sql': 'create table a (id int4 primary key)' })
  const upper = await folderOf(t, { '0001-b.sql': 'create table b (id int4 references a)' })
  const sets = [
    { room: 'lower', folder: lower.folder },
    { room: 'upper', folder: upper.folder },
  ]
  const migrated = await migrate(sql, sets)
  assert.deepEqual(migrated.status === 'migrated' && migrated.applied.map((row) => row.room), [
    'lower',
    'upper',
  ])
})

test('refuses a file that changed, and says which', async (t) => {
  const { sql } = await testDatabase(t, { empty: true })
  const { folder, write } = await folderOf(t, two)
  const sets = [{ room: 'things', folder }]
  await migrate(sql, sets)
  await write('0001-create.sql', `${two['0001-create.sql']} `)
  const refused = await migrate(sql, sets)
  assert.equal(refused.status, 'migration-changed')
  assert.match(refused.message, /things\/migrations\/0001-create\.sql is not the text that was applied/)
})

test('refuses a database which a newer program has migrated', async (t) => {
  const { sql } = await testDatabase(t, { empty: true })
  const { folder } = await folderOf(t, two)
  await migrate(sql, [{ room: 'things', folder }])
  const older = await folderOf(t, { '0001-create.sql': two['0001-create.sql'] })
  const refused = await migrate(sql, [{ room: 'things', folder: older.folder }])
  assert.equal(refused.status, 'database-newer')
  assert.match(refused.message, /0002-more\.sql/)
  assert.equal((await migrate(sql, [])).status, 'database-newer')
})

test('a migration that fails leaves nothing behind, and is named', async (t) => {
  const { sql } = await testDatabase(t, { empty: true })
  const { folder, write } = await folderOf(t, {
    ...two,
    '0003-bad.sql': 'create table other (); select 1/0;',
  })
  await assert.rejects(
    migrate(sql, [{ room: 'things', folder }]),
    /migration things 3 \(bad\) failed: division by zero/,
  )
  const [tables] = await sql`select to_regclass('thing') as thing, to_regclass('other') as other`
  assert.deepEqual({ ...tables }, { thing: null, other: null })
  await write('0003-bad.sql', 'create table other ()')
  assert.equal((await migrate(sql, [{ room: 'things', folder }])).status, 'migrated')
})

test('refuses gaps and misnamed files', async (t) => {
  const { sql } = await testDatabase(t, { empty: true })
  for (const files of [{ '0002-b.sql': '' }, { '0001-a.sql': '', '0001-b.sql': '' }, { '1-a.sql': '' }]) {
    const { folder } = await folderOf(t, files)
    await assert.rejects(migrate(sql, [{ room: 'things', folder }]), /numbered without gaps/)
  }
})

test('processes that race both succeed, and each migration runs once', async (t) => {
  const { url, sql } = await testDatabase(t, { empty: true })
  const { folder } = await folderOf(t, two)
  const racers = Array.from({ length: 6 }, () => connect(url, { max: 2 }))
  atEnd(t, () => Promise.all(racers.map((racer) => racer.end())))
  const results = await Promise.all(racers.map((racer) => migrate(racer, [{ room: 'things', folder }])))
  const counts = results.map((result) => (result.status === 'migrated' ? result.applied.length : -1))
  assert.deepEqual(
    counts.toSorted((a, b) => b - a),
    [2, 0, 0, 0, 0, 0],
  )
  assert.equal((await sql`select from thing`).length, 1)
})

test('the rooms of this program apply again to a migrated database', async (t) => {
  const { sql } = await testDatabase(t)
  assert.deepEqual(await migrate(sql, rooms), { status: 'migrated', applied: [] })
})
