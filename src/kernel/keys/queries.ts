import { byteaList, plainArray, type Sql, type Statement, type TransactionSql } from '#kernel/db/index.ts'
import type { OpenerPlace, SealedOpener } from './sealed-opener.ts'

/** Null where the row is of the earlier form, in which `wrapped` is the root key. */
export interface OpenerRow extends OpenerPlace {
  wrapped: Uint8Array | null
  recipient: string | null
  bond: Uint8Array | null
  root: Uint8Array | null
  tag: Uint8Array | null
  createdAt: Date
}

/** The vault as a whole. */
export interface VaultRow {
  /** Number of the root key. */
  root: number
  /** How many orders to seal were ever given. */
  seals: number
  /** Since when one stands. */
  sealedAt: Date | null
}

export interface CompartmentRow {
  compartment: string
  epoch: string
  generation: number
  wrapped: Uint8Array
}

/** `wrapped` is null where it was destroyed. */
export type StoredCompartment = Omit<CompartmentRow, 'wrapped'> & { wrapped: Uint8Array | null }

export interface KeyringRow {
  id: string
  purpose: 'epoch' | 'index' | 'directory' | 'ledger'
  wrapped: Uint8Array
}

export function openers(sql: Sql | TransactionSql): Statement<OpenerRow> {
  return sql<OpenerRow[]>`
    select id, kind, parameters, wrapped, recipient, bond, root, tag, created_at as "createdAt"
    from opener
    order by created_at, id
  `
}

/** All that an unsealing needs, of one moment. */
export function openersWithIndex(
  sql: Sql,
  indexKeyId: string,
): Statement<
  OpenerRow & { vaultRoot: number; seals: number; sealedAt: Date | null; index: Uint8Array | null }
> {
  return sql<
    (OpenerRow & { vaultRoot: number; seals: number; sealedAt: Date | null; index: Uint8Array | null })[]
  >`
    select o.id, o.kind, o.parameters, o.wrapped, o.recipient, o.bond, o.root, o.tag,
      o.created_at as "createdAt", v.root as "vaultRoot", v.seals, v.sealed_at as "sealedAt", k.wrapped as index
    from opener o
    cross join vault v
    left join keyring k on k.id = ${indexKeyId}::uuid
    order by o.created_at, o.id
  `
}

/** Puts an opener of the present form in the place of its earlier one, unless the root key was changed meanwhile. */
export function convertOpener(sql: Sql, opener: SealedOpener, root: number): Statement {
  return sql`
    with current as (select from vault where root = ${root}::int for share)
    update opener set wrapped = ${opener.wrapped}::bytea, recipient = ${opener.recipient}::text,
      bond = ${opener.bond}::bytea, root = ${opener.root}::bytea, tag = ${opener.tag}::bytea
    where id = ${opener.id}::uuid and recipient is null and exists (select from current)
  `
}

export function vaultRow(sql: Sql): Statement<VaultRow> {
  return sql<VaultRow[]>`
    select root, seals, sealed_at as "sealedAt" from vault
  `
}

/**
 * The keys of the keyring with these ids, and under which root key of the house they all stand; absent ones are
 * destroyed, or never were.
 */
export function keyringKeys(sql: Sql, ids: string[]): Statement<KeyringRow & { root: number }> {
  return sql<(KeyringRow & { root: number })[]>`
    select k.id, k.purpose, k.wrapped, v.root
    from keyring k cross join vault v
    where k.id = any (${ids}::uuid[])
  `
}

export function keyringPurposes(sql: Sql): Statement<Pick<KeyringRow, 'id' | 'purpose'>> {
  return sql<Pick<KeyringRow, 'id' | 'purpose'>[]>`select id, purpose from keyring order by id`
}

/** Returns the id; none where the house has another root key than that, under which the row stands. */
export function insertKeyringKey(sql: Sql, row: KeyringRow, root: number): Statement<{ id: string }> {
  return sql<{ id: string }[]>`
    with current as materialized (select from vault where root = ${root}::int for share)
    insert into keyring (id, purpose, wrapped)
    select ${row.id}::uuid, ${row.purpose}::text, ${row.wrapped}::bytea from current
    returning id
  `
}

/**
 * Makes the house's first rows together, or none where the index key is there already; returns the opener's id.
 * One statement: of two that race, the loser waits for the winner's row and inserts nothing.
 */
export function insertHouse(sql: Sql, opener: SealedOpener, index: KeyringRow): Statement<{ id: string }> {
  return sql<{ id: string }[]>`
    with index_key as (
      insert into keyring (id, purpose, wrapped)
      values (${index.id}::uuid, ${index.purpose}::text, ${index.wrapped}::bytea)
      on conflict (id) do nothing
      returning id
    )
    insert into opener (id, kind, parameters, wrapped, recipient, bond, root, tag)
    select ${opener.id}::uuid, ${opener.kind}::text, ${opener.parameters}::text, ${opener.wrapped}::bytea,
      ${opener.recipient}::text, ${opener.bond}::bytea, ${opener.root}::bytea, ${opener.tag}::bytea
    from index_key
    returning id
  `
}

/** A key that was put back into its row, where it is known to be destroyed, counts for nothing. */
export function compartmentKeys(sql: Sql, compartments: string[]): Statement<StoredCompartment> {
  return sql<StoredCompartment[]>`
    select c.compartment, c.epoch, c.generation, case when d.compartment is null then c.wrapped end as wrapped
    from compartment c left join destruction d on d.compartment = c.compartment
    where c.compartment = any (${compartments}::uuid[])
  `
}

/** Which of these were destroyed; a key that was put back into its row counts for nothing. */
export function destroyedAmong(sql: Sql, compartments: string[]): Statement<{ compartment: string }> {
  return sql<{ compartment: string }[]>`
    select c.compartment from compartment c left join destruction d on d.compartment = c.compartment
    where c.compartment = any (${compartments}::uuid[]) and (c.wrapped is null or d.compartment is not null)
  `
}

/** Epochs that are in the keyring, and whether they have ended: nothing is sealed under those any more. */
export function standingEpochs(sql: Sql, epochs: string[]): Statement<{ id: string; retired: boolean }> {
  return sql<{ id: string; retired: boolean }[]>`
    select k.id, k.retired_at is not null as retired from keyring k
    where k.id = any (${epochs}::uuid[]) and k.purpose = 'epoch'
  `
}

/**
 * Ends these epochs; returns those that had not ended. Whoever is storing a patient key under one holds its row (`for
 * key share`), so this waits for them, and whoever comes later sees that it has ended:
 *   writer:  locks the row of E, stores p1 under E … commits
 *   retire:                                     waits …… ends E
 *   writer:                                             locks the row of E …… sees that E has ended, stores nothing
 * After it no row of `compartment` comes to name the epoch any more.
 */
export function retireEpochs(sql: Sql, epochs: string[]): Statement<{ id: string }> {
  return sql<{ id: string }[]>`
    with ending as materialized (
      select id from keyring
      where id = any (${epochs}::uuid[]) and purpose = 'epoch' and retired_at is null
      order by id
      for update
    )
    update keyring k set retired_at = greatest(k.created_at, now()) from ending e where k.id = e.id
    returning k.id
  `
}

/** Patient keys of an epoch that stand in their rows; `destroyed`: what was noted of one that should not. */
export function epochCompartments(
  sql: Sql,
  epoch: string,
  after: string,
  most: number,
): Statement<CompartmentRow & { destroyed: Uint8Array | null }> {
  return sql<(CompartmentRow & { destroyed: Uint8Array | null })[]>`
    select c.compartment, c.epoch, c.generation, c.wrapped, d.sealed as destroyed
    from compartment c left join destruction d on d.compartment = c.compartment
    where c.epoch = ${epoch}::uuid and c.wrapped is not null and c.compartment > ${after}::uuid
    order by c.compartment
    limit ${most}::int
  `
}

/** A key that somebody put back into a row whose destruction stands: it goes again, and its epoch with it. */
export function burnPutBack(sql: Sql, compartments: readonly string[]): Statement<{ compartment: string }> {
  return sql<{ compartment: string }[]>`
    with found as materialized (
      select c.compartment, c.epoch from compartment c join destruction d on d.compartment = c.compartment
      where c.compartment = any (${[...compartments]}::uuid[]) and c.wrapped is not null
    ),
    gone as (
      update compartment c set wrapped = null from found f where c.compartment = f.compartment
    )
    update destruction d set epoch = f.epoch, rewrapped_at = null, purged_at = null
    from found f where d.compartment = f.compartment
    returning d.compartment
  `
}

/**
 * Puts patient keys, wrapped anew, in the place of those of one epoch; returns which. Left alone are those that were
 * destroyed or moved meanwhile, and those whose new epoch has ended.
 */
export function moveToEpochs(
  sql: Sql,
  from: string,
  rows: readonly CompartmentRow[],
): Statement<{ compartment: string }> {
  const targets = [...new Set(rows.map(({ epoch }) => epoch))]
  return sql<{ compartment: string }[]>`
    with target as materialized (
      select id from keyring where id = any (${targets}::uuid[]) and retired_at is null order by id for key share
    ),
    moved as materialized (
      select * from unnest(
        ${rows.map(({ compartment }) => compartment)}::uuid[],
        ${rows.map(({ epoch }) => epoch)}::uuid[],
        ${plainArray(rows.map(({ generation }) => generation))}::int[],
        ${byteaList(
          sql,
          rows.map(({ wrapped }) => wrapped),
        )}
      ) as m (compartment, epoch, generation, wrapped)
      where m.epoch in (select id from target)
    )
    update compartment c set epoch = m.epoch, wrapped = m.wrapped from moved m
    where c.compartment = m.compartment and c.epoch = ${from}::uuid and c.generation = m.generation
      and c.wrapped is not null
    returning c.compartment
  `
}

/**
 * Destroys an epoch's key, if it has ended and seals no living patient key; returns its id then. What the disk still has of it
 * is to go, as after every change of keys.
 */
export function deleteEpoch(sql: Sql, epoch: string): Statement<{ id: string }> {
  return sql<{ id: string }[]>`
    with gone as (
      delete from keyring k
      where k.id = ${epoch}::uuid and k.purpose = 'epoch' and k.retired_at is not null
        and not exists (select from compartment c where c.epoch = k.id and c.wrapped is not null)
      returning k.id
    ),
    counted as (
      update shredding set replaced = replaced + 1 where exists (select from gone)
    )
    select id from gone
  `
}

/** Epochs of the keyring that have not ended. */
export function epochsStanding(sql: Sql): Statement<{ id: string }> {
  return sql<{ id: string }[]>`
    select id from keyring where purpose = 'epoch' and retired_at is null order by id
  `
}

/** Epochs that have ended and whose keys are still there. */
export function epochsEnded(sql: Sql): Statement<{ id: string }> {
  return sql<{ id: string }[]>`
    select id from keyring where purpose = 'epoch' and retired_at is not null order by retired_at, id
  `
}

/** A process that holds the keys. */
export interface ProcessRow {
  id: string
  recipient: string
  bond: Uint8Array
  root: Uint8Array
  tag: Uint8Array
}

/**
 * Enters a process among those that hold the keys, and ends the order to seal that stands, if `lift` says so. Nothing
 * where the house has another root key by now, was ordered to be sealed since, or may not be opened. Rows of processes
 * that are long gone are cleared away.
 */
export function insertProcess(
  sql: Sql,
  process: ProcessRow,
  vault: { root: number; seals: number; lift: boolean },
  absentSeconds: number,
): Statement<{ id: string }> {
  return sql<{ id: string }[]>`
    with opened as (
      update vault set sealed_at = null
      where root = ${vault.root}::int and seals = ${vault.seals}::int
        and (sealed_at is null or ${vault.lift ? 'true' : 'false'}::boolean)
      returning seals
    ),
    cleared as (
      delete from process where seen_at < now() - make_interval(secs => ${absentSeconds}::int)
    )
    insert into process (id, seals, recipient, bond, root, tag)
    select ${process.id}::uuid, o.seals, ${process.recipient}::text, ${process.bond}::bytea, ${process.root}::bytea,
      ${process.tag}::bytea
    from opened o
    returning id
  `
}

export function deleteProcess(sql: Sql, id: string): Statement {
  return sql`delete from process where id = ${id}::uuid`
}

export function sayPresent(sql: Sql, id: string): Statement {
  return sql`update process set seen_at = now() where id = ${id}::uuid`
}

/** What a process looks at again and again; `present`: whether it is still listed. */
export function lookAtVault(
  sql: Sql,
  id: string,
): Statement<{ root: number; seals: number; present: boolean }> {
  return sql<{ root: number; seals: number; present: boolean }[]>`
    select v.root, v.seals, exists (select from process p where p.id = ${id}::uuid) as present from vault v
  `
}

/** A process's own row, and which root key it holds. */
export function processRow(sql: Sql, id: string): Statement<ProcessRow & { vaultRoot: number }> {
  return sql<(ProcessRow & { vaultRoot: number })[]>`
    select p.id, p.recipient, p.bond, p.root, p.tag, v.root as "vaultRoot"
    from process p cross join vault v
    where p.id = ${id}::uuid
  `
}

/** Gives an order to seal, which stands; returns how many there were. */
export function orderSeal(sql: Sql): Statement<{ seals: number }> {
  return sql<{ seals: number }[]>`
    update vault set seals = seals + 1, sealed_at = now() returning seals
  `
}

/** Processes that opened before that order and still hold keys: those that were heard of lately, and the others. */
export function processesBefore(
  sql: Sql,
  seals: number,
  silentSeconds: number,
): Statement<{ heard: number; silent: number }> {
  return sql<{ heard: number; silent: number }[]>`
    select count(*) filter (where seen_at >= now() - make_interval(secs => ${silentSeconds}::int))::int as heard,
      count(*) filter (where seen_at < now() - make_interval(secs => ${silentSeconds}::int))::int as silent
    from process where seals < ${seals}::int
  `
}

/** Takes the turn of whoever changes the root key or openers. */
export function lockVault(tx: TransactionSql): Statement<{ root: number }> {
  return tx<{ root: number }[]>`select root from vault for update`
}

/** Those that are to have the next root key: heard of lately, and not ordered to be sealed since they opened. */
export function processes(sql: Sql | TransactionSql, absentSeconds: number): Statement<ProcessRow> {
  return sql<ProcessRow[]>`
    select p.id, p.recipient, p.bond, p.root, p.tag from process p join vault v on v.seals = p.seals
    where p.seen_at >= now() - make_interval(secs => ${absentSeconds}::int)
    order by p.id
  `
}

export function wholeKeyring(sql: Sql): Statement<KeyringRow> {
  return sql<KeyringRow[]>`select id, purpose, wrapped from keyring order by id`
}

/** The whole keyring, which nobody ends or destroys keys of meanwhile; patient keys may be stored under them. */
export function lockKeyring(tx: TransactionSql): Statement<KeyringRow> {
  return tx<KeyringRow[]>`select id, purpose, wrapped from keyring order by id for no key update`
}

export function updateKeyring(tx: TransactionSql, rows: readonly KeyringRow[]): Statement {
  return tx`
    update keyring k set wrapped = r.wrapped from unnest(
      ${rows.map(({ id }) => id)}::uuid[],
      ${byteaList(
        tx,
        rows.map(({ wrapped }) => wrapped),
      )}
    ) as r (id, wrapped)
    where k.id = r.id
  `
}

export function updateOpenerRoot(tx: TransactionSql, { id, bond, root, tag }: SealedOpener): Statement {
  return tx`
    update opener set bond = ${bond}::bytea, root = ${root}::bytea, tag = ${tag}::bytea where id = ${id}::uuid
  `
}

export function updateProcessRoot(tx: TransactionSql, { id, bond, root, tag }: ProcessRow): Statement {
  return tx`
    update process set bond = ${bond}::bytea, root = ${root}::bytea, tag = ${tag}::bytea where id = ${id}::uuid
  `
}

export function deleteOpeners(tx: TransactionSql, ids: string[]): Statement {
  return tx`delete from opener where id = any (${ids}::uuid[])`
}

export function insertOpener(tx: TransactionSql, opener: SealedOpener): Statement {
  return tx`
    insert into opener (id, kind, parameters, wrapped, recipient, bond, root, tag)
    values (${opener.id}::uuid, ${opener.kind}::text, ${opener.parameters}::text, ${opener.wrapped}::bytea,
      ${opener.recipient}::text, ${opener.bond}::bytea, ${opener.root}::bytea, ${opener.tag}::bytea)
  `
}

/** The house has its next root key; what the disk has of the rows of before is to go. */
export function countRoot(tx: TransactionSql): Statement {
  return tx`
    with counted as (
      update shredding set replaced = replaced + 1
    )
    update vault set root = root + 1, root_made_at = now()
  `
}

/** Which of these are still in the keyring. */
export function standingKeys(sql: Sql, ids: string[]): Statement<{ id: string }> {
  return sql<{ id: string }[]>`select k.id from keyring k where k.id = any (${ids}::uuid[])`
}

/** The vault as a whole, as a person wants to know it. */
export interface VaultKnown {
  /** Number of the root key, and since when. */
  root: number
  rootMadeAt: Date
  /** Since when an order to seal stands. */
  sealedAt: Date | null
  /** Processes that hold the keys, of those that are heard of. */
  processes: number
  /** Epochs under which patient keys stand or may come to stand, and since when the oldest. */
  epochs: number
  oldestEpochAt: Date | null
  /** Patient keys that there are. */
  patientKeys: number
  /** Epochs that have ended, and the patient keys that are still to be moved from them. */
  ended: number
  toMove: number
  /** Keys were replaced whose former rows PostgreSQL still has; and what of the last ones could not be made to go. */
  purging: boolean
  unforced: string[]
}

export function vaultKnown(sql: Sql, silentSeconds: number): Statement<VaultKnown> {
  return sql<VaultKnown[]>`
    with epoch as materialized (
      select id, created_at, retired_at from keyring where purpose = 'epoch'
    )
    select v.root, v.root_made_at as "rootMadeAt", v.sealed_at as "sealedAt",
      (select count(*)::int from process p
        where p.seen_at >= now() - make_interval(secs => ${silentSeconds}::int)) as processes,
      (select count(*)::int from epoch where retired_at is null) as epochs,
      (select min(created_at) from epoch where retired_at is null) as "oldestEpochAt",
      (select count(*)::int from compartment where wrapped is not null) as "patientKeys",
      (select count(*)::int from epoch where retired_at is not null) as ended,
      (select count(*)::int from compartment c join epoch e on e.id = c.epoch
        where e.retired_at is not null and c.wrapped is not null) as "toMove",
      s.replaced > s.replaced_gone as purging, s.unforced
    from vault v cross join shredding s
  `
}
