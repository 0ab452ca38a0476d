import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { sha256 } from '#kernel/crypto/index.ts'
import type { Sql, TransactionSql } from './connect.ts'

/** The migrations of one room: its name, and the folder that holds `0001-name.sql`, `0002-…`. */
export interface MigrationSet {
  room: string
  folder: URL | string
}

/** One file: plain SQL statements, run once, never changed afterwards. */
export interface Migration {
  room: string
  number: number
  name: string
  sha256: string
  text: string
}

export type Migrated =
  | { status: 'migrated'; applied: Pick<Migration, 'room' | 'number' | 'name'>[] }
  | { status: 'migration-changed'; room: string; number: number; name: string; message: string }
  | { status: 'database-newer'; room: string; number: number; name: string; message: string }

interface Applied {
  room: string
  number: number
  name: string
  sha256: string
}

/**
 * Brings the database to the newest migration of every room, rooms in the order given, all in one transaction:
 * either all is applied or nothing is. Applying again does nothing. Processes that race take turns.
 *
 * Refused as values: a file that changed after it was applied, and a database which a newer program has
 * migrated. Throws, naming the file, when a migration itself fails.
 */
export async function migrate(sql: Sql, sets: readonly MigrationSet[]): Promise<Migrated> {
  const wanted = (await Promise.all(sets.map(readMigrations))).flat()
  await createTable(sql)
  return sql.begin(async (tx) => {
    await tx`select set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)`
    // Who comes second waits here until the first has committed, and then finds nothing left to do:
    //   A: begin; lock; reads 0 rows; applies 0001; commit
    //   B: begin; lock ……………………………………………………………… granted; reads 1 row; commit
    // The read must be a statement after the lock: it takes its snapshot then (read committed).
    await tx`lock table migration in share row exclusive mode`
    const applied = await tx<Applied[]>`select room, number, name, sha256 from migration`
    const refusal = compare(applied, wanted)
    if (refusal) return refusal
    const done = new Set(applied.map((row) => key(row)))
    const pending = wanted.filter((migration) => !done.has(key(migration)))
    for (const migration of pending) await apply(tx, migration)
    return { status: 'migrated', applied: pending.map(({ room, number, name }) => ({ room, number, name })) }
  })
}

/** Reads one room's folder. Throws where the files are not numbered 1, 2, 3 … */
export async function readMigrations({ room, folder }: MigrationSet): Promise<Migration[]> {
  const path = typeof folder === 'string' ? folder : fileURLToPath(folder)
  const files = (await readdir(path)).filter((file) => file.endsWith('.sql')).toSorted()
  return Promise.all(
    files.map(async (file, index) => {
      const [, digits, name] = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file) ?? []
      if (digits === undefined || name === undefined || Number(digits) !== index + 1) {
        const want = String(index + 1).padStart(4, '0')
        throw new Error(
          `${path}/${file}: migrations are numbered without gaps, this one should be ${want}-name.sql`,
        )
      }
      const bytes = await readFile(`${path}/${file}`)
      return {
        room,
        number: index + 1,
        name,
        sha256: Buffer.from(sha256(bytes)).toString('hex'),
        text: bytes.toString('utf8'),
      }
    }),
  )
}

const key = (row: { room: string; number: number }) => `${row.room}/${row.number}`

function compare(applied: readonly Applied[], wanted: readonly Migration[]): Migrated | undefined {
  const known = new Map(wanted.map((migration) => [key(migration), migration]))
  for (const row of applied) {
    const { room, number, name } = row
    const file = `${room}/migrations/${String(number).padStart(4, '0')}-${name}.sql`
    const migration = known.get(key(row))
    if (!migration) {
      const message = `the database has ${file}, which this program does not: start the newer program again`
      return { status: 'database-newer', room, number, name, message }
    }
    if (migration.sha256 !== row.sha256) {
      const message = `${file} is not the text that was applied to this database: restore the file, and put the change into a new one`
      return { status: 'migration-changed', room, number, name, message }
    }
  }
  return undefined
}

async function apply(tx: TransactionSql, { room, number, name, sha256, text }: Migration): Promise<void> {
  try {
    await tx.unsafe(text).simple()
  } catch (error) {
    throw new Error(`migration ${room} ${number} (${name}) failed: ${(error as Error).message}`, {
      cause: error,
    })
  }
  await tx`insert into migration (room, number, name, sha256) values (${room}, ${number}, ${name}, ${sha256})`
}

/**
 * `create table if not exists` looks and then creates; two processes may both look first:
 *   A: no table … creates it … commits
 *   B: no table ……………………………… creates it: 23505 on pg_type or pg_class, 42710 for the type, or 42P07
 * B tries once more and finds it.
 */
async function createTable(sql: Sql, again = true): Promise<void> {
  try {
    await sql`
      create table if not exists migration (
        room text not null,
        number int4 not null constraint migration_number_positive check (number > 0),
        name text not null,
        sha256 text not null constraint migration_sha256_hex check (sha256 ~ '^[0-9a-f]{64}$'),
        applied_at timestamptz not null default now(),
        primary key (room, number)
      )`
  } catch (error) {
    const raced = ['23505', '42710', '42P07'].includes((error as { code?: string }).code ?? '')
    if (!raced || !again) throw error
    await createTable(sql, false)
  }
}
