/** Every statement that compares the tables with the ledger. All are sent in one transaction, which sees one state. */
import { byteaArray, plainArray, type Sql, type TransactionSql } from '#kernel/db/index.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import type { VersionRow } from '../rows.ts'
import type { BlockRow } from '../tuples/index.ts'

/** Its statements wait as long as it takes; who waits for writes to end does not wait for it, which writes nothing (`selectSettled`). */
export function beginLong(tx: TransactionSql) {
  return tx`
    select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true),
      set_config('application_name', 'sigilo verify', true)`
}

/** By the planner's estimate: how many hashes there will be. */
export function selectExpected(sql: Sql) {
  return sql<{ rows: number }[]>`
    select coalesce(sum(greatest(c.reltuples, 0)), 0)::float8::int8 as rows from pg_class c
    where c.oid in ('resource'::regclass, 'history'::regclass, 'tuple'::regclass, 'compartment'::regclass)`
}

export function countCurrent(sql: Sql) {
  return sql<{ rows: number }[]>`
    select count(*)::int as rows from resource r
    join compartment c on c.compartment = r.compartment and c.wrapped is not null`
}

/** Tables of ours that are none any more, or that answer other than they hold. */
export function selectReplaced(sql: Sql, tables: readonly string[]) {
  return sql<{ name: string }[]>`
    select t.name from unnest(${[...tables]}::text[]) as t (name)
    left join pg_class c on c.oid = to_regclass(t.name)
    where c.relkind is distinct from 'r' or c.relhasrules or c.relhastriggers or c.relrowsecurity
    order by t.name`
}

/** Current versions, of a moment or later. */
export function selectCurrent(sql: Sql, since: Date | null) {
  return sql<VersionRow[]>`
    select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
      r.previous, r.sealed, r.capsule
    from resource r where ${since}::timestamptz is null or r.updated_at >= ${since}::timestamptz`
}

/** Earlier versions. */
export function selectPast(sql: Sql, since: Date | null) {
  return sql<VersionRow[]>`
    select h.compartment, h.resource, h.updated_at, h.version, h.type, h.generation, h.deleted, h.posted,
      h.previous, h.sealed, h.capsule
    from history h where ${since}::timestamptz is null or h.updated_at >= ${since}::timestamptz`
}

export function selectTuples(sql: Sql) {
  return sql<BlockRow[]>`
    select t.compartment, t.position, t.updated_at, t.entries, t.generation, t.identity, t.merged, t.sealed
    from tuple t`
}

export function selectAttachments(sql: Sql) {
  return sql<{ compartment: CompartmentId; attachment: string }[]>`
    select a.compartment, a.attachment from attachment a where a.state = 'kept'`
}

export function selectWrapped(sql: Sql) {
  return sql<{ compartment: CompartmentId; epoch: string; generation: number; wrapped: Uint8Array }[]>`
    select c.compartment, c.epoch, c.generation, c.wrapped from compartment c where c.wrapped is not null`
}

export function selectDestructions(sql: Sql) {
  return sql<{ compartment: CompartmentId }[]>`select d.compartment from destruction d`
}

/** Keys that are gone without a destruction, and destructions whose key is there. */
export function selectUnlikelyKeys(sql: Sql, limit: number) {
  return sql<{ compartment: CompartmentId; there: boolean }[]>`
    select c.compartment, c.wrapped is not null as there
    from compartment c left join destruction d on d.compartment = c.compartment
    where (c.wrapped is null) <> (d.compartment is not null)
    union all
    select d.compartment, false from destruction d
    where not exists (select from compartment c where c.compartment = d.compartment)
    order by compartment limit ${limit}::int`
}

/** What lives in compartments that have no row. */
export function selectKeyless(sql: Sql, limit: number) {
  return sql<{ compartment: CompartmentId }[]>`
    select v.compartment from (select compartment from resource union select compartment from history) v
    where not exists (select from compartment c where c.compartment = v.compartment)
    order by v.compartment limit ${limit}::int`
}

/** Epochs of living patient keys, keys of the directory and of signers that the keyring has no more. */
export function selectRingless(sql: Sql, limit: number) {
  return sql<{ id: string }[]>`
    select u.id from (
      select distinct c.epoch as id from compartment c where c.wrapped is not null
      union select g.key from directory_generation g where g.key is not null and g.serving
      union select s.id from ledger_signer s
    ) u
    where not exists (select from keyring k where k.id = u.id)
    order by u.id limit ${limit}::int`
}

/** Resources of which an earlier version stands as the current one, or none does. */
export function selectSetBack(sql: Sql, limit: number) {
  return sql<
    { compartment: CompartmentId; resource: ResourceKey; version: number; current: number | null }[]
  >`
    select h.compartment, h.resource, h.version, c.version as current
    from (
      select distinct on (resource) resource, compartment, version from history order by resource, version desc
    ) h
    left join lateral (
      select max(r.version) as version from locator l
      join resource r on r.compartment = l.compartment and r.resource = l.resource
      where l.resource = h.resource
    ) c on true
    where c.version is null or c.version <= h.version
    order by h.resource limit ${limit}::int`
}

/** Names that lead elsewhere than to their current version, or nowhere, or to where nothing was; and versions to which none leads. */
export function selectMislaid(sql: Sql, limit: number) {
  return sql<{ compartment: CompartmentId; resource: ResourceKey }[]>`
    select m.compartment, m.resource from (
      select l.compartment, l.resource from locator l
      where not exists (select from resource r where r.compartment = l.compartment and r.resource = l.resource)
      union
      select r.compartment, r.resource from resource r
      where not exists (select from locator l where l.resource = r.resource and l.compartment = r.compartment)
      union
      select h.compartment, h.resource from history h
      where not exists (
        select from locator l where l.resource = h.resource
          and (l.compartment = h.compartment or h.compartment = any (l.past))
      )
      union
      select p.compartment, l.resource from locator l cross join lateral unnest(l.past) as p (compartment)
      where not exists (select from history h where h.compartment = p.compartment and h.resource = l.resource)
    ) m
    order by m.resource limit ${limit}::int`
}

/** All rows of these very versions, wherever they are. */
export function selectNamed(sql: Sql, resources: readonly string[], versions: readonly number[]) {
  return sql<VersionRow[]>`
    with asked as (
      select * from unnest(${`{${resources.join()}}`}::uuid[], ${plainArray(versions)}::int[]) as k (resource, version)
    )
    select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
      r.previous, r.sealed, r.capsule
    from asked a join resource r on r.resource = a.resource and r.version = a.version
    union all
    select h.compartment, h.resource, h.updated_at, h.version, h.type, h.generation, h.deleted, h.posted,
      h.previous, h.sealed, h.capsule
    from asked a join history h on h.resource = a.resource and h.version = a.version`
}

/** Where anything of these resources is or was, and up to which version. */
export function selectPlaces(sql: Sql, resources: readonly string[]) {
  return sql<{ resource: ResourceKey; compartment: CompartmentId; version: number | null }[]>`
    with asked as (select unnest(${`{${resources.join()}}`}::uuid[]) as resource)
    select p.resource, p.compartment, max(p.version) as version from (
      select r.resource, r.compartment, r.version from asked a join resource r on r.resource = a.resource
      union all
      select h.resource, h.compartment, h.version from asked a join history h on h.resource = a.resource
      union all
      select l.resource, unnest(array_append(l.past, l.compartment)), null from asked a
      join locator l on l.resource = a.resource
    ) p
    group by p.resource, p.compartment`
}

/** Compartments with a key, in the order of their names. */
export function selectLiving(sql: Sql, after: string, limit: number) {
  return sql<{ compartment: CompartmentId }[]>`
    select c.compartment from compartment c where c.compartment > ${after}::uuid and c.wrapped is not null
    order by c.compartment limit ${limit}::int`
}

export function selectBlocksOf(sql: Sql, compartment: CompartmentId) {
  return sql<BlockRow[]>`
    select t.compartment, t.position, t.updated_at, t.entries, t.generation, t.identity, t.merged, t.sealed
    from tuple t where t.compartment = ${compartment}::uuid order by t.position`
}

export function selectHeadsOf(sql: Sql, compartment: CompartmentId) {
  return sql<VersionRow[]>`
    select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
      r.previous, r.sealed, r.capsule
    from resource r where r.compartment = ${compartment}::uuid`
}

/** The current versions of these resources, wherever they live. */
export function selectHeadsNamed(sql: Sql, resources: readonly string[]) {
  return sql<VersionRow[]>`
    select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
      r.previous, r.sealed, r.capsule
    from locator l join resource r on r.compartment = l.compartment and r.resource = l.resource
    where l.resource = any(${`{${resources.join()}}`}::uuid[])`
}

export function selectPointersOf(sql: Sql, compartment: CompartmentId) {
  return sql<{ pointer: string; generation: number; sealed: Uint8Array }[]>`
    select p.pointer, p.generation, p.sealed from pointer p where p.compartment = ${compartment}::uuid`
}

/** Pointers of compartments that have no key, and never had one. */
export function selectPointersAstray(sql: Sql, limit: number) {
  return sql<{ compartment: CompartmentId; count: number }[]>`
    select p.compartment, count(*)::int as count from pointer p
    where not exists (select from compartment c where c.compartment = p.compartment)
    group by p.compartment order by p.compartment limit ${limit}::int`
}

/** Heads that are behind the blocks of their compartment, or missing. */
export function selectHeadsBehind(sql: Sql, limit: number) {
  return sql<{ compartment: CompartmentId; missing: boolean }[]>`
    select t.compartment, h.compartment is null as missing
    from (
      select compartment, max(position) as position, max(updated_at) as updated_at from tuple group by compartment
    ) t
    left join head h on h.compartment = t.compartment
    where h.compartment is null or h.position < t.position or h.updated_at < t.updated_at
    order by t.compartment limit ${limit}::int`
}

export function selectAttachmentsOf(sql: Sql, compartment: CompartmentId) {
  return sql<{ compartment: CompartmentId; attachment: string }[]>`
    select a.compartment, a.attachment from attachment a
    where a.compartment = ${compartment}::uuid and a.state = 'kept' order by a.attachment`
}

/** A piece, and whether another follows. */
export function selectPieceOf(sql: Sql, compartment: CompartmentId, attachment: string, number: number) {
  return sql<{ sealed: Uint8Array; more: boolean }[]>`
    select p.sealed, exists (
      select from attachment_piece n
      where n.compartment = p.compartment and n.attachment = p.attachment and n.number > p.number
    ) as more
    from attachment_piece p
    where p.compartment = ${compartment}::uuid and p.attachment = ${attachment}::uuid and p.number = ${number}::int`
}

/** Patient keys that are no longer in their rows. */
export function countKeysGone(sql: Sql) {
  return sql<{ gone: number }[]>`select count(*)::int as gone from compartment c where c.wrapped is null`
}

/** Rows that confer authority. */
export function selectAuthority(sql: Sql) {
  return sql<{ id: string; kind: number; version: number; previous: Uint8Array; sealed: Uint8Array }[]>`
    select a.id, a.kind, a.version, a.previous, a.sealed from authority a`
}

/** What the ledger has of such rows: the last leaf of each one's stream, and the entry that it says it waits with. */
export function selectAuthorityHeads(sql: Sql, rows: readonly string[], streams: readonly Uint8Array[]) {
  return sql<
    {
      id: string
      staged: string | null
      entries: Uint8Array | null
      tag: Uint8Array | null
      leaf: Uint8Array | null
    }[]
  >`
    select t.id, s.id as staged, s.entries, s.tag, (
      select l.entry from ledger_leaf l
      where substring(l.entry from 36 for 16) = t.stream
      order by substring(l.entry from 36 for 16) desc, substring(l.entry from 60 for 8) desc limit 1
    ) as leaf
    from unnest(${`{${rows.join()}}`}::uuid[], ${byteaArray(streams)}::bytea[]) as t (id, stream)
    left join authority a on a.id = t.id
    left join ledger_staged s on s.id = a.staged`
}

/** Which of these rows are there; and the time, in any case. */
export function selectAuthorityPresent(sql: Sql, rows: readonly string[]) {
  return sql<{ id: string | null; now: Date }[]>`
    select a.id, clock_timestamp() as now from (select) as one
    left join authority a on a.id = any(${`{${rows.join()}}`}::uuid[])`
}
