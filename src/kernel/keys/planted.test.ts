/** Rows of openers that whoever writes the database adds: they do not stand in the way of ours, and do not make many questions of one. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { randomBytes, randomUuid } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { noAuthority } from '#test/kit/certificates.ts'
import { testDatabase } from '#test/kit/index.ts'
import { ownKmsServer } from '#test/kit/kms-server.ts'
import { temporaryFolder } from '#test/kit/scope.ts'
import { createKeys } from './keys.ts'
import { dealShares } from './shares/index.ts'

/** Copies of the one that there is, made before it, each with other parameters. */
async function plant(sql: Sql, kind: string, count: number, parametersOf: (own: string) => string) {
  const [own] = await sql<{ parameters: string }[]>`select parameters from opener where kind = ${kind}`
  for (let n = 0; n < count; n++) {
    await sql`
      insert into opener (id, kind, parameters, wrapped, recipient, bond, root, tag, created_at)
      select ${randomUuid()}::uuid, kind, ${parametersOf(own?.parameters ?? '')}, wrapped, recipient, bond, root, tag,
        created_at - interval '1 day'
      from opener where kind = ${kind} order by created_at desc limit 1`
  }
}

test('a row that is damaged does not stand in the way of ours', async (t) => {
  const { sql } = await testDatabase(t)
  const keys = createKeys({ sql })
  const secret = { kind: 'passphrase', passphrase: 'cántaro lluvia décimo trébol 47' } as const
  assert.equal((await keys.initialise(secret)).status, 'open')
  await plant(sql, 'passphrase', 3, () => 'no parameters')
  await plant(sql, 'passphrase', 1, () => 'null')
  assert.equal((await createKeys({ sql }).unseal(secret)).status, 'open')
  const wrong = await createKeys({ sql }).unseal({ ...secret, passphrase: 'no es esta la frase' })
  // What the first row says is what is said, until it is known which are ours.
  assert.equal(wrong.status, 'opener-unreadable')
  const own = await keys.ownOpeners()
  assert.equal(own.length, 1)
  const known = createKeys({ sql, knownOpeners: () => own })
  assert.deepEqual(await known.unseal({ ...secret, passphrase: 'no es esta la frase' }), {
    status: 'wrong-secret',
    wrong: 1,
  })
  assert.equal((await known.unseal(secret)).status, 'open')
})

test('nor does a deal that somebody made up', async (t) => {
  const { sql } = await testDatabase(t)
  const keys = createKeys({ sql })
  const deal = { house: 'KX7Q-2MPD', threshold: 2, of: 3 }
  const shares = (await dealShares(deal)) ?? []
  assert.equal((await keys.initialise({ kind: 'shamir', shares })).status, 'open')
  await plant(sql, 'shamir', 1, (own) => JSON.stringify({ ...JSON.parse(own), deal: 'abcdef' }))
  await plant(sql, 'shamir', 1, (own) => JSON.stringify({ ...JSON.parse(own), threshold: 3 }))
  const secret = { kind: 'shamir', shares: shares.slice(1) } as const
  assert.equal((await createKeys({ sql }).unseal(secret)).status, 'open')
})

test('those that the root key does not vouch for are not ours', async (t) => {
  const { sql } = await testDatabase(t)
  const keys = createKeys({ sql })
  const secret = { kind: 'key-file', path: join(temporaryFolder(t), 'key') } as const
  assert.equal((await keys.initialise(secret)).status, 'open')
  const [own] = await keys.openers()
  await plant(sql, 'key-file', 2, (parameters) => parameters)
  await sql`update opener set tag = ${randomBytes(32)}::bytea, bond = ${randomBytes(106)}::bytea
    where id = (select id from opener where id <> ${own!.id}::uuid limit 1)`
  assert.deepEqual(await keys.ownOpeners(), [own!.id])
  keys.seal()
  await assert.rejects(keys.ownOpeners(), { name: 'KeysSealed' })
})

test(
  'a device is asked once for ours, and a few times where it is none of them',
  { skip: noAuthority },
  async (t) => {
    const { sql } = await testDatabase(t)
    const server = await ownKmsServer(t)
    await server.start()
    const { authority, region, user, arn } = server
    const credentials = join(authority.folder, 'credentials')
    const text = `[default]\naws_access_key_id = ${user.accessKeyId}\naws_secret_access_key = ${user.secretAccessKey}\n`
    await writeFile(credentials, text, { mode: 0o600 })
    const place = {
      house: randomUuid(),
      region,
      key: 'alias/sigilo',
      credentials,
      endpoint: server.endpoint,
      ca: authority.ca,
      timeoutSeconds: 5,
    }
    const secret = { kind: 'aws-kms', place } as const
    const keys = createKeys({ sql })
    assert.equal((await keys.initialise(secret)).status, 'open')
    const own = await keys.ownOpeners()
    // Each is for another of the account's keys, as only who writes the table wants.
    await plant(sql, 'aws-kms', 40, (parameters) =>
      JSON.stringify({ ...JSON.parse(parameters), key: `${arn}0` }),
    )
    const asked = async (act: () => Promise<unknown>) => {
      const before = server.trail.length
      await act()
      return server.trail.length - before
    }
    const known = createKeys({ sql, knownOpeners: () => own })
    const questions = await asked(async () => assert.equal((await known.unseal(secret)).status, 'open'))
    assert.equal(questions, 1)
    server.set('gone')
    const again = createKeys({ sql, knownOpeners: () => own })
    const most = await asked(async () => assert.equal((await again.unseal(secret)).status, 'device-refused'))
    assert.equal(most, 9)
    server.set('enabled')
    await plant(sql, 'aws-kms', 1, () => 'damaged')
    assert.equal((await createKeys({ sql, knownOpeners: () => own }).unseal(secret)).status, 'open')
  },
)
