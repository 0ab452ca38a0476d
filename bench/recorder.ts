/** A ledger by itself, on a PostgreSQL with the settings of a real home: who records, sequences and signs is one process. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUuid } from '#kernel/crypto/index.ts'
import { connect, migrate, startEmbedded } from '#kernel/db/index.ts'
import { createKeys, type CompartmentKeys } from '#kernel/keys/index.ts'
import { createLedger, type Keeper } from '#kernel/ledger/index.ts'
import { migrations } from '#cli/house/migrations.ts'
import { answerCommands } from './child.ts'
import { insertCompartments, ledgerBytes, ledgerStanding, settle } from './queries.ts'

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
  const home = await mkdtemp(join(tmpdir(), `sigilo-bench-${process.pid}-`))
  const database = await startEmbedded({ home })
  if (database.status !== 'started') throw new Error(`${database.message}; cure: ${database.cure}`)
  const sql = connect(database.url)
  const migrated = await migrate(sql, migrations)
  if (migrated.status !== 'migrated') throw new Error(migrated.message)
  const keys = createKeys({ sql })
  const initialised = await keys.initialise({ kind: 'key-file', path: join(home, 'key') })
  if (initialised.status !== 'open') throw new Error(`the vault did not open: ${initialised.status}`)
  /** Sizes of what was signed, and when. */
  const signed: { size: number; at: number }[] = []
  const keeper: Keeper = {
    read: () => undefined,
    write: (note) => void signed.push({ size: Number(note.split('\n')[1]), at: performance.now() }),
  }
  const ledger = createLedger({ sql, keys, keeper, now: Date.now })
  const started = await ledger.start()
  if (started.status !== 'ok') throw new Error(started.status)
  const minted = await Promise.all(Array.from({ length: patients }, () => keys.mint(randomUuid())))
  await insertCompartments(sql, minted)
  return {
    sql,
    database,
    ledger,
    signed,
    patients: minted.map(({ compartment, keys }): { compartment: string; keys: CompartmentKeys } => ({
      compartment,
      keys,
    })),
    async close() {
      await ledger.stop()
      keys.seal()
      await sql.end({ timeout: 1 })
      await database.stop()
      await rm(home, { recursive: true, force: true })
    },
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
