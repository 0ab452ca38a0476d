import { after } from 'node:test'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '#kernel/db/index.ts'
import type { ConnectOptions, Sql } from '#kernel/db/index.ts'
import { databaseUrl, stopOwnServer, testServer } from './server.ts'
import { atEnd, type Scope } from './scope.ts'

export interface TestDatabase {
  name: string
  /** The pool of the application's role, which is no superuser. Ended by the kit. */
  sql: Sql
  url: string
  /** The same database as a superuser, for tests that attack it. */
  superuserUrl: string
}

export interface DatabaseOptions extends ConnectOptions {
  /** Without any table of ours, for tests of the migrator itself. */
  empty?: boolean
  /** Another database to clone than the migrated one. */
  template?: string
}

const finished: string[] = []
let sequence = 0

// After the last test of the file. A forced drop also ends connections that a test has left open.
after(async () => {
  await dropFinished()
  await stopOwnServer()
})

/** A database of the test's own, cloned from the migrated template, dropped when the test is over. */
export async function testDatabase(
  t: Scope,
  { empty = false, template, ...options }: DatabaseOptions = {},
): Promise<TestDatabase> {
  const server = await testServer()
  if (server.templateFault && !empty) throw new Error(`no migrated template: ${server.templateFault}`)
  await dropFinished()
  const name = `test_${process.pid}_${++sequence}`
  await clone(name, empty ? 'template1' : (template ?? server.template))
  const url = databaseUrl(server.applicationUrl, name)
  const sql = connect(url, options)
  atEnd(t, async () => {
    await sql.end({ timeout: 5 })
    // Hooks of the test's own run after this one, and may still want the database.
    finished.push(name)
  })
  return { name, sql, url, superuserUrl: databaseUrl(server.superuserUrl, name) }
}

/** Longer than any queue of clones: the source must have no session while it is copied. */
const CLONE_MS_MAX = 30_000

async function clone(name: string, source: string): Promise<void> {
  const { superuserUrl, role } = await testServer()
  const end = performance.now() + CLONE_MS_MAX
  const admin = connect(superuserUrl, { max: 1, lockMsMax: CLONE_MS_MAX })
  try {
    for (;;) {
      try {
        await admin`create database ${admin(name)} template ${admin(source)} owner ${admin(role)}`
        return
      } catch (error) {
        // 55006: somebody is connected to the source, such as another clone being made of it.
        if ((error as { code?: string }).code !== '55006' || performance.now() > end) throw error
        await delay(20 + Math.random() * 50)
      }
    }
  } finally {
    await admin.end()
  }
}

async function dropFinished(): Promise<void> {
  if (finished.length === 0) return
  const { superuserUrl } = await testServer()
  const admin = connect(superuserUrl, { max: 1 })
  try {
    for (const name of finished.splice(0)) await admin`drop database if exists ${admin(name)} with (force)`
  } finally {
    await admin.end()
  }
}

/** The tables of a database, each with all its bytes as `copy … (format binary)` writes them. */
export async function* dumpTables(superuserUrl: string): AsyncGenerator<{ table: string; bytes: Buffer }> {
  const sql = connect(superuserUrl, { max: 1 })
  try {
    const tables = await sql<{ table: string }[]>`
      select quote_ident(schemaname) || '.' || quote_ident(tablename) as table
        from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1`
    for (const { table } of tables) {
      const copy = await sql.unsafe(`copy ${table} to stdout (format binary)`).readable()
      yield { table, bytes: await buffer(copy) }
    }
  } finally {
    await sql.end()
  }
}
