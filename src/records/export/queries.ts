/** Every statement of the exports. Table: src/records/migrations/0005-export.sql. */
import { plainArray, type Sql } from '#kernel/db/index.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import type { VersionRow } from '../rows.ts'

export type JobState = 'waiting' | 'running' | 'complete' | 'failed'

export interface JobRow {
  id: string
  owner: string
  state: JobState
  expires_at: Date
  server: string
  epoch: number
  saved: number
  key: Uint8Array
  request: Uint8Array
  progress: Uint8Array | null
}

/** Inserts nothing where the owner, or the house, has as many already. */
export function insertJob(
  sql: Sql,
  job: Pick<JobRow, 'id' | 'owner' | 'server' | 'key' | 'request'>,
  secondsMax: number,
  [ownerMax, houseMax]: readonly [number, number],
) {
  return sql<{ id: string }[]>`
    insert into export_job (id, owner, state, created_at, expires_at, server, epoch, saved, key, request)
    select ${job.id}::uuid, ${job.owner}::uuid, 'waiting', clock_timestamp(),
      clock_timestamp() + make_interval(secs => ${secondsMax}::int), ${job.server}::uuid, 0, 0, ${job.key}::bytea,
      ${job.request}::bytea
    where (
      select count(*) < ${houseMax}::int and count(*) filter (where j.owner = ${job.owner}::uuid) < ${ownerMax}::int
      from export_job j where j.expires_at > clock_timestamp()
    )
    returning id`
}

/** A job of this owner's that has not expired. */
export function selectJob(sql: Sql, id: string, owner: string) {
  return sql<JobRow[]>`
    select j.id, j.owner, j.state, j.expires_at, j.server, j.epoch, j.saved, j.key, j.request, j.progress
    from export_job j
    where j.id = ${id}::uuid and j.owner = ${owner}::uuid and j.expires_at > clock_timestamp()`
}

/**
 * The oldest job that nobody works on, now held by `holder`. A process has its home to itself: what another of the same
 * server holds was left by one that was killed.
 */
export function takeJob(sql: Sql, holder: string, server: string, seconds: number) {
  return sql<JobRow[]>`
    update export_job set state = 'running', epoch = export_job.epoch + 1, holder = ${holder}::uuid,
      server = ${server}::uuid, held_until = clock_timestamp() + make_interval(secs => ${seconds}::int)
    where export_job.id = (
      select j.id from export_job j
      where j.state in ('waiting', 'running') and j.expires_at > clock_timestamp()
        and (
          j.holder is null or j.held_until < clock_timestamp()
          or (j.server = ${server}::uuid and j.holder <> ${holder}::uuid)
        )
      order by j.created_at, j.id
      limit 1
      for update skip locked
    )
    returning id, owner, state, expires_at, server, epoch, saved, key, request, progress`
}

/** Goes on holding it; nothing is returned where somebody else has taken it, or it was deleted. */
export function renewJob(sql: Sql, id: string, epoch: number, seconds: number) {
  return sql<{ id: string }[]>`
    update export_job set held_until = clock_timestamp() + make_interval(secs => ${seconds}::int)
    where id = ${id}::uuid and epoch = ${epoch}::int and holder is not null and state = 'running'
    returning id`
}

/** Lets go of it, as it was saved last. */
export function releaseJob(sql: Sql, id: string, epoch: number) {
  return sql`
    update export_job set holder = null, held_until = null
    where id = ${id}::uuid and epoch = ${epoch}::int and state = 'running'`
}

/**
 * Saves how far it is, under the epoch in which it was taken. `keepSeconds`: of one that has ended, until it expires. The key
 * of one that failed goes: what there was of its files opens no more.
 */
export function saveJob(
  sql: Sql,
  job: Pick<JobRow, 'id' | 'epoch' | 'saved' | 'state'> & { progress: Uint8Array },
  keepSeconds: number,
) {
  return sql<{ expires_at: Date }[]>`
    update export_job set progress = ${job.progress}::bytea, saved = ${job.saved}::int, state = ${job.state}::text,
      holder = case when ${job.state}::text = 'running' then holder end,
      held_until = case when ${job.state}::text = 'running' then held_until end,
      key = case when ${job.state}::text = 'failed' then ''::bytea else key end,
      expires_at = case when ${job.state}::text = 'running' then expires_at
        else clock_timestamp() + make_interval(secs => ${keepSeconds}::int) end
    where id = ${job.id}::uuid and epoch = ${job.epoch}::int and saved < ${job.saved}::int
    returning expires_at`
}

/** Those of this server that are complete. */
export function selectComplete(sql: Sql, server: string) {
  return sql<JobRow[]>`
    select j.id, j.owner, j.state, j.expires_at, j.server, j.epoch, j.saved, j.key, j.request, j.progress
    from export_job j
    where j.server = ${server}::uuid and j.state = 'complete' and j.expires_at > clock_timestamp()`
}

export function deleteJob(sql: Sql, id: string, owner: string) {
  return sql<{ id: string }[]>`
    delete from export_job where id = ${id}::uuid and owner = ${owner}::uuid and expires_at > clock_timestamp()
    returning id`
}

export function deleteExpired(sql: Sql) {
  return sql`delete from export_job where expires_at <= clock_timestamp()`
}

/** Jobs whose files are on the disk of this server: one that failed has none. */
export function selectOwnJobs(sql: Sql, server: string) {
  return sql<{ id: string }[]>`
    select j.id from export_job j where j.server = ${server}::uuid and j.state <> 'failed'`
}

/** How many patients were destroyed so far, also where somebody put a key back. */
export function countDestroyed(sql: Sql) {
  return sql<{ destroyed: number }[]>`
    select count(*)::int as destroyed from compartment c left join destruction d on d.compartment = c.compartment
    where c.wrapped is null or d.compartment is not null`
}

/** The version that a resource had at a moment, without its content. `bytes`: of the content, sealed. */
export interface Then {
  compartment: CompartmentId
  resource: ResourceKey
  type: number
  version: number
  updated_at: Date
  deleted: boolean
  bytes: number
}

export interface Edge {
  compartment: CompartmentId
  resource: string
}

/**
 * What lived at a moment in the compartments after a place, in the order of their names: at most `limit` resources are
 * looked at, and five times as many superseded versions; the last row, whose version is null, says up to where. Of one
 * snapshot, so that what is moved to another compartment meanwhile is neither missed nor given twice:
 *
 *   `seen`  lives there now; as it was at the moment, where it was not changed since
 *   `gone`  lived there, and lives elsewhere now
 *   `late`  what of both was changed since: its version of then, unless that lived elsewhere
 *
 * Both walks along an index have a limit, without which PostgreSQL would rather read the whole of a large table.
 */
export function selectSpan(
  sql: Sql,
  after: Edge,
  to: CompartmentId,
  without: CompartmentId,
  moment: Date,
  limit: number,
) {
  return sql<(Then | (Edge & { version: null }))[]>`
    with here as materialized (
      select r.compartment, r.resource, r.type, r.version, r.updated_at, r.deleted,
        octet_length(r.sealed) + coalesce(octet_length(r.capsule), 0) as bytes
      from resource r
      where (r.compartment, r.resource) > (${after.compartment}::uuid, ${after.resource}::uuid)
        and r.compartment <= ${to}::uuid and r.compartment <> ${without}::uuid
      order by r.compartment, r.resource
      limit ${limit}::int
    ),
    past as materialized (
      select h.compartment, h.resource
      from history h
      where (h.compartment, h.resource) > (${after.compartment}::uuid, ${after.resource}::uuid)
        and h.compartment <= ${to}::uuid and h.compartment <> ${without}::uuid
      order by h.compartment, h.resource, h.version
      limit 5 * ${limit}::int
    ),
    edge as materialized (
      select e.compartment, e.resource from (
        select ${to}::uuid as compartment, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid as resource
        union all
        select last.compartment, last.resource from (
          select h.compartment, h.resource from here h order by h.compartment desc, h.resource desc limit 1
        ) last where (select count(*) from here) = ${limit}::int
        union all
        select last.compartment, last.resource from (
          select p.compartment, p.resource from past p order by p.compartment desc, p.resource desc limit 1
        ) last where (select count(*) from past) = 5 * ${limit}::int
      ) e
      order by e.compartment, e.resource
      limit 1
    ),
    seen as materialized (
      select h.* from here h cross join edge e where (h.compartment, h.resource) <= (e.compartment, e.resource)
    ),
    gone as (
      select distinct p.compartment, p.resource
      from past p cross join edge e
      where (p.compartment, p.resource) <= (e.compartment, e.resource) and not exists (
        select from resource r where r.compartment = p.compartment and r.resource = p.resource
      )
    ),
    late as (
      select s.compartment, s.resource from seen s where s.updated_at > ${moment}::timestamptz
      union all
      select g.compartment, g.resource from gone g
    )
    select s.compartment, s.resource, s.type, s.version, s.updated_at, s.deleted, s.bytes
    from seen s where s.updated_at <= ${moment}::timestamptz
    union all
    select l.compartment, l.resource, v.type, v.version, v.updated_at, v.deleted, v.bytes
    from late l
    join locator place on place.resource = l.resource
    cross join lateral (
      select h.type, h.version, h.updated_at, h.deleted,
        octet_length(h.sealed) + coalesce(octet_length(h.capsule), 0) as bytes
      from history h
      where h.compartment = l.compartment and h.resource = l.resource and h.updated_at <= ${moment}::timestamptz
      order by h.version desc
      limit 1
    ) v
    where not exists (
      select from unnest(array_append(place.past, place.compartment)) as p (compartment)
      where exists (
        select from resource n
        where n.compartment = p.compartment and n.resource = l.resource and n.version > v.version
          and n.updated_at <= ${moment}::timestamptz
      ) or exists (
        select from history n
        where n.compartment = p.compartment and n.resource = l.resource and n.version > v.version
          and n.updated_at <= ${moment}::timestamptz
      )
    )
    union all
    select e.compartment, e.resource, null, null, null, null, null from edge e`
}

/** The same of resources by name, wherever they lived. */
export function selectThen(sql: Sql, resources: readonly ResourceKey[], moment: Date) {
  return sql<Then[]>`
    with place as (
      select k.resource, unnest(array_append(l.past, l.compartment)) as compartment
      from unnest(${`{${resources.join()}}`}::uuid[]) as k (resource) join locator l on l.resource = k.resource
    )
    select distinct on (v.resource) v.compartment, v.resource, v.type, v.version, v.updated_at, v.deleted, v.bytes
    from place p, lateral (
      select r.compartment, r.resource, r.type, r.version, r.updated_at, r.deleted,
        octet_length(r.sealed) + coalesce(octet_length(r.capsule), 0) as bytes
      from resource r where r.compartment = p.compartment and r.resource = p.resource
      union all
      select h.compartment, h.resource, h.type, h.version, h.updated_at, h.deleted,
        octet_length(h.sealed) + coalesce(octet_length(h.capsule), 0) as bytes
      from history h where h.compartment = p.compartment and h.resource = p.resource
    ) v
    where v.updated_at <= ${moment}::timestamptz
    order by v.resource, v.version desc`
}

/** These very versions with their content, superseded meanwhile or not, but not of the destroyed; in no order. */
export function selectContents(sql: Sql, wanted: readonly Then[]) {
  return sql<VersionRow[]>`
    with asked as (
      select * from unnest(
        ${`{${wanted.map(({ compartment }) => compartment).join()}}`}::uuid[],
        ${`{${wanted.map(({ resource }) => resource).join()}}`}::uuid[],
        ${plainArray(wanted.map(({ version }) => version))}::int[]
      ) as k (compartment, resource, version)
    )
    select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
      r.previous, r.sealed, r.capsule
    from asked a
    join compartment c on c.compartment = a.compartment and c.wrapped is not null
    join resource r on r.compartment = a.compartment and r.resource = a.resource and r.version = a.version
    union all
    select h.compartment, h.resource, h.updated_at, h.version, h.type, h.generation, h.deleted, h.posted,
      h.previous, h.sealed, h.capsule
    from asked a
    join compartment c on c.compartment = a.compartment and c.wrapped is not null
    join history h on h.compartment = a.compartment and h.resource = a.resource and h.version = a.version`
}
