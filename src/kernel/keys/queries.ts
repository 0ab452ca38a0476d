import type { Sql, Statement } from '#kernel/db/index.ts'

export interface OpenerRow {
  id: string
  kind: string
  parameters: string
  wrapped: Uint8Array
  createdAt: Date
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
  purpose: 'epoch' | 'index' | 'directory'
  wrapped: Uint8Array
}

export function openers(sql: Sql): Statement<OpenerRow> {
  return sql<OpenerRow[]>`
    select id, kind, parameters, wrapped, created_at as "createdAt"
    from opener
    order by created_at, id
  `
}

/** The keys of the keyring with these ids; absent ones are destroyed, or never were. */
export function keyringKeys(sql: Sql, ids: string[]): Statement<KeyringRow> {
  return sql<KeyringRow[]>`
    select id, purpose, wrapped
    from keyring
    where id = any (${ids}::uuid[])
  `
}

export function insertKeyringKey(sql: Sql, row: KeyringRow): Statement {
  return sql`
    insert into keyring (id, purpose, wrapped)
    values (${row.id}::uuid, ${row.purpose}::text, ${row.wrapped}::bytea)
  `
}

/**
 * Makes the house's first rows together, or none where the index key is there already; returns the opener's id.
 * One statement: of two that race, the loser waits for the winner's row and inserts nothing.
 */
export function insertHouse(
  sql: Sql,
  opener: Omit<OpenerRow, 'createdAt'>,
  index: KeyringRow,
): Statement<{ id: string }> {
  return sql<{ id: string }[]>`
    with index_key as (
      insert into keyring (id, purpose, wrapped)
      values (${index.id}::uuid, ${index.purpose}::text, ${index.wrapped}::bytea)
      on conflict (id) do nothing
      returning id
    )
    insert into opener (id, kind, parameters, wrapped)
    select ${opener.id}::uuid, ${opener.kind}::text, ${opener.parameters}::text, ${opener.wrapped}::bytea
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

/** Which of these were destroyed. */
export function destroyedAmong(sql: Sql, compartments: string[]): Statement<{ compartment: string }> {
  return sql<{ compartment: string }[]>`
    select c.compartment from compartment c
    where c.compartment = any (${compartments}::uuid[]) and c.wrapped is null
  `
}
