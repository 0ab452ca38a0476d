/**
 * The server under test, alone in its process: the layers up to the store, as `sigilo serve` has them, on a
 * PostgreSQL of its own with the settings of a real home.
 */
import pino from 'pino'
import { randomUuid } from '#kernel/crypto/index.ts'
import { connect } from '#kernel/db/index.ts'
import { createServer } from '#http/index.ts'
import { signIn } from '#cli/programs/sign-in.ts'
import { createLedger } from '#kernel/ledger/index.ts'
import { createPeople } from '#people/index.ts'
import { scopeOfAll } from '#people/programs/index.ts'
import { exportJWK, generateKeyPair } from 'jose'
import { answerCommands } from './child.ts'
import { carerCommands } from './carers.ts'
import { buildHouse } from './house.ts'
import { patientBundle, patientsBundle, randomFrom } from './invented.ts'
import { profiling } from './profiling.ts'
import { staffCommands } from './staff.ts'
import { databaseBytes, relationBytes, serverVersion, settle } from './queries.ts'

/** The topmost layer of records: `ledger`, or what is below it. */
const [layers = 'store'] = process.argv.slice(2)

/** What `start` tells. */
export interface Started {
  port: number
  token: string
  databaseUrl: string
  postgres: string
}

type House = Awaited<ReturnType<typeof build>>

let house: House | undefined

answerCommands(
  {
    ...profiling,
    async start(): Promise<Started> {
      house = await build()
      const { port, token, database, sql } = house
      return { port, token, databaseUrl: database.url, postgres: await serverVersion(sql) }
    },
    databaseBytes: () => measured(databaseBytes),
    relationBytes: () => measured(relationBytes),
    fill,
    admit,
    reopen: () => house?.reopen(),
    ...staffCommands(() => house),
    ...carerCommands(() => house),
  },
  () => house?.close(),
)

async function build() {
  const made = await buildHouse({ layers: layers === 'ledger' ? 'ledger' : 'store' })
  const { sql, keys, store } = made
  const now = Date.now
  const keeper = { read: () => undefined, write: () => {} }
  // Where records have none, that of programs is not sequenced: what is staged counts as well.
  const ledger = made.ledger ?? createLedger({ sql, keys, now, keeper })
  const onFault = (error: Error) => console.error(error)
  const people = createPeople({ sql, keys, ledger, now, isDemo: true, onFault })
  const server = createServer({
    store,
    health: () => ({ status: 'ok', version: 'bench' }),
    people,
    log: pino(pino.destination(2)),
    version: 'bench',
    randomId: randomUuid,
  })
  const listened = await server.listen(0)
  if (listened.status !== 'ok') throw new Error(listened.status)
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  const bench = { actor: 'bench', client: 'bench', address: 'local' }
  const program = { id: 'bench', name: 'bench', scope: scopeOfAll, keys: [jwk], isPlain: true } as const
  await people.programs.register(program, bench)
  const signed = await signIn({ ...listened, id: 'bench', jwk, algorithm: 'ES256', isBound: false })
  if (signed.status !== 'ok') throw new Error(signed.error)
  const { token } = signed
  return {
    ...made,
    ledger,
    people,
    token,
    origin: listened.origin,
    port: listened.port,
    async close() {
      await server.close()
      await made.close()
    },
  }
}

async function measured<Answer>(measure: (sql: House['sql']) => Promise<Answer>): Promise<Answer> {
  if (!house) throw new Error('not started')
  const superuser = connect(house.database.superuserUrl, { max: 1, statementMsMax: 300_000 })
  try {
    await settle(superuser)
    return await measure(superuser)
  } finally {
    await superuser.end()
  }
}

export interface FillOptions {
  patients: number
  /** Of each patient. */
  observations: number
  /** Observations of each patient whose addresses are told. */
  told: number
}

/** `Patient/ID` and `Observation/ID`. */
export interface Filled {
  patients: string[]
  observations: string[]
}

/** Writes patients and their Observations, past HTTP. */
async function fill({ patients, observations, told }: FillOptions): Promise<Filled> {
  if (!house) throw new Error('not started')
  const { acting } = house
  const random = randomFrom(patients)
  const filled: Filled = { patients: [], observations: [] }
  let seat = 0
  const work = async () => {
    while (seat < patients) {
      const written = await acting.bundle(patientBundle(seat++, observations, random), {})
      if (written.status !== 'ok') throw new Error(`a Bundle was refused: ${written.status}`)
      const [patient, ...found] = locationsIn(written.json)
      filled.patients.push(patient as string)
      filled.observations.push(...found.slice(0, told))
    }
  }
  await Promise.all(Array.from({ length: fillFlights }, work))
  return filled
}

const fillFlights = 4

/** Writes patients about whom nothing else is known. */
async function admit(patients: number): Promise<void> {
  if (!house) throw new Error('not started')
  const { acting, unsynced } = house
  const random = randomFrom(patients)
  let seat = 0
  const work = async () => {
    while (seat < patients) {
      const from = seat
      seat += admittedAtOnce
      const count = Math.min(admittedAtOnce, patients - from)
      const written = await acting.bundle(patientsBundle(1_000_000 + from, count, random), {})
      if (written.status !== 'ok') throw new Error(`a Bundle was refused: ${written.status}`)
    }
  }
  await unsynced(async () => {
    await Promise.all(Array.from({ length: fillFlights }, work))
    // As after any large import: the directory takes the measure of what is there now.
    const reindexed = await acting.reindex({ directoryOnly: true })
    if (reindexed.status !== 'ok') throw new Error(`the directory was not rebuilt: ${reindexed.status}`)
  })
}

/** Of some 160 kB: large enough to be read in a thread beside the server's. */
const admittedAtOnce = 200

/** In the answer to a transaction, in the order of its entries. */
function locationsIn(json: string): string[] {
  return [...json.matchAll(/"location":"([^/"]+\/[^/"]+)/g)].map((found) => found[1] as string)
}
