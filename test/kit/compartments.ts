import type { Sql } from '#kernel/db/index.ts'

/** Patient keys as a write stores them. */
export async function insertCompartments(
  sql: Sql,
  rows: readonly { compartment: string; epoch: string; wrapped: Uint8Array }[],
): Promise<void> {
  await sql`
    insert into compartment (compartment, epoch, generation, wrapped)
    select r.compartment, r.epoch, 1, decode(r.wrapped, 'base64') from unnest(
      ${rows.map(({ compartment }) => compartment)}::uuid[],
      ${rows.map(({ epoch }) => epoch)}::uuid[],
      ${rows.map(({ wrapped }) => Buffer.from(wrapped).toString('base64'))}::text[]
    ) as r (compartment, epoch, wrapped)`
}
