import type { Sql, Statement } from '#kernel/db/index.ts'

export interface DatabaseRow {
  version: number
  versionText: string
  superuser: boolean
  bypassesRowSecurity: boolean
  createsRoles: boolean
  fsync: boolean
  fullPageWrites: boolean
  synchronousCommit: boolean
  checksums: boolean
  /** Milliseconds since 1970. */
  clock: number
  migrated: boolean
  /** Whether it has a directory. */
  listed: boolean
}

/** The settings and the role on which safety depends. */
export function databaseRow(sql: Sql): Statement<DatabaseRow> {
  return sql`
    select current_setting('server_version_num')::int4 as version,
           current_setting('server_version') as "versionText",
           rolsuper as superuser,
           rolbypassrls as "bypassesRowSecurity",
           rolcreaterole as "createsRoles",
           current_setting('fsync')::bool as fsync,
           current_setting('full_page_writes')::bool as "fullPageWrites",
           current_setting('synchronous_commit') <> 'off' as "synchronousCommit",
           current_setting('data_checksums')::bool as checksums,
           (extract(epoch from clock_timestamp()) * 1000)::int8 as clock,
           to_regclass('migration') is not null as migrated,
           to_regclass('directory_generation') is not null as listed
      from pg_roles
     where rolname = current_user`
}

export function appliedMigrations(sql: Sql): Statement<{ room: string; number: number }> {
  return sql`select room, number from migration`
}

/** A database that this program has not migrated yet has no column `terms`: it is of the first edition. */
export function servingDirectory(sql: Sql): Statement<{ timeZone: string | null; terms: number }> {
  return sql`
    select time_zone as "timeZone", coalesce((to_jsonb(g) ->> 'terms')::int, 1) as terms
    from directory_generation g where serving`
}

/** What writes left to be moved into the directory. */
export function directoryPending(sql: Sql): Statement<{ writes: number }> {
  return sql`select count(*)::int as writes from directory_pending`
}

export function storedOpeners(sql: Sql): Statement<{ kind: string }> {
  return sql`select kind from opener order by created_at, id`
}
