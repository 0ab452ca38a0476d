import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { EmbeddedEvent } from '#kernel/db/index.ts'
import { createKeys, type Keys } from '#kernel/keys/index.ts'
import type { Witnessing } from '#kernel/ledger/index.ts'
import type { createServer, Health, HttpServer, Listened } from '#http/index.ts'
import type { Context } from '../command.ts'
import { listenControl } from '../control/server.ts'
import { exit, type ExitCode } from '../exit.ts'
import { homeFiles, type Home } from '../home/home.ts'
import { isDeviceKind } from '../home/places.ts'
import { controlSocketPath } from '../home/runtime.ts'
import { openLog, type ServerLog } from '../log.ts'
import { stopRequested } from '../stop.ts'
import { version } from '../version.ts'
import { directoryFacts, otherTimeZone } from '../doctor/directory.ts'
import { controlAnswers } from './answers.ts'
import { migrateDatabase, openDatabase, type Database } from './database.ts'
import { keepAgenda } from './demonstration.ts'
import { unattendedSecret } from '../openers/sent.ts'
import { openByItself } from './opening.ts'
import { openerProblem } from './opener.ts'
import { problem, type Problem } from './problem.ts'
import { createAuditing } from './auditing.ts'
import { createDestroying } from './destroying.ts'
import { createExplaining } from './explaining.ts'
import { createExporting } from './exporting.ts'
import { createFlushing } from './flushing.ts'
import { createImporting } from './importing.ts'
import { createReindexing, type Reindexing } from './reindexing.ts'
import { createRotating } from './rotating.ts'
import { createChanging } from './changing.ts'
import { rememberOpeners, settleHome } from './settling.ts'
import { createUnsealing } from './unsealing.ts'
import { createVerifying } from './verifying.ts'
import { createRows, type People } from '#people/index.ts'
import type { Store } from '#records/index.ts'
import { createSending } from './sending/sending.ts'
import { openWitnessing, witnessFor } from './sending/witness.ts'
import { itself, openLedger, operator, type HouseLedger } from './ledger.ts'
import { moverOf } from './mover.ts'
import type { carryActs } from '#safeguards/acts.ts'
import type { openPeople } from './people.ts'
import { localOf } from './local.ts'
import type { openStore } from './store.ts'

/** A database and its keys, open. `demo` and `init` have them already when they have just made the home. */
export interface Opened {
  status: 'ok'
  database: Database
  keys: Keys
}

/** What the running server changes about itself. */
interface Phase {
  phase: 'starting' | 'up' | 'stopping'
  databaseLost: boolean
}

/**
 * The five seconds of a stop: requests that were accepted may take `finishMsMax`; they and all that stands on the database `aboveMsMax`; then
 * statements half a second and PostgreSQL 1.5 s. Where it does not answer, it is ended sooner. Whatever hangs, all is over after `stopMsMax`.
 */
const finishMsMax = 2_200
const aboveMsMax = 3_300
const stopMsMax = 4_700

/** Serves a home until it is asked to stop. The caller holds the home's lock. */
export async function runHouse(context: Context, home: Home, made?: Opened): Promise<ExitCode | Problem> {
  const { settings } = context
  const stop = stopRequested(settings.underNpx)
  const log = openLog(home.path)
  const phase: Phase = { phase: 'starting', databaseLost: false }
  // Of a start that hangs too: a signal that was heard ends it.
  void stop.then(() => boundStop(log))
  // Reading the code of store and edge, and starting PostgreSQL, do not wait for each other.
  const code = Promise.all([
    import('#http/index.ts'),
    import('./store.ts'),
    import('./people.ts'),
    import('#safeguards/acts.ts'),
  ])
  const opened = made ?? (await openHouse(home, settings, (event) => onDatabaseEvent(event, phase, log)))
  if (opened.status === 'problem') return opened
  try {
    const [{ createServer }, { openStore }, { openPeople }, { carryActs }] = await code
    return await serveOpened(context, home, opened, {
      log,
      phase,
      stop,
      createServer,
      openStore,
      openPeople,
      carryActs,
    })
  } catch (error) {
    await opened.database.close()
    throw error
  }
}

/** What `runHouse` has ready when the database is open. */
interface Parts {
  log: ServerLog
  phase: Phase
  stop: Promise<string>
  createServer: typeof createServer
  openStore: typeof openStore
  openPeople: typeof openPeople
  carryActs: typeof carryActs
}

async function serveOpened(
  context: Context,
  home: Home,
  { database, keys }: Opened,
  { log, phase, stop, createServer, openStore, openPeople, carryActs }: Parts,
): Promise<ExitCode | Problem> {
  const { settings, note, out, now } = context
  const ledger = openLedger(home.path, {
    sql: database.sql,
    keys,
    onEvent: (event) => log.logger.error(event, 'ledger'),
  })
  const rows = createRows({ sql: database.sql, keys, ledger })
  const people = openPeople(home, { sql: database.sql, keys, ledger, now, settings, rows }, log)
  if (keys.state() === 'open') {
    const refused = await ledger.opened()
    if (refused) {
      await database.close()
      return refused
    }
    await ledger.itself({ action: 'unseal', outcome: 'done', query: home.record.opener })
    await rememberOpeners(keys, home)
    await people.opened()
  }
  const exported = join(home.path, homeFiles.exports)
  const flushing = createFlushing(log, now)
  const { onFlush } = flushing
  const store = openStore(database, keys, ledger, settings, originOf(settings), exported, rows, onFlush)
  carryActs(people, store)
  const [ours, theirs, movers] = [store.as(itself), store.as(operator), store.as(moverOf(home))]
  const witnessing = openWitnessing(home.path, { sql: database.sql, keys })
  const server = createServer({
    store,
    witness: witnessFor(witnessing, ledger),
    health: () => ({ status: healthOf(phase, keys), version }),
    people,
    log: log.logger,
    version,
    randomId: randomUuid,
    limits: { closeMs: finishMsMax },
    ...(settings.origin === undefined ? {} : { origin: settings.origin }),
  })
  const listened = await listen(server, settings.port)
  if (listened.status !== 'ok') {
    await database.close()
    return listened
  }
  const reindexing = createReindexing(movers, log)
  const rotating = createRotating(keys, log)
  const local = localOf(settings, originOf(settings))
  const verifying = createVerifying({ sql: database.sql, ledger, keys, local, home: home.path, now }, log)
  const tendNow = () => {
    rotating.tend()
    void tend(store, people, reindexing, log)
  }
  const whenOpen = async (by: string, refused = 0) => {
    const behind = await admitOpening(ledger, keys, by, refused)
    if (behind) return behind
    await rememberOpeners(keys, home)
    await people.opened()
    tendNow()
    return undefined
  }
  keys.onForget((compartment) => {
    if (compartment === undefined) log.logger.info('sealed')
  })
  const importing = createImporting(movers, log, tendNow)
  const exporting = createExporting(movers, log)
  const sending = createSending({ home, ledger, isOpen: () => keys.state() === 'open', now, log })
  store.exports.start()
  store.destructions.start()
  const unsealing = createUnsealing(keys, home, whenOpen)
  const secret = keys.state() === 'sealed' ? unattendedSecret(home) : undefined
  const opening =
    secret && (await openByItself(keys, secret, { log, note, onOpen: () => whenOpen(secret.kind) }))
  const control = await listenControl(
    controlSocketPath(home.path),
    controlAnswers({
      home,
      sql: database.sql,
      keys,
      listened,
      reindexing,
      verifying,
      rotating,
      importing,
      exporting,
      flushing,
      ledger,
      auditing: createAuditing(theirs),
      explaining: createExplaining(theirs, people.accounts, () => keys.state()),
      sending,
      witnessing,
      people,
      as: (by) => store.as(by),
      now,
      destroying: createDestroying(
        theirs,
        { days: settings.copiesDays, own: settings.databaseUrl === undefined, everySeconds: daySeconds },
        now,
      ),
      unsealing,
      changing: createChanging(keys, home, unsealing),
      opening,
    }),
  )
  phase.phase = 'up'
  if (keys.state() === 'sealed') note(sealedHint)
  else await ledger.itself({ action: 'maintenance', outcome: 'done', query: 'start', reason: version })
  out(`ready ${listened.origin}`)

  const agenda = home.record.demo ? keepAgenda(ours, home, context, log) : undefined
  await warnOfTimeZone(database.sql, context, log)
  tendNow()
  const tending = setInterval(tendNow, tendMs)
  const following = setInterval(() => void follow(witnessing, keys, log), followMs)
  log.logger.info({ reason: await stop }, 'stopping')
  phase.phase = 'stopping'
  clearInterval(tending)
  clearInterval(following)
  const errands = [reindexing, importing, exporting, verifying].map((errand) => errand.stop())
  // Each thing stops before what it stands on: requests, then statements, then PostgreSQL.
  const isPunctual = await within(aboveMsMax, stopAbove())
  unsealing.forget()
  void keys.seal()
  await database.close({ hurried: !isPunctual })
  if (isPunctual) log.logger.info('stopped')
  else log.logger.error('stopped, though not everything had ended: PostgreSQL does not answer')
  log.close()
  return isPunctual ? exit.ok : exit.failed

  async function stopAbove(): Promise<void> {
    await Promise.all([control.close(), server.close(), ...errands, agenda?.stop(), opening?.stop()])
    await store.close()
    await sending.stop()
    await endLedger(ledger, keys, log)
  }
}

/** Whether it ends, and ends well, within that time. */
async function within(ms: number, ending: Promise<unknown>): Promise<boolean> {
  const over = new AbortController()
  const late = delay(ms, false, { signal: over.signal }).catch(() => false)
  const ended = ending.then(
    () => true,
    () => false,
  )
  try {
    return await Promise.race([ended, late])
  } finally {
    over.abort()
  }
}

/**
 * Nothing is served from a vault whose opening is in no ledger, or whose database is not the one that was served last: then it is
 * closed again, and whoever opened it is told.
 */
async function admitOpening(
  ledger: HouseLedger,
  keys: Keys,
  by: string,
  refused: number,
): Promise<Problem | undefined> {
  try {
    const behind = await ledger.opened()
    if (behind) {
      keys.seal()
      return behind
    }
    const reason = refused === 0 ? {} : { reason: `refused before: ${refused}` }
    await ledger.operator({ action: 'unseal', outcome: 'done', query: by, ...reason })
    return undefined
  } catch (error) {
    keys.seal()
    throw error
  }
}

/** The last entry, and the last checkpoint. */
async function endLedger(ledger: HouseLedger, keys: Keys, { logger }: ServerLog): Promise<void> {
  try {
    if (keys.state() === 'open')
      await ledger.itself({ action: 'maintenance', outcome: 'done', query: 'stop' })
  } catch (error) {
    // PostgreSQL is away, say: that is no reason to stay.
    logger.warn({ name: (error as Error).name }, 'the stop is not recorded')
  }
  await ledger.stop()
}

/** Between two batches that make destruction final. */
const daySeconds = 24 * 3600

/** How often the store clears away what no write can need any more; besides when it is opened, and after an import. */
const tendMs = 3_600_000

async function tend(store: Store, people: People, reindexing: Reindexing, log: ServerLog): Promise<void> {
  try {
    await store.tend()
    await people.tend()
    await reindexing.tend()
  } catch (error) {
    // PostgreSQL is away, say: the next hour does it.
    log.logger.warn({ name: (error as Error).name }, 'tending failed')
  }
}

/** What other servers over this database have cosigned is remembered in this home too. */
const followMs = 60_000

async function follow(witnessing: Witnessing, keys: Keys, log: ServerLog): Promise<void> {
  if (keys.state() !== 'open') return
  await witnessing.follow().catch((error: unknown) => {
    log.logger.warn({ name: (error as Error).name }, 'what others cosigned is not remembered')
  })
}

/** The days of work lists, and what dates mean, are those of the time zone in which they were built. */
async function warnOfTimeZone(
  sql: Database['sql'],
  { settings: { timeZone }, note }: Context,
  { logger }: ServerLog,
): Promise<void> {
  const { directoryTimeZone: built } = await directoryFacts(sql)
  if (built === undefined || built === timeZone) return
  logger.warn({ timeZone, built }, 'the directory was built in another time zone')
  note(otherTimeZone(timeZone, built))
}

/** With SIGILO_PORT=0 the port is not known before the server listens: then no absolute reference is local. */
export function originOf({ origin, port }: Context['settings']): string | undefined {
  return origin ?? (port === 0 ? undefined : `http://localhost:${port}`)
}

/** Opens what stands below the store. On a passphrase opener the vault stays sealed until somebody unseals it. */
export async function openHouse(
  home: Home,
  settings: Context['settings'],
  onEvent: (event: EmbeddedEvent) => void,
): Promise<Opened | Problem> {
  const database = await openDatabase({ path: home.path, database: home.record.database }, settings, onEvent)
  if (database.status === 'problem') return database
  const failed = async (found: Problem): Promise<Problem> => {
    await database.close()
    return found
  }
  const migrated = await migrateDatabase(database.sql)
  if (migrated.status === 'problem') return failed(migrated)
  const keys = createKeys({ sql: database.sql, knownOpeners: () => home.record.openers ?? [] })
  await settleHome(keys, home)
  // A device may be away for a while: it does not keep the server from starting (`openByItself`).
  const secret = isDeviceKind(home.record.opener) ? undefined : unattendedSecret(home)
  if (secret) {
    const unsealed = await keys.unseal(secret, { byItself: true })
    if (unsealed.status !== 'open' && unsealed.status !== 'sealed-by-order')
      return failed(openerProblem(unsealed))
  }
  return { status: 'ok', database, keys }
}

async function listen(
  server: HttpServer,
  port: number,
): Promise<Extract<Listened, { status: 'ok' }> | Problem> {
  try {
    const listened = await server.listen(port)
    if (listened.status === 'ok') return listened
    return problem(exit.portInUse, {
      es: `Otro programa ya usa el puerto ${port}. Elija otro: SIGILO_PORT=0 toma uno libre.`,
      en: `Another program already uses port ${port}. Choose another: SIGILO_PORT=0 takes a free one.`,
    })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EACCES')) throw error
    return problem(exit.portInUse, {
      es: `El puerto ${port} está reservado a root. Elija uno de 1024 en adelante con SIGILO_PORT.`,
      en: `Port ${port} is reserved to root. Choose one from 1024 up with SIGILO_PORT.`,
    })
  }
}

function onDatabaseEvent(event: EmbeddedEvent, phase: Phase, { logger }: ServerLog): void {
  phase.databaseLost = event.event !== 'restarted'
  logger.warn(event, 'postgres')
}

function healthOf({ phase, databaseLost }: Phase, keys: Keys): Health['status'] {
  if (phase !== 'up') return phase
  if (databaseLost) return 'database-lost'
  return keys.state() === 'sealed' ? 'sealed' : 'ok'
}

/** What a kill does otherwise, whoever asked to stop. The next start stops what is left of PostgreSQL. */
function boundStop(log: ServerLog): void {
  const bound = setTimeout(() => {
    log.logger.error('the stop took too long')
    log.close()
    process.exit(exit.failed)
  }, stopMsMax)
  bound.unref()
}

const sealedHint = {
  es: 'La bóveda está sellada. Ábrala desde otra terminal: npx sigilo keys unseal',
  en: 'The vault is sealed. Open it from another terminal: npx sigilo keys unseal',
}
