/** Statements of the search. Tables: src/records/migrations. */
import { plainArray, type Sql } from '#kernel/db/index.ts'
import type { CompartmentId, ResourceKey } from '../../place.ts'

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
