/** Statements of destruction. Tables: src/kernel/keys/migrations. */
import type { Sql, Statement } from '#kernel/db/index.ts'

export interface DestructionRow {
  compartment: string
  epoch: string
  destroyed_at: Date
  rewrapped_at: Date | null
  purged_at: Date | null
  unforced: string[]
  sealed: Uint8Array
}

/**
 * Destroys a compartment's key and notes it, as one. No row: there is no such compartment, or it was destroyed before.
 * Whoever reads at this moment sees both or none; whoever writes under the key at this moment has written before it.
 */
export function destroyKey(sql: Sql, compartment: string, sealed: Uint8Array): Statement<DestructionRow> {
  return sql<DestructionRow[]>`
    with gone as (
      update compartment c set wrapped = null
      where c.compartment = ${compartment}::uuid and c.wrapped is not null
      returning c.compartment, c.epoch
    )
    insert into destruction (compartment, epoch, destroyed_at, sealed)
    select g.compartment, g.epoch, date_trunc('milliseconds', clock_timestamp()), ${sealed}::bytea from gone g
    on conflict (compartment) do update set epoch = excluded.epoch, destroyed_at = excluded.destroyed_at,
      rewrapped_at = null, purged_at = null, sealed = excluded.sealed
    returning compartment, epoch, destroyed_at, rewrapped_at, purged_at, unforced, sealed
  `
}

export function destructions(sql: Sql): Statement<DestructionRow> {
  return sql<DestructionRow[]>`
    select d.compartment, d.epoch, d.destroyed_at, d.rewrapped_at, d.purged_at, d.unforced, d.sealed
    from destruction d order by d.destroyed_at, d.compartment
  `
}

export function destructionOf(sql: Sql, compartment: string): Statement<DestructionRow> {
  return sql<DestructionRow[]>`
    select d.compartment, d.epoch, d.destroyed_at, d.rewrapped_at, d.purged_at, d.unforced, d.sealed
    from destruction d where d.compartment = ${compartment}::uuid
  `
}

/** What was destroyed since a moment, or whose epoch was: for processes that may hold their keys. */
export function destroyedSince(
  sql: Sql,
  since: Date,
): Statement<{ compartment: string; destroyed_at: Date; rewrapped: boolean }> {
  return sql<{ compartment: string; destroyed_at: Date; rewrapped: boolean }[]>`
    select d.compartment, d.destroyed_at, d.rewrapped_at is not null as rewrapped from destruction d
    where d.destroyed_at >= ${since}::timestamptz or d.rewrapped_at >= ${since}::timestamptz
  `
}

/**
 * Whether a batch is due: so long after the last, or where somebody died over one; at once where keys were replaced. What was put
 * back counts.
 */
export function isDue(sql: Sql, everySeconds: number): Statement<{ due: boolean }> {
  return sql<{ due: boolean }[]>`
    select (s.holder is null or s.held_until < clock_timestamp())
      and (
        s.replaced > s.replaced_gone
        or exists (
          select from destruction d left join compartment c on c.compartment = d.compartment
          left join keyring k on k.id = d.epoch
          where d.purged_at is null or c.wrapped is not null or k.id is not null
        )
        and (
          s.holder is not null or s.done_at is null
          or s.done_at < clock_timestamp() - make_interval(secs => ${everySeconds}::int)
        )
      ) as due
    from shredding s
  `
}

/** Takes the batch, unless somebody holds it. */
export function takeBatch(sql: Sql, holder: string, seconds: number): Statement<{ epoch: number }> {
  return sql<{ epoch: number }[]>`
    update shredding set epoch = shredding.epoch + 1, holder = ${holder}::uuid,
      held_until = clock_timestamp() + make_interval(secs => ${seconds}::int)
    where holder is null or held_until < clock_timestamp()
    returning epoch
  `
}

/** No row: somebody else has taken it. */
export function renewBatch(sql: Sql, epoch: number, seconds: number): Statement<{ epoch: number }> {
  return sql<{ epoch: number }[]>`
    update shredding set held_until = clock_timestamp() + make_interval(secs => ${seconds}::int)
    where epoch = ${epoch}::int and holder is not null
    returning epoch
  `
}

/** Lets go of it. `done`: it was through; otherwise it is due again. */
export function leaveBatch(sql: Sql, epoch: number, done: boolean): Statement {
  return sql`
    update shredding set holder = null, held_until = null,
      done_at = case when ${done}::boolean then clock_timestamp() end
    where epoch = ${epoch}::int and holder is not null
  `
}

/** Keys that stand in their rows though a destruction does. */
export function putBack(sql: Sql): Statement<{ compartment: string; sealed: Uint8Array }> {
  return sql<{ compartment: string; sealed: Uint8Array }[]>`
    select d.compartment, d.sealed from compartment c join destruction d on d.compartment = c.compartment
    where c.wrapped is not null
  `
}

/** Epochs under which something was destroyed and that still have their key, or had it until just now. */
export function epochsToEnd(sql: Sql): Statement<{ epoch: string }> {
  return sql<{ epoch: string }[]>`
    select d.epoch from destruction d where d.rewrapped_at is null
    union
    select d.epoch from destruction d join keyring k on k.id = d.epoch
    order by epoch
  `
}

/** Notes, under the batch's epoch, what no key of the keyring opens any more. */
export function noteRewrapped(sql: Sql, batch: number, until: Date): Statement<{ compartment: string }> {
  return sql<{ compartment: string }[]>`
    update destruction d set rewrapped_at = greatest(d.destroyed_at, date_trunc('milliseconds', clock_timestamp()))
    where d.rewrapped_at is null and d.destroyed_at <= ${until}::timestamptz
      and not exists (select from keyring k where k.id = d.epoch)
      and exists (select from shredding s where s.epoch = ${batch}::int and s.holder is not null)
    returning d.compartment
  `
}

/** Notes, under the batch's epoch, that their bytes are gone from PostgreSQL too, so far as could be forced. */
export function notePurged(
  sql: Sql,
  batch: number,
  until: Date,
  unforced: string[],
): Statement<{ compartment: string }> {
  return sql<{ compartment: string }[]>`
    update destruction d set unforced = ${unforced}::text[],
      purged_at = greatest(d.rewrapped_at, date_trunc('milliseconds', clock_timestamp()))
    where d.purged_at is null and d.rewrapped_at <= ${until}::timestamptz
      and exists (select from shredding s where s.epoch = ${batch}::int and s.holder is not null)
    returning d.compartment
  `
}

export function clock(sql: Sql): Statement<{ now: Date }> {
  return sql<{ now: Date }[]>`select date_trunc('milliseconds', clock_timestamp()) as now`
}

/** Whether bytes of destroyed keys, or of replaced ones, are still to go; `replaced` as it is now. */
export function waiting(sql: Sql): Statement<{ destroyed: boolean; replaced: number; left: boolean }> {
  return sql<{ destroyed: boolean; replaced: number; left: boolean }[]>`
    select exists (select from destruction d where d.purged_at is null) as destroyed,
      s.replaced, s.replaced > s.replaced_gone as left
    from shredding s
  `
}

/** Notes, under the batch's epoch, that so many replacements have left no bytes, so far as could be forced. */
export function noteReplacedGone(
  sql: Sql,
  batch: number,
  replaced: number,
  unforced: string[],
): Statement<{ epoch: number }> {
  return sql<{ epoch: number }[]>`
    update shredding set replaced_gone = greatest(replaced_gone, ${replaced}::int), unforced = ${unforced}::text[]
    where epoch = ${batch}::int and holder is not null
    returning epoch
  `
}

export function keyringFile(sql: Sql): Statement<{ file: string | null }> {
  return sql<{ file: string | null }[]>`select pg_relation_filepath('keyring') as file`
}

/** Writes them anew: what was deleted from them, or replaced in them, stays nowhere in their files. */
export function rewriteKeys(sql: Sql): Statement {
  return sql`vacuum (full) keyring, opener, process`
}

/** What no longer stands in these tables goes from their pages as PostgreSQL does it: not overwritten, but forgotten. */
export function vacuumCompartments(sql: Sql): Statement {
  return sql`vacuum compartment`
}

/** The planner's samples: of columns of keys there are none, but there may have been. */
export function rewriteStatistics(sql: Sql): Statement {
  return sql`vacuum (full) pg_catalog.pg_statistic`
}

export function keepNoLog(sql: Sql): Statement {
  return sql`alter system set wal_recycle = off`
}

export function keepLogAgain(sql: Sql): Statement {
  return sql`alter system reset wal_recycle`
}

export function reloadSettings(sql: Sql): Statement {
  return sql`select pg_reload_conf()`
}

export function isRecycling(sql: Sql): Statement<{ recycling: boolean }> {
  return sql<{ recycling: boolean }[]>`select current_setting('wal_recycle')::boolean as recycling`
}

/** Files of the log that are kept to be written again: they hold what was in the log long ago. */
export function logFilesAhead(sql: Sql): Statement<{ count: number }> {
  return sql<{ count: number }[]>`
    select count(*)::int as count from pg_ls_waldir() w
    where w.name ~ '^[0-9A-F]{24}$' and substr(w.name, 9) > substr(pg_walfile_name(pg_current_wal_insert_lsn()), 9)
  `
}

/** Fills what is left of the current file of the log with zeros, and begins the next. A commit comes before it. */
export function switchLog(sql: Sql): Statement {
  return sql`select pg_current_xact_id()::text, pg_switch_wal()::text`
}

export function checkpoint(sql: Sql): Statement {
  return sql`checkpoint`
}

/** Who else has a copy of the log, or is owed one. */
export function logHolders(
  sql: Sql,
): Statement<{ archived: boolean; replicas: number; slots: number; kept: boolean }> {
  return sql<{ archived: boolean; replicas: number; slots: number; kept: boolean }[]>`
    select current_setting('archive_mode') <> 'off' as archived,
      (select count(*) from pg_stat_replication)::int as replicas,
      (select count(*) from pg_replication_slots)::int as slots,
      current_setting('wal_keep_size') not in ('0', '0MB', '0kB') as kept
  `
}
