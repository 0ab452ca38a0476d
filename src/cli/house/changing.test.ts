/** A change of opener between devices of one kind, cut off at each of its steps: the next start opens the vault. */
import assert from 'node:assert/strict'
import { copyFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { randomUuid } from '#kernel/crypto/index.ts'
import { createKeys, type Keys, type OpenersChanged } from '#kernel/keys/index.ts'
import { noAuthority } from '#test/kit/certificates.ts'
import { testDatabase, type Scope } from '#test/kit/index.ts'
import { ownKmsServer } from '#test/kit/kms-server.ts'
import { atEnd, temporaryFolder } from '#test/kit/scope.ts'
import { findHome, writeHomeRecord, type HomeRecord } from '../home/home.ts'
import { unattendedSecret } from '../openers/sent.ts'
import { createChanging } from './changing.ts'
import { settleHome } from './settling.ts'
import type { Unsealing } from './unsealing.ts'

type Replace = Keys['replaceOpener']

async function changed(t: Scope, replaceWith: (replace: Replace) => Replace) {
  const { sql } = await testDatabase(t)
  const server = await ownKmsServer(t)
  await server.start()
  const { authority, region, user } = server
  const folder = temporaryFolder(t, 'sigilo-home-')
  const [before, after] = ['before', 'after'].map((name) => join(authority.folder, name)) as [string, string]
  const text = `aws_access_key_id = ${user.accessKeyId}\naws_secret_access_key = ${user.secretAccessKey}\n`
  await writeFile(before, text, { mode: 0o600 })
  await copyFile(before, after)
  const at = (credentials: string) => ({
    house,
    region,
    key: 'alias/sigilo',
    credentials,
    endpoint: server.endpoint,
    ca: authority.ca,
    timeoutSeconds: 60,
  })
  const house = randomUuid()
  const record: HomeRecord = {
    format: 1,
    kind: 'real',
    opener: 'aws-kms',
    database: 'external',
    state: 'ready',
    places: { 'aws-kms': at(before) },
  }
  writeHomeRecord(folder, record)
  const keys = createKeys({ sql })
  atEnd(t, () => keys.seal())
  assert.equal((await keys.initialise({ kind: 'aws-kms', place: at(before) })).status, 'open')
  const unsealing = { prove: async () => ({ status: 'ok' }) } as unknown as Unsealing
  const replaceOpener = replaceWith(keys.replaceOpener)
  // Getters stay what they are.
  const cut = Object.create(keys, { replaceOpener: { value: replaceOpener } }) as Keys
  const home = { path: folder, record }
  const changing = createChanging(cut, home, unsealing)
  const change = () =>
    changing.change({ proof: { kind: 'aws-kms' }, to: { kind: 'aws-kms' }, place: at(after) })
  /** What a start opens the vault with, once the device of the other place is gone. */
  const started = async () => {
    const found = findHome(folder)
    assert.ok(found.status === 'ok', JSON.stringify(found))
    const fresh = createKeys({ sql })
    atEnd(t, () => fresh.seal())
    await settleHome(fresh, found.home)
    const secret = unattendedSecret(found.home)
    assert.ok(secret?.kind === 'aws-kms')
    const { credentials } = secret.place
    await rm(credentials === before ? after : before, { force: true })
    return { used: credentials === before ? 'before' : 'after', ...(await fresh.unseal(secret)) }
  }
  return { change, started }
}

/** Killed: nothing of what comes after it happens. */
const never = new Promise<OpenersChanged>(() => {})

const cuts: [string, (replace: Replace, reached: () => void) => Replace, 'before' | 'after'][] = [
  [
    'killed before the database was asked',
    (_, reached) => () => {
      reached()
      return never
    },
    'before',
  ],
  [
    'killed once the database had done it',
    (replace, reached) =>
      async (...given) => {
        await replace(...given)
        reached()
        return never
      },
    'after',
  ],
  [
    'no answer of a database that had done it',
    (replace) =>
      async (...given) => {
        await replace(...given)
        throw new Error('connection closed')
      },
    'after',
  ],
  [
    'no answer of a database that had not',
    () => () => Promise.reject(new Error('connection closed')),
    'before',
  ],
  ['a refusal', () => async () => ({ status: 'last-opener' }), 'before'],
  ['carried out', (replace) => replace, 'after'],
]

for (const [what, cut, used] of cuts) {
  test(`${what}: the vault opens where it opens by then`, { skip: noAuthority }, async (t) => {
    const reached = Promise.withResolvers<void>()
    const { change, started } = await changed(t, (replace) => cut(replace, reached.resolve))
    await Promise.race([change().catch(() => {}), reached.promise])
    assert.deepEqual(await started(), { used, status: 'open' })
  })
}
