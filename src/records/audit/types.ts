/** What is asked of the ledger, and what it answers: in names that people know. */
import type { Action, Commitment, Outcome, ResourceSeen, ResourceTouched } from '#kernel/ledger/index.ts'

/** Everything that is given must hold. */
export interface LedgerSought {
  /** Who acted, by which program, from which address: as the ledger has it, whole. */
  actor?: string
  client?: string
  address?: string
  /** As entries name it: on which whoever acted was signed in. */
  device?: string
  /** Milliseconds since 1970: from this one on, and before that one. */
  fromMs?: number
  toMs?: number
}

export interface LedgerQuestion extends LedgerSought {
  /** Id of a Patient: the entries in that patient's stream. */
  patient?: string
  /** Entries that name this resource. */
  entity?: { type: string; id: string }
  actions?: readonly Action[]
  outcomes?: readonly Outcome[]
  newestFirst: boolean
  count: number
  /** The token of the page before. */
  page?: string
  /** The question as it was put, for the ledger. */
  said: string
}

/** Why an entry does not say whose it is. `gone`: the patient's keys were destroyed. */
export type Owner = 'facility' | 'patient' | 'gone'

/** An entry, in names that people know. */
export interface LedgerEntry {
  /** Index of its leaf and its own id: `812-4f0c…`. */
  id: string
  index: number
  /** The same in all entries of one act. */
  act: string
  recorded: Date
  action: Action
  outcome: Outcome
  owner: Owner
  /** Id of the Patient; absent where nothing says it: a record that has no Patient yet. */
  patient?: string
  actor?: string
  client?: string
  address?: string
  device?: string
  purpose?: string
  /** Acts of one view of a person's have it in common. */
  view?: string
  /** Nobody asked for it at the moment. */
  machine?: true
  query?: string
  reason?: string
  bytes?: number
  resources: readonly ResourceSeen[]
  commitments: readonly Commitment[]
}

export interface LedgerPage {
  status: 'ok'
  entries: LedgerEntry[]
  /** A sealed token; absent on the last page. */
  next?: string
}

/** What somebody did to what is of one patient, or of the facility. */
export interface Touched {
  /** Acts that touched it, searches that found nothing and refusals too. */
  acts: number
  /** How often resources were shown, and changed. */
  reads: number
  changes: number
  first: Date
  last: Date
  /** The most read first. */
  resources: ResourceTouched[]
}

/** How far somebody came. Exact: every entry of the tree, as it was when this was asked, is counted. */
export interface Radius {
  status: 'ok'
  entries: number
  acts: number
  /** Entries of what was refused. */
  refused: number
  /** Those with the most acts first. `id` is absent where there is no Patient. */
  patients: (Touched & { id?: string })[]
  /** Of nobody: the facility's own resources, searches that found nothing, what was refused. */
  facility?: Touched
  /** Patients whose keys were destroyed since, and how many entries were theirs. */
  gone: { patients: number; entries: number }
}
