/**
 * A ledger as large as that of years, copied into the tables, since recording it would take hours. What ends in it is true: streams are
 * chained, and the tree is that of the leaves. Somebody's own entries are sealed one by one; of everybody else's the details are drawn from a
 * pool, since nobody opens them.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { randomBytes, randomUuid } from '#kernel/crypto/index.ts'
import { byteaArray, type Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import { sealDetails } from '../../src/kernel/ledger/details.ts'
import { actions, encodeAct, entryLayout, noPrevious } from '../../src/kernel/ledger/entry.ts'
import { Pseudonyms, streamOf } from '../../src/kernel/ledger/pseudonyms.ts'
import { readTree, rootOfTile } from '../../src/kernel/ledger/stored-tree.ts'
import { StreamEnds, nameOf } from '../../src/kernel/ledger/stream-ends.ts'
import { edgeRoot, growTiles } from '../../src/kernel/ledger/tiles.ts'
import { leafHash } from '../../src/kernel/ledger/tree.ts'
import { insertCompartments } from './compartments.ts'

/** Beside the patients that are there. */
const otherPatients = 20_000
const others = 199
const pooled = 4_096
/** As long as sealed details of 256 bytes. */
const pooledBytes = 330
const batch = 8_192

export interface Tome {
  /** How many to add, and how many of these are `somebody`'s, of patients that are there. */
  entries: number
  theirs: number
  somebody: string
}

interface Patient {
  stream: Uint8Array
  keys: CompartmentKeys
  number: number
  previous: Uint8Array
}

/** `copying`: without a bound on how long a statement takes. Nobody sequences meanwhile. */
export async function copyEntries(
  sql: Sql,
  copying: Sql,
  keys: Keys,
  { entries, theirs, somebody }: Tome,
): Promise<void> {
  const names = new Pseudonyms(keys.ledger)
  const own = await ownPatients(sql, keys)
  const rest = await mintPatients(sql, keys, names)
  const read = await readTree(sql)
  if (read.status !== 'ok') throw new Error(read.status)
  let { edge } = read
  const definitions = await dropLeafIndexes(copying)
  const copy = await copyLeaves(copying)
  copy.write(copyHead)
  const pool = Array.from({ length: pooled }, () => randomBytes(pooledBytes))
  const tags = {
    somebody: names.tag('actor', somebody),
    others: Array.from({ length: others }, (_, n) => names.tag('actor', `Practitioner/${n}`)),
    client: names.tag('client', 'web'),
    addresses: Array.from({ length: 300 }, (_, n) => names.tag('address', `192.0.2.${n}`)),
  }
  // A hundred days, up to now.
  const began = Date.now() - 100 * 86_400_000
  const every = Math.floor(entries / theirs)
  const timeOf = (n: number) => began + Math.floor((n / entries) * 99 * 86_400_000)
  const common = { outcome: 'done', client: tags.client, commitments: [] } as const
  const theirsAt = (n: number): { patient: Patient; staged: Uint8Array } => {
    const patient = own[(n / every) % own.length] as Patient
    const place = { id: randomId(), act: randomId(), stream: patient.stream }
    const details = sealDetails(
      patient.keys.ledger,
      place,
      { actor: somebody, client: 'web', address: `192.0.2.${n % 300}`, purpose: 'TREAT' },
      [{ type: 'Observation', id: `observation-${(n / every) % 40_000}`, version: 1 }],
    )
    const address = tags.addresses[n % 300] as Uint8Array
    const recordedAtMs = timeOf(n)
    const action = n % 50 === 0 ? 'update' : 'read'
    return {
      patient,
      staged: encodeAct({
        ...common,
        ...place,
        action,
        recordedAtMs,
        address,
        actor: tags.somebody,
        details,
      }),
    }
  }
  const nobody = new Uint8Array(16)
  const staged = Buffer.from(
    encodeAct({
      ...common,
      id: nobody,
      act: nobody,
      stream: nobody,
      address: nobody,
      actor: nobody,
      action: 'read',
      recordedAtMs: 1,
      details: new Uint8Array(pooledBytes),
    }),
  )
  /** The same, written in place: ten million of them. */
  const othersAt = (n: number): { patient: Patient; staged: Uint8Array } => {
    const patient = rest[(n * 7919) % rest.length] as Patient
    staged[entryLayout.action] = n % 50 === 0 ? actions.update : actions.read
    staged.set(randomId(), entryLayout.id)
    staged.set(randomId(), entryLayout.act)
    staged.set(patient.stream, entryLayout.stream)
    staged.writeUIntBE(timeOf(n), entryLayout.recordedAt + 2, 6)
    staged.set(tags.others[n % others] as Uint8Array, entryLayout.actor)
    staged.set(tags.addresses[n % 300] as Uint8Array, entryLayout.address)
    staged.set(pool[n % pooled] as Uint8Array, entryLayout.commitments)
    return { patient, staged }
  }
  for (let n = 0; n < entries;) {
    const hashes: Uint8Array[] = []
    const rows = Buffer.allocUnsafe(batch * (copyRowBytes + entryLayout.commitments + 2 * pooledBytes))
    const from = edge.size
    let at = 0
    for (; n < entries && hashes.length < batch; n++) {
      const { patient, staged: bytes } = n % every === 0 ? theirsAt(n) : othersAt(n)
      writeRowHead(rows, at, from + hashes.length, bytes.length)
      at += copyRowBytes
      rows.set(bytes, at)
      rows.writeUIntBE(++patient.number, at + entryLayout.number + 2, 6)
      rows.set(patient.previous, at + entryLayout.previous)
      const hash = leafHash(rows.subarray(at, at + bytes.length))
      at += bytes.length
      patient.previous = hash
      hashes.push(hash)
    }
    const grown = growTiles(edge, hashes)
    edge = grown.edge
    await insertTiles(
      copying,
      grown.full.map((tile) => ({ ...tile, root: rootOfTile(tile, grown) })),
    )
    if (!copy.write(rows.subarray(0, at))) await once(copy, 'drain')
  }
  const ended = once(copy, 'finish')
  copy.end(copyTail)
  await ended
  await putHead(copying, edge.size, edgeRoot(edge))
  for (const definition of definitions) await makeIndex(copying, definition)
  await copying`vacuum analyze`
}

/** Those that are there, with the ends of their streams. */
async function ownPatients(sql: Sql, keys: Keys): Promise<Patient[]> {
  const patients = [...(await keys.load(await compartments(sql))).values()].map((theirs) => ({
    stream: streamOf(theirs).name,
    keys: theirs,
  }))
  const ends = await new StreamEnds(sql).of(patients.map(({ stream }) => stream))
  return patients
    .map((patient) => {
      const { number, hash } = ends.get(nameOf(patient.stream))!
      return { ...patient, number, previous: hash }
    })
    .filter(({ number }) => number > 0)
}

async function mintPatients(sql: Sql, keys: Keys, names: Pseudonyms): Promise<Patient[]> {
  const patients: Patient[] = []
  while (patients.length < otherPatients) {
    const minted = await Promise.all(Array.from({ length: 500 }, () => keys.mint(randomUuid())))
    await insertCompartments(sql, minted)
    await insertStreams(
      sql,
      minted.map(({ compartment, keys: theirs }) => {
        const stream = streamOf(theirs).name
        return { stream, sealed: names.sealOwner(stream, compartment) }
      }),
    )
    for (const { keys: theirs } of minted)
      patients.push({ stream: streamOf(theirs).name, keys: theirs, number: 0, previous: noPrevious })
  }
  return patients
}

/** PostgreSQL, "COPY", binary format. */
const copyHead = Buffer.concat([Buffer.from('PGCOPY\n\u00FF\r\n\0', 'latin1'), Buffer.alloc(8)])
const copyTail = Buffer.from([0xff, 0xff])

/** Fields, and the length before each. */
const copyRowBytes = 2 + 4 + 8 + 4

function writeRowHead(rows: Buffer, at: number, index: number, length: number): void {
  rows.writeInt16BE(2, at)
  rows.writeInt32BE(8, at + 2)
  rows.writeBigInt64BE(BigInt(index), at + 6)
  rows.writeInt32BE(length, at + 14)
}

let drawn = 0
let ids: Uint8Array = new Uint8Array(0)

function randomId(): Uint8Array {
  if (drawn === ids.length) [ids, drawn] = [randomBytes(16 * 4096), 0]
  return ids.subarray(drawn, (drawn += 16))
}

/** For what is filled at once; gives how to make them again. */
async function dropLeafIndexes(sql: Sql): Promise<string[]> {
  const found = await sql<{ name: string; definition: string }[]>`
    select indexname as name, indexdef as definition from pg_indexes
    where tablename = 'ledger_leaf' and indexname <> 'ledger_leaf_key'`
  for (const { name } of found) await sql`drop index ${sql(name)}`
  return found.map(({ definition }) => definition)
}

async function makeIndex(sql: Sql, definition: string): Promise<void> {
  await sql.unsafe(definition)
}

function copyLeaves(sql: Sql): Promise<Writable> {
  return sql`copy ledger_leaf (index, entry) from stdin (format binary)`.writable()
}

async function insertTiles(
  sql: Sql,
  tiles: readonly { level: number; index: number; bytes: Uint8Array; root: Uint8Array }[],
): Promise<void> {
  for (const { level, index, bytes, root } of tiles)
    await sql`
      insert into ledger_tile (level, index, hashes, root)
      values (${level}::smallint, ${index}::bigint, ${bytes}::bytea, ${root}::bytea)`
}

async function insertStreams(
  sql: Sql,
  rows: readonly { stream: Uint8Array; sealed: Uint8Array }[],
): Promise<void> {
  await sql`
    insert into ledger_stream (stream, sealed) select r.stream, r.sealed from unnest(
      ${byteaArray(rows.map(({ stream }) => stream))}::bytea[],
      ${byteaArray(rows.map(({ sealed }) => sealed))}::bytea[]
    ) as r (stream, sealed)`
}

async function putHead(sql: Sql, size: number, root: Uint8Array): Promise<void> {
  await sql`update ledger_head set size = ${size}::bigint, root = ${root}::bytea`
}

async function compartments(sql: Sql): Promise<string[]> {
  const found = await sql<{ compartment: string }[]>`select compartment from compartment order by opened_at`
  return found.map(({ compartment }) => compartment)
}
