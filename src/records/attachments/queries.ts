/** The statements of attachments. Tables: ../migrations/0007-attachments.sql. */
import type { Sql } from '#kernel/db/index.ts'
import type { Staged } from '#kernel/ledger/index.ts'
import type { CompartmentId } from '../place.ts'

/** Which attachment. */
export interface AttachmentName {
  compartment: CompartmentId
  attachment: string
}

/** Opens a compartment ahead of its first version; gives nothing where it is open already, or the epoch has ended. */
export function openCompartment(
  sql: Sql,
  row: { compartment: CompartmentId; epoch: string; generation: number; wrapped: Uint8Array },
  staged?: Staged,
) {
  return sql<{ compartment: string }[]>`
    with standing as materialized (
      select id from keyring where id = ${row.epoch}::uuid and retired_at is null for key share
    ),
    opened as (
    insert into compartment (compartment, epoch, generation, wrapped, opened_at)
    select ${row.compartment}::uuid, s.id, ${row.generation}::int, ${row.wrapped}::bytea, clock_timestamp()
    from standing s
    on conflict (compartment) do nothing
    returning compartment
    ),
    staged as (
      insert into ledger_staged (id, entries, tag)
      select ${staged?.id ?? null}::uuid, ${staged?.entries ?? null}::bytea, ${staged?.tag ?? null}::bytea
      from opened where ${staged !== undefined}::boolean
    )
    select compartment from opened`
}

export function insertAttachment(
  sql: Sql,
  { compartment, attachment }: AttachmentName,
  leaseSeconds: number,
) {
  return sql`
    insert into attachment (compartment, attachment, state, held_until)
    values (${compartment}::uuid, ${attachment}::uuid, 'arriving',
      clock_timestamp() + ${leaseSeconds}::int * interval '1 second')`
}

/** Gives nothing where the lease has run out and somebody has taken the attachment to sweep it. */
export function renewAttachment(sql: Sql, { compartment, attachment }: AttachmentName, leaseSeconds: number) {
  return sql<{ attachment: string }[]>`
    update attachment set held_until = clock_timestamp() + ${leaseSeconds}::int * interval '1 second'
    where compartment = ${compartment}::uuid and attachment = ${attachment}::uuid and state = 'arriving'
    returning attachment`
}

/**
 * Only while the attachment arrives. The lock keeps a sweeper from dooming it until the piece is committed, so that
 * the sweeper's deletion sees the piece:
 *
 *   writer:  sees `arriving` …                       inserts piece 7, commits
 *   sweeper:                  dooms, deletes 0 to 6                            … piece 7 would stay for ever
 */
export function insertPiece(
  sql: Sql,
  { compartment, attachment }: AttachmentName,
  number: number,
  sealed: Uint8Array,
) {
  return sql<{ number: number }[]>`
    with held as materialized (
      select a.compartment, a.attachment from attachment a
      where a.compartment = ${compartment}::uuid and a.attachment = ${attachment}::uuid and a.state = 'arriving'
      for share
    )
    insert into attachment_piece (compartment, attachment, number, sealed)
    select held.compartment, held.attachment, ${number}::int, decode(${base64(sealed)}::text, 'base64') from held
    returning number`
}

/**
 * In base64: the driver takes a third less memory for it than for its own form of bytes. Nothing where the compartment's key was
 * destroyed: whoever reads in another process ends there.
 */
export function selectPiece(sql: Sql, { compartment, attachment }: AttachmentName, number: number) {
  return sql<{ sealed: string }[]>`
    select encode(p.sealed, 'base64') as sealed from attachment_piece p
    where p.compartment = ${compartment}::uuid and p.attachment = ${attachment}::uuid and p.number = ${number}::int
      and exists (select from compartment c where c.compartment = p.compartment and c.wrapped is not null)`
}

/** Its writer gives it up. */
export function doomAttachment(sql: Sql, { compartment, attachment }: AttachmentName) {
  return sql<{ attachment: string }[]>`
    update attachment set state = 'doomed', held_until = clock_timestamp()
    where compartment = ${compartment}::uuid and attachment = ${attachment}::uuid and state = 'arriving'
    returning attachment`
}

/** Takes, for a while, some whose writers or sweepers are gone; each is given to one sweeper. */
export function takeAbandoned(sql: Sql, limit: number, leaseSeconds: number) {
  return sql<AttachmentName[]>`
    with abandoned as materialized (
      select a.compartment, a.attachment from attachment a
      where a.held_until < clock_timestamp()
      order by a.held_until
      limit ${limit}::int
      for update skip locked
    )
    update attachment a
    set state = 'doomed', held_until = clock_timestamp() + ${leaseSeconds}::int * interval '1 second'
    from abandoned b where a.compartment = b.compartment and a.attachment = b.attachment
    returning a.compartment, a.attachment`
}

/** Some of the pieces of one that is doomed. */
export function deletePieces(sql: Sql, { compartment, attachment }: AttachmentName, limit: number) {
  return sql<{ number: number }[]>`
    delete from attachment_piece p
    where p.compartment = ${compartment}::uuid and p.attachment = ${attachment}::uuid
      and exists (
        select from attachment a
        where a.compartment = p.compartment and a.attachment = p.attachment and a.state = 'doomed'
      )
      and p.number in (
        select q.number from attachment_piece q
        where q.compartment = ${compartment}::uuid and q.attachment = ${attachment}::uuid
        order by q.number limit ${limit}::int
      )
    returning p.number`
}

/** One that is doomed and has no pieces any more. */
export function deleteDoomed(sql: Sql, { compartment, attachment }: AttachmentName) {
  return sql`
    delete from attachment
    where compartment = ${compartment}::uuid and attachment = ${attachment}::uuid and state = 'doomed'`
}

/** A third less than the driver's own form of bytes on the way, and half of what it leaves in memory. */
function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
