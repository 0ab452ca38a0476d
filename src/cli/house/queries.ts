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
