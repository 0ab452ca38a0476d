import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { contextOf, KeyZeroed, randomUuid, seal } from '#kernel/crypto/index.ts'
import { testDatabase, type Scope } from '#test/kit/index.ts'
import { createKeys, KeysSealed, type Keys } from './index.ts'
import { atEnd, temporaryFolder } from '#test/kit/scope.ts'

async function house(t: Scope, processes: number) {
  const { sql } = await testDatabase(t)
  const folder = temporaryFolder(t, 'sigilo-keys-')
  const secret = { kind: 'key-file', path: join(folder, 'key') } as const
  const all: Keys[] = []
  for (let n = 0; n < processes; n++) {
    const keys = createKeys({ sql })
    atEnd(t, () => keys.seal())
    assert.deepEqual(await (n === 0 ? keys.initialise(secret) : keys.unseal(secret)), { status: 'open' })
    all.push(keys)
  }
  return { sql, secret, all }
}

test('ordered once, every process has zeroed its keys when the order is answered', async (t) => {
  const { all } = await house(t, 4)
  const held = await Promise.all(all.map(async (keys) => (await keys.mint(randomUuid())).keys.record))
  let told = 0
  for (const keys of all) keys.onForget((compartment) => void (compartment ?? told++))
  const began = performance.now()
  assert.deepEqual(await all[0]!.sealEverywhere(), { closed: 3, silent: 0 })
  const took = performance.now() - began
  t.diagnostic(`${took.toFixed(0)} ms`)
  // 0.2 s where the processors are free; other tests may have them.
  assert.ok(took < 4000, `${took} ms`)
  assert.equal(told, 4)
  for (const keys of all) {
    assert.equal(keys.state(), 'sealed')
    await assert.rejects(keys.load([randomUuid()]), KeysSealed)
  }
  for (const key of held) assert.throws(() => seal(key, contextOf('test'), Buffer.from('x')), KeyZeroed)
})

test('it stays sealed by any secret that lies ready, until a person unseals', async (t) => {
  const { sql, secret, all } = await house(t, 2)
  await all[0]!.sealEverywhere()
  const started = createKeys({ sql })
  atEnd(t, () => started.seal())
  const byItself = await started.unseal(secret, { byItself: true })
  assert.equal(byItself.status, 'sealed-by-order')
  assert.equal(started.state(), 'sealed')
  assert.deepEqual(await all[1]!.unseal(secret), { status: 'open' })
  assert.deepEqual(await started.unseal(secret, { byItself: true }), { status: 'open' })
  assert.equal(all[0]!.state(), 'sealed')
})

test('an order that is lifted at once is obeyed all the same', async (t) => {
  const { sql, secret, all } = await house(t, 2)
  const [here, there] = all as [Keys, Keys]
  // Nobody waits for the other: it is opened here again before that one has looked.
  await sql`update vault set seals = seals + 1, sealed_at = now()`
  here.seal()
  assert.deepEqual(await here.unseal(secret), { status: 'open' })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  assert.equal(there.state(), 'sealed')
  assert.equal(here.state(), 'open')
})

test('whoever orders while another unseals has the last word', async (t) => {
  const { sql, secret, all } = await house(t, 1)
  for (let n = 0; n < 10; n++) {
    const other = createKeys({ sql })
    atEnd(t, () => other.seal())
    const [unsealed, ordered] = await Promise.all([other.unseal(secret), all[0]!.sealEverywhere()])
    assert.equal(ordered.silent, 0)
    if (unsealed.status === 'open') {
      // It opened before the order, and was closed by it; or it came after it, and lifted it.
      const [vault] = await sql`select sealed_at is not null as stands from vault`
      assert.equal(other.state(), vault!['stands'] ? 'sealed' : 'open')
    } else assert.equal(unsealed.status, 'sealed-meanwhile')
    other.seal()
  }
})

test('a process that is not heard of is counted, and closes when it is back', async (t) => {
  const { sql, all } = await house(t, 2)
  await sql`insert into process (id, seals, recipient, bond, root, tag, seen_at)
    select ${randomUuid()}::uuid, seals, recipient, bond, root, tag, now() - interval '1 minute' from process limit 1`
  const began = performance.now()
  assert.deepEqual(await all[0]!.sealEverywhere(), { closed: 1, silent: 1 })
  assert.ok(performance.now() - began < 4000, 'it is not waited for')
})

test('a row that says it is there and obeys no order is not waited for without end', async (t) => {
  const { sql, all } = await house(t, 2)
  await sql`insert into process (id, seals, recipient, bond, root, tag, seen_at)
    select ${randomUuid()}::uuid, seals, recipient, bond, root, tag, now() + interval '1 day' from process limit 1`
  assert.deepEqual(await all[0]!.sealEverywhere(), { closed: 1, silent: 1 })
})

test('a vault that is sealed can be ordered to be, without a key', async (t) => {
  const { sql, secret, all } = await house(t, 1)
  const keyless = createKeys({ sql })
  assert.deepEqual(await keyless.sealEverywhere(), { closed: 1, silent: 0 })
  assert.equal(all[0]!.state(), 'sealed')
  assert.deepEqual(await keyless.sealEverywhere(), { closed: 0, silent: 0 })
  assert.equal((await keyless.unseal(secret, { byItself: true })).status, 'sealed-by-order')
})

test('a process that ends is not waited for', async (t) => {
  const { sql, all } = await house(t, 2)
  all[1]!.seal()
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal((await sql`select from process`).length, 1)
  assert.deepEqual(await all[0]!.sealEverywhere(), { closed: 0, silent: 0 })
})
