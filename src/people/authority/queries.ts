/** Statements of rows that confer authority. Tables: src/people/migrations. */
import { byteaArray, byteaList, plainArray, type Sql } from '#kernel/db/index.ts'

/** A new version of a row. */
export interface VersionValues {
  id: string
  kind: number
  version: number
  previous: Uint8Array
  sealed: Uint8Array
  endsAt: Date | null
}

/** The entries of the ledger that tell of it. */
export interface StagedValues {
  id: string
  entries: Uint8Array
  tag: Uint8Array
}

/** A row as it is stored, and what the ledger has of it, of one moment. */
export interface AuthorityFound {
  id: string
  kind: number
  version: number
  previous: Uint8Array
  sealed: Uint8Array
  staged: string
  leaf: Uint8Array | null
  entries: Uint8Array | null
  tag: Uint8Array | null
}

/**
 * `streams`: each row's own in the ledger. The limit leaves nothing out. Of a list that it does not know PostgreSQL takes ten to be there, so a plan
 * for all lists would look dearer than one for this one alone, and it would plan anew whenever fewer are asked for; of what is limited to it does not know
 * how many, it takes one in ten.
 */
export function selectRows(sql: Sql, ids: readonly string[], streams: readonly Uint8Array[]) {
  return sql<AuthorityFound[]>`
    select a.id, a.kind, a.version, a.previous, a.sealed, a.staged, s.entries, s.tag, head.entry as leaf
    from (
      select * from unnest(${[...ids]}::uuid[], ${byteaArray(streams)}::bytea[]) as asked (id, stream)
      limit ${ids.length}::int
    ) asked
    join authority a on a.id = asked.id
    left join ledger_staged s on s.id = a.staged
    left join lateral (
      select l.entry from ledger_leaf l
      where substring(l.entry from 36 for 16) = asked.stream
      order by substring(l.entry from 36 for 16) desc, substring(l.entry from 60 for 8) desc limit 1
    ) head on true`
}

/** Those of a kind, a page of them. */
export function selectNames(sql: Sql, kind: number, after: string, rowsMax: number) {
  return sql<{ id: string }[]>`
    select id from authority
    where kind = ${kind}::smallint and id > ${after}::uuid
    order by kind, id limit ${rowsMax}::int`
}

/**
 * New versions, all or none: a first one where there is no row of that name, a later one where the one before it still stands. No row
 * is returned where none could be made. Where some could, the statement fails, by a null where none may be (23502), so
 * that they are undone.
 */
export function writeVersions(sql: Sql, versions: readonly VersionValues[], staged: StagedValues) {
  return sql<{ count: number }[]>`
    with given as (
      select * from unnest(
        ${versions.map(({ id }) => id)}::uuid[],
        ${plainArray(versions.map(({ kind }) => kind))}::smallint[],
        ${plainArray(versions.map(({ version }) => version))}::int[],
        ${byteaList(
          sql,
          versions.map(({ previous }) => previous),
        )},
        ${byteaList(
          sql,
          versions.map(({ sealed }) => sealed),
        )},
        ${plainArray(versions.map(({ endsAt }) => endsAt))}::timestamptz[]
      ) as given (id, kind, version, previous, sealed, ends_at)
    ),
    changed as (
      update authority a set version = g.version, previous = g.previous, sealed = g.sealed, staged = ${staged.id}::uuid,
        ends_at = g.ends_at
      from given g
      where g.version > 1 and a.id = g.id and a.kind = g.kind and a.version = g.version - 1
        and sha256(a.sealed) = g.previous
      returning a.id
    ),
    added as (
      insert into authority (id, kind, version, previous, sealed, staged, ends_at)
      select id, kind, version, previous, sealed, ${staged.id}::uuid, ends_at from given where version = 1
      on conflict (id) do nothing
      returning id
    ),
    made as (select (select count(*) from changed) + (select count(*) from added) as count),
    told as (
      insert into ledger_staged (id, entries, tag)
      select case when made.count = ${versions.length}::int then ${staged.id}::uuid end, ${staged.entries}::bytea,
        ${staged.tag}::bytea
      from made where made.count > 0
    )
    select count::int from made where count > 0`
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
