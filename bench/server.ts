/**
 * The server under test, alone in its process: the layers up to the store, as `sigilo serve` has them, on a
 * PostgreSQL of its own with the settings of a real home.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { enableCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { randomUuid } from '#kernel/crypto/index.ts'
import { connect, migrate, startEmbedded } from '#kernel/db/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { createLedger, type Keeper } from '#kernel/ledger/index.ts'
import { createStore } from '#records/index.ts'
import { createUnledgeredStore } from '#records/unledgered/index.ts'
import { createServer } from '#http/index.ts'
import { writeDurablyBeside } from '#cli/home/durable.ts'
import { migrations } from '#cli/house/migrations.ts'
import { createTokenJudge, mintToken } from '#cli/token.ts'
import { answerCommands } from './child.ts'
import { patientBundle, patientsBundle, randomFrom } from './invented.ts'
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

// As the vault itself starts, for the sake of its workshop's thread (src/cli/main.ts).
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/sigilo', import.meta.url)))

let house: House | undefined
let profiler: Session | undefined

answerCommands(
  {
    async start(): Promise<Started> {
      house = await build()
      const { port, token, database, sql } = house
      return { port, token, databaseUrl: database.url, postgres: await serverVersion(sql) }
    },
    residentBytes: () => ({ now: process.memoryUsage.rss(), peak: process.resourceUsage().maxRSS * 1024 }),
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    },
    databaseBytes: () => measured(databaseBytes),
    relationBytes: () => measured(relationBytes),
    fill,
    admit,
    reopen: () => house?.reopen(),
    async profileStart() {
      profiler = new Session()
      profiler.connect()
      await profiler.post('Profiler.enable')
      await profiler.post('Profiler.setSamplingInterval', { interval: samplingMicroseconds })
      await profiler.post('Profiler.start')
    },
    async profileStop(file: string) {
      const stopped = await profiler?.post('Profiler.stop')
      profiler?.disconnect()
      await writeFile(file, JSON.stringify(stopped?.profile))
    },
  },
  () => house?.close(),
)

const samplingMicroseconds = 250

async function build() {
  const home = await mkdtemp(join(tmpdir(), `sigilo-bench-${process.pid}-`))
  const database = await startEmbedded({ home })
  if (database.status !== 'started') throw new Error(`${database.message}; cure: ${database.cure}`)
  const sql = connect(database.url)
  const migrated = await migrate(sql, migrations)
  if (migrated.status !== 'migrated') throw new Error(migrated.message)
  const keys = createKeys({ sql })
  const secret = { kind: 'key-file', path: join(home, 'key') } as const
  const opened = await keys.initialise(secret)
  if (opened.status !== 'open') throw new Error(`the vault did not open: ${opened.status}`)
  const options = { sql, keys, timeZone: 'America/Mexico_City', now: Date.now }
  const ledger = layers === 'ledger' ? createLedger({ ...options, keeper: fileKeeper(home) }) : undefined
  const store = ledger ? createStore({ ...options, ledger }) : createUnledgeredStore(options)
  const started = await ledger?.start()
  if (started && started.status !== 'ok') throw new Error(`the ledger did not start: ${started.status}`)
  const judgeToken = createTokenJudge()
  const server = createServer({
    store,
    health: () => ({ status: 'ok', version: 'bench' }),
    verifyToken: (token) => (judgeToken(keys.token, token, new Date()) ? 'valid' : 'invalid'),
    log: pino(pino.destination(2)),
    version: 'bench',
    randomId: randomUuid,
  })
  const listened = await server.listen(0)
  if (listened.status !== 'ok') throw new Error(listened.status)
  const { token } = mintToken(keys.token, new Date())
  return {
    store,
    acting: store.as({ actor: 'bench', client: 'bench', address: 'local' }),
    sql,
    database,
    token,
    port: listened.port,
    /** As after a start: nothing is known of any patient. */
    async reopen() {
      keys.seal()
      const unsealed = await keys.unseal(secret)
      if (unsealed.status !== 'open') throw new Error(`the vault did not open: ${unsealed.status}`)
      await store.tend()
    },
    async close() {
      await server.close()
      await store.close()
      await ledger?.stop()
      await sql.end({ timeout: 1 })
      await database.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

function fileKeeper(home: string): Keeper {
  return { read: () => undefined, write: (note) => writeDurablyBeside(join(home, 'checkpoint'), note) }
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
  const { acting } = house
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
  await Promise.all(Array.from({ length: fillFlights }, work))
  // As after any large import: the directory takes the measure of what is there now.
  const reindexed = await acting.reindex({ directoryOnly: true })
  if (reindexed.status !== 'ok') throw new Error(`the directory was not rebuilt: ${reindexed.status}`)
}

const admittedAtOnce = 100

/** In the answer to a transaction, in the order of its entries. */
function locationsIn(json: string): string[] {
  return [...json.matchAll(/"location":"([^/"]+\/[^/"]+)/g)].map((found) => found[1] as string)
}
