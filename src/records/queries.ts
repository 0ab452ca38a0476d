/** Every statement of the record store. Shapes of rows: rows.ts; tables: migrations. */
import { byteaList, byteaParts, plainArray, type ByteaParts, type Sql } from '#kernel/db/index.ts'
import type { CompartmentId, ResourceKey } from './place.ts'
import type { PointerMade } from './pointing.ts'
import {
  blockEntriesMax,
  type Group,
  type HeadName,
  type HeadRow,
  type Loss,
  type Operation,
} from './rows.ts'
import type { SeenRow, VersionRow } from './rows.ts'

/**
 * Current versions of many resources, in no order; those that are not there are left out. `asked` is a name's number, from 1. Where
 * the current version is the one that was `seen`, its bytes stay where they are. The planner is not told how many there are: for one
 * or two it would plan anew each time.
 */
export function selectHeads(sql: Sql, names: readonly HeadName[]) {
  return sql<((HeadRow | SeenRow) & { asked: number })[]>`
    select k.asked::int4, r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
      case when r.version is distinct from k.seen then r.previous end as previous,
      case when r.version is distinct from k.seen then r.sealed end as sealed,
      case when r.version is distinct from k.seen then r.capsule end as capsule,
      c.wrapped is not null as alive
    from unnest(
      (select ${list(names.map(({ resource }) => resource))}::uuid[]),
      (select ${plainArray(names.map(({ seen }) => seen))}::int[])
    ) with ordinality as k (resource, seen, asked)
    join locator l on l.resource = k.resource
    join resource r on r.compartment = l.compartment and r.resource = l.resource
    join compartment c on c.compartment = l.compartment`
}

/** All versions of one resource below `before`, newest first, wherever it lived; those that were destroyed, too. */
export function selectVersions(sql: Sql, resource: ResourceKey, before: number, limit: number) {
  return sql<HeadRow[]>`
    with place as (
      select l.resource, unnest(array_append(l.past, l.compartment)) as compartment
      from locator l where l.resource = ${resource}::uuid
    )
    select v.*, c.wrapped is not null as alive
    from place p join compartment c on c.compartment = p.compartment, lateral (
      select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
        r.previous, r.sealed, r.capsule
      from resource r where r.compartment = p.compartment and r.resource = p.resource
      union all
      select h.compartment, h.resource, h.updated_at, h.version, h.type, h.generation, h.deleted, h.posted,
        h.previous, h.sealed, h.capsule
      from history h where h.compartment = p.compartment and h.resource = p.resource
    ) v
    where v.version < ${before}::int
    order by v.version desc
    limit ${limit}::int`
}

/** A position in an order by time: everything strictly after (older than, newer than) it. */
export interface TimePosition {
  updatedAt: Date
  resource: string
  version: number
}

/** The destroyed are few: they are counted apart and taken away, so that the index alone answers for the rest. */
export function countType(sql: Sql, type: number, from: Date, to: Date) {
  return sql<{ total: number }[]>`
    select ((
      select count(*) from resource r
      where r.type = ${type}::smallint and not r.deleted
        and r.updated_at >= ${from}::timestamptz and r.updated_at < ${to}::timestamptz
    ) - (
      select count(*) from destruction d
      join compartment c on c.compartment = d.compartment and c.wrapped is null
      join resource r on r.compartment = d.compartment
      where r.type = ${type}::smallint and not r.deleted
        and r.updated_at >= ${from}::timestamptz and r.updated_at < ${to}::timestamptz
    ))::int as total`
}

/** Versions of a resource that can be read, wherever it lived. */
export function countVersions(sql: Sql, resource: ResourceKey) {
  return sql<{ total: number }[]>`
    select count(*)::int as total
    from locator l
    cross join lateral unnest(array_append(l.past, l.compartment)) as p (compartment)
    join compartment c on c.compartment = p.compartment and c.wrapped is not null
    cross join lateral (
      select from resource r where r.compartment = p.compartment and r.resource = l.resource
      union all
      select from history h where h.compartment = p.compartment and h.resource = l.resource
    ) v
    where l.resource = ${resource}::uuid`
}

/** Each resource as it was at a moment; those that were not there yet are left out. */
export function selectAsOf(sql: Sql, resources: readonly ResourceKey[], moment: Date) {
  return sql<HeadRow[]>`
    with place as (
      select k.resource, unnest(array_append(l.past, l.compartment)) as compartment
      from unnest(${list(resources)}::uuid[]) as k (resource) join locator l on l.resource = k.resource
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

/**
 * Before when everything is settled: what is written with an earlier time is there for all who look from now on.
 *
 * A write takes the time of its rows from the clock after its session shows in pg_stat_activity, and not before the
 * session's xact_start; times are cut to milliseconds. So the clock is read first (`asked`, the end of the current
 * millisecond, which is waited for), and the sessions after it: one that shows up later takes a later time, and what
 * took an earlier one shows, or has ended.
 *
 * The facility's compartment is written to so often that its times, each later than the one before, can run ahead of
 * the clock: they are waited for too, so that whoever wrote there sees it. A tenth of a second at most: a clock that was put
 * back leaves them far ahead.
 */
export function selectSettled(sql: Sql, facility: CompartmentId) {
  return sql<{ asked: Date; settled: Date }[]>`
    with asked as materialized (
      select greatest(date_trunc('milliseconds', clock_timestamp()), max(h.updated_at))
        + interval '1 millisecond' as at
      from head h where h.compartment = ${facility}::uuid
    ),
    waited as materialized (
      select asked.at, pg_sleep(least(0.1, extract(epoch from asked.at - clock_timestamp())))::text as slept from asked
    )
    select w.at as asked, least(w.at, (
      select date_trunc('milliseconds', min(a.xact_start)) from pg_stat_activity a
      where a.pid <> pg_backend_pid() and a.datname = current_database() and a.usename = current_user
        and a.application_name <> 'sigilo verify' and a.xact_start < w.at and w.slept is not null
    )) as settled
    from waited w`
}

/** What lives in a compartment now, in the order of its keyed names, which say nothing; nothing of one that was destroyed. */
export function selectCompartment(sql: Sql, compartment: CompartmentId, after: string, limit: number) {
  return sql<VersionRow[]>`
    select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
      r.previous, r.sealed, r.capsule
    from resource r
    join compartment c on c.compartment = r.compartment and c.wrapped is not null
    where r.compartment = ${compartment}::uuid and r.resource > ${after}::uuid and not r.deleted
    order by r.resource
    limit ${limit}::int`
}

/** None of a compartment that was destroyed. */
export function selectPointers(sql: Sql, compartment: CompartmentId, after: string, limit: number) {
  return sql<{ pointer: string; generation: number; sealed: Uint8Array }[]>`
    select p.pointer, p.generation, p.sealed from pointer p
    join compartment c on c.compartment = p.compartment and c.wrapped is not null
    where p.compartment = ${compartment}::uuid and p.pointer > ${after}::uuid
    order by p.pointer
    limit ${limit}::int`
}

/** How much lives in a compartment, and how much points into it; no row where it was never opened. */
export function selectExtent(sql: Sql, compartment: CompartmentId) {
  return sql<{ alive: boolean; resources: number; versions: number; pointers: number }[]>`
    select c.wrapped is not null as alive,
      (select count(*) filter (where not r.deleted) from resource r where r.compartment = c.compartment)::int as resources,
      (select count(*) from resource r where r.compartment = c.compartment)::int
        + (select count(*) from history h where h.compartment = c.compartment)::int as versions,
      (select count(*) from pointer p where p.compartment = c.compartment)::int as pointers
    from compartment c where c.compartment = ${compartment}::uuid`
}

export function selectClaims(sql: Sql, criteria: readonly string[]) {
  return sql<{ criterion: string; version: number }[]>`
    select c.criterion, c.version from claim c where c.criterion = any(${list(criteria)}::uuid[])`
}

/** Which of these an import has brought already. */
export function selectMarks(sql: Sql, marks: readonly string[]) {
  return sql<{ mark: string }[]>`
    select i.mark from import_mark i where i.mark = any(${list(marks)}::uuid[])`
}

/** Claims older than an hour: no write that was decided by one can still be under way. */
export function deleteOldClaims(sql: Sql) {
  return sql`delete from claim where taken_at < clock_timestamp() - interval '1 hour'`
}

/** Which of these versions are there, whoever wrote them. `digest`: SHA-256 of what is sealed. */
export function selectDigests(sql: Sql, resources: readonly ResourceKey[], versions: readonly number[]) {
  return sql<{ resource: ResourceKey; version: number; updated_at: Date; digest: Uint8Array }[]>`
    with asked as (
      select k.resource, k.version, unnest(array_append(l.past, l.compartment)) as compartment
      from unnest(${list(resources)}::uuid[], ${plainArray(versions)}::int[]) as k (resource, version)
      join locator l on l.resource = k.resource
    )
    select a.resource, a.version, r.updated_at, sha256(r.sealed) as digest from asked a
    join resource r on r.compartment = a.compartment and r.resource = a.resource and r.version = a.version
    union all
    select a.resource, a.version, h.updated_at, sha256(h.sealed) as digest from asked a
    join history h on h.compartment = a.compartment and h.resource = a.resource and h.version = a.version`
}

/**
 * Row of `writeGroups`: one for each compartment that was written to, and one for each group that was lost. All that is written to one
 * compartment has one time: a row for each operation would say it hundreds of times over.
 */
export type WriteRow =
  | {
      compartment: CompartmentId
      updated_at: Date
      /** Small blocks of index tuples in it since the last merge. */
      loose: number
    }
  | { compartment: null; group: number; loss: Loss }

/**
 * Writes many groups at once; each wholly or not at all, and each on its own verdict.
 *
 * `found` locks the current rows in the order of their keys and sees them as they are after any wait. The
 * rest of the statement sees its snapshot, which cannot be older than `expected` (the caller read that from
 * a committed row before) nor newer than `found`; so where `found.version = expected` both are the same row.
 *
 * `counted` gives each compartment its next positions under the lock of its head, last of all locks; the times of what
 * is written come from there, so in a compartment they follow the order of commits. Compartments that one group has
 * in common (`tied`) get one time, the latest that any of them needs: of a resource that moves, its leaving one and its
 * coming into the other are of one moment, at which a search sees it once. Their heads are locked for it first.
 *
 * The entries of the ledger have the time of the versions that they tell of, so that neither can be moved alone.
 *
 * What is created by two at once meets on a primary key: the later fails with 23505 and is run again whole,
 * and then `lost` sees the earlier's row.
 *
 * A part that no group needs is left out: PostgreSQL gets every part of a statement ready each time, which took
 * as long as writing thirty rows. Of the two kinds of parts one is about versions that were there before, the other
 * about what few groups bring; so there are four statements in all.
 */
export function writeGroups(sql: Sql, groups: readonly Group[]) {
  const operations = flatten(groups, (group) => group.operations)
  const blocks = flatten(groups, (group) => group.blocks)
  const acts = flatten(groups, (group) => (group.staged ? [group.staged] : []))
  const none = sql``
  const changes = operations.some(({ item }) => item.expected > 0) ? changesOf(sql, operations) : undefined
  const beside = groups.some(hasBeside) ? besideOf(sql, groups, operations, changes !== undefined) : undefined
  const sealed = bytesOf(sql, operations, (o) => o.sealed)
  const entries = bytesOf(sql, acts, (a) => a.entries)
  const tags = bytesOf(sql, acts, (a) => a.tag)
  const tuples = bytesOf(sql, blocks, (b) => b.sealed)
  return sql<WriteRow[]>`
    with clock as materialized (
      select date_trunc('milliseconds', clock_timestamp()) as now
    ),
    op as materialized (
      select o.n, o.grp, o.resource, o.compartment, o.origin, o.expected, o.type, o.generation, o.deleted,
        o.posted, substr(${sealed.whole}, o.start, o.length) as sealed,
        ${changes?.previous ?? sql`null::bytea`} as previous, ${beside?.capsule ?? sql`null::bytea`} as capsule
      from unnest(
        ${plainArray(operations.map((_, n) => n))}::int[],
        ${plainArray(operations.map((o) => o.group))}::int[],
        ${list(operations.map((o) => o.item.resource))}::uuid[],
        ${list(operations.map((o) => o.item.compartment))}::uuid[],
        ${list(operations.map((o) => o.item.origin))}::uuid[],
        ${plainArray(operations.map((o) => o.item.expected))}::int[],
        ${plainArray(operations.map((o) => o.item.type))}::smallint[],
        ${plainArray(operations.map((o) => o.item.generation))}::smallint[],
        ${plainArray(operations.map((o) => o.item.deleted))}::boolean[],
        ${plainArray(operations.map((o) => o.item.posted))}::boolean[],
        ${sealed.starts}::int[],
        ${sealed.lengths}::int[]
      ) as o (n, grp, resource, compartment, origin, expected, type, generation, deleted, posted, start, length)
    ),
    act as materialized (
      select a.grp, a.id, substr(${entries.whole}, a.start, a.length) as entries,
        substr(${tags.whole}, a.tag_start, a.tag_length) as tag
      from unnest(
        ${plainArray(acts.map((a) => a.group))}::int[],
        ${list(acts.map((a) => a.item.id))}::uuid[],
        ${entries.starts}::int[],
        ${entries.lengths}::int[],
        ${tags.starts}::int[],
        ${tags.lengths}::int[]
      ) as a (grp, id, start, length, tag_start, tag_length)
    ),
    ${beside?.given ?? none}
    ${changes?.found ?? none}
    ${beside?.found ?? none}
    lost as materialized (
      select op.grp, 'version' as loss from op
      where op.expected = 0 and exists (select from locator l where l.resource = op.resource)
      union all
      select op.grp, 'opening' from op
      where not exists (
          select from compartment c
          where c.compartment = op.compartment and c.generation = op.generation and c.wrapped is not null
        )
        ${beside?.unopened ?? none}
      ${changes?.lost ?? none}
      ${beside?.lost ?? none}
    ),
    block as materialized (
      select b.grp, b.compartment, b.identity, b.generation, b.entries,
        substr(${tuples.whole}, b.start, b.length) as sealed,
        row_number() over (partition by b.compartment order by b.n desc) - 1 as below
      from unnest(
        ${plainArray(blocks.map((b) => b.group))}::int[],
        ${list(blocks.map((b) => b.item.compartment))}::uuid[],
        ${plainArray(blocks.map((b) => b.item.identity))}::boolean[],
        ${plainArray(blocks.map((b) => b.item.generation))}::smallint[],
        ${plainArray(blocks.map((b) => b.item.entries))}::int[],
        ${tuples.starts}::int[],
        ${tuples.lengths}::int[]
      ) with ordinality as b (grp, compartment, identity, generation, entries, start, length, n)
      where b.grp not in (select grp from lost)
    ),
    ${changes?.later ?? none}
    ${beside?.tied ?? none}
    counted as (
      insert into head (compartment, position, updated_at, loose)
      select b.compartment, count(*),
        greatest(min(clock.now) ${changes?.least ?? none} ${beside?.least ?? none}),
        count(*) filter (where b.entries < ${blockEntriesMax}::int)
      from block b cross join clock ${changes?.joined ?? none} ${beside?.joined ?? none}
      group by b.compartment
      order by b.compartment
      on conflict (compartment) do update set position = head.position + excluded.position,
        updated_at = greatest(excluded.updated_at, head.updated_at + interval '1 millisecond'),
        loose = head.loose + excluded.loose
      returning compartment, position, updated_at, loose
    ),
    shelved as (
      insert into tuple (compartment, position, updated_at, entries, generation, identity, merged, sealed)
      select b.compartment, c.position - b.below, c.updated_at, b.entries, b.generation, b.identity, false, b.sealed
      from block b join counted c on c.compartment = b.compartment
      order by b.compartment, b.below desc
    ),
    go as materialized (
      select op.*, c.updated_at as at
      from op join counted c on c.compartment = op.compartment
      where op.grp not in (select grp from lost)
    ),
    ${changes?.written ?? none}
    placed as (
      insert into resource (compartment, resource, updated_at, version, type, generation, deleted, posted,
        previous, sealed, capsule)
      select go.compartment, go.resource, go.at, go.expected + 1, go.type, go.generation, go.deleted,
        go.posted, go.previous, go.sealed, go.capsule
      from go where go.origin is distinct from go.compartment
      order by go.compartment, go.resource
    ),
    located as (
      insert into locator (resource, compartment)
      select go.resource, go.compartment from go where go.expected = 0
      order by go.resource
    ),
    ${beside?.written ?? none}
    staged as (
      insert into ledger_staged (id, entries, tag, staged_at)
      select a.id, a.entries, a.tag,
        coalesce((select max(go.at) from go where go.grp = a.grp), (select clock.now from clock))
      from act a where a.grp not in (select grp from lost)
      order by a.id
    )
    select c.compartment, c.updated_at, c.loose, null::int as "group", null::text as loss from counted c
    union all
    select null, null, null, lost.grp, min(lost.loss) from lost group by lost.grp`
}

/** What is about versions that were there before. */
function changesOf(sql: Sql, operations: readonly Flat<Operation>[]) {
  const previous = bytesOf(sql, operations, (o) => o.previous)
  return {
    previous: partAt(sql, previous),
    found: sql`
    found as materialized (
      select op.n, r.version, r.updated_at
      from op
      join resource r on r.compartment = op.origin and r.resource = op.resource
      order by r.compartment, r.resource
      for update of r
    ),`,
    lost: sql`
      union all
      select op.grp, 'version' from op left join found f on f.n = op.n
      where op.expected > 0 and f.version is distinct from op.expected`,
    later: sql`
    later as materialized (
      select op.compartment, max(found.updated_at) + interval '1 millisecond' as than
      from op join found on found.n = op.n group by op.compartment
    ),`,
    least: sql`, min(l.than)`,
    joined: sql`left join later l on l.compartment = b.compartment`,
    written: sql`
    superseded as (
      insert into history (compartment, resource, updated_at, version, type, generation, deleted, posted,
        previous, sealed, capsule)
      select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
        r.previous, r.sealed, r.capsule
      from go join resource r on r.compartment = go.origin and r.resource = go.resource
    ),
    replaced as (
      update resource r set updated_at = go.at, version = go.expected + 1, type = go.type,
        generation = go.generation, deleted = go.deleted, posted = go.posted, previous = go.previous,
        sealed = go.sealed, capsule = go.capsule
      from go
      where r.compartment = go.origin and r.resource = go.resource and go.compartment = go.origin
    ),
    moved as (
      delete from resource r using go
      where r.compartment = go.origin and r.resource = go.resource and go.compartment <> go.origin
    ),
    relocated as (
      update locator l set compartment = go.compartment,
        past = array_append(array_remove(l.past, go.compartment), go.origin)
      from go where l.resource = go.resource and go.origin <> go.compartment
    ),`,
  }
}

/** Whether it brings what few do: more than versions that live in one compartment, and are about nobody else. */
function hasBeside({
  operations,
  openings,
  claims,
  pointers,
  pending,
  marks = [],
  attachments,
  blocks,
}: Group): boolean {
  const several = openings.length + claims.length + pointers.length + marks.length + attachments.length
  const [first] = blocks
  return (
    several > 0 ||
    pending !== undefined ||
    operations.some(({ capsule }) => capsule !== null) ||
    blocks.some((each) => each.compartment !== first?.compartment)
  )
}

function besideOf(
  sql: Sql,
  groups: readonly Group[],
  operations: readonly Flat<Operation>[],
  hasChanges: boolean,
) {
  const capsules = bytesOf(sql, operations, (o) => o.capsule)
  const openings = flatten(groups, (group) => group.openings)
  const claims = flatten(groups, (group) => group.claims)
  const pointers = flatten(groups, (group) => group.pointers)
  const pending = flatten(groups, (group) => (group.pending ? [group.pending] : []))
  const marks = flatten(groups, (group) => group.marks ?? [])
  const attachments = flatten(groups, (group) => group.attachments)
  const wrapped = bytesOf(sql, openings, (o) => o.wrapped)
  const pointing = bytesOf(sql, pointers, (p) => p.sealed)
  const listing = bytesOf(sql, pending, (d) => d.sealed)
  const latest = sql`, (select max(l.than) from later l join tied t on t.compartment = l.compartment)`
  return {
    capsule: partAt(sql, capsules),
    given: sql`
    opening as materialized (
      select o.grp, o.compartment, o.epoch, o.generation, substr(${wrapped.whole}, o.start, o.length) as wrapped
      from unnest(
        ${plainArray(openings.map((o) => o.group))}::int[],
        ${list(openings.map((o) => o.item.compartment))}::uuid[],
        ${list(openings.map((o) => o.item.epoch))}::uuid[],
        ${plainArray(openings.map((o) => o.item.generation))}::int[],
        ${wrapped.starts}::int[],
        ${wrapped.lengths}::int[]
      ) as o (grp, compartment, epoch, generation, start, length)
    ),
    claimed as materialized (
      select * from unnest(
        ${plainArray(claims.map((c) => c.group))}::int[],
        ${list(claims.map((c) => c.item.criterion))}::uuid[],
        ${plainArray(claims.map((c) => c.item.expected))}::int[]
      ) as c (grp, criterion, expected)
    ),
    marked as materialized (
      select * from unnest(
        ${plainArray(marks.map((m) => m.group))}::int[],
        ${list(marks.map((m) => m.item))}::uuid[]
      ) as m (grp, mark)
    ),
    attached as materialized (
      select * from unnest(
        ${plainArray(attachments.map((a) => a.group))}::int[],
        ${list(attachments.map((a) => a.item.compartment))}::uuid[],
        ${list(attachments.map((a) => a.item.attachment))}::uuid[]
      ) as a (grp, compartment, attachment)
    ),
    pointing as materialized (
      select p.grp, p.compartment, p.pointer, p.generation, substr(${pointing.whole}, p.start, p.length) as sealed
      from unnest(
        ${plainArray(pointers.map((p) => p.group))}::int[],
        ${list(pointers.map((p) => p.item.compartment))}::uuid[],
        ${list(pointers.map((p) => p.item.pointer))}::uuid[],
        ${plainArray(pointers.map((p) => p.item.generation))}::smallint[],
        ${pointing.starts}::int[],
        ${pointing.lengths}::int[]
      ) as p (grp, compartment, pointer, generation, start, length)
    ),
    listing as materialized (
      select d.grp, d.id, d.key, substr(${listing.whole}, d.start, d.length) as sealed
      from unnest(
        ${plainArray(pending.map((d) => d.group))}::int[],
        ${list(pending.map((d) => d.item.id))}::uuid[],
        ${list(pending.map((d) => d.item.key))}::uuid[],
        ${listing.starts}::int[],
        ${listing.lengths}::int[]
      ) as d (grp, id, key, start, length)
    ),`,
    found: sql`
    found_attachment as materialized (
      select a.compartment, a.attachment
      from attached
      join attachment a on a.compartment = attached.compartment and a.attachment = attached.attachment
      where a.state <> 'doomed'
      order by a.compartment, a.attachment
      for update of a
    ),
    found_claim as materialized (
      select c.criterion, c.version
      from claimed
      join claim c on c.criterion = claimed.criterion
      order by c.criterion
      for update of c
    ),
    standing_epoch as materialized (
      select k.id from keyring k
      where k.id in (select epoch from opening) and k.retired_at is null
      order by k.id
      for key share
    ),`,
    unopened: sql`and not exists (select from opening o where o.grp = op.grp and o.compartment = op.compartment)`,
    lost: sql`
      union all
      select claimed.grp, 'claim' from claimed left join found_claim f on f.criterion = claimed.criterion
      where coalesce(f.version, 0) <> claimed.expected
      union all
      select o.grp, 'opening' from opening o
      where exists (select from compartment c where c.compartment = o.compartment)
        or not exists (select from standing_epoch e where e.id = o.epoch)
      union all
      select p.grp, 'opening' from pointing p
      where p.sealed is not null
        and not exists (
          select from compartment c
          where c.compartment = p.compartment and c.generation = p.generation and c.wrapped is not null
        )
        and not exists (select from opening o where o.grp = p.grp and o.compartment = p.compartment)
      union all
      select p.grp, 'directory' from listing p
      where not exists (select from directory_generation g where g.serving and g.key is not distinct from p.key)
      union all
      select m.grp, 'mark' from marked m where exists (select from import_mark i where i.mark = m.mark)
      union all
      select a.grp, 'attachment' from attached a where not exists (
        select from found_attachment f where f.compartment = a.compartment and f.attachment = a.attachment
      )`,
    tied: sql`
    tied as materialized (
      select b.compartment from block b
      where b.grp in (select b.grp from block b group by b.grp having count(distinct b.compartment) > 1)
      group by b.compartment
    ),
    standing as materialized (
      select h.updated_at from tied t join head h on h.compartment = t.compartment
      order by h.compartment
      for update of h
    ),
    together as materialized (
      select t.compartment, greatest(
        (select max(s.updated_at) + interval '1 millisecond' from standing s)
        ${hasChanges ? latest : sql``}
      ) as at
      from tied t
    ),`,
    least: sql`, min(t.at)`,
    joined: sql`left join together t on t.compartment = b.compartment`,
    written: sql`
    opened as (
      insert into compartment (compartment, epoch, generation, wrapped, opened_at)
      select o.compartment, o.epoch, o.generation, o.wrapped, clock.now
      from opening o cross join clock
      where o.grp not in (select grp from lost)
      order by o.compartment
    ),
    claimed_first as (
      insert into claim (criterion, version, taken_at)
      select c.criterion, 1, clock.now from claimed c cross join clock
      where c.expected = 0 and c.grp not in (select grp from lost)
      order by c.criterion
    ),
    claimed_again as (
      update claim set version = c.expected + 1, taken_at = clock.now
      from claimed c cross join clock
      where claim.criterion = c.criterion and c.expected > 0 and c.grp not in (select grp from lost)
    ),
    pointer_change as materialized (
      select p.compartment, p.pointer, p.generation, p.sealed from pointing p
      where p.grp not in (select grp from lost)
    ),
    unpointed as (
      delete from pointer p using pointer_change x
      where p.compartment = x.compartment and p.pointer = x.pointer and x.sealed is null
    ),
    pointed as (
      insert into pointer (compartment, pointer, generation, sealed)
      select x.compartment, x.pointer, x.generation, x.sealed from pointer_change x
      where x.sealed is not null
      order by x.compartment, x.pointer
      on conflict (compartment, pointer)
        do update set sealed = excluded.sealed, generation = excluded.generation
    ),
    listed as (
      insert into directory_pending (id, key, sealed)
      select d.id, d.key, d.sealed from listing d
      where d.grp not in (select grp from lost)
      order by d.id
    ),
    kept as (
      update attachment x set state = 'kept', held_until = null
      from attached a
      where x.compartment = a.compartment and x.attachment = a.attachment and x.state = 'arriving'
        and a.grp not in (select grp from lost)
    ),
    noted as (
      insert into import_mark (mark)
      select m.mark from marked m where m.grp not in (select grp from lost)
      order by m.mark
    ),`,
  }
}

/** An item, and the place of its group. */
interface Flat<Item> {
  group: number
  item: Item
}

function bytesOf<Item>(
  sql: Sql,
  flat: readonly Flat<Item>[],
  of: (item: Item) => Uint8Array | null,
): ByteaParts {
  return byteaParts(
    sql,
    flat.map(({ item }) => of(item)),
  )
}

/** Of what few operations have: the part of the operation numbered `o.n`. */
function partAt(sql: Sql, { whole, starts, lengths }: ByteaParts) {
  return sql`substr(${whole}, (${starts}::int[])[o.n + 1], (${lengths}::int[])[o.n + 1])`
}

function flatten<Item>(
  groups: readonly Group[],
  items: (group: Group) => readonly Item[],
): readonly Flat<Item>[] {
  const flat: Flat<Item>[] = []
  groups.forEach((group, index) => {
    for (const item of items(group)) flat.push({ group: index, item })
  })
  return flat
}

/**
 * Pointers made of versions that were read before: each is written only where that version is still the current one, since a write that is under
 * way may just take it away.
 */
export function upsertPointers(sql: Sql, made: readonly PointerMade[]) {
  return sql`
    with made as materialized (
      select * from unnest(
        ${list(made.map(({ compartment }) => compartment))}::uuid[],
        ${list(made.map(({ pointer }) => pointer))}::uuid[],
        ${plainArray(made.map(({ generation }) => generation))}::smallint[],
        ${byteaList(
          sql,
          made.map(({ sealed }) => sealed),
        )},
        ${list(made.map(({ home }) => home))}::uuid[],
        ${list(made.map(({ resource }) => resource))}::uuid[],
        ${plainArray(made.map(({ version }) => version))}::int[]
      ) as m (compartment, pointer, generation, sealed, home, resource, version)
    ),
    current as materialized (
      select r.resource, r.version from resource r
      join (select distinct home, resource, version from made) m
        on r.compartment = m.home and r.resource = m.resource and r.version = m.version
      order by r.compartment, r.resource
      for share of r
    )
    insert into pointer (compartment, pointer, generation, sealed)
    select m.compartment, m.pointer, m.generation, m.sealed
    from made m
    join current r on r.resource = m.resource and r.version = m.version
    join compartment c on c.compartment = m.compartment and c.generation = m.generation and c.wrapped is not null
    order by m.compartment, m.pointer
    on conflict (compartment, pointer) do update set sealed = excluded.sealed, generation = excluded.generation`
}

/** An array of names, which hold nothing that an array's text would have to quote. */
function list(names: readonly (string | null)[]): string {
  return `{${names.map((name) => name ?? 'null').join()}}`
}
