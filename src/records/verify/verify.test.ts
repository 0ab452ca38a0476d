/** What is changed by SQL is found and named; what the vault does by itself is not. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { connect, type Sql } from '#kernel/db/index.ts'
import { createKeys, type Keys } from '#kernel/keys/index.ts'
import { createLedger, type Finding, type Ledger } from '#kernel/ledger/index.ts'
import { bodyOf, testVault, timeZone, type TestVault } from '#test/kit/vault.ts'
import { createPacker } from '#kernel/crypto/index.ts'
import { typeCode } from '#records/fhir/index.ts'
import { dictionaries } from '../dictionaries/index.ts'
import { patientCompartment, resourceKey } from '../place.ts'
import { encodeTuple, extract } from '../search/index.ts'
import { createBlocks } from '../tuples/index.ts'
import { verifyRecords, type RecordFinding, type VerifyOptions } from './index.ts'

type Told = Finding | RecordFinding

const observation = (id: string, patient: string, value: number) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'peso' },
  valueQuantity: { value, unit: 'kg' },
  subject: { reference: `Patient/${patient}` },
})

const patient = (id: string, family: string) => ({
  resourceType: 'Patient',
  id,
  name: [{ family }],
  identifier: [{ system: 'urn:curp', value: `CURP-${id}` }],
})

/** About one patient, by another. */
const by = (performer: string, resource: object) => ({
  ...resource,
  performer: [{ reference: `Patient/${performer}` }],
})

let vault: TestVault
let superuser: Sql
/** What was pending for the directory when gus was renamed. */
let renaming = ''
/** The same vault, without its keys. */
let sealed: { keys: Keys; ledger: Ledger }
const cleanups: (() => Promise<void> | void)[] = []
const scope = { after: (done: () => Promise<void> | void) => void cleanups.unshift(done) }

async function put(resource: object): Promise<void> {
  const { resourceType, id } = resource as { resourceType: string; id: string }
  const written = await vault.store.update(resourceType, id, bodyOf(resource), {})
  assert.equal(written.status, 'ok', JSON.stringify(written))
}

/** All is in the tree, and nothing more comes. */
async function settled(): Promise<void> {
  for (;;) {
    const [{ staged } = { staged: 0 }] = await superuser<{ staged: number }[]>`
      select count(*)::int as staged from ledger_staged`
    if (staged === 0) return
    vault.ledger.staged()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function verified(more: Partial<VerifyOptions> = {}) {
  const findings: Told[] = []
  const told = await verifyRecords({
    sql: vault.sql,
    ledger: vault.ledger,
    keys: vault.keys,
    local: { timeZone },
    folder: tmpdir(),
    tables: ['resource', 'history', 'tuple'],
    onFinding: (finding) => findings.push(finding),
    ...more,
  })
  return { ...told, findings }
}

const clean = async (what: string) => assert.deepEqual((await verified()).findings, [], what)

const pendingNow = async () =>
  (await superuser<{ id: string }[]>`select id from directory_pending`).map(({ id }) => id)

/** What was by bea once: its pointer, as it stood then, is put aside. */
async function onceByBea(): Promise<void> {
  await put(by('bea', observation('once', 'ana', 1)))
  await superuser`create table once as select * from pointer where compartment = ${compartment('bea')}::uuid`
  await put(observation('once', 'ana', 2))
}

async function renamed(): Promise<string> {
  await put(patient('gus', 'Viejo'))
  const known = await pendingNow()
  await put(patient('gus', 'Nuevo'))
  return (await pendingNow()).find((id) => !known.includes(id)) ?? ''
}

const compartment = (id: string) => patientCompartment(vault.keys.locator, id)
const keyOf = (type: string, id: string) => resourceKey(vault.keys.locator, type, id)

before(async () => {
  vault = await testVault(scope)
  superuser = connect(vault.superuserUrl, { max: 2 })
  scope.after(() => superuser.end())
  const keys = createKeys({ sql: vault.sql })
  const keeper = { read: () => vault.ledger.kept(), write: () => {} }
  sealed = { keys, ledger: createLedger({ sql: vault.sql, keys, keeper, now: Date.now }) }
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
})
after(async () => {
  for (const done of cleanups) await done()
})

test('the vault as it works: nothing is found, after each thing it does', async () => {
  await clean('empty')
  await put({ resourceType: 'Organization', id: 'house', name: 'Hospital' })
  for (const [id, family] of [
    ['ana', 'Quintanilla'],
    ['bea', 'Ñuñez'],
    ['eva', 'Ruiz'],
    ['fin', 'Soto'],
  ] as const) {
    await put(patient(id, family))
    for (let value = 1; value <= 3; value++) await put(observation(`o-${id}`, id, value))
  }
  await put(observation('to-bea', 'ana', 1))
  await put(observation('to-bea', 'bea', 2))
  await onceByBea()
  await put(by('bea', observation('both', 'ana', 1)))
  await put(by('fin', observation('of-fin', 'ana', 1)))
  await put(observation('gone', 'ana', 1))
  assert.equal((await vault.store.delete('Observation', 'gone', {})).status, 'ok')
  const bytes = Buffer.alloc(1_300_000, 'pdf ')
  const binary = {
    resourceType: 'Binary',
    id: 'scan',
    contentType: 'application/octet-stream',
    securityContext: { reference: 'Patient/ana' },
    data: bytes.toString('base64'),
  }
  await put(binary)
  await clean('written, and staged in part')
  await settled()
  await clean('sequenced')
  for (let value = 0; value < 80; value++) await put(observation(`many-${value % 50}`, 'bea', value))
  await vault.store.tend()
  await settled()
  await clean('compacted')
  assert.equal((await vault.keys.rotateRoot()).status, 'ok')
  await vault.keys.rotateEpochs()
  assert.deepEqual((await vault.keys.finishRotation()).broken, [])
  await clean('rotated')
  await superuser`delete from pointer`
  assert.equal((await vault.store.reindex()).status, 'ok')
  // In so small a vault it would all stay pending, and come before the rows.
  await superuser`delete from directory_pending`
  await clean('reindexed')
  renaming = await renamed()
  await clean('renamed')
  assert.equal((await vault.store.destructions.destroy('fin', 'asked for')).status, 'destroyed')
  await clean('destroyed')
  await vault.store.destructions.batch()
  await settled()
  await clean('destroyed for good')
  await put(observation('o-ana', 'ana', 9))
  await settled()
  const { entries, rows, open, unproven } = await verified()
  assert.ok(entries > 100 && rows > 100 && open && unproven === 0)
  const without = await verified({ keys: sealed.keys, ledger: sealed.ledger })
  assert.deepEqual(without.findings, [])
  assert.ok(!without.open && without.unproven > 0)
})

test('while it is written to, one state is looked at', async () => {
  let writing = true
  const writes = (async () => {
    for (let value = 0; writing; value++) await put(observation(`busy-${value % 7}`, 'eva', value))
  })()
  for (let round = 0; round < 5; round++) await clean(`round ${round}`)
  writing = false
  await writes
  await settled()
})

describe('planted by SQL', () => {
  const saved: string[] = []
  before(async () => {
    await vault.ledger.stop()
    await superuser`create schema saved`
    const tables = await superuser<{ name: string }[]>`
      select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`
    for (const { name } of tables) {
      // Each process keeps its own row there, at any moment.
      if (name === 'process') continue
      saved.push(name)
      await superuser`create table ${superuser(`saved.${name}`)} as table ${superuser(name)}`
    }
  })

  /** In the last tile: one that another of its stream follows, and the last one. */
  let [followedLeaf, lastLeaf] = [0, 0]
  before(async () => {
    const leaves = await superuser<{ index: number; isFollowed: boolean }[]>`
      select l.index, exists (
        select from ledger_leaf n where substring(n.entry from 36 for 16) = substring(l.entry from 36 for 16)
          and n.index > l.index
      ) as "isFollowed"
      from ledger_leaf l, ledger_head h where l.index >= h.size - h.size % 256 order by l.index`
    followedLeaf = leaves.findLast(({ isFollowed }) => isFollowed)?.index ?? 0
    lastLeaf = leaves.at(-1)?.index ?? 0
  })

  const restore = async () => {
    // Rows alone: truncating makes some two hundred files anew.
    await superuser.begin(async (tx) => {
      const each = saved.flatMap((name) => [
        tx`delete from ${tx(name)}`,
        tx`insert into ${tx(name)} select * from ${tx(`saved.${name}`)}`,
      ])
      await Promise.all(each)
    })
  }

  const current = (type: string, id: string) => superuser`resource = ${keyOf(type, id)}::uuid`

  type Plant = {
    what: string
    plant: () => Promise<unknown>
    want: () => Partial<RecordFinding> | Partial<Finding>
    /** Also without the keys. */
    sealed?: boolean
  }

  const plants: Plant[] = [
    {
      what: 'a byte of a version',
      plant: () => superuser`
        update resource set sealed = set_byte(sealed, 100, get_byte(sealed, 100) # 1)
        where ${current('Observation', 'o-ana')}`,
      want: () => ({ what: 'altered', of: 'version', type: 'Observation', id: 'o-ana', version: 4 }),
      sealed: true,
    },
    {
      what: 'a byte of an earlier version',
      plant: () => superuser`
        update history set sealed = set_byte(sealed, 100, get_byte(sealed, 100) # 1)
        where ${current('Observation', 'o-bea')} and version = 1`,
      want: () => ({ what: 'altered', of: 'version', type: 'Observation', id: 'o-bea', version: 1 }),
      sealed: true,
    },
    {
      what: 'the time of a version',
      plant: () => superuser`
        update resource set updated_at = updated_at - interval '1 day' where ${current('Observation', 'o-bea')}`,
      want: () => ({ what: 'altered', of: 'version', resource: keyOf('Observation', 'o-bea'), version: 3 }),
      sealed: true,
    },
    {
      what: 'a deletion undone',
      plant: () => superuser`update resource set deleted = false where ${current('Observation', 'gone')}`,
      want: () => ({ what: 'altered', of: 'version', id: 'gone', version: 2 }),
      sealed: true,
    },
    {
      what: 'a byte of an identity capsule',
      plant: () => superuser`
        update resource set capsule = set_byte(capsule, 90, get_byte(capsule, 90) # 1)
        where ${current('Patient', 'ana')}`,
      want: () => ({ what: 'altered', of: 'capsule', type: 'Patient', id: 'ana', version: 1 }),
      sealed: true,
    },
    {
      what: 'an identity capsule taken away',
      plant: () => superuser`update resource set capsule = null where ${current('Patient', 'ana')}`,
      want: () => ({ what: 'missing', of: 'capsule' }),
      sealed: true,
    },
    {
      what: 'a resource taken away',
      plant: async () => {
        await superuser`delete from resource where ${current('Observation', 'o-eva')}`
        await superuser`delete from history where ${current('Observation', 'o-eva')}`
      },
      want: () => ({ what: 'missing', of: 'version', type: 'Observation', id: 'o-eva', version: 1 }),
      sealed: true,
    },
    {
      what: 'an earlier version taken away',
      plant: () => superuser`delete from history where ${current('Observation', 'o-eva')} and version = 2`,
      want: () => ({ what: 'missing', of: 'version', type: 'Observation', id: 'o-eva', version: 2 }),
      sealed: true,
    },
    {
      what: 'the newest version put back to the one before',
      plant: async () => {
        await superuser`delete from resource where ${current('Observation', 'o-eva')}`
        await superuser`insert into resource (compartment, resource, updated_at, version, type, generation, deleted,
            posted, previous, sealed, capsule)
          select compartment, resource, updated_at, version, type, generation, deleted, posted, previous, sealed, capsule
          from history where ${current('Observation', 'o-eva')} and version = 2`
        await superuser`delete from history where ${current('Observation', 'o-eva')} and version = 2`
      },
      want: () => ({ what: 'rolled-back', of: 'version', type: 'Observation', id: 'o-eva', version: 3 }),
    },
    {
      what: 'an earlier version in the place of the newest, which stands among the earlier ones',
      plant: async () => {
        await superuser`create table two as
          select 'r' as place, r.* from resource r where ${current('Observation', 'o-eva')}`
        await superuser`insert into two (place, compartment, resource, updated_at, version, type, generation, deleted,
            posted, previous, sealed, capsule)
          select 'h', compartment, resource, updated_at, version, type, generation, deleted, posted, previous, sealed,
            capsule
          from history where ${current('Observation', 'o-eva')} and version = 2`
        await superuser`delete from resource where ${current('Observation', 'o-eva')}`
        await superuser`delete from history where ${current('Observation', 'o-eva')} and version = 2`
        await superuser`insert into resource (compartment, resource, updated_at, version, type, generation, deleted,
            posted, previous, sealed, capsule)
          select compartment, resource, updated_at, version, type, generation, deleted, posted, previous, sealed, capsule
          from two where place = 'h'`
        await superuser`insert into history (compartment, resource, updated_at, version, type, generation, deleted,
            posted, previous, sealed, capsule)
          select compartment, resource, updated_at, version, type, generation, deleted, posted, previous, sealed, capsule
          from two where place = 'r'`
        await superuser`drop table two`
      },
      want: () => ({
        what: 'rolled-back',
        of: 'version',
        resource: keyOf('Observation', 'o-eva'),
        version: 3,
      }),
      sealed: true,
    },
    {
      what: 'a resource moved to another patient',
      plant: async () => {
        const to = compartment('bea')
        await superuser`update resource set compartment = ${to}::uuid where ${current('Observation', 'o-ana')}`
        await superuser`update history set compartment = ${to}::uuid where ${current('Observation', 'o-ana')}`
        await superuser`update locator set compartment = ${to}::uuid where ${current('Observation', 'o-ana')}`
      },
      want: () => ({
        what: 'moved',
        of: 'version',
        from: compartment('ana'),
        compartment: compartment('bea'),
        version: 4,
      }),
    },
    {
      what: 'a resource added',
      plant: async () => {
        const name = '11111111-1111-4111-8111-111111111111'
        await superuser`insert into resource (compartment, resource, updated_at, version, type, generation, deleted,
            posted, previous, sealed, capsule)
          select compartment, ${name}::uuid, updated_at + interval '1 second', 1, type, generation, deleted, posted, null,
            sealed, capsule
          from resource where ${current('Observation', 'o-eva')}`
        await superuser`insert into locator (resource, compartment) values (${name}::uuid, ${compartment('eva')}::uuid)`
      },
      want: () => ({ what: 'added', of: 'version', resource: '11111111-1111-4111-8111-111111111111' }),
      sealed: true,
    },
    {
      what: 'a block of tuples altered',
      plant: () => superuser`
        update tuple set sealed = set_byte(sealed, 80, get_byte(sealed, 80) # 1) where ctid = (
          select ctid from tuple where compartment = ${compartment('eva')}::uuid limit 1)`,
      want: () => ({ what: 'altered', of: 'tuples', compartment: compartment('eva') }),
      sealed: true,
    },
    {
      what: 'blocks of tuples taken away',
      plant: () =>
        superuser`delete from tuple where compartment = ${compartment('eva')}::uuid and not identity`,
      want: () => ({ what: 'missing', of: 'tuples', compartment: compartment('eva') }),
    },
    {
      what: 'a block of tuples that says something else, sealed by who has the keys',
      plant: async () => {
        const keys = (await vault.keys.load([compartment('eva')])).get(compartment('eva'))!
        const said = observation('o-eva', 'eva', 999)
        const entry = {
          resource: keyOf('Observation', 'o-eva'),
          type: typeCode('Observation')!,
          version: 3,
          tuple: encodeTuple(extract(said, { timeZone })),
        }
        const [block] = createBlocks(createPacker(dictionaries)).seal(keys, compartment('eva'), 'record', [
          entry,
        ])
        await superuser`
          with h as (
            update head set position = position + 1 where compartment = ${compartment('eva')}::uuid returning *
          )
          insert into tuple (compartment, position, updated_at, entries, generation, identity, merged, sealed)
          select compartment, position, updated_at, 1, ${block!.generation}, false, false, ${Buffer.from(block!.sealed)}
          from h`
      },
      want: () => ({ what: 'altered', of: 'tuples', type: 'Observation', id: 'o-eva', version: 3 }),
    },
    {
      what: 'the head of a compartment set back',
      plant: () => superuser`update head set position = 1 where compartment = ${compartment('bea')}::uuid`,
      want: () => ({ what: 'rolled-back', of: 'head', compartment: compartment('bea') }),
      sealed: true,
    },
    {
      what: 'the head of a compartment taken away',
      plant: () => superuser`delete from head where compartment = ${compartment('bea')}::uuid`,
      want: () => ({ what: 'missing', of: 'head', compartment: compartment('bea') }),
      sealed: true,
    },
    {
      what: 'a pointer taken away',
      plant: () => superuser`delete from pointer where compartment = ${compartment('bea')}::uuid`,
      want: () => ({
        what: 'missing',
        of: 'pointer',
        compartment: compartment('bea'),
        type: 'Observation',
        id: 'both',
      }),
    },
    {
      what: 'a pointer altered',
      plant: () => superuser`
        update pointer set sealed = set_byte(sealed, 80, get_byte(sealed, 80) # 1)
        where compartment = ${compartment('bea')}::uuid`,
      want: () => ({ what: 'altered', of: 'pointer', compartment: compartment('bea') }),
    },
    {
      what: 'a pointer moved to another patient',
      plant: () => superuser`
        update pointer set compartment = ${compartment('eva')}::uuid
        where compartment = ${compartment('bea')}::uuid`,
      want: () => ({ what: 'altered', of: 'pointer', compartment: compartment('eva') }),
    },
    {
      what: 'a pointer put back, of what names the patient no longer',
      plant: () => superuser`insert into pointer select * from once`,
      want: () => ({ what: 'added', of: 'pointer', compartment: compartment('bea'), id: 'once' }),
    },
    {
      what: 'rows of the directory taken away',
      plant: () => superuser`delete from directory`,
      want: () => ({ what: 'missing', of: 'directory', type: 'Patient', id: 'ana' }),
    },
    {
      what: 'a row of the directory altered',
      plant: () => superuser`
        update directory set sealed = set_byte(sealed, 80, get_byte(sealed, 80) # 1)
        where generation = (select generation from directory_generation where serving)`,
      want: () => ({ what: 'altered', of: 'directory' }),
    },
    {
      what: 'what is pending for the directory altered',
      plant: () => superuser`
        update directory_pending set sealed = set_byte(sealed, 80, get_byte(sealed, 80) # 1)
        where id = ${renaming}::uuid`,
      want: () => ({ what: 'altered', of: 'directory', count: 1 }),
    },
    {
      what: 'what is pending for the directory put back as it was: the old name is found',
      plant: () => superuser`delete from directory_pending where id = ${renaming}::uuid`,
      want: () => ({ what: 'added', of: 'directory', type: 'Patient', id: 'gus' }),
    },
    {
      what: 'an attachment taken away',
      plant: () => superuser`delete from attachment where compartment = ${compartment('ana')}::uuid`,
      want: () => ({ what: 'missing', of: 'attachment' }),
      sealed: true,
    },
    {
      what: 'an attachment doomed',
      plant: () => superuser`
        update attachment set state = 'doomed', held_until = now() - interval '1 hour' where compartment = ${compartment('ana')}::uuid`,
      want: () => ({ what: 'missing', of: 'attachment' }),
      sealed: true,
    },
    {
      what: 'a piece of an attachment altered',
      plant: () => superuser`
        update attachment_piece set sealed = set_byte(sealed, 5000, get_byte(sealed, 5000) # 1) where number = 1`,
      want: () => ({ what: 'altered', of: 'attachment', compartment: compartment('ana') }),
    },
    {
      what: 'a piece of an attachment taken away',
      plant: () =>
        superuser`delete from attachment_piece where number = (select max(number) from attachment_piece)`,
      want: () => ({ what: 'altered', of: 'attachment', compartment: compartment('ana') }),
    },
    {
      what: "a patient's key altered",
      plant: () => superuser`
        update compartment set wrapped = set_byte(wrapped, 80, get_byte(wrapped, 80) # 1)
        where compartment = ${compartment('bea')}::uuid`,
      want: () => ({ what: 'altered', of: 'wrapped-key', compartment: compartment('bea') }),
    },
    {
      what: "a patient's key taken out of its row",
      plant: () => superuser`
        update compartment set wrapped = null where compartment = ${compartment('bea')}::uuid`,
      want: () => ({ what: 'missing', of: 'wrapped-key', compartment: compartment('bea') }),
      sealed: true,
    },
    {
      what: "a patient's key taken away, and a destruction invented",
      plant: async () => {
        await superuser`update compartment set wrapped = null where compartment = ${compartment('bea')}::uuid`
        await superuser`insert into destruction
          select ${compartment('bea')}::uuid, epoch, destroyed_at, rewrapped_at, purged_at, unforced, sealed
          from destruction limit 1`
      },
      want: () => ({ what: 'added', of: 'destruction', compartment: compartment('bea') }),
      sealed: true,
    },
    {
      what: "the row of a patient's key taken away",
      plant: () => superuser`delete from compartment where compartment = ${compartment('bea')}::uuid`,
      want: () => ({ what: 'missing', of: 'wrapped-key', compartment: compartment('bea') }),
      sealed: true,
    },
    {
      what: 'a destruction taken back',
      plant: () => superuser`delete from destruction`,
      want: () => ({ what: 'rolled-back', of: 'destruction' }),
      sealed: true,
    },
    {
      what: "an epoch's key altered",
      plant: () => superuser`
        update keyring set wrapped = set_byte(wrapped, 80, get_byte(wrapped, 80) # 1) where purpose = 'epoch'`,
      want: () => ({ what: 'altered', of: 'keyring' }),
    },
    {
      what: "an epoch's key taken away",
      plant: () => superuser`delete from keyring where purpose = 'epoch'`,
      want: () => ({ what: 'missing', of: 'keyring' }),
      sealed: true,
    },
    {
      what: 'whose a stream is, taken away',
      plant: () => superuser`delete from ledger_stream`,
      want: () => ({ what: 'missing', of: 'stream', compartment: compartment('ana') }),
    },
    {
      what: 'a name that leads to another patient',
      plant: () => superuser`
        update locator set compartment = ${compartment('bea')}::uuid where ${current('Observation', 'o-ana')}`,
      want: () => ({ what: 'altered', of: 'locator', resource: keyOf('Observation', 'o-ana') }),
      sealed: true,
    },
    {
      what: 'a name that leads to where it never was',
      plant: () => superuser`
        update locator set past = array[${compartment('bea')}::uuid] where ${current('Observation', 'o-ana')}`,
      want: () => ({ what: 'altered', of: 'locator', resource: keyOf('Observation', 'o-ana') }),
      sealed: true,
    },
    {
      what: 'a row of the ledger altered',
      plant: () => superuser`
        update ledger_leaf set entry = set_byte(entry, 140, get_byte(entry, 140) # 1) where index = 7`,
      want: () => ({ what: 'checkpoint-differs' }),
      sealed: true,
    },
    {
      what: 'of a leaf in the last tile, of which no hash is stored, a byte that the entry behind it in its stream tells',
      plant: () => superuser`
        update ledger_leaf set entry = set_byte(entry, 58, get_byte(entry, 58) # 1) where index = ${followedLeaf}`,
      want: () => ({ what: 'leaf-altered', index: followedLeaf }),
      sealed: true,
    },
    {
      what: 'of the last leaf of a stream, in the last tile, what its seal tells: who it was',
      plant: () => superuser`
        update ledger_leaf set entry = set_byte(entry, 99, get_byte(entry, 99) # 1) where index = ${lastLeaf}`,
      want: () => ({ what: 'leaf-altered', index: lastLeaf }),
    },
    {
      what: 'a row of the ledger taken away',
      plant: () => superuser`delete from ledger_leaf where index = 9`,
      want: () => ({ what: 'leaf-missing', index: 9 }),
      sealed: true,
    },
    {
      what: 'a table that is a view',
      plant: async () => {
        await superuser`alter table history rename to hidden`
        await superuser`create view history as select * from hidden`
        await superuser`grant select on history to public`
      },
      want: () => ({ what: 'altered', of: 'table', name: 'history' }),
      sealed: true,
    },
  ]

  const has = (findings: readonly Told[], want: object) =>
    findings.some((finding) =>
      Object.entries(want).every(
        ([name, value]) => (finding as unknown as Record<string, unknown>)[name] === value,
      ),
    )

  test('each is named', async (t) => {
    for (const { what, plant, want, sealed: alsoSealed } of plants) {
      await t.test(what, async () => {
        await plant()
        try {
          const { findings } = await verified()
          assert.ok(has(findings, want()), `${JSON.stringify(want())} is not in ${JSON.stringify(findings)}`)
          if (!alsoSealed) return
          const without = await verified({ keys: sealed.keys, ledger: sealed.ledger })
          // Names that people know, and who is meant where several are, need the keys.
          const { what: wrong, of } = want() as RecordFinding
          assert.ok(
            has(without.findings, of === undefined ? { what: wrong } : { what: wrong, of }),
            `sealed: ${JSON.stringify(without.findings)}`,
          )
        } finally {
          if (what.endsWith('a view')) {
            await superuser`drop view history`
            await superuser`alter table hidden rename to history`
          }
          await restore()
        }
      })
    }
    await clean('restored')
  })
})
