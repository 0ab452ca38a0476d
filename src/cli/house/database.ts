import {
  connect,
  migrate,
  startEmbedded,
  type EmbeddedEvent,
  type EmbeddedRefusal,
  type Sql,
} from '#kernel/db/index.ts'
import type { Settings } from '../env.ts'
import { exit } from '../exit.ts'
import type { DatabaseKind } from '../home/home.ts'
import type { Text } from '../text.ts'
import { migrations } from './migrations.ts'
import { problem, type Problem } from './problem.ts'
import { openerCount, serverFacts } from './queries.ts'

/** A connected database and, where it is the home's own, the PostgreSQL that serves it. */
export interface Database {
  status: 'ok'
  sql: Sql
  /** For what makes destroyed keys leave PostgreSQL: of the superuser, where it is the home's own. */
  maintenance: Sql
  /** The home's own PostgreSQL was left running by a killed server, and was stopped first. */
  leftoversStopped: boolean
  /** `hurried`: PostgreSQL was found not to answer. */
  close: (how?: { hurried: boolean }) => Promise<void>
}

/** `server_version_num` of PostgreSQL 15. */
export const postgresVersionMin = 150_000

/** One connection, made when it is first needed; a vacuum or a checkpoint takes as long as it takes, and waits for no lock that others then wait behind. */
const maintenanceOptions = { max: 1, name: 'sigilo maintenance', statementMsMax: 600_000, lockMsMax: 500 }

/** Statements still running at the end of a stop are given this long. */
const endSecondsMax = 0.5

/**
 * Starts the home's PostgreSQL, or connects to the one that DATABASE_URL names, and checks that it can be used.
 * The caller holds the lock of the home.
 */
export async function openDatabase(
  home: { path: string; database: DatabaseKind },
  settings: Settings,
  onEvent: (event: EmbeddedEvent) => void = () => {},
): Promise<Database | Problem> {
  const mismatch = checkKind(home.database, settings)
  if (mismatch) return mismatch
  if (settings.databaseUrl !== undefined) return connectExternal(settings.databaseUrl)
  const started = await startEmbedded({ home: home.path, onEvent })
  if (started.status !== 'started') return embeddedProblem(started)
  const sql = connect(started.url)
  const maintenance = connect(started.superuserUrl, maintenanceOptions)
  return {
    status: 'ok',
    sql,
    maintenance,
    leftoversStopped: started.stoppedLeftovers > 0,
    close: async (how) => {
      await endAll([sql, maintenance], how)
      await started.stop(how)
    },
  }
}

async function endAll(pools: readonly Sql[], how?: { hurried: boolean }): Promise<void> {
  const timeout = how?.hurried === true ? 0.1 : endSecondsMax
  await Promise.all(pools.map((each) => each.end({ timeout })))
}

/** Applies the migrations of every room. */
export async function migrateDatabase(sql: Sql): Promise<{ status: 'ok' } | Problem> {
  const migrated = await migrate(sql, migrations)
  if (migrated.status === 'migrated') return { status: 'ok' }
  const file = `${migrated.room}/${migrated.number}-${migrated.name}`
  return problem(
    exit.failed,
    migrated.status === 'database-newer'
      ? {
          es: `La base de datos ya fue migrada por una versión posterior de Sigilo (${file}): use esa versión.`,
          en: `The database was already migrated by a later version of Sigilo (${file}): use that version.`,
        }
      : {
          es: `La migración ${file} cambió después de aplicarse: restaure el archivo original.`,
          en: `Migration ${file} was changed after it was applied: restore the original file.`,
        },
  )
}

/** Whether the database already holds the keys of a vault. */
export async function holdsVault(sql: Sql): Promise<boolean> {
  const [facts] = await serverFacts(sql)
  if (!facts?.openers) return false
  const [openers] = await openerCount(sql)
  return (openers?.count ?? 0) > 0
}

function checkKind(kind: DatabaseKind, { databaseUrl }: Settings): Problem | undefined {
  if ((kind === 'external') === (databaseUrl !== undefined)) return undefined
  return problem(
    exit.wrongHome,
    kind === 'external'
      ? {
          es: 'Esta bóveda guarda sus datos en otro PostgreSQL: indíquelo en DATABASE_URL.',
          en: 'This vault keeps its data in another PostgreSQL: name it in DATABASE_URL.',
        }
      : {
          es: 'Esta bóveda tiene su propio PostgreSQL, y DATABASE_URL nombra otro: quite esa variable.',
          en: 'This vault has a PostgreSQL of its own, and DATABASE_URL names another: unset that variable.',
        },
  )
}

async function connectExternal(url: string): Promise<Database | Problem> {
  const sql = connect(url)
  const maintenance = connect(url, maintenanceOptions)
  const close = (how?: { hurried: boolean }): Promise<void> => endAll([sql, maintenance], how)
  try {
    const [facts] = await serverFacts(sql)
    if (facts && facts.version >= postgresVersionMin) {
      return { status: 'ok', sql, maintenance, leftoversStopped: false, close }
    }
    await close()
    return problem(exit.failed, {
      es: `El PostgreSQL de DATABASE_URL es la versión ${Math.floor((facts?.version ?? 0) / 10_000)}: se necesita la 15 o posterior.`,
      en: `The PostgreSQL of DATABASE_URL is version ${Math.floor((facts?.version ?? 0) / 10_000)}: version 15 or later is needed.`,
    })
  } catch (error) {
    await close()
    return problem(exit.failed, unreachable(error))
  }
}

/** What the driver says, without the URL, which holds a password. */
export function unreachable(error: unknown): Text {
  const said = error instanceof Error ? error.message || error.name : String(error)
  return {
    es: `El PostgreSQL de DATABASE_URL no responde como debe: ${said}. Revise que esté en marcha, y el usuario, la clave y la base.`,
    en: `The PostgreSQL of DATABASE_URL does not answer as it should: ${said}. Check that it runs, and the user, password and database.`,
  }
}

const embeddedSpanish: Record<EmbeddedRefusal['status'], string> = {
  'binaries-missing': 'Faltan los programas de PostgreSQL para este equipo',
  'account-missing': 'PostgreSQL no puede correr como root, y no se pudo crear su usuario',
  'caller-unnamed': 'El usuario con que corre este programa no tiene nombre, y PostgreSQL lo necesita',
  'directory-closed': 'El usuario de PostgreSQL no puede pasar por uno de los directorios de arriba',
  'data-owner': 'Los datos de PostgreSQL no pertenecen a su usuario',
  'data-version': 'Los datos son de otra versión de PostgreSQL',
  'socket-directory': 'El directorio para el socket de PostgreSQL es de alguien más',
}

/** A refusal of the home's own PostgreSQL, with the line that cures it. */
export function embeddedProblem(refusal: EmbeddedRefusal): Problem {
  return problem(exit.failed, {
    es: `${embeddedSpanish[refusal.status]} (${refusal.message}). Cúrelo así:\n\n    ${refusal.cure}\n`,
    en: `${refusal.message}. Cure it so:\n\n    ${refusal.cure}\n`,
  })
}
