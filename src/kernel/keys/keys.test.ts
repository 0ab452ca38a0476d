import assert from 'node:assert/strict'
import { chmod, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import { contextOf, equalBytes, KeyZeroed, keyedHash, open, randomUuid, seal } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { testDatabase, type Scope } from '#test/kit/index.ts'
import { attemptsFree, attemptWaitMsMin } from './attempts.ts'
import {
  createKeys,
  KeysSealed,
  type Keys,
  type KeysOptions,
  type Minted,
  type OpenerSecret,
} from './index.ts'
import * as queries from './queries.ts'
import { temporaryFolder } from '#test/kit/scope.ts'

const passphrase: OpenerSecret = { kind: 'passphrase', passphrase: 'correct horse battery' }
const context = contextOf('test')
const text = Buffer.from('some text')

/** A house of its own, opened by a key file, which is quick. */
async function house(t: Scope, options: Omit<KeysOptions, 'sql'> = {}) {
  const { sql } = await testDatabase(t)
  const secret: OpenerSecret = { kind: 'key-file', path: join(await folder(t), 'key') }
  const keys = createKeys({ sql, ...options })
  assert.deepEqual(await keys.initialise(secret), { status: 'open' })
  return { sql, secret, keys }
}

async function folder(t: Scope): Promise<string> {
  const made = temporaryFolder(t, 'sigilo-keys-')
  return made
}

async function store(sql: Sql, { compartment, epoch, generation, wrapped }: Minted): Promise<void> {
  await sql`
    insert into compartment (compartment, epoch, generation, wrapped)
    values (${compartment}::uuid, ${epoch}::uuid, ${generation}::int, ${wrapped}::bytea)
  `
}

async function mintStored(sql: Sql, keys: Keys): Promise<Minted> {
  const minted = await keys.mint(randomUuid())
  await store(sql, minted)
  return minted
}

test('a passphrase opens the house, another does not', async (t) => {
  const { sql } = await testDatabase(t)
  const first = createKeys({ sql })
  assert.deepEqual(await first.unseal(passphrase), { status: 'not-initialised' })
  assert.deepEqual(await first.initialise({ kind: 'passphrase', passphrase: 'short' }), {
    status: 'passphrase-too-short',
    charactersMin: 12,
  })
  assert.deepEqual(await first.initialise(passphrase), { status: 'open' })
  assert.deepEqual(await first.initialise(passphrase), { status: 'already-initialised' })
  const minted = await mintStored(sql, first)
  const sealed = seal(minted.keys.record, context, text)
  const locator = keyedHash(first.locator, 'x')

  const second = createKeys({ sql })
  assert.equal(second.state(), 'sealed')
  const wrong: OpenerSecret = { kind: 'passphrase', passphrase: 'incorrect horse battery' }
  assert.deepEqual(await second.unseal(wrong), { status: 'wrong-secret', wrong: 1 })
  assert.deepEqual(await second.unseal({ kind: 'key-file', path: '/nowhere' }), {
    status: 'no-such-opener',
    kind: 'key-file',
    kinds: ['passphrase'],
  })
  assert.equal(second.state(), 'sealed')
  assert.deepEqual(await second.unseal(passphrase), { status: 'open' })
  const loaded = await second.load([minted.compartment])
  assert.deepEqual(
    Buffer.from(open(loaded.get(minted.compartment)?.record ?? second.token, context, sealed)),
    text,
  )
  assert.ok(equalBytes(keyedHash(second.locator, 'x'), locator), 'index keys are stable')
})

test('stored Argon2id costs are bounded, and bound to the wrap', async (t) => {
  const { sql } = await testDatabase(t)
  await createKeys({ sql }).initialise(passphrase)
  const keys = createKeys({ sql })
  const [opener] = await queries.openers(sql)
  const stored = JSON.parse(opener?.parameters ?? '')
  assert.deepEqual([stored.kdf, stored.memoryKiB, stored.passes, stored.lanes], ['argon2id', 131072, 3, 4])
  for (const change of [
    { memoryKiB: 2 ** 40 },
    { memoryKiB: 8 },
    { passes: 0 },
    { lanes: 1000 },
    { kdf: 'x' },
    { salt: '' },
  ]) {
    await sql`update opener set parameters = ${JSON.stringify({ ...stored, ...change })}`
    assert.deepEqual(await keys.unseal(passphrase), { status: 'opener-unreadable', kind: 'passphrase' })
  }
  await sql`update opener set parameters = '[' `
  assert.deepEqual(await keys.unseal(passphrase), { status: 'opener-unreadable', kind: 'passphrase' })
  await sql`update opener set parameters = ${` ${opener?.parameters}`}`
  assert.deepEqual(await keys.unseal(passphrase), { status: 'wrong-secret', wrong: 1 })
})

test('a key file must be ours alone', async (t) => {
  const { sql, secret } = await house(t)
  assert.ok(secret.kind === 'key-file')
  const { path } = secret
  const elsewhere = join(await folder(t), 'other')
  const refusal = async (file: string) => {
    const { status, ...rest } = await createKeys({ sql }).unseal({ kind: 'key-file', path: file })
    return { status, ...rest, path: undefined }
  }
  assert.deepEqual(await refusal(elsewhere), refused('absent'))
  await symlink(path, elsewhere)
  assert.deepEqual(await refusal(elsewhere), refused('not-a-file'))
  assert.deepEqual(await refusal(tmpdir()), refused('not-a-file'))
  for (const mode of [0o640, 0o604, 0o620, 0o666]) {
    await chmod(path, mode)
    assert.deepEqual(await refusal(path), refused('open-to-others', { mode }))
  }
  await chmod(path, 0o400)
  assert.equal((await refusal(path)).status, 'open')
  const short = join(await folder(t), 'short')
  await writeFile(short, new Uint8Array(31), { mode: 0o600 })
  assert.deepEqual(await refusal(short), refused('wrong-length'))
  const wrong = join(await folder(t), 'wrong')
  await writeFile(wrong, new Uint8Array(32), { mode: 0o600 })
  assert.equal((await refusal(wrong)).status, 'wrong-secret')
})

function refused(reason: string, more = {}) {
  return { status: 'key-file-refused', path: undefined, reason, ...more }
}

test('a start that died after writing the key file begins again with it', async (t) => {
  const { sql } = await testDatabase(t)
  const path = join(await folder(t), 'key')
  await writeFile(path, Buffer.alloc(32, 7), { mode: 0o600 })
  assert.deepEqual(await createKeys({ sql }).initialise({ kind: 'key-file', path }), { status: 'open' })
  assert.deepEqual(await createKeys({ sql }).unseal({ kind: 'key-file', path }), { status: 'open' })
})

test('of two that make a house at once, one does', async (t) => {
  const { sql } = await testDatabase(t)
  const path = join(await folder(t), 'key')
  const made = await Promise.all(
    [1, 2, 3].map(() => createKeys({ sql }).initialise({ kind: 'key-file', path })),
  )
  assert.deepEqual(made.map(({ status }) => status).toSorted(), [
    'already-initialised',
    'already-initialised',
    'open',
  ])
  assert.equal((await queries.openers(sql)).length, 1)
})

test('wrong secrets in a row have to wait, longer each time; the right one clears it', async (t) => {
  let now = 0
  const { sql, secret } = await house(t)
  const wrong: OpenerSecret = { kind: 'key-file', path: join(await folder(t), 'wrong') }
  await writeFile(wrong.path, new Uint8Array(32), { mode: 0o600 })
  const keys = createKeys({ sql, now: () => now })
  for (let i = 1; i <= attemptsFree; i++) {
    assert.deepEqual(await keys.unseal(wrong), { status: 'wrong-secret', wrong: i })
  }
  assert.deepEqual(await keys.unseal(secret), { status: 'too-many-attempts', retryAfterMs: attemptWaitMsMin })
  now += attemptWaitMsMin
  assert.equal((await keys.unseal(wrong)).status, 'wrong-secret')
  now += attemptWaitMsMin
  assert.deepEqual(await keys.unseal(secret), { status: 'too-many-attempts', retryAfterMs: attemptWaitMsMin })
  now += attemptWaitMsMin
  const both = await Promise.all([keys.unseal(secret), keys.unseal(secret)])
  assert.deepEqual(
    both.map(({ status }) => status).toSorted(),
    ['open', 'too-many-attempts'],
    'one at a time',
  )
  keys.seal()
  assert.deepEqual(await keys.unseal(wrong), { status: 'wrong-secret', wrong: 1 })
})

test('sealed: no key is given, and none that was given works', async (t) => {
  const { sql, secret, keys } = await house(t)
  const kept = await mintStored(sql, keys)
  keys.keep(kept.compartment, kept.keys)
  const notKept = await mintStored(sql, keys)
  const { locator } = keys
  const { record } = kept.keys
  const loading = keys.load([notKept.compartment])
  keys.seal()
  await assert.rejects(loading, KeysSealed)
  assert.equal(keys.state(), 'sealed')
  for (const name of ['locator', 'directory', 'token'] as const) assert.throws(() => keys[name], KeysSealed)
  for (const key of [locator, record]) assert.throws(() => seal(key, context, text), KeyZeroed)
  for (const held of [kept.keys, notKept.keys]) assert.throws(() => held.identity, KeyZeroed)
  await assert.rejects(keys.mint(randomUuid()), KeysSealed)
  await assert.rejects(keys.load([kept.compartment]), KeysSealed)
  assert.equal(keys.cached(kept.compartment), undefined)
  keys.keep(kept.compartment, kept.keys)
  assert.equal(keys.cached(kept.compartment), undefined)
  keys.seal()
  assert.deepEqual(await keys.unseal(secret), { status: 'open' })
  assert.equal((await keys.load([kept.compartment, notKept.compartment])).size, 2)
})

test('sealed while a patient key is being minted: nothing comes of it', async (t) => {
  const { keys } = await house(t)
  const minting = keys.mint(randomUuid())
  keys.seal()
  await assert.rejects(minting, KeysSealed)
})

test('the four keys of a compartment differ, and those of another too', async (t) => {
  const { sql, keys } = await house(t)
  const [one, other] = [await mintStored(sql, keys), await mintStored(sql, keys)]
  const all = [one, other].flatMap(({ keys: { record, identity, index, pseudonym } }) => [
    record,
    identity,
    index,
    pseudonym,
  ])
  all.push(keys.locator, keys.directory, keys.token)
  assert.equal(new Set(all.map((key) => Buffer.from(keyedHash(key, 'x')).toString('hex'))).size, 11)
})

test('absent and shredded compartments are absent', async (t) => {
  const { sql, keys } = await house(t)
  const [one, shredded, lost] = [
    await mintStored(sql, keys),
    await mintStored(sql, keys),
    await mintStored(sql, keys),
  ]
  await sql`update compartment set wrapped = null where compartment = ${shredded.compartment}::uuid`
  await sql`update compartment set epoch = ${randomUuid()}::uuid where compartment = ${lost.compartment}::uuid`
  const found = await keys.load([one.compartment, shredded.compartment, lost.compartment, randomUuid()])
  assert.deepEqual([...found.keys()], [one.compartment])
})

test('rows that were swapped or altered do not open, and strangers in the batch do not notice', async (t) => {
  const { sql, keys, secret } = await house(t, { epochCompartmentsMax: 1 })
  const [a, b, stranger] = [
    await mintStored(sql, keys),
    await mintStored(sql, keys),
    await mintStored(sql, keys),
  ]
  assert.equal(new Set([a.epoch, b.epoch, stranger.epoch]).size, 3)
  const attempt = async () => {
    keys.seal()
    await keys.unseal(secret)
    const good = keys.load([stranger.compartment])
    const results = await Promise.allSettled([keys.load([a.compartment]), keys.load([b.compartment]), good])
    return results.map((each) => (each.status === 'fulfilled' ? each.value.size : String(each.reason.reason)))
  }
  const put = async (row: Minted, change: Partial<Minted>) => {
    const { epoch, generation, wrapped } = { ...row, ...change }
    await sql`
      update compartment set epoch = ${epoch}::uuid, generation = ${generation}::int, wrapped = ${wrapped}::bytea
      where compartment = ${row.compartment}::uuid
    `
  }
  assert.deepEqual(await attempt(), [1, 1, 1])
  await put(a, { epoch: b.epoch, wrapped: b.wrapped })
  await put(b, { epoch: a.epoch, wrapped: a.wrapped })
  assert.deepEqual(await attempt(), ['commitment', 'commitment', 1], 'swapped between compartments')
  await put(a, { generation: 2 })
  await put(b, { epoch: a.epoch })
  assert.deepEqual(await attempt(), ['commitment', 'commitment', 1], 'other generation, other epoch')
  await put(a, {})
  await put(b, {})
  await sql`
    update keyring set wrapped = case id when ${a.epoch}::uuid then (select wrapped from keyring where id = ${b.epoch}::uuid)
      else (select wrapped from keyring where id = ${a.epoch}::uuid) end
    where id in (${a.epoch}::uuid, ${b.epoch}::uuid)
  `
  assert.deepEqual(await attempt(), ['commitment', 'commitment', 1], 'epoch keys swapped')
})

test('an epoch key put in the place of the index key does not open the house', async (t) => {
  const { sql, keys, secret } = await house(t)
  const { epoch } = await keys.mint(randomUuid())
  await sql`update keyring set wrapped = (select wrapped from keyring where id = ${epoch}::uuid) where purpose = 'index'`
  assert.deepEqual(await createKeys({ sql }).unseal(secret), {
    status: 'opener-unreadable',
    kind: 'key-file',
  })
})

test('an epoch takes no more than its limit, also when many mint at once; a restart begins a new one', async (t) => {
  const { sql, keys, secret } = await house(t, { epochCompartmentsMax: 10 })
  const minted = await Promise.all(Array.from({ length: 95 }, () => keys.mint(randomUuid())))
  const sizes = new Map<string, number>()
  for (const { epoch } of minted) sizes.set(epoch, (sizes.get(epoch) ?? 0) + 1)
  assert.deepEqual(
    [...sizes.values()].toSorted((x, y) => x - y),
    [5, ...Array(9).fill(10)],
  )
  // Each was committed before it was used.
  assert.equal((await queries.keyringKeys(sql, [...sizes.keys()])).length, 10)
  const other = createKeys({ sql })
  await other.unseal(secret)
  assert.ok(!sizes.has((await other.mint(randomUuid())).epoch))
})

test('a failed start of an epoch fails who waits for it, and the next mint begins anew', async (t) => {
  const { sql, keys } = await house(t)
  await sql`alter table keyring rename to elsewhere`
  const failed = await Promise.allSettled([keys.mint(randomUuid()), keys.mint(randomUuid())])
  assert.ok(failed.every(({ status }) => status === 'rejected'))
  await sql`alter table elsewhere rename to keyring`
  assert.ok(await keys.mint(randomUuid()))
})

test('another process opens what this one minted', async (t) => {
  const { sql, keys, secret } = await house(t)
  const other = createKeys({ sql })
  await other.unseal(secret)
  const minted = await mintStored(sql, keys)
  const sealed = seal(minted.keys.identity, context, text)
  const found = (await other.load([minted.compartment])).get(minted.compartment)
  assert.ok(found)
  assert.deepEqual(Buffer.from(open(found.identity, context, sealed)), text)
  assert.equal(other.cached(minted.compartment), found)
})

test('keys forgotten while their row was on its way do not come back', async (t) => {
  const { sql, keys } = await house(t)
  const minted = await mintStored(sql, keys)
  const loading = keys.load([minted.compartment])
  // The query leaves at the end of this turn.
  await setImmediate()
  keys.forget(minted.compartment)
  assert.equal((await loading).size, 0)
  assert.equal(keys.cached(minted.compartment), undefined)
  const found = (await keys.load([minted.compartment])).get(minted.compartment)
  assert.ok(found)
  keys.forget(minted.compartment)
  assert.throws(() => seal(found.record, context, text), KeyZeroed)
})

test('keys that leave the cache still work for who holds them', async (t) => {
  const { sql, keys } = await house(t, { cachedCompartmentsMax: 2 })
  const minted = [await mintStored(sql, keys), await mintStored(sql, keys), await mintStored(sql, keys)]
  const found = await keys.load(minted.map(({ compartment }) => compartment))
  assert.equal(found.size, 3)
  const [first] = minted
  assert.ok(first)
  assert.equal(keys.cached(first.compartment), undefined)
  const held = found.get(first.compartment)
  assert.ok(held && seal(held.record, context, text))
  keys.seal()
  assert.throws(() => seal(held.record, context, text), KeyZeroed)
})

test('nothing that keys give shows a key', async (t) => {
  const { keys } = await house(t)
  const minted = await keys.mint(randomUuid())
  const shown = inspect([keys, minted.keys], { depth: 9, showHidden: true, getters: true })
  assert.match(shown, /\[SealKey\]/)
  assert.doesNotMatch(shown, /Uint8Array\(32\)/)
})

test('the tables refuse what cannot be', async (t) => {
  const { sql, keys } = await house(t)
  const { epoch, wrapped } = await keys.mint(randomUuid())
  const insert = (generation: number, bytes: Uint8Array) =>
    sql`insert into compartment (compartment, epoch, generation, wrapped)
        values (${randomUuid()}::uuid, ${epoch}::uuid, ${generation}::int, ${bytes}::bytea)`
  await assert.rejects(insert(0, wrapped), { constraint_name: 'compartment_generation_positive' })
  await assert.rejects(insert(1, new Uint8Array(32)), { constraint_name: 'compartment_wrapped_is_one_key' })
  await assert.rejects(async () => sql`update keyring set purpose = 'other'`, {
    constraint_name: 'keyring_purpose_known',
  })
  await assert.rejects(async () => sql`update opener set kind = 'none'`, {
    constraint_name: 'opener_kind_known',
  })
})

test('whoever seals while another unseals has the last word', async (t) => {
  const { sql, secret } = await house(t)
  const keys = createKeys({ sql })
  const unsealing = keys.unseal(secret)
  keys.seal()
  assert.deepEqual(await unsealing, { status: 'sealed-meanwhile' })
  assert.equal(keys.state(), 'sealed')
  assert.deepEqual(await keys.unseal(secret), { status: 'open' })
})
