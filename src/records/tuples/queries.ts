/** Every statement of the index tuples. Tables: src/records/migrations/0002-tuples.sql. */
import type { Staged } from '#kernel/ledger/index.ts'
import { byteaList, plainArray, type Sql } from '#kernel/db/index.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import type { VersionRow } from '../rows.ts'
import type { BlockRow, MergedBlock } from './block.ts'

/** What somebody already knows of a compartment: everything up to this position; 0 is nothing. */
export interface Known {
  compartment: CompartmentId
  position: number
  /** When what is known was last made anew; what was made anew since is given whole. */
  rebuiltAt: Date | null
  /** Whether the identity capsule's tuples are wanted too. */
  identity: boolean
}

/** A compartment's head and one of its blocks; the block's columns are null where there is none to give. */
export interface HeadBlockRow extends BlockRow {
  /** Which of those asked for, from 1. */
  asked: number
  /** 0 where nothing lives here: the patient is only named by what lives elsewhere. */
  head: number
  rebuilt_at: Date | null
  loose: number
  /** Whether resources that live elsewhere name this patient too. */
  pointed: boolean
}

/**
 * The heads of compartments and the blocks after what is still valid of what is known of each, from one snapshot. As at `selectHeads`,
 * the planner is not told how many compartments there are.
 */
export function selectBlocks(sql: Sql, known: readonly Known[]) {
  return sql<(HeadBlockRow | (Omit<HeadBlockRow, keyof BlockRow> & { [Name in keyof BlockRow]: null }))[]>`
    select k.asked::int as asked, coalesce(h.position, 0) as head, h.rebuilt_at, coalesce(h.loose, 0) as loose,
      exists (select from pointer p where p.compartment = c.compartment) as pointed,
      t.compartment, t.position, t.updated_at, t.entries, t.generation, t.identity, t.merged, t.sealed
    from unnest(
      (select ${`{${known.map(({ compartment }) => compartment).join()}}`}::uuid[]),
      (select ${plainArray(known.map(({ position }) => position))}::bigint[]),
      (select ${plainArray(known.map(({ rebuiltAt }) => rebuiltAt))}::timestamptz[]),
      (select ${plainArray(known.map(({ identity }) => identity))}::boolean[])
    ) with ordinality as k (compartment, position, rebuilt_at, identity, asked)
    join compartment c on c.compartment = k.compartment and c.wrapped is not null
    left join head h on h.compartment = k.compartment
    left join tuple t on t.compartment = k.compartment
      and t.position > case when h.rebuilt_at is not distinct from k.rebuilt_at then k.position else 0 end
      and (k.identity or not t.identity)
    order by k.asked, t.position`
}

/** Compartments after one, in the order of their names. */
export function selectCompartments(sql: Sql, after: string, limit: number) {
  return sql<{ compartment: CompartmentId }[]>`
    select h.compartment from head h where h.compartment > ${after}::uuid order by h.compartment
    limit ${limit}::int`
}

/** Compartments with at least so many small blocks. */
export function selectLoose(sql: Sql, loose: number, limit: number) {
  return sql<{ compartment: CompartmentId }[]>`
    select h.compartment from head h where h.loose >= ${loose}::int limit ${limit}::int`
}

/** The blocks of a compartment that are not full, or all of them, oldest first; and how old is old, by the database. */
export function selectMergeable(
  sql: Sql,
  compartment: CompartmentId,
  full: number,
  keepSeconds: number,
  limit: number,
) {
  return sql<(BlockRow & { old: Date })[]>`
    select t.compartment, t.position, t.updated_at, t.entries, t.generation, t.identity, t.merged, t.sealed,
      clock_timestamp() - make_interval(secs => ${keepSeconds}::int) as old
    from tuple t
    join compartment c on c.compartment = t.compartment and c.wrapped is not null
    where t.compartment = ${compartment}::uuid and t.entries < ${full}::int
    order by t.position
    limit ${limit}::int`
}

/** How many entries the blocks of a compartment hold, and how many resources it has: much more is worth a merge. */
export function countEntries(sql: Sql, compartment: CompartmentId) {
  return sql<{ entries: number; resources: number }[]>`
    select coalesce((select sum(t.entries) from tuple t where t.compartment = ${compartment}::uuid), 0)::int as entries,
      (select count(*) from resource r where r.compartment = ${compartment}::uuid)::int as resources`
}

/** A block that takes the place of others, at the position of one of them. */
export interface PlacedBlock extends MergedBlock {
  position: number
}

/**
 * Puts merged blocks, each at one of `positions`, in the place of all blocks there; or does nothing where one of those
 * is gone. The entries are the same to every reader, before and after, so nobody has to wait. `tightened`: by how
 * many the small blocks became fewer.
 */
export function replaceBlocks(
  sql: Sql,
  compartment: CompartmentId,
  positions: readonly number[],
  blocks: readonly PlacedBlock[],
  tightened: number,
  staged?: Staged,
) {
  return sql<{ replaced: boolean }[]>`
    with counted as materialized (
      select h.compartment from head h where h.compartment = ${compartment}::uuid for update
    ),
    locked as materialized (
      select t.position from tuple t join counted c on c.compartment = t.compartment
      where t.position = any(${plainArray(positions)}::bigint[])
      order by t.position for update of t
    ),
    whole as materialized (
      select count(*) = ${positions.length}::int as yes from locked
    ),
    kept as (
      update tuple t set updated_at = b.updated_at, entries = b.entries, generation = b.generation,
        identity = b.identity, merged = true, sealed = b.sealed
      from (
        select * from unnest(
          ${plainArray(blocks.map(({ position }) => position))}::bigint[],
          ${plainArray(blocks.map(({ updatedAt }) => new Date(updatedAt)))}::timestamptz[],
          ${plainArray(blocks.map(({ entries }) => entries))}::int[],
          ${plainArray(blocks.map(({ generation }) => generation))}::smallint[],
          ${plainArray(blocks.map(({ identity }) => identity))}::boolean[],
          ${byteaList(
            sql,
            blocks.map(({ sealed }) => sealed),
          )}
        ) as b (position, updated_at, entries, generation, identity, sealed)
      ) b
      where t.compartment = ${compartment}::uuid and t.position = b.position and (select yes from whole)
    ),
    gone as (
      delete from tuple t
      where t.compartment = ${compartment}::uuid and t.position = any(${plainArray(positions)}::bigint[])
        and not t.position = any(${plainArray(blocks.map(({ position }) => position))}::bigint[])
        and (select yes from whole)
    ),
    tightened as (
      update head h set loose = greatest(0, h.loose - ${tightened}::int)
      where h.compartment = ${compartment}::uuid and (select yes from whole)
    ),
    staged as (
      insert into ledger_staged (id, entries, tag)
      select ${staged?.id ?? null}::uuid, ${staged?.entries ?? null}::bytea, ${staged?.tag ?? null}::bytea
      from whole where whole.yes and ${staged !== undefined}::boolean
    )
    select yes as replaced from whole`
}

/** Compartments that hold anything and have their keys, in the order of their names. */
export function selectRebuildable(sql: Sql, after: string, limit: number) {
  return sql<{ compartment: CompartmentId }[]>`
    select c.compartment from compartment c
    where c.compartment > ${after}::uuid and c.wrapped is not null and (
      exists (select from resource r where r.compartment = c.compartment)
      or exists (select from head h where h.compartment = c.compartment)
      or exists (select from tuple t where t.compartment = c.compartment)
    )
    order by c.compartment
    limit ${limit}::int`
}

/** What a compartment holds: its head, its blocks, and the names of its resources. */
export type StandingRow =
  | { kind: 'head'; position: number; loose: number; old: Date }
  | ({ kind: 'block' } & BlockRow)
  | ({ kind: 'resource' } & Pick<VersionRow, 'resource' | 'version' | 'type' | 'deleted' | 'updated_at'>)

/** All of it from one snapshot, in no order. The head's row is given where there is none too: position 0. */
export function selectStanding(sql: Sql, compartment: CompartmentId, keepSeconds: number) {
  return sql<StandingRow[]>`
    select 'head' as kind, coalesce(h.position, 0) as position, coalesce(h.loose, 0) as loose,
      clock_timestamp() - make_interval(secs => ${keepSeconds}::int) as old,
      null::uuid as compartment, null::timestamptz as updated_at, null::int as entries, null::smallint as generation,
      null::boolean as identity, null::boolean as merged, null::bytea as sealed,
      null::uuid as resource, null::int as version, null::smallint as type, null::boolean as deleted
    from (values (1)) as once left join head h on h.compartment = ${compartment}::uuid
    union all
    select 'block', t.position, null, null, t.compartment, t.updated_at, t.entries, t.generation, t.identity,
      t.merged, t.sealed, null, null, null, null
    from tuple t where t.compartment = ${compartment}::uuid
    union all
    select 'resource', null, null, null, null, r.updated_at, null, null, null, null, null, r.resource, r.version,
      r.type, r.deleted
    from resource r where r.compartment = ${compartment}::uuid`
}

/** These very versions of resources that live in a compartment, or did when they had them. */
export function selectVersionsIn(
  sql: Sql,
  compartment: CompartmentId,
  resources: readonly ResourceKey[],
  versions: readonly number[],
) {
  return sql<VersionRow[]>`
    with asked as (
      select * from unnest(${`{${resources.join()}}`}::uuid[], ${plainArray(versions)}::int[]) as k (resource, version)
    )
    select r.compartment, r.resource, r.updated_at, r.version, r.type, r.generation, r.deleted, r.posted,
      r.previous, r.sealed, r.capsule
    from asked a
    join compartment c on c.compartment = ${compartment}::uuid and c.wrapped is not null
    join resource r on r.compartment = ${compartment}::uuid and r.resource = a.resource and r.version = a.version
    union all
    select h.compartment, h.resource, h.updated_at, h.version, h.type, h.generation, h.deleted, h.posted,
      h.previous, h.sealed, h.capsule
    from asked a
    join compartment c on c.compartment = ${compartment}::uuid and c.wrapped is not null
    join history h on h.compartment = ${compartment}::uuid and h.resource = a.resource and h.version = a.version`
}

/** What stood when new blocks were made of it. */
export interface Standing {
  /** Not below the head's position, nor any block's. */
  position: number
  /** As the head told it. */
  loose: number
  /** Of all blocks. */
  positions: readonly number[]
}

/**
 * Puts new blocks in the place of all that stood, after all positions that were ever given; or does nothing where the
 * blocks up to there are no longer those. A position is never given twice, so a merge of what stood finds it gone.
 * Blocks that were added after what stood remain. `newest`: time of the newest write that is known.
 */
export function rebuildBlocks(
  sql: Sql,
  compartment: CompartmentId,
  standing: Standing,
  blocks: readonly MergedBlock[],
  small: number,
  newest: Date,
  staged?: Staged,
) {
  return sql<{ rebuilt: boolean }[]>`
    with counted as materialized (
      select h.position from head h where h.compartment = ${compartment}::uuid for update
    ),
    locked as materialized (
      select t.position from tuple t
      where t.compartment = ${compartment}::uuid and t.position <= ${standing.position}::bigint
        and (select count(*) from counted) < 2
      order by t.position for update of t
    ),
    whole as materialized (
      select count(*) = ${standing.positions.length}::int
        and count(*) = count(*) filter (where l.position = any(${plainArray(standing.positions)}::bigint[])) as yes
      from locked l
    ),
    gone as (
      delete from tuple t
      where t.compartment = ${compartment}::uuid and t.position = any(${plainArray(standing.positions)}::bigint[])
        and (select yes from whole)
    ),
    moved as (
      insert into head (compartment, position, updated_at, loose, rebuilt_at)
      select ${compartment}::uuid, greatest(1, ${standing.position}::bigint + ${blocks.length}::int),
        ${newest}::timestamptz, ${small}::int, date_trunc('milliseconds', clock_timestamp())
      from whole where whole.yes
      on conflict (compartment) do update set
        position = greatest(head.position, ${standing.position}::bigint) + ${blocks.length}::int,
        updated_at = greatest(head.updated_at, excluded.updated_at),
        loose = greatest(0, head.loose - ${standing.loose}::int + excluded.loose),
        rebuilt_at = greatest(excluded.rebuilt_at, head.rebuilt_at + interval '1 millisecond')
      returning position
    ),
    shelved as (
      insert into tuple (compartment, position, updated_at, entries, generation, identity, merged, sealed)
      select ${compartment}::uuid, m.position - ${blocks.length}::int + b.n, b.updated_at, b.entries, b.generation,
        b.identity, true, b.sealed
      from unnest(
        ${plainArray(blocks.map(({ updatedAt }) => new Date(updatedAt)))}::timestamptz[],
        ${plainArray(blocks.map(({ entries }) => entries))}::int[],
        ${plainArray(blocks.map(({ generation }) => generation))}::smallint[],
        ${plainArray(blocks.map(({ identity }) => identity))}::boolean[],
        ${byteaList(
          sql,
          blocks.map(({ sealed }) => sealed),
        )}
      ) with ordinality as b (updated_at, entries, generation, identity, sealed, n)
      cross join moved m
    ),
    staged as (
      insert into ledger_staged (id, entries, tag)
      select ${staged?.id ?? null}::uuid, ${staged?.entries ?? null}::bytea, ${staged?.tag ?? null}::bytea
      from whole where whole.yes and ${staged !== undefined}::boolean
    )
    select yes as rebuilt from whole`
}
