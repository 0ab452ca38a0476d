import { readdirSync } from 'node:fs'
import type { Sql } from '#kernel/db/index.ts'
import { migrations } from '../house/migrations.ts'
import type { DirectoryFault } from '../house/flushing.ts'
import { appliedMigrations, databaseRow, storedOpeners, type DatabaseRow } from './queries.ts'
import { directoryFacts, type DirectoryFacts } from './directory.ts'

/** What `doctor` knows of the database, gathered by whoever is connected to it: the command, or the running server. */
export interface DatabaseFacts extends Omit<DatabaseRow, 'clock' | 'migrated' | 'listed'>, DirectoryFacts {
  /** The database's clock less this machine's, milliseconds. */
  skewMs: number
  /** Migrations that this program has and the database has not. */
  pending: number
  /** Migrations that the database has and this program has not. */
  unknown: number
  /** Kinds of the openers that are stored. */
  openers: string[]
  /** Why the server that runs does not move what was written into the directory. */
  directoryFault?: DirectoryFault
}

export async function databaseFacts(sql: Sql): Promise<DatabaseFacts> {
  // The first statement opens the connection, which would count as skew.
  await databaseRow(sql)
  const before = Date.now()
  const [row] = await databaseRow(sql)
  const after = Date.now()
  if (!row) throw new Error('the role of the connection is not in pg_roles')
  const { clock, migrated, listed, ...rest } = row
  const directory = listed ? await directoryFacts(sql) : { isDirectoryDated: false, directoryWrites: 0 }
  const applied = new Set(
    migrated ? (await appliedMigrations(sql)).map((each) => `${each.room}/${each.number}`) : [],
  )
  const wanted = migrations.flatMap(({ room, folder }) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.sql'))
      .map((name) => `${room}/${Number(name.slice(0, 4))}`),
  )
  return {
    ...rest,
    skewMs: Math.round(clock - (before + after) / 2),
    pending: wanted.filter((each) => !applied.has(each)).length,
    openers: migrated ? (await storedOpeners(sql)).map(({ kind }) => kind) : [],
    unknown: [...applied].filter((each) => !wanted.includes(each)).length,
    ...directory,
  }
}
