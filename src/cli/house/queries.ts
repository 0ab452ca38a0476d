import type { Sql, Statement } from '#kernel/db/index.ts'

/** What the server needs to know of a PostgreSQL before it uses it. */
export function serverFacts(sql: Sql): Statement<{ version: number; openers: boolean }> {
  return sql`
    select current_setting('server_version_num')::int4 as version,
           to_regclass('opener') is not null as openers`
}

export function openerCount(sql: Sql): Statement<{ count: number }> {
  return sql`select count(*)::int4 as count from opener`
}

export interface OpenerRow {
  id: string
  kind: string
  parameters: string
  recipient: string | null
  wrapped: Uint8Array | null
  bond: Uint8Array | null
  root: Uint8Array | null
  tag: Uint8Array | null
}

export function openerRows(sql: Sql): Statement<OpenerRow> {
  return sql`select id, kind, parameters, recipient, wrapped, bond, root, tag from opener order by created_at, id`
}

export interface KeyringRow {
  id: string
  purpose: string
  wrapped: Uint8Array
  createdAt: Date
}

export function keyringRows(sql: Sql): Statement<KeyringRow> {
  return sql`select id, purpose, wrapped, created_at as "createdAt" from keyring order by created_at, id`
}
