/** A vault on a durable PostgreSQL whose epochs are full, for what is done to keys. */
import { randomUuid } from '#kernel/crypto/index.ts'
import { connect } from '#kernel/db/index.ts'
import { createKeys, createShredding, type Keys } from '#kernel/keys/index.ts'
import { insertCompartments } from '#test/kit/compartments.ts'
import { answerCommands } from './child.ts'
import { buildHouse } from './house.ts'
import { randomFrom } from './invented.ts'

/** What an epoch holds at most. */
const patients = 4096

/** Of a large hospital: five times what the cache holds. */
const known = 100_000
const unwrappedAtOnce = 64

let house: Awaited<ReturnType<typeof build>> | undefined
const compartments: string[] = []

answerCommands(
  {
    async start() {
      house = await build()
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
  () => house?.close(),
)

async function build() {
  const made = await buildHouse({ layers: 'store' })
  const maintenance = connect(made.database.superuserUrl, { max: 1 })
  const shredding = createShredding({ sql: made.sql, keys: made.keys, maintenance })
  return {
    ...made,
    shredding,
    async close() {
      await shredding.close()
      await maintenance.end()
      await made.close()
    },
  }
}

/** The view of another process, which has met no patient yet; the patients are made for the first that asks. */
async function another(): Promise<Keys> {
  if (!house) throw new Error('not started')
  const { sql, keys, secret } = house
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
