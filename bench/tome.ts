/**
 * A home whose ledger is as large as that of years: what ends in it is true (streams are chained, the tree is that of the leaves), but it
 * is copied into the tables, since recording it would take hours. Somebody's own entries are sealed one by one; of everybody else's the
 * details are drawn from a pool, since nobody opens them here.
 */
import { once } from 'node:events'
import { randomBytes, randomUuid } from '#kernel/crypto/index.ts'
import { connect, startEmbedded, type Sql } from '#kernel/db/index.ts'
import { createKeys, type CompartmentKeys, type Keys } from '#kernel/keys/index.ts'
import { createStore } from '#records/index.ts'
import { findHome } from '#cli/home/home.ts'
import { openLedger } from '#cli/house/ledger.ts'
import { unattendedSecret } from '#cli/openers/sent.ts'
import { sealDetails } from '../src/kernel/ledger/details.ts'
import { actions, encodeAct, entryLayout, noPrevious } from '../src/kernel/ledger/entry.ts'
import { Pseudonyms, streamOf } from '../src/kernel/ledger/pseudonyms.ts'
import { readTree, rootOfTile } from '../src/kernel/ledger/stored-tree.ts'
import { StreamEnds, nameOf } from '../src/kernel/ledger/stream-ends.ts'
import { edgeRoot, growTiles } from '../src/kernel/ledger/tiles.ts'
import { leafHash } from '../src/kernel/ledger/tree.ts'
import { answerCommands } from './child.ts'
import { timeZone } from './house.ts'
import { somebody } from './somebody.ts'
import * as queries from './queries.ts'

/** Patients whose entries are theirs. */
const theirPatients = 2_000
/** Beside them. */
const otherPatients = 20_000
const others = 199
const pooled = 4_096
/** As long as sealed details of 256 bytes. */
const pooledBytes = 330
const batch = 8_192
const copyMsMax = 3_600_000

interface Tome {
  entries: number
  theirs: number
}

answerCommands({
  /** Fills the ledger of a home, which a key file opens and nobody serves. */
  fill: async ({ home, entries, theirs }: Tome & { home: string }) => {
    const found = findHome(home)
    if (found.status !== 'ok') throw new Error(`no home at ${home}: ${found.status}`)
    const secret = unattendedSecret(found.home)
    const database = await startEmbedded({ home })
    if (database.status !== 'started') throw new Error(database.message)
    const sql = connect(database.url)
    const copying = connect(database.superuserUrl, { max: 2, statementMsMax: copyMsMax })
    const keys = createKeys({ sql })
    try {
      const opened = secret && (await keys.unseal(secret))
      if (opened?.status !== 'open') throw new Error('the vault did not open')
      const ids = await writePatients(home, sql, keys)
      await copyEntries(sql, copying, keys, { entries, theirs, ids })
    } finally {
      keys.seal()
      await Promise.all([sql, copying].map((each) => each.end({ timeout: 5 })))
      await database.stop()
    }
  },
})

/** As a vault does it; nothing of the ledger is under way when they are written. */
async function writePatients(path: string, sql: Sql, keys: Keys): Promise<string[]> {
  const ledger = openLedger(path, { sql, keys })
  const refused = await ledger.opened()
  if (refused) throw new Error(refused.text.en)
  const store = createStore({ sql, keys, ledger, timeZone, now: Date.now })
  const acting = store.as({ actor: 'bench', client: 'bench', address: 'local' })
  const ids = Array.from({ length: theirPatients }, (_, n) => `patient-${n}`)
  await Promise.all(
    ids.map(async (id) => {
      const written = await acting.update(
        'Patient',
        id,
        Buffer.from(JSON.stringify({ resourceType: 'Patient', id })),
        {},
      )
      if (written.status !== 'ok') throw new Error(written.status)
    }),
  )
  await store.close()
  await ledger.stop()
  return ids
}

interface Patient {
  stream: Uint8Array
  keys: CompartmentKeys
  number: number
  previous: Uint8Array
}

async function copyEntries(
  sql: Sql,
  copying: Sql,
  keys: Keys,
  { entries, theirs, ids }: Tome & { ids: readonly string[] },
): Promise<void> {
  const names = new Pseudonyms(keys.ledger)
  const own = await ownPatients(sql, keys, ids)
  const rest = await mintPatients(sql, keys, names)
  const read = await readTree(sql)
  if (read.status !== 'ok') throw new Error(read.status)
  let { edge } = read
  const definitions = await queries.dropLeafIndexes(copying)
  const copy = await queries.copyLeaves(copying)
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
    const details = sealDetails(patient.keys.ledger, place, {
      actor: somebody,
      client: 'web',
      address: `192.0.2.${n % 300}`,
      purpose: 'TREAT',
      resources: [{ type: 'Observation', id: `observation-${(n / every) % 40_000}`, version: 1 }],
    })
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
      ...{ id: nobody, act: nobody, stream: nobody, address: nobody, actor: nobody },
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
    await queries.insertTiles(
      copying,
      grown.full.map((tile) => ({ ...tile, root: rootOfTile(tile, grown) })),
    )
    if (!copy.write(rows.subarray(0, at))) await once(copy, 'drain')
    if (n % (batch * 122) === 0) console.error(`  ${n} entries`)
  }
  const ended = once(copy, 'finish')
  copy.end(copyTail)
  await ended
  await queries.putHead(copying, edge.size, edgeRoot(edge))
  for (const definition of definitions) await queries.makeIndex(copying, definition)
  await queries.settle(copying)
}

/** Those that were written, with the ends of their streams. */
async function ownPatients(sql: Sql, keys: Keys, ids: readonly string[]): Promise<Patient[]> {
  const compartments = await queries.compartments(sql)
  if (compartments.length < ids.length) throw new Error('patients are missing')
  const patients = [...(await keys.load(compartments)).values()].map((theirs) => ({
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
    .slice(0, ids.length)
}

async function mintPatients(sql: Sql, keys: Keys, names: Pseudonyms): Promise<Patient[]> {
  const patients: Patient[] = []
  while (patients.length < otherPatients) {
    const minted = await Promise.all(Array.from({ length: 500 }, () => keys.mint(randomUuid())))
    await queries.insertCompartments(sql, minted)
    await queries.insertStreams(
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
