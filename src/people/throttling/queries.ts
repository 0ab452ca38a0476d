/** How often somebody has tried lately. Table: src/people/migrations. */
import { plainArray, type Sql } from '#kernel/db/index.ts'

export interface TryValues {
  id: string
  /** What one try weighs. */
  share: number
}

/**
 * Counts a try under each name, and tells how long it has to wait. All of one moment count, each by itself, since the row is locked; the
 * order keeps two from waiting for each other. Half is forgotten in a quarter of an hour. What is heavier than five waits, each time twice
 * as long, and never more than a minute: one that would wait longer was written by a clock that has been set back since.
 */
export function countTries(sql: Sql, tries: readonly TryValues[]) {
  return sql<{ waitMs: number; weight: number }[]>`
    insert into throttle as t (id, weight, counted_at, wait_ms)
    select id, share, clock_timestamp(), 0
    from unnest(${tries.map(({ id }) => id)}::uuid[], ${plainArray(tries.map(({ share }) => share))}::float8[]) as asked (id, share)
    order by id
    on conflict (id) do update set (weight, counted_at, wait_ms, free_at) = (
      select w.weight, excluded.counted_at,
        case when w.is_blocked then ceil(extract(epoch from t.free_at - excluded.counted_at) * 1000)::int else 0 end,
        case
          when w.is_blocked then t.free_at
          when w.weight > 5 then excluded.counted_at + least(60, power(2, w.weight - 5)) * interval '1 second'
        end
      from (
        select
          least(100, t.weight * power(0.5, greatest(0, extract(epoch from excluded.counted_at - t.counted_at)) / 900.0)
            + excluded.weight) as weight,
          coalesce(t.free_at > excluded.counted_at and t.free_at <= excluded.counted_at + interval '61 seconds', false)
            as is_blocked
      ) w
    )
    returning wait_ms as "waitMs", weight`
}

/** The try was good: it counts for nothing, or so do all before it. */
export function forgiveTries(sql: Sql, tries: readonly TryValues[]) {
  return sql`
    update throttle t set weight = greatest(0, t.weight - good.share), free_at = case when t.weight - good.share > 5 then t.free_at end
    from unnest(${tries.map(({ id }) => id)}::uuid[], ${plainArray(tries.map(({ share }) => share))}::float8[]) as good (id, share)
    where t.id = good.id`
}

/** What weighs next to nothing by now. */
export function sweepTries(sql: Sql) {
  return sql`delete from throttle where counted_at < clock_timestamp() - interval '1 day'`
}
