/** Approvals, as the ledger has them: whether each is signed by those whom it names, and by others than who asked. */
import { checkApproval } from '#people/index.ts'
import type { RecordFinding } from './findings.ts'
import type { VerifyOptions } from './index.ts'

/** Entries opened at a time. */
const atOnce = 200

/** Of those that hold: by a passkey's signature, or on the vault's word. */
export interface ApprovalsTold {
  signed: number
  attested: number
}

/** `indices`: of the leaves that tell of an approval. */
export async function* nameApprovals(
  { sql, ledger, signal }: Pick<VerifyOptions, 'sql' | 'ledger' | 'signal'>,
  indices: readonly number[],
  told: ApprovalsTold,
): AsyncGenerator<RecordFinding> {
  let before: string | undefined
  for (let at = 0; at < indices.length; at += atOnce) {
    signal?.throwIfAborted()
    for (const { index, details } of await ledger.entriesAt(indices.slice(at, at + atOnce), sql)) {
      const [row] = details?.resources ?? []
      // The entry of what it changed is of the same act, and has the same.
      if (row?.type !== 'request' && row?.type !== 'safeguard') continue
      // An act that changed several rows has an entry for each, one after the other.
      if (before !== undefined && details?.proof === before) continue
      const checked = await checkApproval(details?.proof)
      if (checked.status === 'ok') {
        before = details?.proof
        // Those before are in the entries before.
        if (checked.newest === 'signed') told.signed++
        else told.attested++
        continue
      }
      const { why, id } = checked
      const name = details?.query === undefined ? why : `${details.query}: ${why}`
      yield { what: 'altered', of: 'approval', type: 'approval', id: id ?? row.id, name, index }
    }
  }
}
