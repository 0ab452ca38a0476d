/** PostgreSQL is killed between reading and recording: what is not recorded is not shown. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { createKeys } from '#kernel/keys/index.ts'
import { createLedger } from '#kernel/ledger/index.ts'
import { createRows } from '#people/index.ts'
import { crashableServer } from '#test/kit/crash.ts'
import { memoryKeeper } from '#test/kit/ledger.ts'
import { bodyOf, timeZone, type tester } from '#test/kit/vault.ts'
import type { By } from './by.ts'
import type { Standing } from './gate/index.ts'
import { refuse } from '#kernel/outcome.ts'
import { createStore } from './store.ts'
import { atEnd, temporaryFolder } from '#test/kit/scope.ts'

test('killed after the read, it is shown once recorded; away for good, it is not shown', async (t) => {
  const { embedded, sql, crash } = await crashableServer(t)
  const folder = temporaryFolder(t)
  const keys = createKeys({ sql })
  await keys.initialise({ kind: 'key-file', path: join(folder, 'key') })
  const ledger = createLedger({ sql, keys, keeper: memoryKeeper(), now: Date.now })
  // Between reading and recording.
  let between: () => Promise<unknown> = async () => {}
  const recording = {
    ...ledger,
    async record(...given: Parameters<typeof ledger.record>) {
      await between()
      await ledger.record(...given)
    },
  }
  // Records know no safeguard: whoever asks here may.
  const whole: Standing = {
    isWhole: true,
    couldBe: () => true,
    refusal: () => refuse('forbidden'),
    implies: () => true,
    allows: () => true,
    reads: () => {},
    places: async () => undefined,
    restrains: () => undefined,
  }
  const explain = async () => ({ isAllowed: true, explained: [], otherwise: [], besides: [] })
  const gate = () => ({ named: (by: By) => by, of: () => whole, factsThen: async () => new Map(), explain })
  const store = createStore({
    sql,
    keys,
    ledger: recording,
    timeZone,
    now: Date.now,
    gate,
    merged: createRows({ sql, keys, ledger })('merging'),
  })
  atEnd(t, () => store.close())
  const by: typeof tester = { actor: 'tester', client: 'test', address: 'local' }
  const acting = () => store.as(by)
  const patient = bodyOf({ resourceType: 'Patient', id: 'p1', birthDate: '1980-01-01' })
  assert.equal((await acting().update('Patient', 'p1', patient, {})).status, 'ok')
  const staged = async () => Number((await sql`select count(*) from ledger_staged`)[0]?.['count'])
  assert.equal(await staged(), 1)

  between = () => crash('kill')
  assert.equal((await acting().read('Patient', 'p1')).status, 'ok')
  assert.equal(await staged(), 2)

  between = () => embedded.stop()
  const shown = await acting().read('Patient', 'p1')
  assert.deepEqual(Object.keys(shown), ['status', 'slots', 'retryAfterSeconds'])
  assert.equal(shown.status, 'not-recorded')
})
