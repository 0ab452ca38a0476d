import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '#kernel/db/index.ts'
import { randomBytes } from '#kernel/crypto/index.ts'
import type { Act, Commitment } from '#kernel/ledger/index.ts'
import { testDatabase } from '#test/kit/index.ts'
import { testVault } from '#test/kit/vault.ts'
import { keyCommitments, KeyRows } from './key-rows.ts'
import { tables } from './verifying.ts'

test('every table is looked at', async (t) => {
  const { sql } = await testDatabase(t)
  const found = await sql<{ name: string }[]>`
    select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`
  assert.deepEqual(tables.toSorted(), found.map(({ name }) => name).toSorted())
})

const bytes = randomBytes(16)
const actOf = (more: {
  outcome: Act['outcome']
  commitments?: Commitment[]
  id?: number
  action?: Act['action']
}): Act => ({
  id: bytes,
  act: Buffer.alloc(16, more.id ?? 1),
  recordedAtMs: Date.now() + 20_000,
  action: more.action ?? 'key',
  outcome: more.outcome,
  stream: bytes,
  actor: bytes,
  client: bytes,
  address: bytes,
  commitments: more.commitments ?? [],
  details: bytes,
})

test('openers and the keyring are held against the newest act that changed them', async (t) => {
  const { sql, keys, superuserUrl } = await testVault(t)
  await keys.mint('00000000-0000-4000-8000-000000000000')
  const superuser = connect(superuserUrl, { max: 1 })
  t.after(() => superuser.end())
  const commitments = await keyCommitments(sql)
  const after = (...acts: Act[]): KeyRows => {
    const rows = new KeyRows()
    for (const act of acts) rows.take(act)
    return rows
  }
  const half = Math.ceil(commitments.length / 2)
  const done = [
    actOf({ outcome: 'begun' }),
    // Of one act, in two entries.
    actOf({ outcome: 'done', commitments: commitments.slice(0, half) }),
    actOf({ outcome: 'done', commitments: commitments.slice(half) }),
  ]
  const wrongs = async (rows = after(...done)) =>
    (await rows.compare(sql)).map(({ what, of }) => `${of} ${what}`)
  assert.deepEqual(await wrongs(), [])
  assert.equal(after().known, false)
  assert.equal(after(...done, actOf({ outcome: 'begun', id: 2 })).known, false)
  assert.equal(after(...done, actOf({ outcome: 'done', action: 'read', id: 3 })).known, true)

  await superuser`update opener set tag = set_byte(tag, 0, get_byte(tag, 0) # 1)`
  assert.deepEqual(await wrongs(), ['opener altered'])
  await superuser`update opener set tag = set_byte(tag, 0, get_byte(tag, 0) # 1)`
  await superuser`create temporary table kept as table opener`
  await superuser`update kept set id = gen_random_uuid()`
  await superuser`insert into opener table kept`
  assert.deepEqual(await wrongs(), ['opener added'])
  await superuser`delete from opener`
  assert.deepEqual(await wrongs(), ['opener missing'])
  await superuser`update keyring set wrapped = set_byte(wrapped, 90, get_byte(wrapped, 90) # 1) where purpose = 'epoch'`
  assert.deepEqual(await wrongs(), ['opener missing', 'keyring altered'])
})

test('a key that was destroyed and is put back is named, whatever its row says of its time', async (t) => {
  const { sql, keys, superuserUrl } = await testVault(t)
  await keys.mint('00000000-0000-4000-8000-000000000000')
  const superuser = connect(superuserUrl, { max: 1 })
  t.after(() => superuser.end())
  const rows = new KeyRows()
  rows.take(actOf({ outcome: 'done', commitments: await keyCommitments(sql) }))
  await superuser`create temporary table aside as select * from keyring where purpose = 'epoch'`
  const [gone] = await superuser<{ id: string }[]>`delete from keyring where purpose = 'epoch' returning id`
  rows.take(actOf({ outcome: 'done', id: 2, commitments: await keyCommitments(sql) }))
  assert.deepEqual(await rows.compare(sql), [])
  // As new as one that was made since, of which no act knows.
  await superuser`update aside set created_at = now() + interval '1 hour', retired_at = null`
  await superuser`insert into keyring select * from aside`
  assert.deepEqual(await rows.compare(sql), [{ what: 'altered', of: 'keyring', name: gone?.id }])
  await superuser`update keyring set id = gen_random_uuid() where id = ${gone!.id}::uuid`
  assert.deepEqual(await rows.compare(sql), [])
})
