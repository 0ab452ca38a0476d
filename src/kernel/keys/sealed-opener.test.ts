import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  ageRecipient,
  wrapKey,
  contextOf,
  equalBytes,
  keyedHash,
  keyOf,
  randomKey,
  randomUuid,
  uuidBytes,
} from '#kernel/crypto/index.ts'
import { testDatabase } from '#test/kit/index.ts'
import { createKeys, type OpenerSecret } from './index.ts'
import { wrapKeyringKey } from './keyring.ts'
import * as queries from './queries.ts'
import { makeOpener, rootOf, secretsOf, succeed, type SealedOpener } from './sealed-opener.ts'
import { temporaryFolder } from '#test/kit/scope.ts'

const same = (a: Parameters<typeof keyedHash>[0], b: Parameters<typeof keyedHash>[0]) =>
  equalBytes(keyedHash(a, 'x'), keyedHash(b, 'x'))

const place = () => ({ id: randomUuid(), kind: 'passphrase', parameters: '{"a":1}' })

test('an opener gives its root to who has its key, and to nobody else', async () => {
  const [root, key] = [randomKey(), randomKey()]
  const { opener, secrets } = await makeOpener(root, place(), key)
  assert.equal(opener.wrapped?.length, 138)
  assert.match(opener.recipient, /^age1pq1[0-9a-z]{1952}$/)
  assert.match(Buffer.from(opener.root).toString('latin1'), /^age-encryption\.org\/v1\n-> mlkem768x25519 /)
  const found = secretsOf(opener, key)
  assert.ok(found && same(found.seed, secrets.seed) && same(found.bond, secrets.bond))
  const opened = await rootOf(opener, found)
  assert.ok(opened && same(opened, root))
  assert.equal(secretsOf(opener, randomKey()), undefined)
  assert.equal(secretsOf({ ...opener, parameters: '{}' }, key), undefined)
  assert.equal(secretsOf({ ...opener, id: randomUuid() }, key), undefined)
  assert.equal(secretsOf({ ...opener, kind: 'key-file' }, key), undefined)
  assert.equal(secretsOf({ ...opener, wrapped: null }, key), undefined)
})

test('a new root reaches each opener without its secret, and who has the old one does not get it', async () => {
  const [old, next, key] = [randomKey(), randomKey(), randomKey()]
  const { opener, secrets } = await makeOpener(old, place(), key)
  const succeeded = await succeed(opener, old, next)
  assert.ok(succeeded)
  assert.deepEqual(succeeded.wrapped, opener.wrapped)
  const root = await rootOf(succeeded, secrets)
  assert.ok(root && same(root, next) && !same(root, old))
  // The bond stands under the new root alone: whoever learnt the old one cannot carry on.
  assert.equal(await succeed(succeeded, old, randomKey()), undefined)
  assert.ok(await succeed(succeeded, next, randomKey()))
})

test('who can write the table cannot make an opener give or get a root of his own', async () => {
  const [root, key, planted] = [randomKey(), randomKey(), randomKey()]
  const { opener, secrets } = await makeOpener(root, place(), key)
  const foreign = await makeOpener(
    planted,
    { id: opener.id, kind: opener.kind, parameters: opener.parameters },
    key,
  )
  const changes: Partial<SealedOpener>[] = [
    { root: foreign.opener.root },
    { recipient: foreign.opener.recipient },
    { recipient: foreign.opener.recipient, root: foreign.opener.root, tag: foreign.opener.tag },
    { tag: foreign.opener.tag },
    { kind: 'key-file' },
    { parameters: '' },
    { id: randomUuid() },
    { root: opener.root.map((byte, n) => (n === 1680 ? byte ^ 1 : byte)) },
  ]
  for (const change of changes) {
    const altered = { ...opener, ...change }
    assert.equal(await rootOf(altered, secrets), undefined, `opens: ${Object.keys(change).join()}`)
    assert.equal(
      await succeed(altered, root, randomKey()),
      undefined,
      `succeeds: ${Object.keys(change).join()}`,
    )
  }
  assert.equal(await succeed({ ...opener, bond: foreign.opener.bond }, root, randomKey()), undefined)
})

test('a row of the earlier form is converted when it opens the house, and only then', async (t) => {
  const { sql } = await testDatabase(t)
  const folder = temporaryFolder(t, 'sigilo-keys-')
  const secret = { kind: 'key-file', path: join(folder, 'key') } as const satisfies OpenerSecret
  await writeFile(secret.path, Buffer.alloc(32, 7), { mode: 0o600 })
  const wrong = { kind: 'key-file', path: join(folder, 'wrong') } as const satisfies OpenerSecret
  await writeFile(wrong.path, Buffer.alloc(32, 8), { mode: 0o600 })
  const [root, index] = [randomKey(), randomKey()]
  const id = randomUuid()
  const context = contextOf('opener', uuidBytes(id), 'key-file', '{}')
  const wrapped = wrapKey(keyOf(Buffer.alloc(32, 7)), context, root)
  await sql`insert into opener (id, kind, parameters, wrapped) values (${id}::uuid, 'key-file', '{}', ${wrapped}::bytea)`
  const row = wrapKeyringKey(root, { id: '00000000-0000-4000-8000-000000000001', purpose: 'index' }, index)
  await queries.insertKeyringKey(sql, row, 1)

  const [before] = await queries.openers(sql)
  assert.deepEqual(await createKeys({ sql }).unseal(wrong), { status: 'wrong-secret', wrong: 1 })
  assert.deepEqual([...(await queries.openers(sql))], [before])
  const both = await Promise.all([1, 2].map(() => createKeys({ sql }).unseal(secret)))
  assert.deepEqual(both, [{ status: 'open' }, { status: 'open' }])
  const [after] = await queries.openers(sql)
  assert.deepEqual([after?.id, after?.wrapped?.length, after?.createdAt], [id, 138, before?.createdAt])
  assert.match(after?.recipient ?? '', /^age1pq1/)
  const keys = createKeys({ sql })
  assert.deepEqual(await keys.unseal(secret), { status: 'open' })
  assert.deepEqual(await createKeys({ sql }).unseal(wrong), { status: 'wrong-secret', wrong: 1 })
})

test('the secret is right and the root is not ours: said, and not counted as a wrong secret', async (t) => {
  const { sql } = await testDatabase(t)
  const folder = temporaryFolder(t, 'sigilo-keys-')
  const secret = { kind: 'key-file', path: join(folder, 'key') } as const satisfies OpenerSecret
  assert.deepEqual(await createKeys({ sql }).initialise(secret), { status: 'open' })
  await sql`update opener set root = ${(await makeOpener(randomKey(), place())).opener.root}::bytea`
  assert.deepEqual(await createKeys({ sql }).unseal(secret), {
    status: 'opener-unreadable',
    kind: 'key-file',
  })
})

test('the table refuses openers that are neither of one form nor of the other', async (t) => {
  const { sql } = await testDatabase(t)
  const { opener } = await makeOpener(randomKey(), place(), randomKey())
  const insert = (change: Partial<Record<keyof SealedOpener, string | Uint8Array | null>>) => {
    const o = { ...opener, id: randomUuid(), ...change }
    return sql`insert into opener (id, kind, parameters, wrapped, recipient, bond, root, tag)
      values (${o.id}::uuid, ${o.kind}, ${o.parameters}, ${o.wrapped}::bytea, ${o.recipient}, ${o.bond}::bytea,
        ${o.root}::bytea, ${o.tag}::bytea)`
  }
  await insert({})
  await insert({ kind: 'recovery-kit', wrapped: null })
  await insert({ wrapped: new Uint8Array(106), recipient: null, bond: null, root: null, tag: null })
  const wrapped = { constraint_name: 'opener_wrapped_is_one_key_or_two' }
  await assert.rejects(insert({ wrapped: null }), wrapped)
  await assert.rejects(insert({ kind: 'recovery-kit' }), wrapped)
  await assert.rejects(insert({ wrapped: new Uint8Array(106) }), wrapped)
  await assert.rejects(insert({ recipient: null, bond: null, root: null, tag: null }), wrapped)
  for (const column of ['bond', 'root', 'tag'] as const) {
    await assert.rejects(insert({ [column]: null }), { constraint_name: 'opener_whole' })
  }
  await assert.rejects(insert({ tag: new Uint8Array(31) }), { constraint_name: 'opener_whole' })
  await assert.rejects(insert({ kind: 'none' }), { constraint_name: 'opener_kind_known' })
})

test('an opener that was made earlier opens: the form is frozen', async () => {
  const vector = JSON.parse(
    readFileSync(new URL('../../../test/vectors/opener-v1.json', import.meta.url), 'utf8'),
  )
  const bytes = (name: string, encoding: 'hex' | 'base64') => Buffer.from(vector[name], encoding)
  const { id, kind, parameters, recipient } = vector
  const opener: SealedOpener = {
    id,
    kind,
    parameters,
    recipient,
    wrapped: bytes('wrapped', 'base64'),
    root: bytes('root', 'base64'),
    bond: bytes('bond', 'base64'),
    tag: bytes('tag', 'hex'),
  }
  const secrets = secretsOf(opener, keyOf(bytes('openerKey', 'hex')))
  assert.ok(secrets && same(secrets.seed, keyOf(bytes('seed', 'hex'))))
  assert.ok(same(secrets.bond, keyOf(bytes('bondKey', 'hex'))))
  assert.equal(await ageRecipient(secrets.seed), recipient)
  const root = await rootOf(opener, secrets)
  assert.ok(root && same(root, keyOf(bytes('rootKey', 'hex'))))
  assert.ok(await succeed(opener, root, randomKey()))
})
