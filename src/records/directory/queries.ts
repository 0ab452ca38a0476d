/** Every statement of the directory. Tables: src/records/migrations/0003-directory.sql. */
import { byteaList, plainArray, type Sql, type TransactionSql } from '#kernel/db/index.ts'

import type { VersionRow } from '../rows.ts'

export interface GenerationRow {
  generation: number
  bits: number
  serving: boolean
  /** How often its rows were changed. */
  changes: number
  /** Null: nothing was ever written in it. */
  time_zone: string | null
  /** Row of the keyring; null: the house's own directory key. */
  key: string | null
}

export function selectGenerations(sql: Sql) {
  return sql<GenerationRow[]>`
    select g.generation, g.bits, g.serving, g.changes, g.time_zone, g.key from directory_generation g order by g.generation`
}

/** Gives its key to a generation that has none yet, and nothing in it; returns the one that it has then. */
export function adoptKey(sql: Sql, generation: number, key: string) {
  return sql<{ key: string | null }[]>`
    update directory_generation g set key = coalesce(g.key, ${key}::uuid)
    where g.generation = ${generation}::int
      and (g.key is not null or not (
        exists (select from directory) or exists (select from directory_pending)
      ))
    returning g.key`
}

export interface PendingRow {
  /** The generation that serves, and how often its rows were changed. */
  generation: number
  changes: number
  /** Null where nothing is pending. */
  id: string | null
  key: string | null
  /** Null of what is known already. */
  sealed: Uint8Array | null
}

/** All that is pending, beside what serves at the same moment; one row without an id where nothing is. */
export function selectPending(sql: Sql, known: readonly string[]) {
  return sql<PendingRow[]>`
    select g.generation, g.changes, p.id, p.key, case when k.id is null then p.sealed end as sealed
    from directory_generation g left join directory_pending p on true
    left join unnest((select ${list(known)}::uuid[])) as k (id) on k.id = p.id
    where g.serving`
}

/** Where to begin under the tag of a point: behind this entry. */
export interface Start {
  point: number
  after: string
}

export interface RowThere {
  n: number
  generation: number
  key: string | null
  tag: number
  entry: string | null
  sealed: Uint8Array | null
}

/**
 * Rows under the tags of points in the serving generation, up to a limit under each, by the number of the start, from 1; one row without
 * an entry where there are none. The planner does not learn how many starts there are: of few it would plan anew each time, which takes
 * longer than the rows do.
 */
export function selectRows(sql: Sql, starts: readonly Start[], limit: number) {
  return sql<RowThere[]>`
    with serving as materialized (
      select g.generation, g.key, g.bits from directory_generation g where g.serving
    )
    select k.n::int, s.generation, s.key, k.point >> (31 - s.bits) as tag, d.entry, d.sealed
    from serving s
    cross join unnest(
      (select ${plainArray(starts.map(({ point }) => point))}::int[]),
      (select ${list(starts.map(({ after }) => after))}::uuid[])
    ) with ordinality as k (point, after, n)
    left join lateral (
      select d.entry, d.sealed from directory d
      where d.generation = s.generation and d.tag = k.point >> (31 - s.bits) and d.entry > k.after
      order by d.entry
      limit ${limit}::int
    ) d on true
    order by k.n, d.entry`
}

/** All rows of a generation. */
export function selectServingRows(sql: Sql, generation: number) {
  return sql<{ tag: number; entry: string; sealed: Uint8Array }[]>`
    select d.tag, d.entry, d.sealed from directory d where d.generation = ${generation}::int`
}

/** The entries of all rows under a tag of the serving generation, in order and in one piece, unless there are more than the limit. */
export function selectEntries(sql: Sql, generation: number, tag: number, limit: number) {
  return sql<{ changes: number; count: number; entries: Uint8Array }[]>`
    select g.changes, l.count, coalesce(l.entries, '') as entries
    from directory_generation g cross join lateral (
      select count(*)::int as count, string_agg(uuid_send(d.entry), '' order by d.entry) as entries from (
        select d.entry from directory d where d.generation = g.generation and d.tag = ${tag}::int
        order by d.entry
        limit ${limit}::int + 1
      ) d
    ) l
    where g.generation = ${generation}::int and g.serving`
}

/** Tags under which many rows stand, the fullest first. */
export function selectCrowded(sql: Sql, generation: number, least: number, most: number) {
  return sql<{ tag: number; count: number }[]>`
    select d.tag, count(*)::int as count from directory d where d.generation = ${generation}::int
    group by d.tag having count(*) between ${least}::int and ${most}::int
    order by count(*) desc`
}

export function selectSealed(sql: Sql, generation: number, tag: number, entries: readonly string[]) {
  return sql<{ entry: string; sealed: Uint8Array }[]>`
    select d.entry, d.sealed from directory d
    where d.generation = ${generation}::int and d.tag = ${tag}::int and d.entry = any(${list(entries)}::uuid[])`
}

/** How many rows stand under the tag of each point, up to a limit. */
export function countRows(sql: Sql, points: readonly number[], limit: number) {
  return sql<{ n: number; rows: number }[]>`
    select k.n::int, (
      select count(*) from (
        select from directory d where d.generation = s.generation and d.tag = k.point >> (31 - s.bits)
        limit ${limit}::int
      ) d
    )::int as rows
    from directory_generation s, unnest(${plainArray(points)}::int[]) with ordinality as k (point, n)
    where s.serving
    order by k.n`
}

/**
 * Which of these rows are there; each is looked up in the index, whatever the planner thinks of their number. Besides, one
 * row without an entry, unless that key's generation serves no longer.
 */
export function selectPresent(
  sql: Sql,
  key: string | null,
  points: readonly number[],
  entries: readonly string[],
) {
  return sql<{ entry: string | null }[]>`
    with serving as materialized (
      select g.generation, g.bits from directory_generation g
      where g.serving and g.key is not distinct from ${key}::uuid
    )
    select null::uuid as entry from serving
    union all
    select k.entry from serving s
    cross join unnest(${plainArray(points)}::int[], ${list(entries)}::uuid[]) as k (point, entry)
    cross join lateral (
      select from directory d
      where d.generation = s.generation and d.tag = k.point >> (31 - s.bits) and d.entry = k.entry
      limit 1
    ) d`
}

export interface DirectoryRow {
  generation: number
  tag: number
  entry: string
}

/** Rows of the serving generation, each the next after a random place. */
export function selectDecoys(sql: Sql, places: readonly { tag: number; entry: string }[]) {
  return sql<(DirectoryRow & { key: string | null; sealed: Uint8Array })[]>`
    select distinct d.generation, s.key, d.tag, d.entry, d.sealed
    from directory_generation s
    cross join unnest(
      ${plainArray(places.map(({ tag }) => tag))}::int[], ${list(places.map(({ entry }) => entry))}::uuid[]
    ) as k (point, entry)
    cross join lateral (
      select d.generation, d.tag, d.entry, d.sealed from directory d
      where d.generation = s.generation and (d.tag, d.entry) > (k.point >> (31 - s.bits), k.entry)
      order by d.tag, d.entry
      limit 1
    ) d
    where s.serving`
}

export interface Flush {
  ids: readonly string[]
  /** Of every generation there is: with others, nothing is done. */
  generations: readonly number[]
  timeZone: string
  /** In the order in which they are to lie. `sealed` null: the row goes. */
  rows: readonly (DirectoryRow & { sealed: Uint8Array | null })[]
  decoys: readonly (DirectoryRow & { before: Uint8Array; sealed: Uint8Array })[]
  /** Of a flush in several statements: what is pending goes with the last. */
  isLast: boolean
}

/**
 * Moves what is pending into the directory, all or nothing. Two that flush the same meet on the locks of `taken`: the
 * later finds fewer than it planned with, and does nothing. No generation is switched or dropped meanwhile (`shape`);
 * one that is begun meanwhile reads the resources after they were written.
 */
export function applyFlush(
  sql: Sql | TransactionSql,
  { ids, generations, timeZone, rows, decoys, isLast }: Flush,
) {
  return sql<{ applied: boolean }[]>`
    with taken as materialized (
      select p.id from directory_pending p where p.id = any(${list(ids)}::uuid[]) order by p.id for update
    ),
    shape as materialized (
      select g.generation from directory_generation g order by g.generation desc for update
    ),
    go as materialized (
      select from (select count(*) as count from taken) t, (select array_agg(generation) as all from shape) s
      where t.count = ${ids.length}::int
        and s.all @> ${plainArray(generations)}::int[] and s.all <@ ${plainArray(generations)}::int[]
    ),
    emptied as (
      delete from directory_pending p using taken, go where p.id = taken.id and ${isLast}::boolean
    ),
    change as materialized (
      select c.* from unnest(
        ${plainArray(rows.map(({ generation }) => generation))}::int[],
        ${plainArray(rows.map(({ tag }) => tag))}::int[],
        ${list(rows.map(({ entry }) => entry))}::uuid[],
        ${byteaList(
          sql,
          rows.map(({ sealed }) => sealed),
        )}
      ) with ordinality as c (generation, tag, entry, sealed, n) cross join go
    ),
    unlisted as (
      delete from directory d using change c
      where d.generation = c.generation and d.tag = c.tag and d.entry = c.entry and c.sealed is null
    ),
    listed as (
      insert into directory (generation, tag, entry, sealed)
      select c.generation, c.tag, c.entry, c.sealed from change c where c.sealed is not null order by c.n
      on conflict (generation, tag, entry) do update set sealed = excluded.sealed
    ),
    freshened as (
      update directory d set sealed = x.sealed
      from unnest(
        ${plainArray(decoys.map(({ generation }) => generation))}::int[],
        ${plainArray(decoys.map(({ tag }) => tag))}::int[],
        ${list(decoys.map(({ entry }) => entry))}::uuid[],
        ${byteaList(
          sql,
          decoys.map(({ before }) => before),
        )},
        ${byteaList(
          sql,
          decoys.map(({ sealed }) => sealed),
        )}
      ) as x (generation, tag, entry, before, sealed) cross join go
      where d.generation = x.generation and d.tag = x.tag and d.entry = x.entry and d.sealed = x.before
    ),
    noted as (
      update directory_generation g set changes = g.changes + 1, time_zone = coalesce(g.time_zone, ${timeZone}::text)
      from go
    )
    select exists (select from go) as applied`
}

/** How large the directory is and has to be: its rows, those of whom it finds by name, and all that is current. */
export function countAll(sql: Sql, peopleTypes: readonly number[]) {
  return sql<{ rows: number; people: number; resources: number }[]>`
    select (select count(*) from directory d join directory_generation g on g.generation = d.generation and g.serving)::int
        as rows,
      count(*) filter (where r.type = any(${plainArray(peopleTypes)}::smallint[]))::int as people,
      count(*)::int as resources
    from resource r where not r.deleted`
}

/**
 * Whether so many rows, or more, meet on a tag on average; and whether compartments were destroyed since the generation
 * that serves was begun. Counts no further than it has to.
 */
export function selectNeed(sql: Sql, rowsPerTag: number, terms: number) {
  return sql<{ outgrown: boolean; destroyed: boolean; keyless: boolean; dated: boolean }[]>`
    select g.key is null and g.time_zone is not null as keyless, g.terms < ${terms}::int as dated, g.bits < 24 and (
        select count(*) from (
          select from directory d where d.generation = g.generation limit ${rowsPerTag}::bigint << g.bits
        ) d
      ) >= ${rowsPerTag}::bigint << g.bits as outgrown,
      (select count(*) from compartment c where c.wrapped is null) > g.destroyed as destroyed
    from directory_generation g where g.serving`
}

/** Begins a generation beside the one that serves, in place of one that is abandoned; none where one is being built. */
export function insertGeneration(
  sql: Sql,
  key: string | null,
  bits: number,
  timeZone: string,
  terms: number,
  abandonedSeconds: number,
) {
  return sql<{ generation: number }[]>`
    with serving as materialized (
      select g.generation from directory_generation g where g.serving for update
    ),
    abandoned as materialized (
      select g.generation, g.touched_at < clock_timestamp() - make_interval(secs => ${abandonedSeconds}::int) as old
      from directory_generation g where not g.serving for update
    ),
    dropped as (
      delete from directory_generation g using abandoned a where g.generation = a.generation and a.old
    )
    insert into directory_generation (generation, key, bits, serving, changes, time_zone, terms, touched_at, destroyed)
    select greatest(s.generation, (select max(a.generation) from abandoned a)) + 1, ${key}::uuid, ${bits}::smallint, false, 0,
      ${timeZone}::text, ${terms}::int, date_trunc('milliseconds', clock_timestamp()),
      (select count(*)::int from compartment c where c.wrapped is null)
    from serving s
    where not exists (select from abandoned a where not a.old)
    returning generation`
}

/** Rows of a generation that is being built; none is written, nor returned, where it is no longer. */
export function insertRows(
  sql: Sql,
  generation: number,
  rows: readonly { tag: number; entry: string; sealed: Uint8Array }[],
) {
  return sql<{ generation: number }[]>`
    with building as (
      update directory_generation g set touched_at = date_trunc('milliseconds', clock_timestamp())
      where g.generation = ${generation}::int and not g.serving
      returning g.generation
    ),
    listed as (
      insert into directory (generation, tag, entry, sealed)
      select b.generation, r.tag, r.entry, r.sealed
      from building b cross join unnest(
        ${plainArray(rows.map(({ tag }) => tag))}::int[],
        ${list(rows.map(({ entry }) => entry))}::uuid[],
        ${byteaList(
          sql,
          rows.map(({ sealed }) => sealed),
        )}
      ) with ordinality as r (tag, entry, sealed, n)
      order by r.n
      on conflict (generation, tag, entry) do nothing
    )
    select generation from building`
}

/** From now on this generation serves, and no other is. */
export function switchGeneration(sql: Sql, generation: number) {
  return sql<{ generation: number }[]>`
    with switched as (
      update directory_generation g set serving = true, touched_at = date_trunc('milliseconds', clock_timestamp())
      where g.generation = ${generation}::int and not g.serving
      returning g.generation
    ),
    dropped as (
      delete from directory_generation g using switched s where g.generation <> s.generation
    )
    select generation from switched`
}

export function deleteGeneration(sql: Sql, generation: number) {
  return sql`delete from directory_generation g where g.generation = ${generation}::int and not g.serving`
}

/** Generations whose rows are still there and that are none any more. */
export function selectLeftGenerations(sql: Sql) {
  return sql<{ generation: number }[]>`
    select d.generation from directory d group by d.generation
    having not exists (select from directory_generation g where g.generation = d.generation)`
}

/** By their places, whatever the planner thinks of a table that has just been filled. */
export function deleteLeftRows(sql: Sql, generation: number, limit: number) {
  return sql<{ deleted: number }[]>`
    with gone as (
      delete from directory d where d.ctid = any(array(
        select x.ctid from directory x where x.generation = ${generation}::int
          and not exists (select from directory_generation g where g.generation = ${generation}::int)
        limit ${limit}::int
      ))
      returning d.tag
    )
    select count(*)::int as deleted from gone`
}

/** Keys of generations that are no more: what is pending may still be under them. Null where something is under none. */
export function selectLeftKeys(sql: Sql, abandonedSeconds: number) {
  return sql<{ key: string | null }[]>`
    select k.id as key from keyring k
    where k.purpose = 'directory' and not exists (select from directory_generation g where g.key = k.id) and (
      k.created_at < clock_timestamp() - make_interval(secs => ${abandonedSeconds}::int)
      or k.created_at < (select r.created_at from directory_generation g join keyring r on r.id = g.key where g.serving)
    )
    union all
    select null where exists (select from directory_pending p where p.key is null)
      and exists (select from directory_generation g where g.serving and g.key is not null)`
}

/** How many transactions of ours are under way that began before a moment; without one, what time it will be soon. */
export function countEarlier(sql: Sql, moment: Date | null) {
  return sql<{ count: number; soon: Date }[]>`
    select (
        select count(*) from pg_stat_activity a
        where a.pid <> pg_backend_pid() and a.datname = current_database() and a.usename = current_user
          and a.xact_start < ${moment}::timestamptz
      )::int as count,
      date_trunc('milliseconds', clock_timestamp()) + interval '1 millisecond' as soon`
}

export function selectPendingUnder(sql: Sql, key: string | null, limit: number) {
  return sql<{ id: string; sealed: Uint8Array }[]>`
    select p.id, p.sealed from directory_pending p where p.key is not distinct from ${key}::uuid
    order by p.id limit ${limit}::int`
}

/** The same under another key, or, where `sealed` is null, gone; unless it was moved meanwhile. */
export function replacePending(
  sql: Sql,
  pieces: readonly { id: string; sealed: Uint8Array | null }[],
  from: string | null,
  to: string | null,
) {
  return sql`
    with piece as materialized (
      select * from unnest(
        ${list(pieces.map(({ id }) => id))}::uuid[],
        ${byteaList(
          sql,
          pieces.map(({ sealed }) => sealed),
        )}
      ) as x (id, sealed)
    ),
    gone as (
      delete from directory_pending p using piece x
      where p.id = x.id and p.key is not distinct from ${from}::uuid and x.sealed is null
    )
    update directory_pending p set sealed = x.sealed, key = ${to}::uuid from piece x
    where p.id = x.id and p.key is not distinct from ${from}::uuid and x.sealed is not null`
}

/** Which of these compartments were destroyed, also where somebody put the key back. */
export function selectDestroyed(sql: Sql, compartments: readonly string[]) {
  return sql<{ compartment: string }[]>`
    select c.compartment from compartment c left join destruction d on d.compartment = c.compartment
    where c.compartment = any(${list(compartments)}::uuid[]) and (c.wrapped is null or d.compartment is not null)`
}

/** Takes the key of a generation that is no more out of the keyring, where nothing is under it. */
export function deleteKey(sql: Sql, key: string) {
  return sql<{ id: string }[]>`
    delete from keyring k
    where k.id = ${key}::uuid and k.purpose = 'directory'
      and not exists (select from directory_generation g where g.key = k.id)
      and not exists (select from directory_pending p where p.key = k.id)
    returning k.id`
}

/** Current resources of everybody, in the order of their keyed names, which say nothing. */
export function selectCurrent(sql: Sql, after: { compartment: string; resource: string }, limit: number) {
  return sql<VersionRow[]>`
    select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
      r.previous, r.sealed, r.capsule
    from resource r
    join compartment c on c.compartment = r.compartment and c.wrapped is not null
    where (r.compartment, r.resource) > (${after.compartment}::uuid, ${after.resource}::uuid)
    order by r.compartment, r.resource
    limit ${limit}::int`
}

/** An array of names, which hold nothing that an array's text would have to quote. */
function list(names: readonly string[]): string {
  return `{${names.join()}}`
}
