/** A vault on a durable PostgreSQL whose epochs are full, for what is done to keys. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUuid } from '#kernel/crypto/index.ts'
import { connect, migrate, startEmbedded, type Sql } from '#kernel/db/index.ts'
import { createKeys, createShredding, type Keys, type Shredding } from '#kernel/keys/index.ts'
import { rooms } from '#test/kit/rooms.ts'
import { answerCommands } from './child.ts'
import { randomFrom } from './invented.ts'
import { insertCompartments } from './queries.ts'

/** What an epoch holds at most. */
const patients = 4096

/** Of a large hospital: five times what the cache holds. */
const known = 100_000
const unwrappedAtOnce = 64

const home = mkdtempSync(join(tmpdir(), 'sigilo-bench-'))
execFileSync('chmod', ['755', home])
const secret = { kind: 'key-file', path: join(home, 'key') } as const
let house: { sql: Sql; keys: Keys; shredding: Shredding; close: () => Promise<void> } | undefined
const compartments: string[] = []

answerCommands(
  {
    async start() {
      const embedded = await startEmbedded({ home })
      if (embedded.status !== 'started') throw new Error(embedded.message)
      const sql = connect(embedded.url)
      const maintenance = connect(embedded.superuserUrl, { max: 1 })
      await migrate(sql, rooms)
      const keys = createKeys({ sql })
      const opened = await keys.initialise(secret)
      if (opened.status !== 'open') throw new Error(opened.status)
      const shredding = createShredding({ sql, keys, maintenance })
      const close = async () => {
        await shredding.close()
        keys.seal()
        await Promise.all([sql.end(), maintenance.end()])
        await embedded.stop()
      }
      house = { sql, keys, shredding, close }
    },

    /** A full epoch, of which one patient is destroyed: milliseconds until its key is, and the others' are under another. */
    async rewrap() {
      if (!house) throw new Error('not started')
      const { sql, keys, shredding } = house
      const minted = await Promise.all(Array.from({ length: patients }, () => keys.mint(randomUuid())))
      await insertCompartments(sql, minted)
      for (const each of minted) each.keys.zero()
      await shredding.destroy(minted[0]!.compartment, { reference: 'Patient/bench', reason: 'bench' })
      const batch = await shredding.batch()
      if (batch.status !== 'done') throw new Error(batch.status)
      return batch.rewrapMs
    },

    /** Keys of patients who were not asked for yet, a second, by as many callers as there are connections. */
    async unwrap() {
      const keys = await another()
      const some = compartments.slice(0, patients)
      const start = performance.now()
      const calls = Array.from({ length: unwrappedAtOnce }, async (_, caller) => {
        for (let n = caller; n < some.length; n += unwrappedAtOnce) await keys.load([some[n]!])
      })
      await Promise.all(calls)
      const perSecond = some.length / ((performance.now() - start) / 1000)
      keys.seal()
      return perSecond
    },

    /** How many in a hundred accesses of a day find the key in the cache. `scan`: at noon all patients are gone through. */
    async hits(scan: boolean) {
      const keys = await another()
      const accesses = dayOf()
      let hits = 0
      for (const [n, compartment] of accesses.entries()) {
        if (scan && n === Math.floor(accesses.length / 2)) {
          for (let from = 0; from < known; from += 500) await keys.load(compartments.slice(from, from + 500))
        }
        if (keys.cached(compartment)) hits++
        else await keys.load([compartment])
      }
      keys.seal()
      return (100 * hits) / accesses.length
    },
  },
  async () => {
    await house?.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  },
)

/** The view of another process, which has met no patient yet; the patients are made for the first that asks. */
async function another(): Promise<Keys> {
  if (!house) throw new Error('not started')
  const { sql, keys } = house
  while (compartments.length < known) {
    const minted = await Promise.all(Array.from({ length: patients }, () => keys.mint(randomUuid())))
    await insertCompartments(sql, minted)
    for (const each of minted) each.keys.zero()
    compartments.push(...minted.map(({ compartment }) => compartment))
  }
  const theirs = createKeys({ sql })
  const unsealed = await theirs.unseal(secret)
  if (unsealed.status !== 'open') throw new Error(unsealed.status)
  return theirs
}

/** Whose keys a day of a hospital asks for, in order: about 67,000 accesses. */
function dayOf(): string[] {
  const random = randomFrom(7)
  const anybody = (count: number) => compartments[Math.floor(random() * count)]!
  const accesses: { at: number; compartment: string }[] = []
  const visit = (compartment: string, times: number, from: number, share: number) => {
    for (let n = 0; n < times; n++) accesses.push({ at: from + random() * share, compartment })
  }
  // 40 physicians with 40 patients each: reception at the door, then twenty minutes of ten hours with the record open.
  for (let n = 0; n < 1_600; n++) {
    const patient = anybody(known)
    const at = random() * 0.96
    visit(patient, 3, Math.max(0, at - 0.08), 0.08)
    visit(patient, 25, at, 0.033)
  }
  // In the wards, all day.
  for (let n = 0; n < 200; n++) visit(anybody(known), 60, 0, 1)
  // Somebody telephones.
  for (let n = 0; n < 4_000; n++) visit(anybody(known), 1 + Math.floor(random() * 2), random(), 0.002)
  // Results of those who were here this month.
  for (let n = 0; n < 3_000; n++) visit(anybody(20_000), 1, 0, 1)
  return accesses.toSorted((one, other) => one.at - other.at).map(({ compartment }) => compartment)
}
