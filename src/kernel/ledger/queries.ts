/** Statements of the ledger. Tables: src/kernel/ledger/migrations; offsets in entries: `entryLayout`, from 1. */
import { byteaArray, plainArray, type Sql, type TransactionSql } from '#kernel/db/index.ts'

export interface StagedValues {
  id: string
  entries: Uint8Array
  tag: Uint8Array
}

export interface HeadRow {
  size: number
  root: Uint8Array
  epoch: number
}

/** With the database's time. */
export type LeaseRow = HeadRow & { now: Date }

/** Once only: an insert that is repeated after its connection broke finds the first one's row. */
export function insertStaged(sql: Sql, { id, entries, tag }: StagedValues) {
  return sql`
    insert into ledger_staged (id, entries, tag)
    values (${id}::uuid, ${entries}::bytea, ${tag}::bytea)
    on conflict (id) do nothing`
}

export function selectHead(sql: Sql) {
  return sql<HeadRow[]>`select size, root, epoch from ledger_head`
}

/** Takes the lease where it is free, or its holder was not heard of in time. */
export function takeLease(sql: Sql, holder: string, leaseMs: number) {
  return sql<LeaseRow[]>`
    update ledger_head set epoch = epoch + 1, holder = ${holder}::uuid,
      held_until = clock_timestamp() + make_interval(secs => ${leaseMs}::int / 1000.0)
    where holder is null or holder = ${holder}::uuid or held_until < clock_timestamp()
    returning size, root, epoch, clock_timestamp() as now`
}

/** No row: somebody else has taken it. */
export function renewLease(sql: Sql, epoch: number, leaseMs: number) {
  return sql<LeaseRow[]>`
    update ledger_head set held_until = clock_timestamp() + make_interval(secs => ${leaseMs}::int / 1000.0)
    where epoch = ${epoch}::int and holder is not null
    returning size, root, epoch, clock_timestamp() as now`
}

export function leaveLease(sql: Sql, epoch: number) {
  return sql`update ledger_head set holder = null, held_until = null where epoch = ${epoch}::int`
}

export interface StagedRow extends StagedValues {
  staged_at: Date
  /** It was sequenced before. */
  again: boolean
}

/**
 * What waits, the oldest first, until about so many bytes. A time that no clock showed is another's hand: the act goes on with the time of
 * now, and keeps nothing behind it waiting.
 */
export function selectStaged(sql: Sql, bytesMax: number, rowsMax: number) {
  return sql<StagedRow[]>`
    with waiting as (
      select s.id, s.staged_at, sum(octet_length(s.entries)) over (order by s.staged_at, s.id) as bytes
      from ledger_staged s where not s.refused
      order by s.staged_at, s.id limit ${rowsMax}::int
    )
    select s.id, s.entries, s.tag, q.id is not null as again,
      case when s.staged_at >= 'epoch' and s.staged_at < clock_timestamp() + interval '1 year'
        then s.staged_at else clock_timestamp() end as staged_at
    from waiting w join ledger_staged s on s.id = w.id left join ledger_sequenced q on q.id = w.id
    where w.bytes - octet_length(s.entries) < ${bytesMax}::bigint
    order by w.staged_at, w.id`
}

/** What each stream ends with now; streams without an entry are left out. */
export function selectStreamEnds(sql: Sql, streams: readonly Uint8Array[]) {
  return sql<{ stream: Uint8Array; number: Uint8Array; hash: Uint8Array }[]>`
    select t.stream, substring(l.entry from 60 for 8) as number, sha256('\\x00'::bytea || l.entry) as hash
    from unnest(${byteaArray(streams)}::bytea[]) as t (stream) cross join lateral (
      select l.entry from ledger_leaf l
      where substring(l.entry from 36 for 16) = t.stream
      order by substring(l.entry from 36 for 16) desc, substring(l.entry from 60 for 8) desc limit 1
    ) l`
}

export interface Sequenced {
  epoch: number
  leaseMs: number
  from: { size: number; root: Uint8Array }
  to: { size: number; root: Uint8Array }
  /** Rows of `ledger_staged` that these leaves were, and those that had been leaves before. */
  staged: readonly string[]
  again: readonly string[]
  /** Nothing is done unless the database's clock is near this time, or where something is staged. */
  unless?: { awayFromMs: number; isStaged: boolean } | undefined
  /** Entries one after the other, and how long each is. */
  entries: Uint8Array
  lengths: readonly number[]
  tiles: readonly { level: number; index: number; hashes: Uint8Array; root: Uint8Array }[]
  streams: readonly { stream: Uint8Array; sealed: Uint8Array }[]
}

/** How far a time given here may be from the database's clock. */
const timeOffMsMax = 1000

/**
 * Puts entries into the tree, and takes away the staged rows that they were, as one statement. Its row is missing, and nothing is
 * done, where the lease is another's or the tree is not what this sequencer has:
 *
 *   A: holds epoch 1, size 10 … builds 10 to 15 … stopped                            … commits under 1: no row
 *   B:                                           the lease is over: takes epoch 2 … commits 10 to 14
 *
 * It waits for the one before, which may be on its way: the head is compared as it is once it is locked, and not as it was when the
 * statement began. What was staged is deleted under the lock of the head, so nothing is sequenced twice. With `unless` the row is missing as well where
 * something is staged, which comes before, and where our idea of the database's clock is wrong. The planner is not told how many entries
 * there are: for few it would plan anew each time.
 */
export function insertLeaves(sql: Sql, s: Sequenced) {
  let offset = 1
  const offsets = s.lengths.map((length) => (offset += length) - length)
  const { unless } = s
  const gone = [...s.staged, ...s.again]
  return sql<{ size: number; now: Date }[]>`
    with stood as materialized (select one, epoch, holder, size, root from ledger_head for update),
    head as (
      update ledger_head h set size = ${s.to.size}::bigint, root = ${s.to.root}::bytea,
        held_until = clock_timestamp() + make_interval(secs => ${s.leaseMs}::int / 1000.0)
      from stood
      where h.one = stood.one and stood.epoch = ${s.epoch}::int and stood.holder is not null
        and stood.size = ${s.from.size}::bigint and stood.root = ${s.from.root}::bytea
        ${
          unless
            ? sql`and not (${unless.isStaged}::boolean
                  and exists (select from ledger_staged w where not w.refused))
                and abs(extract(epoch from clock_timestamp()) * 1000 - ${unless.awayFromMs}::bigint)
                  < ${timeOffMsMax}::int`
            : sql``
        }
      returning h.size
    ),
    ${
      gone.length > 0
        ? sql`
            taken as (
              delete from ledger_staged using head where id = any(${gone}::uuid[])
            ),
            noted as (
              insert into ledger_sequenced (id) select unnest(${[...s.staged]}::uuid[]) from head
            ),`
        : sql``
    }
    ${
      s.tiles.length > 0
        ? sql`
            tiles as (
              insert into ledger_tile (level, index, hashes, root)
              select t.level, t.index, t.hashes, t.root
              from head, unnest(
                ${plainArray(s.tiles.map(({ level }) => level))}::smallint[],
                ${plainArray(s.tiles.map(({ index }) => index))}::bigint[],
                ${byteaArray(s.tiles.map(({ hashes }) => hashes))}::bytea[],
                ${byteaArray(s.tiles.map(({ root }) => root))}::bytea[]
              ) as t (level, index, hashes, root)
            ),`
        : sql``
    }
    ${
      s.streams.length > 0
        ? sql`
            streams as (
              insert into ledger_stream (stream, sealed)
              select t.stream, t.sealed
              from head, unnest(
                ${byteaArray(s.streams.map(({ stream }) => stream))}::bytea[],
                ${byteaArray(s.streams.map(({ sealed }) => sealed))}::bytea[]
              ) as t (stream, sealed)
              on conflict (stream) do nothing
            ),`
        : sql``
    }
    leaves as (
      insert into ledger_leaf (index, entry)
      select ${s.from.size}::bigint + e.n - 1, substring(${s.entries}::bytea from e.start for e.length)
      from head, unnest((select ${plainArray(offsets)}::int[]), (select ${plainArray(s.lengths)}::int[]))
        with ordinality as e (start, length, n)
    )
    select size, clock_timestamp() as now from head`
}

/** Sets aside what nobody of ours has staged. */
export function refuseStaged(sql: Sql, ids: readonly string[]) {
  return sql`update ledger_staged set refused = true where id = any(${[...ids]}::uuid[])`
}

export function deleteSequenced(sql: Sql, minutes: number) {
  return sql`
    delete from ledger_sequenced
    where sequenced_at < clock_timestamp() - make_interval(mins => ${minutes}::int)`
}

/** The first hashes of a tile that is full. */
export function selectTile(sql: Sql, level: number, index: number, width: number) {
  return sql<{ hashes: Uint8Array }[]>`
    select substring(t.hashes from 1 for ${width}::int * 32) as hashes
    from ledger_tile t where t.level = ${level}::smallint and t.index = ${index}::bigint`
}

/** Roots of full tiles, which are the hashes of the level above. */
export function selectTileRoots(sql: Sql, level: number, from: number, count: number) {
  return sql<{ root: Uint8Array }[]>`
    select t.root from ledger_tile t
    where t.level = ${level}::smallint and t.index >= ${from}::bigint and t.index < ${from}::bigint + ${count}::int
    order by t.index`
}

/** RFC 9162 §2.1.1: hashes of leaves. */
export function selectLeafHashes(sql: Sql, from: number, count: number) {
  return sql<{ root: Uint8Array }[]>`
    select sha256('\\x00'::bytea || l.entry) as root from ledger_leaf l
    where l.index >= ${from}::bigint and l.index < ${from}::bigint + ${count}::int
    order by l.index`
}

export function selectLeaves(sql: Sql, from: number, count: number) {
  return sql<{ index: number; entry: Uint8Array }[]>`
    select l.index, l.entry from ledger_leaf l
    where l.index >= ${from}::bigint and l.index < ${from}::bigint + ${count}::int
    order by l.index`
}

export interface CheckpointRow {
  size: number
  note: string
  signed_at: Date
}

export function insertCheckpoint(sql: Sql, size: number, note: string) {
  return sql`
    insert into ledger_checkpoint (size, note) values (${size}::bigint, ${note}::text)
    on conflict (size) do nothing`
}

export function selectNewestCheckpoint(sql: Sql) {
  return sql<CheckpointRow[]>`
    select c.size, c.note, c.signed_at from ledger_checkpoint c order by c.size desc limit 1`
}

export function selectCheckpoints(sql: Sql, after: number, limit: number) {
  return sql<CheckpointRow[]>`
    select c.size, c.note, c.signed_at from ledger_checkpoint c
    where c.size > ${after}::bigint order by c.size limit ${limit}::int`
}

/** Of each hour that is over, all but the last. */
export function thinCheckpoints(sql: Sql) {
  return sql`
    delete from ledger_checkpoint c
    where c.signed_at < clock_timestamp() - interval '1 hour' and exists (
      select from ledger_checkpoint n where n.size > c.size
        and date_trunc('hour', n.signed_at, 'UTC') = date_trunc('hour', c.signed_at, 'UTC')
    )`
}

export interface SignerRow {
  id: string
  public_keys: string
  retired_at: Date | null
}

export function selectSigners(sql: Sql) {
  return sql<
    SignerRow[]
  >`select s.id, s.public_keys, s.retired_at from ledger_signer s order by s.created_at, s.id`
}

/** Only for who holds the lease, so that no two make one; no row where there is one. */
export function insertSigner(sql: Sql, epoch: number, id: string, publicKeys: string) {
  return sql<{ id: string }[]>`
    with head as (update ledger_head set epoch = epoch where epoch = ${epoch}::int and holder is not null returning epoch)
    insert into ledger_signer (id, public_keys)
    select ${id}::uuid, ${publicKeys}::text from head
    where not exists (select from ledger_signer s where s.retired_at is null)
    returning id`
}

/** Whose streams these are, sealed. */
export function selectStreams(sql: Sql, streams: readonly Uint8Array[]) {
  return sql<{ stream: Uint8Array; sealed: Uint8Array }[]>`
    select s.stream, s.sealed from ledger_stream s where s.stream = any(${byteaArray(streams)}::bytea[])`
}

export function deleteStreams(sql: Sql, streams: readonly Uint8Array[]) {
  return sql`delete from ledger_stream where stream = any(${byteaArray(streams)}::bytea[])`
}

export function selectStreamsAfter(sql: Sql, after: Uint8Array, limit: number) {
  return sql<{ stream: Uint8Array; sealed: Uint8Array }[]>`
    select s.stream, s.sealed from ledger_stream s
    where s.stream > ${after}::bytea order by s.stream limit ${limit}::int`
}

export function selectLeavesAt(sql: Sql, indices: readonly number[]) {
  return sql<{ index: number; entry: Uint8Array }[]>`
    select l.index, l.entry from ledger_leaf l where l.index = any(${plainArray(indices)}::bigint[])
    order by l.index`
}

/** Of leaves: their number in their stream, and the greatest that there is in it. */
export function selectNumbersAt(sql: Sql, indices: readonly number[]) {
  return sql<{ index: number; number: Uint8Array; last: Uint8Array }[]>`
    select l.index, substring(l.entry from 60 for 8) as number, n.last
    from ledger_leaf l cross join lateral (
      select substring(n.entry from 60 for 8) as last from ledger_leaf n
      where substring(n.entry from 36 for 16) = substring(l.entry from 36 for 16)
      order by substring(n.entry from 36 for 16) desc, substring(n.entry from 60 for 8) desc limit 1
    ) n
    where l.index = any(${plainArray(indices)}::bigint[])`
}

/** Which of these streams have an entry. */
export function selectStreamsBegun(sql: Sql, streams: readonly Uint8Array[]) {
  return sql<{ stream: Uint8Array }[]>`
    select t.stream from unnest(${byteaArray(streams)}::bytea[]) as t (stream)
    where exists (select from ledger_leaf l where substring(l.entry from 36 for 16) = t.stream)`
}

/** What entries are asked by; times as in the entries, 8 bytes. */
export interface Asked {
  streams?: readonly Uint8Array[] | undefined
  actors?: readonly Uint8Array[] | undefined
  client?: Uint8Array | undefined
  address?: Uint8Array | undefined
  actions?: readonly number[] | undefined
  outcomes?: readonly number[] | undefined
  /** Leaves before this one: what is appended while pages are turned is on none of them. */
  within: number
  from: Uint8Array
  to: Uint8Array
  /** Entries before this one, newest first; after it, oldest first. */
  beyond?: { time: Uint8Array; index: number } | undefined
  newestFirst: boolean
  limit: number
}

export function selectEntries(sql: Sql, asked: Asked) {
  return sql<{ index: number; entry: Uint8Array }[]>`
    select l.index, l.entry from ledger_leaf l ${entriesAsked(sql, asked)}`
}

/**
 * The same for who reads a great many, in no order: of each entry index (8) ‖ length (4) ‖ what it is without the link and the tags (its first 59
 * bytes, and from the number of commitments on). Two out of three bytes, and a fifth of the time goes for sorting.
 */
export function selectEntriesJoined(sql: Sql, asked: Asked) {
  return sql<{ entries: Uint8Array | null }[]>`
    select string_agg(
        int8send(e.index) || int4send(octet_length(e.entry) - 88) || substring(e.entry from 1 for 59)
          || substring(e.entry from 148),
        ''::bytea
      ) as entries
    from (select l.index, l.entry from ledger_leaf l ${entriesAsked(sql, asked)}) e`
}

function entriesAsked(sql: Sql, asked: Asked) {
  const { streams, actors, client, address, actions, outcomes, beyond, newestFirst } = asked
  const [actor] = actors ?? []
  const time = sql`substring(l.entry from 52 for 8)`
  return sql`
    where ${time} >= ${asked.from}::bytea and ${time} < ${asked.to}::bytea and l.index < ${asked.within}::bigint
      ${streams ? sql`and substring(l.entry from 36 for 16) = any(${byteaArray(streams)}::bytea[])` : sql``}
      ${
        actors === undefined
          ? sql``
          : actor && actors.length === 1
            ? sql`and substring(l.entry from 100 for 16) = ${actor}::bytea`
            : sql`and substring(l.entry from 100 for 16) = any(${byteaArray(actors)}::bytea[])`
      }
      ${client ? sql`and substring(l.entry from 116 for 16) = ${client}::bytea` : sql``}
      ${address ? sql`and substring(l.entry from 132 for 16) = ${address}::bytea` : sql``}
      ${actions ? sql`and get_byte(l.entry, 1) = any(${plainArray(actions)}::int[])` : sql``}
      ${outcomes ? sql`and get_byte(l.entry, 2) = any(${plainArray(outcomes)}::int[])` : sql``}
      ${
        beyond === undefined
          ? sql``
          : newestFirst
            ? sql`and ${time} <= ${beyond.time}::bytea
                and (${time}, l.index) < (${beyond.time}::bytea, ${beyond.index}::bigint)`
            : sql`and ${time} >= ${beyond.time}::bytea
                and (${time}, l.index) > (${beyond.time}::bytea, ${beyond.index}::bigint)`
      }
    order by ${newestFirst ? sql`${time} desc, l.index desc` : sql`${time}, l.index`}
    limit ${asked.limit}::int`
}

/** Sign-ins, done and refused, the oldest first: by the index of them alone. */
export function selectSignIns(
  sql: Sql,
  { from, to, within, beyond, limit }: Pick<Asked, 'from' | 'to' | 'within' | 'beyond' | 'limit'>,
) {
  return sql<{ index: number; entry: Uint8Array }[]>`
    select l.index, l.entry from ledger_leaf l
    where get_byte(l.entry, 1) = 31
      and substring(l.entry from 52 for 8) >= ${from}::bytea and substring(l.entry from 52 for 8) < ${to}::bytea
      and (substring(l.entry from 52 for 8), l.index)
        > (${beyond?.time ?? nothing}::bytea, ${beyond?.index ?? -1}::bigint)
      and l.index < ${within}::bigint
    order by substring(l.entry from 52 for 8), l.index
    limit ${limit}::int`
}

const nothing = new Uint8Array(0)

/** A leaf with its index and how large the tree is, or a row that waits with its id and tag. */
export interface DeedRow {
  size: number | null
  index: number | null
  entry: Uint8Array | null
  id: string | null
  tag: Uint8Array | null
}

/** Of one actor, from a leaf and a time on: what is in the tree, in its order, and all rows that wait and name the actor; of one moment. */
export function selectDeeds(
  sql: Sql,
  { actor, since, to, index }: { actor: Uint8Array; since: Uint8Array; to: Uint8Array; index: number },
) {
  return sql<DeedRow[]>`
    select (select h.size from ledger_head h) as size, l.index, l.entry, null::uuid as id, null::bytea as tag
    from ledger_leaf l
    where substring(l.entry from 100 for 16) = ${actor}::bytea
      and substring(l.entry from 52 for 8) >= ${since}::bytea and substring(l.entry from 52 for 8) < ${to}::bytea
      and l.index >= ${index}::bigint
    union all
    select null, null, s.entries, s.id, s.tag from ledger_staged s
    where not s.refused and position(${actor}::bytea in s.entries) > 0
    order by index nulls last`
}

/**
 * The same of several, by the leaves from one on, however old: in the row of the tree's size, and where there are no more than so many
 * of them; else its size alone.
 */
export function selectDeedsSince(
  sql: Sql,
  { actors, index, leavesMax }: { actors: readonly Uint8Array[]; index: number; leavesMax: number },
) {
  return sql<DeedRow[]>`
    with actor as materialized (select * from unnest(${byteaArray(actors)}::bytea[]) as a (name))
    select h.size, l.index, l.entry, null::uuid as id, null::bytea as tag
    from ledger_head h left join lateral (
      select l.index, l.entry from ledger_leaf l
      where l.index >= ${index}::bigint and l.index < h.size and h.size - ${index}::bigint <= ${leavesMax}::bigint
        -- Not by the index of actors: that has no leaves' order, and all that each did in the minute before.
        and substring(l.entry from 100 for 16) || ''::bytea in (select a.name from actor a)
    ) l on true
    union all
    select null, null, s.entries, s.id, s.tag from ledger_staged s
    where not s.refused and exists (select from actor a where position(a.name in s.entries) > 0)
    order by index nulls last`
}

/** Acts of an actor in a span, and the streams of others than the facility's, by groups of actions. */
export function selectUses(
  sql: Sql,
  asked: {
    actor: Uint8Array
    facility: Uint8Array
    from: Uint8Array
    to: Uint8Array
    outcomes: readonly number[]
    groups: readonly { name: string; action: number }[]
  },
) {
  const { groups } = asked
  return sql<{ name: string; acts: number; streams: number; last: Uint8Array }[]>`
    select g.name, count(distinct substring(l.entry from 20 for 16))::int as acts,
      count(distinct nullif(substring(l.entry from 36 for 16), ${asked.facility}::bytea))::int as streams,
      (array_agg(substring(l.entry from 52 for 8) order by substring(l.entry from 52 for 8) desc))[1] as last
    from ledger_leaf l
    join unnest(
      ${groups.map(({ name }) => name)}::text[],
      ${plainArray(groups.map(({ action }) => action))}::int[]
    ) as g (name, action) on g.action = get_byte(l.entry, 1)
    where substring(l.entry from 100 for 16) = ${asked.actor}::bytea
      and substring(l.entry from 52 for 8) >= ${asked.from}::bytea and substring(l.entry from 52 for 8) < ${asked.to}::bytea
      and get_byte(l.entry, 2) = any(${plainArray(asked.outcomes)}::int[])
    group by g.name`
}

/** A stream's entries, from one number on, to another. */
export function selectStreamEntries(
  sql: Sql,
  stream: Uint8Array,
  numbers: { from: number; to: number },
  limit: number,
) {
  return sql<{ index: number; entry: Uint8Array }[]>`
    select l.index, l.entry from ledger_leaf l
    where substring(l.entry from 36 for 16) = ${stream}::bytea
      and substring(l.entry from 60 for 8) >= int8send(${numbers.from}::bigint)
      and substring(l.entry from 60 for 8) <= int8send(${numbers.to}::bigint)
    order by substring(l.entry from 60 for 8) limit ${limit}::int`
}

/** Of those that stand before a leaf, the entries of a stream that have this number or the one before it. */
export function selectStreamNumbers(
  sql: Sql,
  wanted: readonly { stream: Uint8Array; number: number; before: number }[],
) {
  return sql<{ stream: Uint8Array; number: number; hash: Uint8Array }[]>`
    select w.stream, ('x' || encode(substring(l.entry from 60 for 8), 'hex'))::bit(64)::bigint as number,
      sha256('\\x00'::bytea || l.entry) as hash
    from unnest(
      ${byteaArray(wanted.map(({ stream }) => stream))}::bytea[],
      ${plainArray(wanted.map(({ number }) => number))}::bigint[],
      ${plainArray(wanted.map(({ before }) => before))}::bigint[]
    ) as w (stream, number, before)
    join ledger_leaf l on substring(l.entry from 36 for 16) = w.stream
      and substring(l.entry from 60 for 8) >= int8send(w.number - 1)
      and substring(l.entry from 60 for 8) <= int8send(w.number) and l.index < w.before`
}

export function selectLeavesBeyond(sql: Sql, limit: number) {
  return sql<{ index: number }[]>`
    select l.index from ledger_head h join ledger_leaf l on l.index >= h.size
    order by l.index limit ${limit}::int`
}

export function selectTilesBeyond(sql: Sql, limit: number) {
  return sql<{ level: number; index: number }[]>`
    select t.level, t.index from ledger_head h
    join ledger_tile t on (t.index + 1) * (256::numeric ^ (t.level + 1)) > h.size
    order by t.level, t.index limit ${limit}::int`
}

/** For statements that go through everything. */
export function waitLong(tx: TransactionSql) {
  return tx`select set_config('statement_timeout', '0', true)`
}

export function selectTwice(tx: Sql | TransactionSql, limit: number) {
  return tx<{ id: string; indices: number[] }[]>`
    select encode(substring(l.entry from 4 for 16), 'hex')::uuid as id, array_agg(l.index order by l.index) as indices
    from ledger_leaf l group by substring(l.entry from 4 for 16) having count(*) > 1
    limit ${limit}::int`
}

export function selectStagedAfter(sql: Sql, after: string, limit: number) {
  return sql<(StagedValues & { refused: boolean; staged_at: Date })[]>`
    select s.id, s.entries, s.tag, s.refused, s.staged_at from ledger_staged s
    where s.id > ${after}::uuid order by s.id limit ${limit}::int`
}
