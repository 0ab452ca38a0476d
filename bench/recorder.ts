/** A ledger by itself, on a PostgreSQL with the settings of a real home: who records, sequences and signs is one process. */
import { randomUuid } from '#kernel/crypto/index.ts'
import { connect } from '#kernel/db/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import type { Keeper } from '#kernel/ledger/index.ts'
import { insertCompartments } from '#test/kit/compartments.ts'
import { answerCommands } from './child.ts'
import { buildHouse } from './house.ts'
import { profiling } from './profiling.ts'
import { ledgerBytes, ledgerStanding, settle } from './queries.ts'

/** Whose records are read, by how many people, from so many places. */
const patients = 2_000
const people = 200
const places = 300
const callers = 128

type House = Awaited<ReturnType<typeof build>>
let house: House | undefined

/** What `append` found. */
export interface Appended {
  /** Entries durable, and leaves of the tree, in a second. */
  rate: number
  /** From the answer to the caller until a signed checkpoint covers the entry, in ms. */
  coveredP99: number
}

answerCommands(
  {
    ...profiling,
    async start() {
      house = await build()
    },
    append: ({ ms }: { ms: number }) => append(ms),
    async bytesPerEntry() {
      const { database, sql } = opened()
      const superuser = connect(database.superuserUrl, { max: 1, statementMsMax: 300_000 })
      try {
        await settle(superuser)
        return (await ledgerBytes(superuser)) / (await ledgerStanding(sql)).size
      } finally {
        await superuser.end()
      }
    },
  },
  () => house?.close(),
)

function opened(): House {
  if (!house) throw new Error('not started')
  return house
}

async function build() {
  /** Sizes of what was signed, and when. */
  const signed: { size: number; at: number }[] = []
  const keeper: Keeper = {
    read: () => undefined,
    write: (note) => void signed.push({ size: Number(note.split('\n')[1]), at: performance.now() }),
  }
  const made = await buildHouse({ keeper })
  const { sql, keys, ledger } = made
  if (!ledger) throw new Error('a house without a ledger')
  const minted = await Promise.all(Array.from({ length: patients }, () => keys.mint(randomUuid())))
  await insertCompartments(sql, minted)
  return {
    ...made,
    ledger,
    signed,
    patients: minted.map(({ compartment, keys }): { compartment: string; keys: CompartmentKeys } => ({
      compartment,
      keys,
    })),
  }
}

async function append(ms: number): Promise<Appended> {
  const { sql, ledger, signed, patients: whose } = opened()
  const { size: before } = await ledgerStanding(sql)
  signed.length = 0
  const answered: number[] = []
  const begun = performance.now()
  const call = async (caller: number) => {
    for (let n = caller; performance.now() < begun + ms; n += callers) {
      await ledger.record([
        {
          action: 'read',
          outcome: 'done',
          actor: `Practitioner/${n % people}`,
          client: 'web',
          address: `192.0.2.${n % places}`,
          purpose: 'TREAT',
          subjects: [
            {
              ...(whose[(n * 7) % patients] as (typeof whose)[number]),
              resources: [{ type: 'Observation', id: randomUuid(), version: 1 }],
            },
          ],
        },
      ])
      answered.push(performance.now())
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)))
  while ((await ledgerStanding(sql)).size < before + answered.length) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const rate = answered.length / ((performance.now() - begun) / 1000)
  while ((signed.at(-1)?.size ?? 0) < before + answered.length) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  // Entries become leaves about in the order in which they were answered.
  let next = 0
  const waits = answered.map((at, n) => {
    while ((signed[next]?.size ?? Infinity) < before + n + 1) next++
    return (signed[next]?.at ?? Infinity) - at
  })
  waits.sort((a, b) => a - b)
  return { rate, coveredP99: waits[Math.floor(waits.length * 0.99)] ?? 0 }
}
