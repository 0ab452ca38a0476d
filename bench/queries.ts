import type { Sql } from '#kernel/db/index.ts'

/** A table that is nothing but rows by key, for the floors. */
export async function makeRows(sql: Sql, ids: readonly string[], body: Uint8Array): Promise<void> {
  await sql`create table floor_row (id uuid primary key, body bytea not null)`
  await sql`
    insert into floor_row (id, body)
    select k.id, ${body} from unnest(${ids as string[]}::uuid[]) as k (id)`
}

export async function selectRow(sql: Sql, id: string): Promise<unknown> {
  return await sql`select id, body from floor_row where id = ${id}::uuid`
}

export async function insertRow(sql: Sql, id: string, body: Uint8Array): Promise<unknown> {
  return await sql`insert into floor_row (id, body) values (${id}::uuid, ${body})`
}

/** Settles what is under way, so that the size is of what is stored. */
export async function settle(superuser: Sql): Promise<void> {
  await superuser`vacuum analyze`
  await superuser`checkpoint`
}

export async function databaseBytes(sql: Sql): Promise<number> {
  const [found] = await sql<{ bytes: number }[]>`select pg_database_size(current_database()) as bytes`
  return (found as { bytes: number }).bytes
}

export async function relationBytes(sql: Sql): Promise<{ name: string; bytes: number }[]> {
  return await sql<{ name: string; bytes: number }[]>`
    select c.relname as name, pg_relation_size(c.oid) as bytes from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'pg_toast') and pg_relation_size(c.oid) > 0
    order by 2 desc`
}

export async function ledgerStanding(sql: Sql): Promise<{ size: number }> {
  const [found] = await sql<{ size: number }[]>`select size from ledger_head`
  return found as { size: number }
}

/** What entries take for good: leaves with their indexes, tiles, and whose streams they are. */
export async function ledgerBytes(sql: Sql): Promise<number> {
  const [found] = await sql<{ bytes: number }[]>`
    select (pg_total_relation_size('ledger_leaf') + pg_total_relation_size('ledger_tile')
      + pg_total_relation_size('ledger_stream'))::int8 as bytes`
  return (found as { bytes: number }).bytes
}

export async function serverVersion(sql: Sql): Promise<string> {
  const [found] = await sql<{ version: string }[]>`select current_setting('server_version') as version`
  return (found as { version: string }).version
}
