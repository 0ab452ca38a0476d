/** What the ledger commits to, held against the rows. Needs no key. */
import type { Sql } from '#kernel/db/index.ts'
import type { Act, CommitmentKind } from '#kernel/ledger/index.ts'
import { kindName, rowHash } from '#people/authority/index.ts'
import type { Operation, VersionRow } from '../rows.ts'
import {
  attachmentCommitment,
  blockCommitment,
  capsuleCommitment,
  destructionCommitment,
  openingCommitment,
  versionCommitment,
} from '../writing.ts'
import * as queries from './queries.ts'
import { rowsAtOnce, type Reckoning, type Sort } from './reckoning.ts'

const sortOf: Partial<Record<CommitmentKind, Sort>> = {
  version: 'version',
  capsule: 'capsule',
  tuples: 'tuples',
  attachment: 'attachment',
  'wrapped-key': 'wrapped-key',
  destruction: 'destruction',
  authority: 'authority',
}

/** `index`: of its leaf, if it has one. */
export function reckonEntry(
  reckoning: Reckoning,
  { commitments, recordedAtMs, outcome }: Act,
  index: number | undefined,
): number {
  let reckoned = 0
  for (const { kind, hash } of commitments) {
    const sort = sortOf[kind]
    if (!sort) continue
    reckoned++
    reckoning.entry(sort, hash, { index: index ?? -1, timeMs: recordedAtMs, begun: outcome === 'begun' })
  }
  return reckoned
}

export const noName = '00000000-0000-0000-0000-000000000000'

/** What the entry of a row says, were it with that compartment. */
export function hashesOf(row: VersionRow, compartment = row.compartment) {
  const operation = { ...row, compartment, origin: null, expected: row.version - 1 } satisfies Operation
  return {
    version: versionCommitment(operation).hash,
    capsule: row.capsule && capsuleCommitment(operation, row.capsule).hash,
  }
}

export interface ReckonOptions {
  /** Versions of this moment and later, and nothing else. */
  since: Date | undefined
  /** After each page. */
  onRows: (rows: number) => Promise<void>
}

export async function reckonRows(
  sql: Sql,
  reckoning: Reckoning,
  { since, onRows }: ReckonOptions,
): Promise<void> {
  for (const [table, current] of [
    [queries.selectCurrent, true],
    [queries.selectPast, false],
  ] as const) {
    for await (const rows of table(sql, since ?? null).cursor(rowsAtOnce)) {
      for (const row of rows) {
        const { version, capsule } = hashesOf(row)
        const name = {
          compartment: row.compartment,
          name: row.resource,
          version: row.version,
          timeMs: row.updated_at.getTime(),
          current,
        }
        reckoning.row('version', version, name)
        if (capsule) reckoning.row('capsule', capsule, name)
      }
      await onRows(rows.length)
    }
  }
  for await (const rows of queries.selectAuthority(sql).cursor(rowsAtOnce)) {
    for (const { id, kind, version, previous, sealed } of rows) {
      const hash = rowHash({ id, kind: kindName(kind), version, previous }, sealed)
      reckoning.row('authority', hash, {
        compartment: noName,
        name: id,
        version,
        timeMs: 0,
        current: false,
        kind,
      })
    }
    await onRows(rows.length)
  }
  if (since) return
  const nameless = { name: noName, version: 0, timeMs: 0, current: false }
  for await (const rows of queries.selectTuples(sql).cursor(rowsAtOnce)) {
    for (const row of rows) {
      const { compartment, position } = row
      const name = { ...nameless, compartment, timeMs: position }
      reckoning.row('tuples', blockCommitment(row).hash, name)
    }
    await onRows(rows.length)
  }
  for await (const rows of queries.selectAttachments(sql).cursor(rowsAtOnce)) {
    for (const { compartment, attachment } of rows) {
      const { hash } = attachmentCommitment(compartment, attachment)
      reckoning.row('attachment', hash, { ...nameless, compartment, name: attachment })
    }
    await onRows(rows.length)
  }
  for await (const rows of queries.selectWrapped(sql).cursor(rowsAtOnce)) {
    for (const row of rows) {
      const { compartment } = row
      reckoning.row('wrapped-key', openingCommitment(row).hash, { ...nameless, compartment })
    }
    await onRows(rows.length)
  }
  for await (const rows of queries.selectDestructions(sql).cursor(rowsAtOnce)) {
    for (const { compartment } of rows)
      reckoning.row('destruction', destructionCommitment(compartment).hash, { ...nameless, compartment })
    await onRows(rows.length)
  }
}
