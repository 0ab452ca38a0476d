/** When sessions were last used. Table: src/people/migrations. */
import type { Sql } from '#kernel/db/index.ts'

export function selectSeen(sql: Sql, ids: readonly string[]) {
  return sql<{ id: string; seenAt: Date; tag: Uint8Array }[]>`
    select id, seen_at as "seenAt", tag from session_seen where id = any(${[...ids]}::uuid[])`
}

/** Never back: of two processes the later one is right. */
export function upsertSeen(sql: Sql, id: string, seenAt: Date, tag: Uint8Array) {
  return sql`
    insert into session_seen as s (id, seen_at, tag) values (${id}::uuid, ${seenAt}::timestamptz, ${tag}::bytea)
    on conflict (id) do update set seen_at = excluded.seen_at, tag = excluded.tag
    where s.seen_at < excluded.seen_at`
}

/** No session lasts for so long. */
export function sweepSeen(sql: Sql) {
  return sql`delete from session_seen where seen_at < clock_timestamp() - interval '2 days'`
}
