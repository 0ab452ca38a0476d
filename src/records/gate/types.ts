/** What the store asks of policy, and what policy may ask of the store. */
import type { Action, Deeds, DeedsSince, DeedsSought, Ledger } from '#kernel/ledger/index.ts'
import type { Refusal } from '#kernel/outcome.ts'
import { actKinds, type ActKind, type Principal } from '#people/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { By } from '../by.ts'
import type { CompartmentId } from '../place.ts'
import type { Shelf } from '../tuples/index.ts'
import type { Chart } from './chart.ts'
import type { Content } from './content.ts'
import { kinds, type Kind } from './kinds.ts'

/**
 * What can be asked. `read`: also versions, histories, what a search finds or includes. `identify`: the identity capsule. `scan`: to
 * look for something in everybody's record. `ledger-proof`: checkpoints, keys and tiles, which name nobody. `request`, `approve`: of
 * an act that needs a second person (docs/spec/approvals.md).
 */
export const actions = [
  'read',
  'identify',
  'create',
  'update',
  'delete',
  'scan',
  'import',
  'export',
  'reindex',
  'destroy',
  'ledger-query',
  'ledger-file',
  'ledger-proof',
  'request',
  'approve',
] as const

export type PolicyAction = (typeof actions)[number]

const ofResources = kinds.filter((kind) => kind !== 'ledger' && kind !== 'vault')

/** What each can be asked of. */
export const kindsOfAction: Readonly<Record<PolicyAction, readonly (Kind | ActKind)[]>> = {
  read: ofResources,
  identify: ['identity'],
  create: ofResources,
  update: ofResources,
  delete: ofResources,
  scan: ofResources,
  import: ['vault'],
  export: ['vault'],
  reindex: ['vault'],
  destroy: ['vault'],
  'ledger-query': ['ledger'],
  'ledger-file': ['ledger'],
  'ledger-proof': ['ledger'],
  request: actKinds,
  approve: actKinds,
}

/** What is asked, as far as it is known before anything is looked at. */
export interface Request {
  action: PolicyAction
  kind: Kind | ActKind
  /** Of resource; absent of what is about the ledger or the vault, and of acts. */
  type?: string
}

/** What it is about. */
export interface Thing extends Request {
  /** Every patient whom it touches; the facility's of what is nobody's. */
  subjects: readonly CompartmentId[]
  /** What is in it; absent of what is no resource, and of what was deleted. */
  content?: Content
}

/** What ties somebody to a patient, by a resource in the patient's record. */
export interface CareLink {
  type: string
  /** Of the resource; none of a Patient. */
  status: string | undefined
  /** Milliseconds since 1970; infinite where it is open. */
  from: number
  to: number
}

/** A record as it was read on the way. */
export type RecordRead = Pick<Shelf, 'compartment' | 'entries'>

/** What facts are made of. */
export interface Sources {
  /** The same of all acts in one store: by it is kept what is remembered from one act to the next. */
  readonly store: object
  /** `Patient/…`. */
  compartmentOf(patient: string): CompartmentId
  facility(): CompartmentId
  /** Whether the record is of one of these patients (`Patient/…`): that one, or merged with it. At once where it is that one. */
  isOf(compartment: CompartmentId, patients: readonly string[]): boolean | Promise<boolean>
  /**
   * What the patient's own record says, as it is now, with those that are the same person's; undefined where there is none, or its keys were
   * destroyed.
   */
  chartOf(compartment: CompartmentId): Chart | undefined | Promise<Chart | undefined>
  /** The same by what was just read of it. */
  chartIn(shelf: RecordRead): Chart | Promise<Chart>
  /** Of one act: its record was read on the way, and need not be read again. */
  reads(shelf: RecordRead): void
  /** The same of all records, where it is of a time between these, or open. Milliseconds since 1970. */
  linksBetween(
    practitioner: string,
    span: { low: number; high: number },
  ): Promise<ReadonlyMap<CompartmentId, readonly CareLink[]>>
  /**
   * A resource of these records, or of the facility's, as it is now, without its identity capsule, whoever may see it: by it is judged who is
   * of a group. `Group/…`.
   */
  documentOf(name: string, records: readonly CompartmentId[]): Promise<JsonObject | undefined>
  /** Every PractitionerRole of the facility's of somebody, as it is now. `Practitioner/…`. */
  postsOf(practitioner: string): Promise<readonly JsonObject[]>
  /** The facility's day at a moment. Milliseconds since 1970. */
  dayOf(now: number): { fromMs: number; toMs: number }
  /** What somebody did, as it was recorded. */
  deedsOf(sought: DeedsSought): Promise<Deeds>
  /** Of several, what came since; `far`: too much did. */
  deedsSince(sought: DeedsSince): ReturnType<Ledger['deedsSince']>
  /** The stream that entries about a patient are in; undefined of the facility, and of who was destroyed. */
  streamOf(compartment: CompartmentId): Promise<string | undefined>
}

/** What is about to be given to whoever asks, or was just recorded as given. */
export interface Given {
  action: Action
  /** A UUID. */
  act: string
  /** The act has other parts, which are given by themselves. */
  isPart?: boolean
  /** Whose it is. */
  places: readonly CompartmentId[]
  resources: number
  /** The very thing that was asked for, in words that are the same whenever it is asked for again. */
  said: () => string
}

/** Whoever asks, and what may be known of them. */
export interface Asking {
  by: By
  principal: Principal
  /** Milliseconds since 1970. */
  now: number
  sources: Sources
}

/** Why something is allowed, or not, as far as one of those whom it is about has to say. */
export interface Explained {
  isAllowed: boolean
  /** Each fact, such as `access.relation`, and what it is. */
  facts: Readonly<Record<string, string | boolean>>
  /** The policies that decided; none where nothing allows it. */
  policies: readonly { id: string; es: string; en: string }[]
}

/** Of each whom it is about; where it is about nobody in particular, of each way in which it could be allowed. */
export interface Explanation {
  isAllowed: boolean
  explained: readonly Explained[]
  /** Where it is refused, the ways in which it would be allowed: other facts, and the policies that then decide. */
  otherwise: readonly Explained[]
  /** What else holds them back: counts of the day, say. */
  besides: readonly { es: string; en: string }[]
}

/** What somebody may do for as long as one act lasts. */
export interface Standing {
  /** All of everything: then nothing needs to be asked. */
  readonly isWhole: boolean
  /** Whether there could be anything with which this is allowed. */
  couldBe(request: Request): boolean
  /** What to say where that is not so: why, where a safeguard has words for it. */
  refusal(request: Request): Refusal
  /** Whether the other is allowed wherever the one is, or, where none is said, always: whatever somebody is to the patient. */
  implies(one: Request | undefined, other: Request): boolean
  /** Every subject must allow it. At once where what is to be known of each is known. */
  allows(thing: Thing): boolean | Promise<boolean>
  /** What was read of a record in the course of the act, as it is now: who it is about is judged by that. */
  reads(shelf: RecordRead): void
  /** The patients whose records may hold what they may see, where these are few: themselves, say. */
  places(): Promise<readonly CompartmentId[] | undefined>
  /**
   * Refuses what would be more than they may have in a day. Asked before it is recorded, and again when it is: others may have
   * given them something meanwhile. Nothing where it is certain without looking that it is not.
   */
  restrains(given: Given, isRecorded: boolean): Promise<Refusal | undefined> | undefined
}

export interface Gate {
  /** The same, with what it is for where nothing was said. */
  named(by: By): By
  of(by: By): Standing | Promise<Standing>
  /** What is known of somebody and a patient, as of a moment: by the record as it is now. */
  factsThen(
    by: By & { principal: Principal },
    subject: CompartmentId,
    atMs: number,
  ): Promise<ReadonlyMap<string, string | boolean>>
  /** Why; of whoever has a name. */
  explain(by: By & { principal: Principal }, asked: Request | Thing): Promise<Explanation>
}

/** Policy over a store. */
export type GateMaker = (sources: Sources) => Gate
