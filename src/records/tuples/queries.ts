/** Every statement of the index tuples. Tables: src/records/migrations/0002-tuples.sql. */
import { byteaList, plainArray, type Sql } from '#kernel/db/index.ts'
import type { CompartmentId } from '../place.ts'
import type { BlockRow, MergedBlock } from './block.ts'

/** What somebody already knows of a compartment: everything up to this position; 0 is nothing. */
export interface Known {
  compartment: CompartmentId
  position: number
  /** Whether the identity capsule's tuples are wanted too. */
  identity: boolean
}

/** A compartment's head and one of its blocks; the block's columns are null where there is none to give. */
export interface HeadBlockRow extends BlockRow {
  /** Which of those asked for, from 1. */
  asked: number
  head: number
  head_updated_at: Date
  loose: number
  /** Whether resources that live elsewhere name this patient too. */
  pointed: boolean
}

/** The heads of compartments and the blocks after what is known of each, from one snapshot. */
export function selectBlocks(sql: Sql, known: readonly Known[]) {
  return sql<(HeadBlockRow | (Omit<HeadBlockRow, keyof BlockRow> & { [Name in keyof BlockRow]: null }))[]>`
    select k.asked::int as asked, h.position as head, h.updated_at as head_updated_at, h.loose,
      exists (select from pointer p where p.compartment = h.compartment) as pointed,
      t.compartment, t.position, t.updated_at, t.entries, t.generation, t.identity, t.merged, t.sealed
    from unnest(
      ${`{${known.map(({ compartment }) => compartment).join()}}`}::uuid[],
      ${plainArray(known.map(({ position }) => position))}::bigint[],
      ${plainArray(known.map(({ identity }) => identity))}::boolean[]
    ) with ordinality as k (compartment, position, identity, asked)
    join head h on h.compartment = k.compartment
    join compartment c on c.compartment = k.compartment and c.wrapped is not null
    left join tuple t on t.compartment = k.compartment and t.position > k.position
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

/**
 * Puts merged blocks, each at one of `positions`, in the place of all blocks there; or does nothing where one of those
 * is gone. The entries are the same to every reader, before and after, so nobody has to wait. `tightened`: by how
 * many the small blocks became fewer.
 */
export function replaceBlocks(
  sql: Sql,
  compartment: CompartmentId,
  positions: readonly number[],
  blocks: readonly MergedBlock[],
  tightened: number,
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
    )
    select yes as replaced from whole`
}
