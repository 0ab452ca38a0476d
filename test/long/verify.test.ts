/** A million entries, each of a version of its own, against the database: in memory that does not grow with them. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { randomBytes } from '#kernel/crypto/index.ts'
import { byteaList, connect } from '#kernel/db/index.ts'
import type { Ledger } from '#kernel/ledger/index.ts'
import { versionCommitment } from '../../src/records/writing.ts'
import { uuidOf, type CompartmentId, type ResourceKey } from '../../src/records/place.ts'
import { bodyOf, testVault } from '#test/kit/vault.ts'

const child = fileURLToPath(new URL('../kit/verify-child.ts', import.meta.url))
const run = promisify(execFile)

interface Told {
  entries: number
  rows: number
  findings: unknown[]
  seconds: number
  cpuMicros: number
  rssMb: number
}

const batch = 5_000
/** Beside what the program takes with a tenth of it: what the collector leaves for later. Hashes alone would be 170 MB more. */
const growthMbMax = 120

test('memory does not grow from 100,000 entries to 1,000,000', async (t) => {
  const vault = await testVault(t)
  const superuser = connect(vault.superuserUrl, { max: 2, statementMsMax: 600_000 })
  t.after(() => superuser.end())
  const organization = { resourceType: 'Organization', id: 'house', name: 'Hospital' }
  assert.equal((await vault.store.update('Organization', 'house', bodyOf(organization), {})).status, 'ok')
  const [row] = await superuser<{ compartment: CompartmentId }[]>`select compartment from resource`
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })

  const written: Told[] = []
  for (let count = 0, to = 100_000; to <= 1_000_000; to *= 10) {
    for (; count < to; count += batch) await write(vault.ledger, superuser, row!.compartment)
    for (let staged = 1; staged > 0;) {
      vault.ledger.staged()
      await new Promise((resolve) => setTimeout(resolve, 200))
      staged = (await superuser<{ n: number }[]>`select count(*)::int as n from ledger_staged`)[0]!.n
    }
    await superuser`vacuum analyze`
    const { stdout } = await run(process.execPath, [child, vault.url, tmpdir()], { timeout: 1_800_000 })
    const told = JSON.parse(stdout) as Told
    t.diagnostic(stdout)
    assert.deepEqual(told.findings, [])
    assert.ok(told.entries >= to && told.rows >= to)
    written.push(told)
  }
  const [less, more] = written as [Told, Told]
  assert.ok(more.rssMb - less.rssMb <= growthMbMax, `${less.rssMb} MB, and then ${more.rssMb} MB`)
})

/** Rows as a write leaves them, with their entries. */
async function write(
  ledger: Ledger,
  superuser: ReturnType<typeof connect>,
  compartment: CompartmentId,
): Promise<void> {
  const [{ at } = { at: new Date() }] = await superuser<{ at: Date }[]>`
    select date_trunc('milliseconds', clock_timestamp()) as at`
  const rows = Array.from({ length: batch }, () => ({
    resource: uuidOf(randomBytes(16)) as ResourceKey,
    sealed: randomBytes(200),
  }))
  const common = {
    compartment,
    origin: null,
    expected: 0,
    type: 1,
    generation: 1,
    deleted: false,
    posted: false,
  }
  const { id, entries, tag } = ledger.stage(
    rows.map((each) => ({
      action: 'create',
      outcome: 'done',
      actor: 'test',
      commitments: [versionCommitment({ ...common, ...each, previous: null, capsule: null })],
    })),
  )
  const names = `{${rows.map(({ resource }) => resource).join()}}`
  await superuser`
    with put as (
      insert into resource (compartment, resource, updated_at, version, type, generation, deleted, posted, sealed)
      select ${compartment}::uuid, r.resource, ${at}::timestamptz, 1, 1, 1, false, false, r.sealed
      from unnest(${names}::uuid[], ${byteaList(
        superuser,
        rows.map(({ sealed }) => sealed),
      )}) as r (resource, sealed)
    ),
    located as (
      insert into locator (resource, compartment) select unnest(${names}::uuid[]), ${compartment}::uuid
    )
    insert into ledger_staged (id, entries, tag, staged_at)
    values (${id}::uuid, ${entries}::bytea, ${tag}::bytea, ${at}::timestamptz)`
}
