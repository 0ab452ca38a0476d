/** What somebody wants changed, and what became of it. */
import type { Refusal } from '#kernel/outcome.ts'
import type { Document } from './documents.ts'
import type { Claim } from './rows.ts'
import type { HistoryEntry } from './types.ts'

/** Made of the ledger when it is read (src/records/audit): nobody writes one. */
export const computedType = 'AuditEvent'

/** One change that somebody wants. */
export interface Intent {
  type: string
  id: string
  /** `create`: the id is new and random, so nothing is looked up. `put`: as it comes. */
  action: 'create' | 'put' | 'delete'
  /**
   * Absent for `delete`. `names`: the tree still names entries of its transaction by the
   * addresses they had, of which these are the new ones; the text has them already.
   */
  document?: Document & { names?: ReadonlyMap<string, string> }
  posted: boolean
  /** Version that must be current, or `none`: there must be no live one. */
  expects?: number | 'none'
  /** Version that the document was made of, or that criteria found: where another is current, the plan is made again. */
  basis?: number
  /** A document equal to the current one makes no new version. */
  unlessEqual?: boolean
}

export interface Plan {
  intents: Intent[]
  claims: Claim[]
  /** Of an import: what it brings with these. The plan is made again where any of it was brought meanwhile. */
  marks?: readonly string[]
  /** It merges, or unmerges, the Patients in it, or moves a note: no other plan may change what of them says so. */
  relinks?: true
}

export interface Change {
  outcome: 'created' | 'updated' | 'deleted' | 'unchanged'
  /** Absent where nothing was deleted. */
  version?: HistoryEntry
}

/** What became of a plan. A refusal names the intent it is about; none where it is about all of them. */
export type Outcome<Settled> =
  | { status: 'ok'; changes: Change[] }
  | { status: 'settled'; value: Settled }
  | { status: 'refused'; intent: number | undefined; refusal: Refusal }
