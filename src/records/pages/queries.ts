/**
 * Statements of pages: rows in order, what is sealed of them as far as bytes go. Of what was destroyed there is nothing, as
 * the same snapshot tells: whatever keys a process may still hold. Tables: src/records/migrations.
 */
import { plainArray, type Sql } from '#kernel/db/index.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import type { VersionRow } from '../rows.ts'

/** `sealed` and `capsule` are null where the rows before it have the bytes that were asked for. */
export interface PageRow extends Omit<VersionRow, 'sealed'> {
  sealed: Uint8Array | null
}

/** What one who asks wants: versions, or 0 for what is current. */
export interface Request {
  resources: readonly ResourceKey[]
  versions: readonly number[]
}

/** `request` and `item`: which of them it is, from 1. */
export interface RequestedRow extends PageRow {
  request: number
  item: number
}

/** These very versions, superseded or not; of each request so many bytes, one version at least. */
export function selectWithin(sql: Sql, requests: readonly Request[], bytesMax: number) {
  const resources = requests.flatMap((each) => each.resources)
  const versions = requests.flatMap((each) => each.versions)
  const numbers = requests.flatMap((each, n) => each.resources.map(() => n + 1))
  const items = requests.flatMap((each) => each.resources.map((_, n) => n + 1))
  return sql<RequestedRow[]>`
    with asked as (
      select k.request, k.item, k.resource, k.version, array_prepend(l.compartment, l.past) as places
      from unnest(${plainArray(numbers)}::int[], ${plainArray(items)}::int[],
        ${`{${resources.join()}}`}::uuid[], ${plainArray(versions)}::int[])
        as k (request, item, resource, version)
      join locator l on l.resource = k.resource
    ),
    measured as (
      select a.request, a.item, v.*, coalesce(sum(octet_length(v.sealed) + coalesce(octet_length(v.capsule), 0))
        over (partition by a.request order by a.item rows between unbounded preceding and 1 preceding), 0) as before
      from asked a, lateral (
        select e.* from unnest(a.places) as p (compartment)
        join compartment c on c.compartment = p.compartment and c.wrapped is not null, lateral (
          select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
            r.previous, r.sealed, r.capsule
          from resource r where r.compartment = p.compartment and r.resource = a.resource
            and (a.version = 0 or r.version = a.version)
          union all
          select h.compartment, h.resource, h.updated_at, h.version, h.type, h.generation, h.deleted, h.posted,
            h.previous, h.sealed, h.capsule
          from history h
          where h.compartment = p.compartment and h.resource = a.resource and h.version = a.version
        ) e limit 1
      ) v
    )
    select m.request, m.item, m.compartment, m.resource, m.updated_at, m.version, m.type, m.generation, m.deleted,
      m.posted, m.previous, case when m.before < ${bytesMax}::int then m.sealed end as sealed,
      case when m.before < ${bytesMax}::int then m.capsule end as capsule
    from measured m`
}

/** A position in an order by time: everything strictly after (older than, newer than) it. */
export interface TimePosition {
  updatedAt: Date
  resource: string
  version: number
}

/** How much of what is asked for comes back: rows, and bytes of what is sealed in them. */
export interface Most {
  rows: number
  bytes: number
}

export function selectNewest(sql: Sql, type: number, from: Date, to: Date, after: TimePosition, most: Most) {
  return sql<PageRow[]>`
    with found as (
      select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
        r.previous, r.sealed, r.capsule
      from resource r
      join compartment c on c.compartment = r.compartment and c.wrapped is not null
      where r.type = ${type}::smallint and not r.deleted
        and r.updated_at >= ${from}::timestamptz and r.updated_at < ${to}::timestamptz
        and r.updated_at <= ${after.updatedAt}::timestamptz
        and (r.updated_at, r.resource) < (${after.updatedAt}::timestamptz, ${after.resource}::uuid)
      order by r.updated_at desc, r.resource desc
      limit ${most.rows}::int
    ),
    measured as (
      select f.*, ${before(sql)} over (order by f.updated_at desc, f.resource desc
        rows between unbounded preceding and 1 preceding), 0) as before
      from found f
    )
    ${withinBytes(sql, most)} order by m.updated_at desc, m.resource desc`
}

export function selectOldest(sql: Sql, type: number, from: Date, to: Date, after: TimePosition, most: Most) {
  return sql<PageRow[]>`
    with found as (
      select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
        r.previous, r.sealed, r.capsule
      from resource r
      join compartment c on c.compartment = r.compartment and c.wrapped is not null
      where r.type = ${type}::smallint and not r.deleted
        and r.updated_at >= ${from}::timestamptz and r.updated_at < ${to}::timestamptz
        and r.updated_at >= ${after.updatedAt}::timestamptz
        and (r.updated_at, r.resource) > (${after.updatedAt}::timestamptz, ${after.resource}::uuid)
      order by r.updated_at, r.resource
      limit ${most.rows}::int
    ),
    measured as (
      select f.*, ${before(sql)} over (order by f.updated_at, f.resource
        rows between unbounded preceding and 1 preceding), 0) as before
      from found f
    )
    ${withinBytes(sql, most)} order by m.updated_at, m.resource`
}

/** Versions of all resources of a type, current and superseded, newest first. */
export function selectTypeVersions(sql: Sql, type: number, since: Date, after: TimePosition, most: Most) {
  return sql<PageRow[]>`
    with found as (
      (select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
        r.previous, r.sealed, r.capsule
      from resource r
      join compartment c on c.compartment = r.compartment and c.wrapped is not null
      where r.type = ${type}::smallint and r.updated_at >= ${since}::timestamptz
        and r.updated_at <= ${after.updatedAt}::timestamptz
        and (r.updated_at, r.resource, r.version)
          < (${after.updatedAt}::timestamptz, ${after.resource}::uuid, ${after.version}::int)
      order by r.updated_at desc, r.resource desc, r.version desc
      limit ${most.rows}::int)
      union all
      (select h.compartment, h.resource, h.updated_at, h.version, h.type, h.generation, h.deleted, h.posted,
        h.previous, h.sealed, h.capsule
      from history h
      join compartment c on c.compartment = h.compartment and c.wrapped is not null
      where h.type = ${type}::smallint and h.updated_at >= ${since}::timestamptz
        and h.updated_at <= ${after.updatedAt}::timestamptz
        and (h.updated_at, h.resource, h.version)
          < (${after.updatedAt}::timestamptz, ${after.resource}::uuid, ${after.version}::int)
      order by h.updated_at desc, h.resource desc, h.version desc
      limit ${most.rows}::int)
      order by updated_at desc, resource desc, version desc
      limit ${most.rows}::int
    ),
    measured as (
      select f.*, ${before(sql)} over (order by f.updated_at desc, f.resource desc, f.version desc
        rows between unbounded preceding and 1 preceding), 0) as before
      from found f
    )
    ${withinBytes(sql, most)} order by m.updated_at desc, m.resource desc, m.version desc`
}

/** The same of what lives in these compartments, or did. */
export function selectTypeVersionsIn(
  sql: Sql,
  type: number,
  since: Date,
  after: TimePosition,
  most: Most,
  compartments: readonly CompartmentId[],
) {
  return sql<PageRow[]>`
    with place as materialized (
      select c.compartment from unnest(${`{${compartments.join()}}`}::uuid[]) as asked (compartment)
      join compartment c on c.compartment = asked.compartment and c.wrapped is not null
    ),
    version as (
      select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
        r.previous, r.sealed, r.capsule
      from place p join resource r on r.compartment = p.compartment
      union all
      select h.compartment, h.resource, h.updated_at, h.version, h.type, h.generation, h.deleted, h.posted,
        h.previous, h.sealed, h.capsule
      from place p join history h on h.compartment = p.compartment
    ),
    found as (
      select v.* from version v
      where v.type = ${type}::smallint and v.updated_at >= ${since}::timestamptz
        and (v.updated_at, v.resource, v.version)
          < (${after.updatedAt}::timestamptz, ${after.resource}::uuid, ${after.version}::int)
      order by v.updated_at desc, v.resource desc, v.version desc
      limit ${most.rows}::int
    ),
    measured as (
      select f.*, ${before(sql)} over (order by f.updated_at desc, f.resource desc, f.version desc
        rows between unbounded preceding and 1 preceding), 0) as before
      from found f
    )
    ${withinBytes(sql, most)} order by m.updated_at desc, m.resource desc, m.version desc`
}

/** All versions of one resource below a version, newest first, wherever it lived. */
export function selectOwnVersions(sql: Sql, resource: ResourceKey, below: number, most: Most) {
  return sql<PageRow[]>`
    with place as (
      select l.resource, unnest(array_append(l.past, l.compartment)) as compartment
      from locator l where l.resource = ${resource}::uuid
    ),
    found as (
      select v.* from place p
      join compartment c on c.compartment = p.compartment and c.wrapped is not null, lateral (
        select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
          r.previous, r.sealed, r.capsule
        from resource r where r.compartment = p.compartment and r.resource = p.resource
        union all
        select h.compartment, h.resource, h.updated_at, h.version, h.type, h.generation, h.deleted, h.posted,
          h.previous, h.sealed, h.capsule
        from history h where h.compartment = p.compartment and h.resource = p.resource
      ) v
      where v.version < ${below}::int
      order by v.version desc
      limit ${most.rows}::int
    ),
    measured as (
      select f.*, ${before(sql)} over (order by f.version desc
        rows between unbounded preceding and 1 preceding), 0) as before
      from found f
    )
    ${withinBytes(sql, most)} order by m.version desc`
}

/** Name and version of what was changed after a moment, as it was then: newest first, after a position. */
export interface ThenRow {
  resource: ResourceKey
  version: number
  updated_at: Date
}

export function selectThen(
  sql: Sql,
  type: number,
  { moment, from, to, after }: { moment: Date; from: Date; to: Date; after: TimePosition },
  { changes, rows }: { changes: number; rows: number },
) {
  return sql<ThenRow[]>`
    with changed as materialized (
      select r.resource from resource r
      where r.type = ${type}::smallint and r.updated_at > ${moment}::timestamptz and r.version > 1
      limit ${changes}::int
    ),
    place as (
      select c.resource, unnest(array_append(l.past, l.compartment)) as compartment
      from changed c join locator l on l.resource = c.resource
    ),
    past as (
      select distinct on (h.resource) h.compartment, h.resource, h.version, h.updated_at, h.deleted
      from place p join history h on h.compartment = p.compartment and h.resource = p.resource
      where h.updated_at <= ${moment}::timestamptz
      order by h.resource, h.version desc
    )
    select p.resource, p.version, p.updated_at
    from past p join compartment c on c.compartment = p.compartment
    where not p.deleted and c.wrapped is not null
      and p.updated_at >= ${from}::timestamptz and p.updated_at < ${to}::timestamptz
      and (p.updated_at, p.resource) < (${after.updatedAt}::timestamptz, ${after.resource}::uuid)
    order by p.updated_at desc, p.resource desc
    limit ${rows}::int`
}

/** Bytes of the rows before, in the order that follows. Nothing is read for it: a length stands in the row. */
function before(sql: Sql) {
  return sql`coalesce(sum(octet_length(f.sealed) + coalesce(octet_length(f.capsule), 0))`
}

function withinBytes(sql: Sql, { bytes }: Most) {
  return sql`
    select m.compartment, m.resource, m.updated_at, m.version, m.type, m.generation, m.deleted, m.posted, m.previous,
      case when m.before < ${bytes}::int then m.sealed end as sealed,
      case when m.before < ${bytes}::int then m.capsule end as capsule
    from measured m`
}
