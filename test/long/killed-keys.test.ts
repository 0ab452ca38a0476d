/**
 * SIGKILL at each step of the batch that makes destruction final, and of rotation. Where a process is, is seen from the outside: a
 * trigger, or a lock, of the test's own has it wait in the statement of that step. Then it is killed, once before the statement is done and
 * once so that it is done and nobody hears of it. Whoever comes next does the rest.
 */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect, type Sql } from '#kernel/db/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { testDatabase } from '#test/kit/index.ts'
import type { KeysAct, KeysTold } from '#test/kit/keys-process.ts'
import { temporaryFolder } from '#test/kit/scope.ts'
import { bodyOf, testStore, timeZone } from '#test/kit/vault.ts'

const program = fileURLToPath(new URL('../kit/keys-process.ts', import.meta.url))

/** Where to wait: in a statement on this table that has these words in it, or for its lock. */
type Step =
  | { name: string; table: string; on: 'insert' | 'update' | 'delete'; words: string }
  | { name: string; lock: string; words: string }
  | { name: string; setting: string }

const batchSteps: Step[] = [
  { name: 'takes the batch', table: 'shredding', on: 'update', words: 'epoch = shredding.epoch + 1' },
  { name: 'ends the epoch', table: 'keyring', on: 'update', words: 'retired_at = greatest' },
  { name: 'makes another epoch', table: 'keyring', on: 'insert', words: 'insert into keyring' },
  { name: 'moves the survivors', table: 'compartment', on: 'update', words: 'm.wrapped' },
  { name: "destroys the epoch's key", table: 'keyring', on: 'delete', words: "k.purpose = 'epoch'" },
  { name: 'begins another directory', table: 'directory_generation', on: 'insert', words: 'destroyed' },
  { name: 'lets the directory serve', table: 'directory_generation', on: 'update', words: 'serving = true' },
  { name: "destroys the directory's key", table: 'keyring', on: 'delete', words: "k.purpose = 'directory'" },
  { name: 'notes what is unreadable', table: 'destruction', on: 'update', words: 'rewrapped_at = greatest' },
  { name: 'writes the keys anew', lock: 'keyring', words: 'vacuum (full) keyring' },
  { name: 'vacuums the patient keys', lock: 'compartment', words: 'vacuum compartment' },
  { name: 'ends the files of the log', setting: 'wal_recycle' },
  { name: 'notes what is gone of replaced keys', table: 'shredding', on: 'update', words: 'replaced_gone =' },
  { name: 'notes what is gone', table: 'destruction', on: 'update', words: 'purged_at = greatest' },
  { name: 'leaves the batch', table: 'shredding', on: 'update', words: 'done_at = case' },
]

const rotationSteps: Step[] = [
  { name: 'seals the keyring anew', table: 'keyring', on: 'update', words: 'set wrapped = r.wrapped' },
  { name: 'gives it to an opener', table: 'opener', on: 'update', words: 'update opener' },
  { name: 'gives it to a process', table: 'process', on: 'update', words: 'update process' },
  { name: 'counts the root key', table: 'vault', on: 'update', words: 'root = root + 1' },
  ...batchSteps.slice(1, 5),
]

const replacingSteps: Step[] = [
  { name: 'takes the opener away', table: 'opener', on: 'delete', words: 'delete from opener' },
  { name: 'puts another in its place', table: 'opener', on: 'insert', words: 'insert into opener' },
]

const gate = 71_770_001
/** Whoever waits here is not in a hurry. */
const patient = { statementMsMax: 600_000, lockMsMax: 600_000, transactionIdleMsMax: 0 }

/** Has whoever comes to the step wait there. `release`: it goes on, or what is left of it does. */
async function arm(
  { admin, superuserUrl }: House,
  step: Step,
): Promise<{ reached: () => Promise<number[]>; release: () => Promise<void> }> {
  const holder = connect(superuserUrl, { ...patient, max: 1 })
  if ('setting' in step) {
    return {
      reached: async () => {
        const [row] = await admin`select current_setting(${step.setting}) = 'off' as off`
        return row?.['off'] ? [0] : []
      },
      release: () => holder.end(),
    }
  }
  if ('lock' in step) {
    await holder`begin`
    await holder.unsafe(`lock table ${step.lock} in share update exclusive mode`)
    return {
      reached: async () =>
        (
          await admin`select pid from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and query like ${`%${step.words}%`}`
        ).map(({ pid }) => pid as number),
      async release() {
        await holder`rollback`
        await holder.end()
      },
    }
  }
  await holder`select pg_advisory_lock(${gate})`
  await admin.unsafe(`
    create function wait_here() returns trigger language plpgsql as $$
    begin
      if current_query() like '%${step.words.replaceAll("'", "''")}%' then
        perform pg_advisory_lock_shared(${gate}), pg_advisory_unlock_shared(${gate});
      end if;
      return null;
    end $$;
    create trigger wait_here before ${step.on} on ${step.table} execute function wait_here()`)
  return {
    reached: async () =>
      (
        await admin`select pid from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`
      ).map(({ pid }) => pid as number),
    async release() {
      await holder`select pg_advisory_unlock(${gate})`
      await holder.end()
      // Whoever waited has its statement behind it.
      for (let n = 0; n < 200; n++) {
        const [busy] = await admin`select count(*)::int as n from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and state = 'active'`
        if (busy?.['n'] === 0) break
        await delay(20)
      }
      await admin`drop function wait_here cascade`
    },
  }
}

interface House {
  url: string
  superuserUrl: string
  admin: Sql
  sql: Sql
  /** Of the openers there were. */
  keyFiles: string[]
}

function start({ url, superuserUrl, keyFiles }: House, act: KeysAct) {
  const child = fork(program, [url, superuserUrl, keyFiles.toReversed().join(), JSON.stringify(act)], {
    execArgv: [],
  })
  const told = once(child, 'message').then(([message]) => message as KeysTold)
  told.catch(() => {})
  return { child, told, exited: once(child, 'exit') }
}

async function resume(house: House, patients: string[]): Promise<Record<string, string>> {
  // The minutes that whoever holds a lease is given.
  await house.admin`update shredding set held_until = held_until - interval '10 minutes'`
  await house.admin`update directory_generation set touched_at = touched_at - interval '10 minutes' where not serving`
  const { told, exited } = start(house, { act: 'resume', patients })
  const { statuses } = await told
  await exited
  assert.ok(statuses)
  return statuses
}

/** Kills a process at the step, and tells whether it came there. */
async function kill(house: House, act: KeysAct, step: Step, isDone: boolean): Promise<boolean> {
  const armed = await arm(house, step)
  const { child, exited } = start(house, act)
  let [over, pids] = [false, [] as number[]]
  void exited.then(() => (over = true))
  while (!over && pids.length === 0) {
    pids = await armed.reached()
    if (pids.length === 0) await delay(2)
  }
  child.kill('SIGKILL')
  await exited
  // Nobody is there to hear of it any more; where it is not to be done, PostgreSQL ends it too.
  if (!isDone) for (const pid of pids) if (pid > 0) await house.admin`select pg_terminate_backend(${pid})`
  await armed.release()
  return pids.length > 0
}

async function make(t: TestContext, patients: string[]): Promise<House> {
  const { sql, url, superuserUrl } = await testDatabase(t)
  const admin = connect(superuserUrl, { ...patient, max: 4 })
  t.after(() => admin.end({ timeout: 1 }))
  const path = join(temporaryFolder(t), 'key')
  const keys = createKeys({ sql, epochCompartmentsMax: 64 })
  assert.equal((await keys.initialise({ kind: 'key-file', path })).status, 'open')
  const store = testStore({ sql, keys, timeZone, now: Date.now })
  for (const id of patients) {
    const resource = {
      resourceType: 'Patient',
      id,
      identifier: [{ system: 'urn:oid:1.2', value: `EXP-${id}` }],
    }
    assert.equal((await store.update('Patient', id, bodyOf(resource), {})).status, 'ok')
  }
  await store.tend()
  await store.close()
  await keys.seal()
  return { url, superuserUrl, admin, sql, keyFiles: [path] }
}

/** What there must be after everything: nothing is lost, nothing is left over. */
async function check(
  house: House,
  statuses: Record<string, string>,
  gone: ReadonlySet<string>,
): Promise<void> {
  for (const [id, status] of Object.entries(statuses))
    assert.equal(status, gone.has(id) ? 'gone0' : 'ok1', id)
  const [left] = await house.admin`
    select (select count(*)::int from compartment c where c.wrapped is not null
        and not exists (select from keyring k where k.id = c.epoch)) as lost,
      (select count(*)::int from keyring where retired_at is not null) as ended,
      (select count(*)::int from destruction where purged_at is null) as waiting,
      (select replaced - replaced_gone from shredding) as replaced,
      (select count(*)::int from shredding where holder is not null) as held,
      (select count(*)::int from keyring where purpose = 'directory') as directories,
      current_setting('wal_recycle') as recycling`
  assert.deepEqual(
    { ...left },
    { lost: 0, ended: 0, waiting: 0, replaced: 0, held: 0, directories: 1, recycling: 'on' },
  )
}

const patients = Array.from({ length: 40 }, (_, n) => `p${String(n).padStart(2, '0')}`)

test('killed at each step of the batch', async (t) => {
  const house = await make(t, patients)
  const gone = new Set<string>()
  for (const step of batchSteps) {
    for (const isDone of [false, true]) {
      await t.test(`${step.name}: ${isDone ? 'done, and not heard of' : 'not done'}`, async () => {
        const patient = patients[gone.size] as string
        const destroying = start(house, { act: 'destroy', patient })
        await destroying.told
        await destroying.exited
        gone.add(patient)
        assert.ok(await kill(house, { act: 'batch' }, step, isDone), 'it never came there')
        await check(house, await resume(house, patients), gone)
      })
    }
  }
})

test('killed while the key itself is destroyed: it is, or it is not', async (t) => {
  const house = await make(t, patients.slice(0, 4))
  const step: Step = { name: 'destroys', table: 'compartment', on: 'update', words: 'set wrapped = null' }
  for (const [n, isDone] of [false, true].entries()) {
    assert.ok(await kill(house, { act: 'destroy', patient: `p0${n}` }, step, isDone))
    await check(house, await resume(house, patients.slice(0, 4)), new Set(isDone ? [`p0${n}`] : []))
  }
})

test('killed at each step of a rotation, and of a change of openers', async (t) => {
  const house = await make(t, patients)
  const secret = join(temporaryFolder(t), 'next')
  for (const [act, steps] of [
    [{ act: 'rotate' }, rotationSteps],
    [{ act: 'replace', keyFile: secret }, replacingSteps],
  ] as const) {
    for (const step of steps) {
      for (const isDone of [false, true]) {
        await t.test(`${step.name}: ${isDone ? 'done, and not heard of' : 'not done'}`, async () => {
          const made = act.act === 'replace' ? { ...act, keyFile: `${secret}-${Math.random()}` } : act
          assert.ok(await kill(house, made, step, isDone), 'it never came there')
          await check(house, await resume(house, patients), new Set())
        })
      }
    }
  }
})
