/** Statements of rows that confer authority. Tables: src/people/migrations. */
import type { Sql } from '#kernel/db/index.ts'

/** A new version, and its entry of the ledger. */
export interface VersionValues {
  id: string
  kind: number
  version: number
  previous: Uint8Array
  sealed: Uint8Array
  endsAt: Date | null
  entry: { id: string; entries: Uint8Array; tag: Uint8Array }
}

/** A row as it is stored, and what the ledger has of it, of one moment. */
export interface AuthorityFound {
  kind: number
  version: number
  previous: Uint8Array
  sealed: Uint8Array
  staged: string
  leaf: Uint8Array | null
  entries: Uint8Array | null
  tag: Uint8Array | null
}

/** `stream`: the row's own in the ledger. */
export function selectRow(sql: Sql, id: string, stream: Uint8Array) {
  return sql<AuthorityFound[]>`
    select a.kind, a.version, a.previous, a.sealed, a.staged, s.entries, s.tag, (
      select l.entry from ledger_leaf l
      where substring(l.entry from 36 for 16) = ${stream}::bytea
      order by substring(l.entry from 36 for 16) desc, substring(l.entry from 60 for 8) desc limit 1
    ) as leaf
    from authority a left join ledger_staged s on s.id = a.staged
    where a.id = ${id}::uuid`
}

/** The first version; no row where there is one already. */
export function insertRow(sql: Sql, v: VersionValues) {
  return sql<{ id: string }[]>`
    with made as (
      insert into authority (id, kind, version, previous, sealed, staged, ends_at)
      values (${v.id}::uuid, ${v.kind}::smallint, ${v.version}::int, ${v.previous}::bytea, ${v.sealed}::bytea,
        ${v.entry.id}::uuid, ${v.endsAt}::timestamptz)
      on conflict (id) do nothing
      returning id
    ),
    told as (
      insert into ledger_staged (id, entries, tag)
      select ${v.entry.id}::uuid, ${v.entry.entries}::bytea, ${v.entry.tag}::bytea from made
    )
    select id from made`
}

/** The version after the one that it names; no row where that is not there any more. */
export function updateRow(sql: Sql, v: VersionValues) {
  return sql<{ id: string }[]>`
    with made as (
      update authority set version = ${v.version}::int, previous = ${v.previous}::bytea, sealed = ${v.sealed}::bytea,
        staged = ${v.entry.id}::uuid, ends_at = ${v.endsAt}::timestamptz
      where id = ${v.id}::uuid and kind = ${v.kind}::smallint and version = ${v.version}::int - 1
        and sha256(sealed) = ${v.previous}::bytea
      returning id
    ),
    told as (
      insert into ledger_staged (id, entries, tag)
      select ${v.entry.id}::uuid, ${v.entry.entries}::bytea, ${v.entry.tag}::bytea from made
    )
    select id from made`
}

/** A row where it was not used before: of all who come at once, one. */
export function insertUsed(sql: Sql, id: string, endsAt: Date) {
  return sql<{ id: string }[]>`
    insert into used_once (id, ends_at) values (${id}::uuid, ${endsAt}::timestamptz)
    on conflict (id) do nothing
    returning id`
}

/** What has ended. An hour later, so that a clock that is set back a little brings nothing back. */
export function sweepRows(sql: Sql) {
  return sql`delete from authority where ends_at < clock_timestamp() - interval '1 hour'`
}

export function sweepUsed(sql: Sql) {
  return sql`delete from used_once where ends_at < clock_timestamp() - interval '1 hour'`
}
