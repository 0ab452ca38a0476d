/**
 * What a change of openers or of keys leaves on the disk of what was before: nothing, in real files of the embedded PostgreSQL. So a
 * former secret opens nothing for whoever comes by the disk afterwards.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect, migrate, startEmbedded } from '#kernel/db/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { rooms } from '../kit/rooms.ts'
import { atEnd, temporaryFolder } from '../kit/scope.ts'
import { filesBelow } from '../kit/thief.ts'
import { bodyOf, testStore, timeZone } from '../kit/vault.ts'

test('rows of former openers, root keys and epochs leave the disk', { timeout: 180_000 }, async (t) => {
  const folder = temporaryFolder(t)
  execFileSync('chmod', ['755', folder])
  const embedded = await startEmbedded({ home: join(folder, 'home') })
  if (embedded.status !== 'started') throw new Error(embedded.message)
  const sql = connect(embedded.url)
  const maintenance = connect(embedded.superuserUrl, { max: 1 })
  await migrate(sql, rooms)
  const keys = createKeys({ sql })
  const keyFile = (name: string) => ({ kind: 'key-file', path: join(folder, name) }) as const
  assert.equal((await keys.initialise(keyFile('first'))).status, 'open')
  const store = testStore({ sql, keys, timeZone, now: Date.now, shredding: { maintenance } })
  atEnd(t, async () => {
    await store.close()
    await keys.seal()
    await Promise.all([sql.end(), maintenance.end()])
    await embedded.stop()
  })
  for (let n = 0; n < 10; n++) {
    const patient = { resourceType: 'Patient', id: `p${n}`, name: [{ family: 'Arizmendi' }] }
    assert.equal((await store.update('Patient', patient.id, bodyOf(patient), {})).status, 'ok')
  }
  await sql`analyze`

  /** What seals or is sealed, as the tables have it now. Longer values may be stored compressed. */
  const secretsNow = async () => {
    const rows = await sql<{ table: string; value: Buffer }[]>`
      select 'opener' as table, wrapped as value from opener union all
      select 'opener', bond from opener union all
      select 'opener', tag from opener union all
      select 'process', bond from process union all
      select 'keyring', wrapped from keyring`
    return rows
  }
  const holding = (values: readonly { table: string; value: Buffer }[]) =>
    [...filesBelow(embedded.data)]
      .filter(({ bytes }) => values.some(({ value }) => bytes.includes(value)))
      .map(({ path }) => path)
  const gone = async () => {
    for (let n = 0; n < 400 && (await keys.known()).purging; n++) await delay(100)
    const { purging, unforced } = await keys.known()
    assert.deepEqual([purging, unforced], [false, []])
  }
  const changed = async (change: () => Promise<unknown>, stays: (table: string) => boolean) => {
    const before = await secretsNow()
    await change()
    const left = new Set((await secretsNow()).map(({ value }) => value.toString('hex')))
    const former = before.filter(({ value }) => !left.has(value.toString('hex')))
    assert.ok(
      former.length > 0 &&
        before.every(({ table }) => stays(table) || former.some((each) => each.table === table)),
    )
    return former
  }

  await t.test('until it is looked after they are there, so the search can fail', async () => {
    const former = await changed(
      () => keys.rotateRoot(),
      () => false,
    )
    assert.ok((await keys.known()).purging)
    assert.ok(holding(former).length > 0)
    store.destructions.start()
    await gone()
    assert.deepEqual(holding(former), [])
  })

  await t.test('an opener that was replaced', async () => {
    const openers = await keys.openers()
    const former = await changed(
      () =>
        keys.replaceOpener(
          openers.map(({ id }) => id),
          keyFile('second'),
        ),
      () => false,
    )
    await gone()
    assert.deepEqual(holding(former), [])
  })

  await t.test('epochs that have ended', async () => {
    const former = await changed(
      async () => {
        assert.ok((await keys.rotateEpochs()) > 0)
        await keys.finishRotation()
      },
      (table) => table !== 'keyring',
    )
    await gone()
    assert.deepEqual(holding(former), [])
    assert.equal((await store.read('Patient', 'p3')).status, 'ok')
  })

  await t.test('nothing is written anew where nothing was replaced', async () => {
    const [before] = await sql`select pg_relation_filepath('keyring') as file`
    const batch = await store.destructions.batch()
    assert.equal(batch.status, 'done')
    assert.deepEqual((await sql`select pg_relation_filepath('keyring') as file`)[0], before)
  })
})
