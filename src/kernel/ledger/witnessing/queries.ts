/** Statements of a witness. Table: src/kernel/ledger/migrations/0002-witnessed.sql. */
import type { Sql } from '#kernel/db/index.ts'

export interface WitnessedRow {
  origin: string
  keys: string
  size: number
  root: Uint8Array
  tag: Uint8Array
  cosigned_at: Date | null
  evidence_at: Date | null
}

export function selectWitnessed(sql: Sql, origin: string) {
  return sql<WitnessedRow[]>`
    select w.origin, w.keys, w.size, w.root, w.tag, w.cosigned_at, w.evidence_at
    from ledger_witnessed w where w.origin = ${origin}::text`
}

/** All of them, for one process at a time. */
export function lockWitnessed(sql: Sql) {
  return sql<WitnessedRow[]>`
    select w.origin, w.keys, w.size, w.root, w.tag, w.cosigned_at, w.evidence_at
    from ledger_witnessed w order by w.origin for update`
}

export function selectAllWitnessed(sql: Sql, limit: number) {
  return sql<(WitnessedRow & { evidence: string | null })[]>`
    select w.origin, w.keys, w.size, w.root, w.tag, w.cosigned_at, w.evidence, w.evidence_at
    from ledger_witnessed w order by w.origin limit ${limit}::int`
}

/** No row: there is one of that name. */
export function insertWitnessed(sql: Sql, origin: string, keys: string, tag: Uint8Array) {
  return sql<{ origin: string }[]>`
    insert into ledger_witnessed (origin, keys, tag) values (${origin}::text, ${keys}::text, ${tag}::bytea)
    on conflict (origin) do nothing returning origin`
}

/** Other keys of a ledger that has new ones; what was cosigned stays. */
export function updateWitnessedKeys(sql: Sql, before: WitnessedRow, keys: string, tag: Uint8Array) {
  return sql<{ origin: string }[]>`
    update ledger_witnessed set keys = ${keys}::text, tag = ${tag}::bytea
    where origin = ${before.origin}::text and tag = ${before.tag}::bytea returning origin`
}

export function deleteWitnessed(sql: Sql, origin: string) {
  return sql<{ origin: string }[]>`
    delete from ledger_witnessed where origin = ${origin}::text returning origin`
}

/** No row: it is not what it was when it was judged (see `WitnessVerdict`). */
export function updateWitnessed(
  sql: Sql,
  before: Pick<WitnessedRow, 'origin' | 'tag'>,
  to: { size: number; root: Uint8Array; tag: Uint8Array },
) {
  return sql<{ origin: string }[]>`
    update ledger_witnessed
    set size = ${to.size}::bigint, root = ${to.root}::bytea, tag = ${to.tag}::bytea,
      cosigned_at = clock_timestamp()
    where origin = ${before.origin}::text and tag = ${before.tag}::bytea returning origin`
}

/** The first stays: what comes later is the consequence. */
export function keepEvidence(sql: Sql, origin: string, note: string) {
  return sql<{ origin: string }[]>`
    update ledger_witnessed set evidence = ${note}::text, evidence_at = clock_timestamp()
    where origin = ${origin}::text and evidence is null returning origin`
}
