/** Statements of the search. Tables: src/records/migrations. */
import { plainArray, type Sql } from '#kernel/db/index.ts'
import type { CompartmentId, ResourceKey } from '../../place.ts'
import type { HeadRow } from '../../rows.ts'

/** Each resource as it was at a moment; those that were not there yet are left out. */
export function selectAsOf(sql: Sql, resources: readonly ResourceKey[], moment: Date) {
  return sql<HeadRow[]>`
    with place as (
      select k.resource, unnest(array_append(l.past, l.compartment)) as compartment
      from unnest(${`{${resources.join()}}`}::uuid[]) as k (resource) join locator l on l.resource = k.resource
    )
    select distinct on (v.resource) v.*, c.wrapped is not null as alive
    from place p join compartment c on c.compartment = p.compartment, lateral (
      select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
        r.previous, r.sealed, r.capsule
      from resource r where r.compartment = p.compartment and r.resource = p.resource
      union all
      select h.compartment, h.resource, h.updated_at, h.version, h.type, h.generation, h.deleted, h.posted,
        h.previous, h.sealed, h.capsule
      from history h where h.compartment = p.compartment and h.resource = p.resource
    ) v
    where v.updated_at <= ${moment}::timestamptz
    order by v.resource, v.version desc`
}

/** These very versions, superseded or not. */
export function selectExact(sql: Sql, resources: readonly ResourceKey[], versions: readonly number[]) {
  return sql<HeadRow[]>`
    with place as (
      select k.resource, k.version, unnest(array_append(l.past, l.compartment)) as compartment
      from unnest(${`{${resources.join()}}`}::uuid[], ${plainArray(versions)}::int[]) as k (resource, version)
      join locator l on l.resource = k.resource
    )
    select v.*, c.wrapped is not null as alive
    from place p join compartment c on c.compartment = p.compartment, lateral (
      select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
        r.previous, r.sealed, r.capsule
      from resource r where r.compartment = p.compartment and r.resource = p.resource and r.version = p.version
      union all
      select h.compartment, h.resource, h.updated_at, h.version, h.type, h.generation, h.deleted, h.posted,
        h.previous, h.sealed, h.capsule
      from history h
      where h.compartment = p.compartment and h.resource = p.resource and h.version = p.version
    ) v`
}

/** Of the first rows of a type: how many there are, and the names of those outside the facility's compartment. */
export function selectOutside(
  sql: Sql,
  type: number,
  facility: CompartmentId,
  rowsMax: number,
  namesMax: number,
) {
  return sql<{ rows: number; resource: ResourceKey | null }[]>`
    with seen as materialized (
      select r.compartment, r.resource from resource r where r.type = ${type}::smallint limit ${rowsMax}::int
    ),
    outside as (
      select seen.resource from seen where seen.compartment <> ${facility}::uuid limit ${namesMax}::int
    )
    select (select count(*) from seen)::int as rows, outside.resource
    from (values (1)) as once left join outside on true`
}

/**
 * Before when everything is settled: what is written with an earlier time is there for all who look from now on.
 *
 * A write takes the time of its rows from the clock after its session shows in pg_stat_activity, and not before the
 * session's xact_start; times are cut to milliseconds. So the clock is read first (`asked`, the end of the current
 * millisecond, which is waited for), and the sessions after it: one that shows up later takes a later time, and what
 * took an earlier one shows, or has ended.
 *
 * The facility's compartment is written to so often that its times, each later than the one before, can run ahead of
 * the clock: they are waited for too, so that whoever wrote there sees it.
 */
export function selectSettled(sql: Sql, facility: CompartmentId) {
  return sql<{ asked: Date; settled: Date }[]>`
    with asked as materialized (
      select greatest(date_trunc('milliseconds', clock_timestamp()), max(h.updated_at))
        + interval '1 millisecond' as at
      from head h where h.compartment = ${facility}::uuid
    ),
    waited as materialized (
      select asked.at, pg_sleep(extract(epoch from asked.at - clock_timestamp()))::text as slept from asked
    )
    select w.at as asked, least(w.at, (
      select date_trunc('milliseconds', min(a.xact_start)) from pg_stat_activity a
      where a.pid <> pg_backend_pid() and a.datname = current_database() and a.usename = current_user
        and a.xact_start < w.at and w.slept is not null
    )) as settled
    from waited w`
}
