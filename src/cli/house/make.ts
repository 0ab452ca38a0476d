import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Sql } from '#kernel/db/index.ts'
import { createKeys, type FirstSecret, type Keys, type Secret, type Unsealed } from '#kernel/keys/index.ts'
import type { Context } from '../command.ts'
import type { Settings } from '../env.ts'
import { exit } from '../exit.ts'
import { homeFiles, writeHomeRecord, type DemoRecord, type Home, type HomeOpener } from '../home/home.ts'
import type { Places } from '../home/places.ts'
import { holdsVault, migrateDatabase, openDatabase, type Database } from './database.ts'
import { openerProblem } from './opener.ts'
import { cancelled } from '../openers/source.ts'
import { problem, type Problem } from './problem.ts'

/** What a home is made with. */
export interface FirstOpener {
  opener: HomeOpener
  secret: FirstSecret
  /** The same as `secret`, to open what an earlier try left; absent where that was dealt to people then. */
  again?: Secret
  places?: Places
}

export interface HouseMade {
  status: 'ok'
  home: Home
  database: Database
  keys: Keys
}

/**
 * Makes a home, or finishes one that was left half made. The caller has made the directory and holds its lock.
 *
 * Killed between any two steps, the next call begins again and each step finds what is done: the record says `making`
 * until the last one, and while it does nothing is served, so there is nothing of anybody to lose.
 *
 *     home.json (making) → database → migrations → opener and keyring, one statement → hospital → its people → home.json (ready)
 */
export async function makeHouse(
  path: string,
  made: FirstOpener & { resumed: boolean; demo?: DemoRecord },
  context: Pick<Context, 'settings' | 'note' | 'now'>,
): Promise<HouseMade | Problem> {
  const { settings, now } = context
  const database = settings.databaseUrl === undefined ? 'embedded' : 'external'
  const { opener, places, demo } = made
  const kind = demo ? 'demo' : 'real'
  const record = {
    format: 1,
    kind,
    opener,
    database,
    state: 'making',
    ...(demo ? { demo } : {}),
    ...(places ? { places } : {}),
  } as const
  // Another database may belong to another home. It is asked before the record says that we began.
  const strange = made.resumed || database === 'embedded' ? undefined : await checkEmpty(path, settings)
  if (strange) return strange
  writeHomeRecord(path, record)
  // Its code is read while PostgreSQL is being made.
  const code = demo
    ? Promise.all([
        import('./store.ts'),
        import('./demonstration.ts'),
        import('../people/demo.ts'),
        import('#people/index.ts'),
      ])
    : undefined
  const opened = await openDatabase({ path, database }, settings)
  if (opened.status === 'problem') return opened
  try {
    const keys = await makeKeys(opened.sql, made)
    if (keys.status === 'ok') {
      if (demo && code) {
        const [{ openStore }, { planOf, writeDemonstration }, { makeDemoAccess }, { createPeople }] =
          await code
        const { itself, openLedger } = await import('./ledger.ts')
        const ledger = openLedger(path, { sql: opened.sql, keys: keys.keys })
        const refused = await ledger.opened()
        if (refused) {
          await opened.close()
          return refused
        }
        const house = openStore(opened, keys.keys, ledger, settings)
        await writeDemonstration(house.as(itself), demo, context)
        await house.close()
        const people = createPeople({
          sql: opened.sql,
          keys: keys.keys,
          ledger,
          now: () => now().getTime(),
          isDemo: true,
          onFault: () => {},
        })
        const plan = planOf(demo, settings)
        await makeDemoAccess({ home: path, people, key: keys.keys.authority, plan, now })
        await ledger.stop()
      }
      const ready = {
        ...record,
        state: 'ready',
        ...(demo ? { demo: { ...demo, renewed: demo.made } } : {}),
      } as const
      writeHomeRecord(path, ready)
      return { status: 'ok', home: { path, record: ready }, database: opened, keys: keys.keys }
    }
    await opened.close()
    if (keys.status === 'problem') return keys
    if (keys.status === 'given-up') return cancelled
    if (database === 'external') return otherVault
  } catch (error) {
    await opened.close()
    throw error
  }
  // Its own database, of an earlier try with another secret, never served: it is made anew.
  rmSync(join(path, homeFiles.postgres), { recursive: true, force: true })
  rmSync(join(path, homeFiles.checkpoint), { force: true })
  return makeHouse(path, made, context)
}

const otherVault = problem(exit.wrongHome, {
  es: 'La base de datos de DATABASE_URL ya guarda otra bóveda: indique una vacía.',
  en: 'The database of DATABASE_URL already holds another vault: name an empty one.',
})

async function checkEmpty(path: string, settings: Settings): Promise<Problem | undefined> {
  const opened = await openDatabase({ path, database: 'external' }, settings)
  if (opened.status === 'problem') return opened
  try {
    return (await holdsVault(opened.sql)) ? otherVault : undefined
  } finally {
    await opened.close()
  }
}

async function makeKeys(
  sql: Sql,
  { secret, again }: FirstOpener,
): Promise<{ status: 'ok'; keys: Keys } | { status: 'other-vault' | 'given-up' } | Problem> {
  const migrated = await migrateDatabase(sql)
  if (migrated.status === 'problem') return migrated
  const keys = createKeys({ sql })
  const initialised = await keys.initialise(secret)
  if (initialised.status === 'given-up') return initialised
  const opened = initialised.status === 'already-initialised' ? await openAgain(keys, again) : initialised
  if (opened.status === 'open') return { status: 'ok', keys }
  if (opened.status === 'wrong-secret' || opened.status === 'no-such-opener') return { status: 'other-vault' }
  return openerProblem(opened)
}

async function openAgain(keys: Keys, secret: Secret | undefined): Promise<Unsealed> {
  return secret ? await keys.unseal(secret) : { status: 'wrong-secret', wrong: 0 }
}
