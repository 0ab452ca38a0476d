/** What the ledger promises whoever records, asks and audits, on a real PostgreSQL. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { randomBytes } from '#kernel/crypto/index.ts'
import { connect } from '#kernel/db/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { testDatabase } from '#test/kit/index.ts'
import { memoryKeeper, testLedger, type TestLedger, type TestPatient } from '#test/kit/ledger.ts'
import { atEnd } from '#test/kit/scope.ts'
import { createLedger, refusalText, type ActDone, type Finding, type Ledger } from './index.ts'
import { decodeEntry, entryLayout } from './entry.ts'
import { parseNoteKey } from './note-keys.ts'
import { openCheckpoint } from './signed-checkpoint.ts'
import { readTree } from './stored-tree.ts'
import { decodeBundle, edgeRoot, growTiles, readEdge } from './tiles.ts'
import { createProver, verifyInclusion } from './proofs.ts'
import { leafHash } from './tree.ts'

const readOf = (patient: TestPatient, id: string, more: Partial<ActDone> = {}): ActDone => ({
  action: 'read',
  outcome: 'done',
  actor: 'Practitioner/ana',
  client: 'web',
  address: '192.0.2.7',
  purpose: 'TREAT',
  subjects: [{ ...patient, resources: [{ type: 'Observation', id, version: 1 }] }],
  ...more,
})

async function findingsOf(ledger: Ledger): Promise<Finding[]> {
  const found: Finding[] = []
  for await (const finding of ledger.check()) found.push(finding)
  return found
}

test('what is recorded can be asked for, by patient, actor, client, address, time and action, page by page', async (t) => {
  const { ledger, patient, settled } = await testLedger(t)
  assert.deepEqual(await ledger.start(), { status: 'ok' })
  const [one, other] = [await patient(), await patient()]
  for (let n = 0; n < 7; n++) await ledger.record([readOf(one, `o${n}`)])
  await ledger.record([
    readOf(other, 'p1', {
      actor: 'Practitioner/luis',
      action: 'search',
      query: 'code=1',
      address: '192.0.2.8',
    }),
  ])
  await ledger.record([
    { action: 'turned-away', outcome: 'refused', address: '192.0.2.9', reason: 'no token' },
  ])
  assert.equal(await settled(), 9)

  const ids = async (question: Parameters<Ledger['query']>[0]) =>
    (await ledger.query(question)).entries.flatMap(
      ({ details }) => details?.resources?.map(({ id }) => id) ?? [],
    )
  const all = { limit: 100 }
  assert.deepEqual(await ids({ ...all, of: one.keys }), ['o0', 'o1', 'o2', 'o3', 'o4', 'o5', 'o6'])
  assert.deepEqual(await ids({ ...all, actor: 'Practitioner/luis' }), ['p1'])
  assert.deepEqual(await ids({ ...all, address: '192.0.2.8' }), ['p1'])
  assert.deepEqual(await ids({ ...all, actions: ['search', 'export'] }), ['p1'])
  assert.equal((await ids({ ...all, client: 'web' })).length, 8)
  assert.deepEqual(await ids({ ...all, client: 'another' }), [])
  const [refused] = (await ledger.query({ ...all, of: 'facility' })).entries
  assert.deepEqual(refused?.details, { address: '192.0.2.9', reason: 'no token' })
  assert.equal(refused?.of, 'facility')

  const [found] = (await ledger.query({ ...all, actions: ['search'] })).entries
  assert.deepEqual(found?.details, {
    actor: 'Practitioner/luis',
    client: 'web',
    address: '192.0.2.8',
    purpose: 'TREAT',
    resources: [{ type: 'Observation', id: 'p1', version: 1 }],
    query: 'code=1',
  })
  assert.equal(found?.of, other.compartment)
  assert.equal(found?.number, 1)
  const at = found?.recordedAtMs ?? 0
  assert.ok(Math.abs(at - Date.now()) < 60_000)
  assert.equal((await ids({ ...all, fromMs: at, toMs: at + 1, actor: 'Practitioner/luis' })).length, 1)
  assert.deepEqual(await ids({ ...all, fromMs: at + 1, actor: 'Practitioner/luis' }), [])
  assert.deepEqual(await ids({ ...all, toMs: at, actor: 'Practitioner/luis' }), [])

  for (const newestFirst of [false, true]) {
    const paged: number[] = []
    let after: Awaited<ReturnType<Ledger['query']>>['next']
    do {
      const page = await ledger.query({ limit: 2, newestFirst, ...(after && { after }) })
      paged.push(...page.entries.map(({ index }) => index))
      after = page.next
    } while (after)
    const want = [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert.deepEqual(paged, newestFirst ? want.toReversed() : want)
  }
  assert.deepEqual(await findingsOf(ledger), [])
})

test('an act on several patients makes an entry for each, with one act id; more than fits makes several', async (t) => {
  const { ledger, patient, settled } = await testLedger(t)
  await ledger.start()
  const [one, other] = [await patient(), await patient()]
  const resources = Array.from({ length: 1000 }, (_, n) => ({
    type: 'Observation',
    id: `observation-${n}`,
    version: n,
  }))
  await ledger.record([
    {
      action: 'search',
      outcome: 'done',
      subjects: [
        { ...one, resources },
        { ...other, resources: resources.slice(0, 1) },
      ],
    },
  ])
  await settled()
  const { entries } = await ledger.query({ limit: 100 })
  assert.equal(new Set(entries.map(({ act }) => act)).size, 1)
  assert.equal(new Set(entries.map(({ id }) => id)).size, entries.length)
  const of = (patient: TestPatient) =>
    entries
      .filter((entry) => entry.of === patient.compartment)
      .flatMap(({ details }) => details?.resources ?? [])
  assert.deepEqual(of(one), resources)
  assert.deepEqual(of(other), resources.slice(0, 1))
})

test('an entry that is staged with a change is there when the change is, and only then', async (t) => {
  const { sql, ledger, patient, settled } = await testLedger(t)
  await ledger.start()
  const one = await patient()
  const write = (fails: boolean) => {
    const { id, entries, tag } = ledger.stage([
      readOf(one, fails ? 'never' : 'written', { action: 'create' }),
    ])
    return sql`
      with staged as (
        insert into ledger_staged (id, entries, tag) values (${id}::uuid, ${entries}::bytea, ${tag}::bytea)
      )
      insert into migration (room, number, name, sha256)
      values ('test', 1, 'x', case when ${fails}::boolean then 'not a hash' else ${'0'.repeat(64)}::text end)`
  }
  await assert.rejects(async () => write(true))
  await write(false)
  ledger.staged()
  await settled()
  const { entries } = await ledger.query({ limit: 10 })
  assert.deepEqual(
    entries.map(({ details }) => details?.resources?.[0]?.id),
    ['written'],
  )
})

test('checkpoints, tiles and bundles are what an auditor needs', async (t) => {
  const { ledger, keys, notes, patient, settled } = await testLedger(t)
  await ledger.start()
  const one = await patient()
  for (let n = 0; n < 3; n++) {
    await ledger.record(Array.from({ length: 200 }, (_, i) => readOf(one, `${n}-${i}`)))
    await settled()
  }
  const published = await ledger.checkpoint()
  assert.equal(published?.note, notes.at(-1))
  const noteKeys = (await ledger.publicKeys()).map((text) => parseNoteKey(text) ?? assert.fail())
  assert.deepEqual(
    noteKeys.map(({ kind }) => kind),
    ['ed25519', 'ml-dsa-44'],
  )
  const origin = `sigilo/${keys.name}`
  const opened = openCheckpoint(published?.note ?? '', { origin, keys: noteKeys, need: 'all' })
  assert.ok(opened.status === 'ok')
  const { size, root } = opened.checkpoint
  assert.equal(size, 600)
  const read = async (level: number, index: number, width: number) =>
    (await ledger.tile({ level, index, width })) ?? assert.fail()
  assert.deepEqual(edgeRoot(await readEdge(size, read)), root)
  const leaves = decodeBundle(
    (await ledger.tile({ level: 'entries', index: 2, width: 88 })) ?? new Uint8Array(0),
  )
  assert.equal(leaves?.length, 88)
  const leaf = leafHash(leaves?.at(-1) as Uint8Array)
  const proof = await createProver(size, read).inclusion(599)
  assert.ok(verifyInclusion({ index: 599, size, leaf, root, proof }))
  assert.equal(decodeEntry(leaves?.at(-1) as Uint8Array).number, 600)
  for (const name of [
    { level: 0, index: 2, width: 89 },
    { level: 1, index: 0, width: 3 },
    { level: 0, index: 3, width: 1 },
    { level: 'entries', index: 2, width: 256 },
  ] as const) {
    assert.equal(await ledger.tile(name), undefined)
  }
})

test('entries of a patient whose key is destroyed still verify, and say nothing', async (t) => {
  const { sql, ledger, keys, patient, settled } = await testLedger(t)
  await ledger.start()
  const [gone, other] = [await patient(), await patient()]
  await ledger.record([readOf(gone, 'secret'), readOf(other, 'plain')])
  await settled()
  await sql`update compartment set wrapped = null where compartment = ${gone.compartment}::uuid`
  keys.forget(gone.compartment)
  assert.deepEqual(await findingsOf(ledger), [])
  const { entries } = await ledger.query({ limit: 10, actor: 'Practitioner/ana' })
  assert.deepEqual(
    entries.map(({ of, details }) => [of, details?.resources?.[0]?.id]),
    [
      [undefined, undefined],
      [other.compartment, 'plain'],
    ],
  )
  assert.equal((await sql`select from ledger_stream`).length, 2)
  await ledger.tend()
  assert.equal((await sql`select from ledger_stream`).length, 1)
  await ledger.forgetStream(other.keys)
  assert.equal((await sql`select from ledger_stream`).length, 0)
  assert.deepEqual(await findingsOf(ledger), [])
})

describe('a database that was put back', () => {
  test('is refused, with what to do, where it is behind the checkpoint kept outside', async (t) => {
    const { sql, url, ledger, secret, notes, patient, settled } = await testLedger(t)
    await ledger.start()
    const one = await patient()
    await ledger.record(Array.from({ length: 300 }, (_, n) => readOf(one, `o${n}`)))
    await settled()
    const [before] = await sql`select * from ledger_head`
    await ledger.record([readOf(one, 'later')])
    await settled()
    await ledger.stop()
    await sql`delete from ledger_leaf where index >= ${before?.['size']}::bigint`
    await sql`delete from ledger_checkpoint where size > ${before?.['size']}::bigint`
    await sql`update ledger_head set size = ${before?.['size']}::bigint, root = ${before?.['root']}::bytea`
    const pool = connect(url)
    atEnd(t, () => pool.end())
    const theirs = createKeys({ sql: pool })
    await theirs.unseal(secret)
    const again = createLedger({ sql: pool, keys: theirs, keeper: memoryKeeper(notes), now: Date.now })
    atEnd(t, () => again.stop())
    const refused = await again.start()
    assert.deepEqual(refused, { status: 'database-behind', size: 300, kept: 301 })
    assert.ok(refused.status === 'database-behind')
    const { es, en } = refusalText(refused, '/var/sigilo/checkpoint')
    assert.match(en, /300 entries .* 301 by .*checkpoint.*Restore a later backup/)
    assert.match(es, /300 asientos .* 301 según .*checkpoint.*Restaure un respaldo posterior/)
    assert.deepEqual(await findingsOf(again), [{ what: 'tail-missing', size: 300, kept: 301 }])
  })

  test('is refused where its entries are others', async (t) => {
    const { sql, ledger, keys, notes, patient, settled } = await testLedger(t)
    await ledger.start()
    const one = await patient()
    await ledger.record([readOf(one, 'a'), readOf(one, 'b')])
    await settled()
    await ledger.stop()
    await sql`update ledger_leaf set entry = set_byte(entry, 200, get_byte(entry, 200) # 1) where index = 1`
    const keeper = memoryKeeper(notes)
    const again = createLedger({ sql, keys, keeper, now: Date.now })
    assert.deepEqual(await again.start(), { status: 'forked', size: 2, kept: 2 })
    notes.push('nonsense')
    assert.equal((await again.start()).status, 'kept-unreadable')
  })
})

test('keys that sign are not replaced by others, nor taken from whoever can write to the table', async (t) => {
  const { sql, ledger, keys, notes, patient, settled } = await testLedger(t)
  await ledger.start()
  await ledger.record([readOf(await patient(), 'a')])
  await settled()
  await ledger.stop()
  const again = () => createLedger({ sql, keys, keeper: memoryKeeper(notes), now: Date.now })
  await sql`update ledger_signer set public_keys = 'other'`
  assert.equal((await again().start()).status, 'signers-altered')
  assert.equal((await findingsOf(again()))[0]?.what, 'signers-altered')
  await sql`delete from ledger_signer`
  assert.deepEqual(await again().start(), { status: 'signers-altered', reason: 'they are gone' })
  const elsewhere = createLedger({ sql, keys, keeper: memoryKeeper(), now: Date.now })
  assert.deepEqual(await elsewhere.start(), { status: 'signers-altered', reason: 'they are gone' })
  await sql`delete from ledger_leaf`
  await sql`update ledger_head set size = 0, root = sha256('')`
  assert.deepEqual(await again().start(), { status: 'database-behind', size: 0, kept: 1 })
})

describe('where the table of checkpoints takes none', () => {
  const sizeOf = (note: string | undefined) => Number(note?.split('\n')[1] ?? 0)
  const keptAt = async (notes: string[], size: number) => {
    while (sizeOf(notes.at(-1)) < size) await new Promise((resolve) => setTimeout(resolve, 10))
  }

  test('by a constraint, they are kept outside all the same, and are in the table once it takes them', async (t) => {
    const { sql, ledger, events, notes, patient, settled } = await testLedger(t)
    await ledger.start()
    const one = await patient()
    await ledger.record([readOf(one, 'a')])
    await settled()
    await sql`alter table ledger_checkpoint add constraint none check (false) not valid`
    for (const size of [2, 3]) {
      await ledger.record([readOf(one, `${size}`)])
      await keptAt(notes, size)
    }
    while (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    assert.ok(events.every(({ event }) => event === 'failed'))
    assert.deepEqual(await findingsOf(ledger), [{ what: 'checkpoint-missing', size: 3 }])
    await sql`alter table ledger_checkpoint drop constraint none`
    assert.equal(await settled(), 3)
    assert.deepEqual(await findingsOf(ledger), [])
  })

  test('by a lock, they are kept outside all the same', async (t) => {
    const { sql, url, ledger, notes, patient, settled } = await testLedger(t)
    await ledger.start()
    const one = await patient()
    await ledger.record([readOf(one, 'a')])
    await settled()
    const other = connect(url, { max: 1 })
    atEnd(t, () => other.end())
    await other.begin(async (tx) => {
      await tx`lock table ledger_checkpoint`
      for (const size of [2, 3]) {
        await ledger.record([readOf(one, `${size}`)])
        await keptAt(notes, size)
      }
      assert.equal((await tx`select from ledger_checkpoint where size > 1`).length, 0)
    })
    assert.equal(await settled(), 3)
    assert.deepEqual(await findingsOf(ledger), [])
    assert.ok((await sql`select from ledger_checkpoint`).length > 0)
  })

  test('and the process ends, the next one starts, and puts what was kept into the table', async (t) => {
    const { sql, ledger, keys, notes, patient, settled } = await testLedger(t)
    await ledger.start()
    const one = await patient()
    await ledger.record([readOf(one, 'a')])
    await settled()
    await sql`alter table ledger_checkpoint add constraint none check (false) not valid`
    await ledger.record([readOf(one, 'b')])
    await keptAt(notes, 2)
    await ledger.stop()
    await sql`alter table ledger_checkpoint drop constraint none`
    const events: unknown[] = []
    const again = createLedger({
      sql,
      keys,
      keeper: memoryKeeper(notes),
      now: Date.now,
      onEvent: (event) => void events.push(event),
    })
    atEnd(t, () => again.stop())
    assert.deepEqual(await again.start(), { status: 'ok' })
    assert.equal(await settled(), 2)
    assert.deepEqual(await findingsOf(again), [])
    assert.deepEqual(events, [])
    const [row] = await sql<{ note: string }[]>`select note from ledger_checkpoint where size = 2`
    assert.equal(row?.note, notes.at(-1))
  })
})

test('a checkpoint with one of its two signatures is none, wherever it stands', async (t) => {
  const { sql, ledger, keys, notes, patient, settled } = await testLedger(t)
  await ledger.start()
  await ledger.record([readOf(await patient(), 'a')])
  await settled()
  await ledger.stop()
  const whole = notes.at(-1) ?? assert.fail()
  const again = () => createLedger({ sql, keys, keeper: memoryKeeper(notes), now: Date.now })
  const [text, , , , ed25519, mlDsa] = whole.split('\n').map((line) => `${line}\n`)
  for (const signature of [ed25519, mlDsa]) {
    const stripped = `${text}${whole.split('\n').slice(1, 4).join('\n')}\n${signature}`
    await sql`update ledger_checkpoint set note = ${stripped}`
    assert.deepEqual(await findingsOf(again()), [{ what: 'checkpoint-forged', size: 1, reason: 'unsigned' }])
    await sql`update ledger_checkpoint set note = ${whole}`
    notes.push(stripped)
    assert.deepEqual(await again().start(), { status: 'kept-unreadable', reason: 'unsigned' })
    assert.equal((await findingsOf(again()))[0]?.what, 'kept-unreadable')
    notes.push(whole)
    assert.deepEqual(await findingsOf(again()), [])
  }
  // As whoever has no keys of the vault can tell.
  await keys.seal()
  assert.deepEqual(await findingsOf(again()), [])
  await sql`update ledger_signer set public_keys = split_part(public_keys, E'\\n', 1)`
  assert.equal((await findingsOf(again()))[0]?.what, 'signers-altered')
})

describe('what SQL does to the ledger is named', () => {
  const plants: [string, string, (found: Finding[]) => void][] = [
    [
      'a leaf altered',
      `update ledger_leaf set entry = set_byte(entry, 200, get_byte(entry, 200) # 1) where index = 100`,
      (found) => {
        assert.ok(found.some((one) => one.what === 'leaf-altered' && one.index === 100))
        assert.ok(found.some(({ what }) => what === 'stream-broken'))
        assert.ok(found.some(({ what }) => what === 'checkpoint-differs'))
        assert.ok(found.some(({ what }) => what === 'head-altered'))
      },
    ],
    [
      'a leaf taken away',
      `delete from ledger_leaf where index = 100`,
      (found) => assert.ok(found.some((one) => one.what === 'leaf-missing' && one.index === 100)),
    ],
    [
      'a leaf at the end',
      `insert into ledger_leaf select h.size, set_byte(l.entry, 66, 255) from ledger_leaf l, ledger_head h where index = 100`,
      (found) =>
        assert.deepEqual(found, [
          { what: 'leaf-added', index: 300 },
          {
            what: 'entry-twice',
            id: found[1]?.what === 'entry-twice' ? found[1].id : '',
            indices: [100, 300],
          },
        ]),
    ],
    [
      'a leaf moved',
      `update ledger_leaf set index = index + 1000 where index in (10, 11);
       update ledger_leaf set index = 1021 - index where index in (1010, 1011)`,
      (found) => assert.ok(found.some(({ what }) => what === 'leaf-altered')),
    ],
    [
      'a tile altered',
      `update ledger_tile set hashes = set_byte(hashes, 32 * 7, 0), root = root where level = 0`,
      (found) => assert.deepEqual(found, [{ what: 'leaf-altered', index: 7 }]),
    ],
    [
      'a tile taken away',
      `delete from ledger_tile`,
      (found) => assert.deepEqual(found, [{ what: 'tile-missing', level: 0, index: 0 }]),
    ],
    [
      'the tail cut off',
      `delete from ledger_leaf where index >= 290`,
      (found) => assert.ok(found.some((one) => one.what === 'leaf-missing' && one.index === 290)),
    ],
    [
      'a checkpoint altered',
      `update ledger_checkpoint set note = replace(note, E'\\n300\\n', E'\\n299\\n') where size = 300`,
      (found) => assert.deepEqual(found, [{ what: 'checkpoint-forged', size: 300, reason: 'forged' }]),
    ],
    [
      'the newest checkpoint taken away',
      `delete from ledger_checkpoint where size = 300`,
      (found) => assert.deepEqual(found, [{ what: 'checkpoint-missing', size: 300 }]),
    ],
    [
      'whose stream it is',
      `with one as (select * from ledger_stream order by stream limit 1)
       update ledger_stream s set sealed = one.sealed from one where s.stream <> one.stream`,
      (found) =>
        assert.deepEqual(
          found.map(({ what }) => what),
          ['owner-altered', 'owner-altered'],
        ),
    ],
    [
      'a row staged',
      `insert into ledger_staged (id, entries, tag, refused) values ('00000000-0000-4000-8000-000000000007', '\\x00', sha256(''), true)`,
      (found) =>
        assert.deepEqual(found, [{ what: 'staged-planted', id: '00000000-0000-4000-8000-000000000007' }]),
    ],
  ]
  const ends: (() => Promise<void> | void)[] = []
  let made: TestLedger
  before(async () => {
    made = await testLedger({ after: (end) => void ends.push(end) })
    const { sql, ledger, patient, settled } = made
    await ledger.start()
    const patients = [await patient(), await patient(), await patient()]
    await ledger.record(
      Array.from({ length: 300 }, (_, n) => readOf(patients[n % 3] as TestPatient, `o${n}`)),
    )
    await settled()
    await ledger.stop()
    // Nobody may be connected to what is cloned.
    await sql.end()
  })
  after(async () => {
    for (const end of ends) await end()
  })
  for (const [name, plant, judge] of plants) {
    test(name, async (t) => {
      const { sql } = await testDatabase(t, { template: made.name })
      const keys = createKeys({ sql })
      assert.equal((await keys.unseal(made.secret)).status, 'open')
      const ledger = createLedger({ sql, keys, keeper: memoryKeeper(made.notes), now: Date.now })
      assert.deepEqual(await findingsOf(ledger), [])
      await sql.unsafe(plant)
      judge(await findingsOf(ledger))
    })
  }
})

/** What SQL can do that works out the tree again: whatever it does, no signature is older. */
async function plantLeaf({ sql }: TestLedger, bytes: Uint8Array): Promise<number> {
  const read = await readTree(sql)
  assert(read.status === 'ok')
  const { edge } = growTiles(read.edge, [leafHash(bytes)])
  await sql`insert into ledger_leaf (index, entry) values (${read.edge.size}::bigint, ${bytes}::bytea)`
  await sql`update ledger_head set size = ${edge.size}::bigint, root = ${edgeRoot(edge)}::bytea`
  return read.edge.size
}

test('a leaf that SQL put into the tree, and the vault has signed, is named', async (t) => {
  const made = await testLedger(t)
  const { sql, ledger, keys, notes, patient, settled } = made
  await ledger.start()
  const one = await patient()
  const act = { actor: 'Practitioner/ana', action: 'configuration', outcome: 'done' } as const
  await ledger.record([readOf(one, 'a'), act, readOf(one, 'b')])
  await settled()
  await ledger.stop()
  const rows = await sql<{ entry: Uint8Array }[]>`select entry from ledger_leaf order by index`
  const [first, ofHouse, last] = rows.map(({ entry }) => entry) as [Uint8Array, Uint8Array, Uint8Array]
  /** A copy of an act as it was, behind the end of its stream. */
  const anew = (bytes: Uint8Array, before: Uint8Array) => {
    const copy = Buffer.from(bytes)
    copy.writeBigUInt64BE(Buffer.from(before).readBigUInt64BE(entryLayout.number) + 1n, entryLayout.number)
    copy.set(leafHash(before), entryLayout.previous)
    copy.set(randomBytes(16), entryLayout.id)
    return copy
  }
  const planted = [await plantLeaf(made, anew(first, last)), await plantLeaf(made, anew(ofHouse, ofHouse))]
  const again = createLedger({ sql, keys, keeper: memoryKeeper(notes), now: Date.now, checkpointMs: 50 })
  atEnd(t, () => again.stop())
  assert.deepEqual(await again.start(), { status: 'ok' })
  await settled()
  const found = planted.map((index) => ({ what: 'leaf-planted', index }))
  assert.deepEqual(await findingsOf(again), found)
  // As one of a tile that is full.
  await again.record(Array.from({ length: 300 }, () => act))
  await settled()
  assert.deepEqual(await findingsOf(again), found)
  const seen: (number | undefined)[] = []
  for await (const _ of again.check({ onEntry: (_, index) => void seen.push(index) })) {
    // What it says does not count.
  }
  assert.ok(planted.every((index) => !seen.includes(index)))
})

test('behind a leaf that is gone, the rest is compared', async (t) => {
  const { sql, ledger, keys, notes, patient, settled } = await testLedger(t)
  await ledger.start()
  const one = await patient()
  for (let n = 0; n < 3; n++) {
    await ledger.record(Array.from({ length: 450 }, (_, i) => readOf(one, `${n}-${i}`)))
    await settled()
  }
  await ledger.stop()
  const again = createLedger({ sql, keys, keeper: memoryKeeper(notes), now: Date.now })
  const found = async () =>
    (await findingsOf(again)).map((each) =>
      [each.what, 'index' in each ? each.index : 'size' in each ? each.size : ''].join(' '),
    )
  assert.deepEqual(await found(), [])
  await sql`create table aside as select * from ledger_leaf where index = 100`
  await sql`delete from ledger_leaf where index = 100`
  const gap = await found()
  assert.deepEqual(gap, ['leaf-missing 100', 'stream-gap 101'])

  await sql`update ledger_leaf set entry = set_byte(entry, 200, get_byte(entry, 200) # 1) where index in (700, 1100)`
  await sql`update ledger_checkpoint set note = replace(note, E'\\n1350\\n', E'\\n1349\\n') where size = 1350`
  const wanted = ['leaf-altered 700', 'leaf-altered 1100', 'checkpoint-forged 1350']
  const both = await found()
  for (const want of [...gap, ...wanted, 'checkpoint-differs 900']) assert.ok(both.includes(want), want)
  assert.ok(!both.includes('checkpoint-differs 450'))

  // And its tile with it.
  await sql`delete from ledger_tile where level = 0 and index = 0`
  const more = await found()
  for (const want of [...gap, ...wanted, 'tile-missing 0']) assert.ok(more.includes(want), want)
  assert.ok(!more.includes('leaf-altered 100'))
})

test('a checkpoint of more than there is tells that the tail is gone, where none is kept outside', async (t) => {
  const { sql, ledger, keys, patient, settled } = await testLedger(t)
  await ledger.start()
  const one = await patient()
  await ledger.record([readOf(one, 'a')])
  await settled()
  const [head] = await sql<{ root: Uint8Array }[]>`select root from ledger_head`
  await ledger.record([readOf(one, 'b')])
  await settled()
  await ledger.stop()
  await sql`delete from ledger_leaf where index = 1`
  await sql`update ledger_head set size = 1, root = ${head!.root}::bytea`
  const again = createLedger({ sql, keys, keeper: memoryKeeper(), now: Date.now })
  assert.deepEqual(await findingsOf(again), [{ what: 'tail-missing', size: 1, kept: 2 }])
})

test('what waits and is no entry is named while the vault is sealed; of a time that never was, it goes on', async (t) => {
  const { sql, ledger, keys, notes, patient, settled } = await testLedger(t)
  const one = await patient()
  for (const time of ['infinity', '-infinity', '1969-12-31', '200000-01-01']) {
    const { id, entries, tag } = ledger.stage([readOf(one, 'x')])
    await sql`
      insert into ledger_staged (id, entries, tag, staged_at)
      values (${id}::uuid, ${entries}::bytea, ${tag}::bytea, ${time}::timestamptz)`
  }
  await ledger.start()
  while ((await settled()) < 4);
  const { entries: told } = await ledger.query({ limit: 10 })
  assert.ok(told.every(({ recordedAtMs }) => Math.abs(recordedAtMs - Date.now()) < 60_000))
  await ledger.stop()

  const planted = '00000000-0000-4000-8000-000000000009'
  const bytes = Buffer.alloc(2 + entryLayout.commitments + 1)
  bytes.writeUInt16BE(entryLayout.commitments)
  await sql`insert into ledger_staged (id, entries, tag) values (${planted}::uuid, ${bytes}::bytea, sha256(''))`
  await keys.seal()
  const sealed = createLedger({ sql, keys, keeper: memoryKeeper(notes), now: Date.now })
  assert.deepEqual(await findingsOf(sealed), [{ what: 'staged-planted', id: planted }])
})

test('a row that SQL staged is set aside and told; a good one goes on', async (t) => {
  const { sql, ledger, events, patient, settled } = await testLedger(t)
  await ledger.start()
  const one = await patient()
  const { id, entries, tag } = ledger.stage([readOf(one, 'x')])
  // The entries of somebody else's row, under another name.
  const other = '00000000-0000-4000-8000-000000000008'
  await sql`insert into ledger_staged (id, entries, tag) values (${other}::uuid, ${entries}::bytea, ${tag}::bytea)`
  await sql`insert into ledger_staged (id, entries, tag) values (${id}::uuid, ${entries}::bytea, ${tag}::bytea)`
  ledger.staged()
  while ((await settled()) === 0);
  assert.deepEqual(events, [{ event: 'planted', ids: [other] }])
  assert.deepEqual(await findingsOf(ledger), [{ what: 'staged-planted', id: other }])
  assert.equal((await ledger.query({ limit: 10 })).entries.length, 1)
  // Put back as it was: it has been a leaf, and is not made one again.
  await sql`insert into ledger_staged (id, entries, tag) values (${id}::uuid, ${entries}::bytea, ${tag}::bytea)`
  assert.equal(await settled(), 1)
})

test('where something stands at the end of the tree, nothing is sequenced, it is told, and nothing is lost', async (t) => {
  const { sql, ledger, events, patient, settled } = await testLedger(t)
  await ledger.start()
  const one = await patient()
  await ledger.record([readOf(one, 'before')])
  await settled()
  await sql`insert into ledger_leaf select 1, set_byte(entry, 66, 255) from ledger_leaf`
  await ledger.record([readOf(one, 'meanwhile')])
  while (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.deepEqual(events, [{ event: 'altered', status: 'altered', size: 1 }])
  assert.equal((await findingsOf(ledger))[0]?.what, 'leaf-added')
  await sql`delete from ledger_leaf where index = 1`
  await ledger.record([readOf(one, 'after')])
  assert.equal(await settled(), 3)
  assert.deepEqual(await findingsOf(ledger), [])
  assert.equal(events.length, 1)
})

test('a vault that is sealed records nothing, and goes on when it is opened', async (t) => {
  const { ledger, keys, secret, patient, settled } = await testLedger(t)
  await ledger.start()
  const one = await patient()
  await ledger.record([readOf(one, 'before')])
  await settled()
  await keys.seal()
  await assert.rejects(ledger.record([{ action: 'read', outcome: 'done' }]), { name: 'KeysSealed' })
  await keys.unseal(secret)
  const [theirs] = (await keys.load([one.compartment])).values()
  await ledger.record([readOf({ ...one, keys: theirs as TestPatient['keys'] }, 'after')])
  assert.equal(await settled(), 2)
  assert.deepEqual(await findingsOf(ledger), [])
})
