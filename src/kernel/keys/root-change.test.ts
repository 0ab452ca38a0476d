import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  contextOf,
  equalBytes,
  keyedHash,
  randomKey,
  randomUuid,
  unwrapKey,
  uuidBytes,
} from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { testDatabase, type Scope } from '#test/kit/index.ts'
import { createKeys, KeysSealed, type Keys, type OpenerSecret } from './index.ts'
import * as queries from './queries.ts'
import { makeOpener } from './sealed-opener.ts'
import { atEnd, temporaryFolder } from '#test/kit/scope.ts'

const passphrase = { kind: 'passphrase', passphrase: 'seis palabras al azar y ya' } as const

async function house(t: Scope) {
  const { sql } = await testDatabase(t)
  const folder = temporaryFolder(t, 'sigilo-keys-')
  const secret = { kind: 'key-file', path: join(folder, 'key') } as const
  const keys = createKeys({ sql })
  atEnd(t, () => keys.seal())
  assert.deepEqual(await keys.initialise(secret), { status: 'open' })
  return { sql, secret, keys, folder }
}

async function opened(t: Scope, sql: Sql, secret: OpenerSecret): Promise<Keys> {
  const keys = createKeys({ sql })
  assert.deepEqual(await keys.unseal(secret), { status: 'open' })
  atEnd(t, () => keys.seal())
  return keys
}

async function mintStored(sql: Sql, keys: Keys) {
  const minted = await keys.mint(randomUuid())
  await sql`
    insert into compartment (compartment, epoch, generation, wrapped)
    values (${minted.compartment}::uuid, ${minted.epoch}::uuid, 1, ${minted.wrapped}::bytea)`
  return minted
}

async function loads(keys: Keys, { compartment, keys: wanted }: Awaited<ReturnType<typeof mintStored>>) {
  const found = (await keys.load([compartment])).get(compartment)
  return found !== undefined && equalBytes(keyedHash(found.record, 'x'), keyedHash(wanted.record, 'x'))
}

test('a new root key: the secret is the same, what was read is read, and the old root key opens nothing', async (t) => {
  const { sql, secret, keys } = await house(t)
  const minted = await mintStored(sql, keys)
  const locator = keyedHash(keys.locator, 'x')
  const before = await sql`select id, wrapped from keyring order by id`
  assert.deepEqual(await keys.rotateRoot(), { status: 'ok', root: 2 })
  assert.deepEqual(await keys.rotateRoot(), { status: 'ok', root: 3 })
  const after = await sql`select id, wrapped from keyring order by id`
  assert.deepEqual(
    after.map(({ id }) => id),
    before.map(({ id }) => id),
  )
  assert.ok(after.every(({ wrapped }, n) => !equalBytes(wrapped, before[n]!['wrapped'])))
  assert.ok(await loads(keys, minted))
  assert.ok(await loads(keys, await mintStored(sql, keys)))
  const other = await opened(t, sql, secret)
  assert.ok(await loads(other, minted))
  assert.deepEqual(keyedHash(other.locator, 'x'), locator)
})

test('another process that holds the old root key goes on, without anybody’s secret', async (t) => {
  const { sql, secret, keys } = await house(t)
  const [idle, busy, minting] = [
    await opened(t, sql, secret),
    await opened(t, sql, secret),
    await opened(t, sql, secret),
  ]
  const early = await mintStored(sql, minting)
  await keys.rotateRoot()
  const late = await mintStored(sql, keys)
  // At once: the first row that it reads tells it.
  assert.ok(await loads(busy, late))
  assert.ok(await loads(busy, await mintStored(sql, minting)))
  await keys.rotateRoot()
  await keys.rotateRoot()
  assert.ok(await loads(busy, await mintStored(sql, minting)))
  // And who has nothing to do looks by itself, so that no old root key stays in a memory.
  await delay(1000)
  assert.ok(await loads(idle, early))
  assert.equal(idle.state(), 'open')
  assert.deepEqual(await idle.rotateRoot(), { status: 'ok', root: 5 })
  assert.ok(await loads(keys, await mintStored(sql, keys)))
})

test('of processes that change the root key at once, each does, one after the other', async (t) => {
  const { sql, secret, keys } = await house(t)
  const all = [keys, await opened(t, sql, secret), await opened(t, sql, secret)]
  const minted = await Promise.all(all.map((each) => mintStored(sql, each)))
  const minting = (async () => {
    const more = []
    for (let n = 0; n < 20; n++) more.push(await mintStored(sql, all[n % 3]!))
    return more
  })()
  const done = await Promise.all(all.flatMap((each) => [each.rotateRoot(), each.rotateRoot()]))
  const roots = done.map((each) => (each.status === 'ok' ? each.root : 0)).toSorted((a, b) => a - b)
  assert.deepEqual(roots, [2, 3, 4, 5, 6, 7], JSON.stringify(done))
  const fresh = await opened(t, sql, secret)
  for (const each of [...minted, ...(await minting)]) assert.ok(await loads(fresh, each))
})

test('who learnt an old root key, and writes to the database, does not come by the next one', async (t) => {
  const { sql, secret, keys } = await house(t)
  const thief = randomKey()
  // A row among the processes, as one that holds the keys would have: only the root key makes its bond.
  const { opener } = await makeOpener(thief, { id: randomUuid(), kind: 'process', parameters: '1' })
  await queries.insertProcess(sql, opener, { root: 1, seals: 0, lift: false }, 600)
  const [before] = await queries.openers(sql)
  await keys.rotateRoot()
  const planted = await sql`select root from process where id = ${opener.id}::uuid`
  assert.deepEqual(Buffer.from(planted[0]!['root']), Buffer.from(opener.root), 'nothing was left for it')
  // An opener of his own is noticed, by name, and nothing is changed.
  await sql`insert into opener (id, kind, parameters, wrapped, recipient, bond, root, tag)
    values (${randomUuid()}::uuid, 'passphrase', '{}', ${new Uint8Array(138)}::bytea, ${opener.recipient},
      ${opener.bond}::bytea, ${opener.root}::bytea, ${opener.tag}::bytea)`
  assert.equal((await keys.rotateRoot()).status, 'opener-damaged')
  // Put back, the row of before gives a root key under which nothing stands.
  await sql`delete from opener where kind = 'passphrase'`
  await sql`update opener set root = ${before!.root}::bytea, tag = ${before!.tag}::bytea, bond = ${before!.bond}::bytea`
  assert.deepEqual(await createKeys({ sql }).unseal(secret), {
    status: 'opener-unreadable',
    kind: 'key-file',
  })
})

test('openers are added, replaced and removed while the house is open', async (t) => {
  const { sql, secret, keys } = await house(t)
  const minted = await mintStored(sql, keys)
  const other = await opened(t, sql, secret)
  assert.deepEqual(await keys.addOpener({ ...passphrase, passphrase: 'corta' }), {
    status: 'passphrase-too-short',
    charactersMin: 12,
  })
  assert.deepEqual(await keys.addOpener(passphrase), { status: 'ok' })
  const [first, second] = await keys.openers()
  assert.deepEqual([first?.kind, second?.kind], ['key-file', 'passphrase'])
  assert.ok(await loads(await opened(t, sql, passphrase), minted))
  assert.ok(await loads(await opened(t, sql, secret), minted))

  assert.deepEqual(await keys.removeOpener(randomUuid()).then(({ status }) => status), 'opener-absent')
  const kept = await sql`select * from opener where id = ${first!.id}::uuid`
  assert.deepEqual(await keys.removeOpener(first!.id), { status: 'ok' })
  assert.deepEqual(await keys.removeOpener(second!.id), { status: 'last-opener' })
  assert.equal((await createKeys({ sql }).unseal(secret)).status, 'no-such-opener')
  // Taken away for good: his copy of the row, put back, opens nothing.
  await sql`insert into opener ${sql(kept[0] as Record<string, never>)}`
  assert.deepEqual(await createKeys({ sql }).unseal(secret), {
    status: 'opener-unreadable',
    kind: 'key-file',
  })
  assert.equal((await keys.rotateRoot()).status, 'opener-damaged')
  assert.deepEqual(await keys.removeOpener(first!.id), { status: 'ok' })

  const anew = { ...passphrase, passphrase: 'otras seis palabras al azar' }
  const id = randomUuid()
  assert.deepEqual(await keys.replaceOpener([second!.id], anew, id), { status: 'ok' })
  assert.deepEqual(await keys.ownOpeners(), [id])
  assert.equal((await createKeys({ sql }).unseal(passphrase)).status, 'wrong-secret')
  assert.ok(await loads(await opened(t, sql, anew), minted))
  // Whoever was open through an opener that is gone stays open: it was let in.
  assert.ok(await loads(other, await mintStored(sql, keys)))
})

test('a change of openers that is interrupted at any statement changes nothing', async (t) => {
  const { sql, secret, keys, folder } = await house(t)
  const minted = await mintStored(sql, keys)
  const [opener] = await keys.openers()
  // Each step of the transaction in turn is made to fail by a trigger.
  const steps: [table: string, event: string][] = [
    ['keyring', 'update'],
    ['opener', 'delete'],
    ['opener', 'insert'],
    ['process', 'update'],
    ['vault', 'update'],
  ]
  await sql`create function fails() returns trigger language plpgsql as 'begin raise exception ''stopped here''; end'`
  for (const [table, event] of steps) {
    await sql.unsafe(`create trigger fails before ${event} on ${table} execute function fails()`)
    const other = { kind: 'key-file', path: join(folder, `${event}-${table}`) } as const
    await assert.rejects(keys.replaceOpener([opener!.id], other), /stopped here/, `${event} ${table}`)
    await sql.unsafe(`drop trigger fails on ${table}`)
    assert.deepEqual(await keys.openers(), [opener])
    assert.ok(await loads(await opened(t, sql, secret), minted), `${event} ${table}`)
  }
  assert.deepEqual(await keys.replaceOpener([opener!.id], passphrase), { status: 'ok' })
  assert.ok(await loads(await opened(t, sql, passphrase), minted))
  assert.ok(await loads(keys, await mintStored(sql, keys)))
})

test('two who take away each other’s opener do not leave the house without one', async (t) => {
  const { sql, secret, keys } = await house(t)
  await keys.addOpener(passphrase)
  const other = await opened(t, sql, secret)
  const [first, second] = await keys.openers()
  const done = await Promise.all([keys.removeOpener(first!.id), other.removeOpener(second!.id)])
  assert.deepEqual(done.map(({ status }) => status).toSorted(), ['last-opener', 'ok'])
  assert.equal((await keys.openers()).length, 1)
})

test('a process that was given no new root key closes, and does not go on with what it has', async (t) => {
  const { sql, secret, keys } = await house(t)
  const other = await opened(t, sql, secret)
  await sql`update process set seen_at = now() - interval '20 minutes'`
  await keys.rotateRoot()
  const minted = await mintStored(sql, keys)
  await assert.rejects(other.load([minted.compartment]), KeysSealed)
  assert.equal(other.state(), 'sealed')
  assert.ok(await loads(keys, minted))
})

test('a process whose row was lost enters again', async (t) => {
  const { sql, secret, keys } = await house(t)
  const other = await opened(t, sql, secret)
  await sql`delete from process`
  await delay(1000)
  assert.equal((await sql`select from process`).length, 2)
  await keys.rotateRoot()
  assert.ok(await loads(other, await mintStored(sql, keys)))
})

test('in the database no root key is under the one before', async (t) => {
  const { sql, secret, keys } = await house(t)
  await opened(t, sql, secret)
  const rows = async () => [
    ...(await sql`select id, bond from opener`),
    ...(await sql`select id, bond from process`),
  ]
  const first = await rows()
  await keys.rotateRoot()
  const second = await rows()
  assert.equal(first.length, 3)
  // Who has the first root key opens the first bonds, and none of the second.
  const old = randomKey()
  for (const { id, bond } of second) {
    assert.throws(() => unwrapKey(old, contextOf('opener bond', uuidBytes(id)), bond))
    assert.ok(!first.some((row) => equalBytes(row['bond'], bond)))
  }
})

test('a process that was ordered to be sealed, and has not obeyed, is given no new root key', async (t) => {
  const { sql, secret, keys } = await house(t)
  const halted = await opened(t, sql, secret)
  const [row] = await sql`select id, root from process order by seen_at desc, id limit 1`
  assert.ok(row)
  // As the database has it of a machine that was halted before the order, and is looked into afterwards.
  await sql`update process set seals = seals - 1 where id = ${row['id']}`
  assert.deepEqual(await keys.rotateRoot(), { status: 'ok', root: 2 })
  const [after] = await sql`select root from process where id = ${row['id']}`
  if (after) assert.ok(equalBytes(after['root'], row['root']))
  halted.seal()
})

test('a number that somebody sets back ends in a vault that is closed, and not in asking for ever', async (t) => {
  const { sql, secret, keys } = await house(t)
  const [own] = await sql`select * from process`
  const minted = await mintStored(sql, keys)
  assert.deepEqual(await keys.rotateRoot(), { status: 'ok', root: 2 })
  const other = await opened(t, sql, secret)
  await sql`update vault set root = 1`
  await assert.rejects(other.load([minted.compartment]), KeysSealed)
  assert.equal(other.state(), 'sealed')
  // With its own row as it was before, so that the root key of before is found there.
  await sql`update process set root = ${own!['root']}, bond = ${own!['bond']}, tag = ${own!['tag']} where id = ${own!['id']}`
  await assert.rejects(keys.makeKeyringKey('directory'), /set back|sealed/)
  await assert.rejects(keys.rotateRoot(), /set back|sealed/)
})

test('a row of a former opener does not stand in the way of that of now', async (t) => {
  const { sql, secret, keys } = await house(t)
  const [before] = await sql`select * from opener`
  // With the same secret, as openers are whose keys the same device keeps.
  assert.deepEqual(await keys.replaceOpener([before!['id']], secret), { status: 'ok' })
  await sql`insert into opener ${sql(before as Record<string, never>)}`
  assert.equal((await keys.openers())[0]?.id, before!['id'])
  await opened(t, sql, secret)
})
