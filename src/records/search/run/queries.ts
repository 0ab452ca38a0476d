/** Statements of the search. Tables: src/records/migrations. */
import { plainArray, type Sql } from '#kernel/db/index.ts'
import type { CompartmentId, ResourceKey } from '../../place.ts'
import type { HeadRow } from '../../rows.ts'

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

/** Of the first rows of these types: how many there are, and the names of those outside the facility's compartment. */
export function selectOutside(
  sql: Sql,
  types: readonly number[],
  facility: CompartmentId,
  rowsMax: number,
  namesMax: number,
) {
  return sql<{ rows: number; resource: ResourceKey | null }[]>`
    with seen as materialized (
      select r.compartment, r.resource from resource r
      where r.type = any(${plainArray(types)}::smallint[]) limit ${rowsMax}::int
    ),
    outside as (
      select seen.resource from seen where seen.compartment <> ${facility}::uuid limit ${namesMax}::int
    )
    select (select count(*) from seen)::int as rows, outside.resource
    from (values (1)) as once left join outside on true`
}
