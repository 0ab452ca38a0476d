/**
 * What the record store offers to the edges: nothing but in somebody's name (`Store.as`). Every expected refusal is a value; what is thrown is a
 * broken invariant or a lost database.
 */
import type { Imported, ImportOptions } from './import/index.ts'
import type { Upload } from './attachments/index.ts'
import type { Readable } from 'node:stream'
import type { LedgerEntry, LedgerPage, LedgerQuestion, Radius, Terms } from './audit/index.ts'
import type { By } from './by.ts'
import type { Destructions } from './destruction.ts'
import type { EverythingOptions } from './everything.ts'
import type { MayDo, Principal } from '#people/index.ts'
import type { Explanation, PolicyAction } from './gate/index.ts'
import type { Exports, ExportWriteOptions, Kickoff } from './export/index.ts'
import type { JsonObject } from './json/index.ts'
import type { Matches, Matching, Proposals } from './matching/index.ts'
import type { Foreseen, Merging } from './joining.ts'
import type { Decided, Joining, Pair } from './merging/index.ts'
import type { Move, Moved, Moving } from './move.ts'
import type { HistorySeeing } from './listing.ts'
import type { Reindexed, ReindexOptions } from './reindex.ts'
import type { Uses, UsesSought } from '#kernel/ledger/index.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { PatchForm } from './patch/index.ts'
import type { SearchOptions, SearchPage } from './search/run/index.ts'
import type { Contents } from './contents.ts'
import type { View } from './sealing.ts'
import type { Watermark } from './watermark.ts'
import type { Watched } from './watching/index.ts'
import type { Writing } from './writing.ts'
import type {
  Found,
  HistoryEntry,
  HistoryOptions,
  Interval,
  ListOptions,
  Page,
  ReadingOptions,
  Version,
  WriteOptions,
  Written,
} from './types.ts'

/** `get`: answers an entry that reads; `acting` is who reads it, in the act that the Bundle is. */
export type BundleOptions = Omit<ReadingOptions, 'get'> & {
  get?: (url: string, acting: Acting) => ReturnType<NonNullable<ReadingOptions['get']>>
}

/** What somebody may do, each thing an act: in the ledger before anything of it is told. */
export interface Interactions {
  read(type: string, id: string): Promise<Found | Refusal>
  vread(type: string, id: string, version: number): Promise<Found | Refusal>
  /** Newest first. */
  instanceHistory(type: string, id: string, options: HistoryOptions): Promise<Page<HistoryEntry> | Refusal>
  typeHistory(type: string, options: HistoryOptions): Promise<Page<HistoryEntry> | Refusal>
  create(type: string, body: Uint8Array, options: WriteOptions): Promise<Written | Refusal>
  /** `outcome` is `created` where there was none (update-as-create). */
  update(type: string, id: string, body: Uint8Array, options: WriteOptions): Promise<Written | Refusal>
  updateWhere(
    type: string,
    criteria: string,
    body: Uint8Array,
    options: WriteOptions,
  ): Promise<Written | Refusal>
  /** Of what is current when it is written; nothing is created. */
  patch(
    type: string,
    id: string,
    form: PatchForm,
    body: Uint8Array,
    options: WriteOptions,
  ): Promise<Written | Refusal>
  patchWhere(
    type: string,
    criteria: string,
    form: PatchForm,
    body: Uint8Array,
    options: WriteOptions,
  ): Promise<Written | Refusal>
  /** Deleting what is already deleted, or never was, succeeds with `unchanged`. */
  delete(type: string, id: string, options: WriteOptions): Promise<Written | Refusal>
  deleteWhere(
    type: string,
    criteria: string,
    options?: Pick<WriteOptions, 'signal'>,
  ): Promise<Written | Refusal>
  /** A batch or transaction; `json` is the response Bundle. */
  bundle(body: Uint8Array, options: BundleOptions): Promise<{ status: 'ok'; json: string } | Refusal>
  list(type: string, options: ListOptions): Promise<Page<Version> | Refusal>
  count(type: string, lastUpdated: Interval): Promise<{ status: 'ok'; total: number } | Refusal>
  /** R4's search, exact; a page of it. */
  search(options: SearchOptions): Promise<SearchPage | Refusal>
  /** The patient, all that is in the compartment, and what of the facility's that refers to. */
  everything(
    patientId: string,
    options: { count: number; after?: string; since?: number },
  ): Promise<Page<Version> | Refusal>
  /** Builds anew what is derived from the records, while they are served; `busy`: another reindex runs. */
  reindex(options?: ReindexOptions): Promise<Reindexed | Refusal>
  /** Whole files, each thing in them once; what is wrong with them is told as findings. */
  import(options: ImportOptions): Promise<Imported | Refusal>
  /** Creates or updates a Binary from its bytes. Throws what its source throws; then nothing is left of it. */
  upload(upload: Upload): Promise<Written | Refusal>
  /** Bulk exports. */
  exports: Omit<Exports, 'start' | 'close' | 'fault' | 'begin' | 'write'> & {
    begin(kickoff: Kickoff): ReturnType<Exports['begin']>
    write(kickoff: Kickoff, folder: string, options: ExportWriteOptions): ReturnType<Exports['write']>
  }
  /** Of patients' keys. */
  destructions: Omit<Destructions, 'start' | 'close'>
  /** What was written to the wrong patient. */
  moving: { move(move: Omit<Move, 'newId' | 'agent'>): Promise<Moved | Refusal> }
  /** Who may be in twice. */
  matching: {
    match(patient: JsonObject, count: number): Promise<Matches | Refusal>
    duplicates(after?: string): Promise<Proposals | Refusal>
    /** The two are two people. */
    setApart(pair: Pair): ReturnType<Matching['setApart']>
  }
  /** Of records that are one person's. */
  merging: {
    /** What merging, or unmerging, would make of the two; or why it cannot be. */
    look(joining: Joining, pair: Pair): Promise<Foreseen | Refusal>
    /** As it was approved. */
    carryOut(joining: Joining, pair: Pair, approval: Decided): ReturnType<Merging['carryOut']>
  }
}

/** What somebody else would ask: of one resource, or of any of its type; of none, of ledger and vault. */
export interface Asked {
  action: PolicyAction
  type?: string
  id?: string
  /** What for, where it is not what they usually ask for. */
  purpose?: string
}

/** The interactions of somebody who is asked no more than who it is, and the acts that are no interaction. */
export interface Acting extends Interactions {
  /** Who acts: what they began is theirs alone. */
  readonly actor: string
  /** For what was given last and leaves as a file, or on paper. */
  readonly watermark: Watermark | undefined
  /** Whether anything of this act is in the ledger. */
  readonly isRecorded: boolean
  /**
   * Records that something was refused which came to no interaction: an address that is none, say. Gives what to answer: another
   * refusal where this could not be recorded. `query`: what was asked for.
   */
  refused(refusal: Refusal, query?: string): Promise<Refusal>
  /** Records that something was told that is no record: who has an account, say. A refusal where it could not be recorded. */
  asked(what: string): Promise<Refusal | undefined>
  /** The ledger itself: whoever looks into it is in it. */
  readonly ledger: LedgerAsked
  /** Why somebody may do something, or not; for whoever may ask of the whole ledger. */
  explain(whom: Principal, asked: Asked): Promise<({ status: 'ok' } & Explanation) | Refusal>
  /** For whoever watches over it: allowed to those who may ask the whole ledger and see identities. */
  watched(): Promise<Watched | Refusal>
  /** The same bytes; how many were sent of what was read last is recorded when they end. */
  sending(stream: Readable): Readable
}

/** What somebody may ask of the ledger. */
export interface LedgerAsked {
  /** As it is typed. */
  entries(terms: Terms): Promise<LedgerPage | Refusal>
  query(question: LedgerQuestion): Promise<LedgerPage | Refusal>
  /** By the id that a page gave it. */
  entry(id: string): Promise<{ status: 'ok'; entry: LedgerEntry } | Refusal>
  /** How far somebody came: who, which program or from which address has to be said. */
  radius(terms: Terms): Promise<Radius | Refusal>
  /** The span of a date or a time as it is typed: a day is the facility's. */
  timeOf(text: string): { low: number; high: number } | undefined
  /** What the vault is called on paper. */
  vault(): string | undefined
  /** The file of a patient, docs/spec/ledger.md: all that was recorded of them until now, with proofs and the key of its details. */
  file(patient: string): Promise<{ status: 'ok'; stream: Readable } | Refusal>
  /** C2SP tlog-checkpoint, the newest. */
  checkpoint(): Promise<{ status: 'ok'; note: string } | Refusal>
  /** The public keys of checkpoints, one a line. */
  publicKeys(): Promise<{ status: 'ok'; text: string } | Refusal>
  /** C2SP tlog-tiles: `tile/0/x001/234`, of the tree that the newest checkpoint is of. */
  tile(path: string): Promise<{ status: 'ok'; bytes: Uint8Array } | Refusal>
}

/** How often an address was turned away since it was told last, by reason. */
export interface StrangerCount {
  address: string
  reasons: Readonly<Record<string, number>>
}

export interface Store {
  /** The one way to anything of anybody's. `act`: a UUID, where it is part of an act that has begun. */
  as(by: By, act?: string): Acting
  /** Whether policy lets somebody ask for an act that needs a second person, or approve it. */
  mayDo: MayDo
  /** Why somebody may read nothing clinical, whosever it is; undefined where there could be something. */
  mayRead(principal: Principal): Promise<Refusal | undefined>
  /** Records who was turned away before anybody knew who it was. Throws where that could not be. */
  strangers(counts: readonly StrangerCount[]): Promise<void>
  /** What somebody did in a span, in numbers. Whoever asks has been found to be one who may, and says so. */
  uses(sought: UsesSought): Promise<Uses>
  /** What stands apart from the rows of versions: large values, and Binaries as bytes. Of what was given already. */
  attachments: Omit<Contents, 'upload'>
  /** Works on the exports that were asked for. */
  exports: Pick<Exports, 'start'>
  /** Looks after what was destroyed. */
  destructions: Pick<Destructions, 'start'>
  /** To be called about once an hour: clears away what no write can need any more. Works sealed, too. */
  tend(): Promise<void>
  /** Takes no more writes, and ends the thread that prepares them. */
  close(): Promise<void>
}

type Act<Name extends keyof Interactions> = Interactions[Name] extends (...args: infer Args) => infer Result
  ? (...args: [...Required<Args>, writing: Writing]) => Result
  : never

/** What writes. */
type Writes =
  | 'create'
  | 'update'
  | 'updateWhere'
  | 'patch'
  | 'patchWhere'
  | 'delete'
  | 'deleteWhere'
  | 'upload'
  | 'import'

/** What reads, and may leave identity capsules closed. */
interface Reads {
  read(type: string, id: string, view?: View): Promise<Found | Refusal>
  vread(type: string, id: string, version: number, view?: View): Promise<Found | Refusal>
  instanceHistory(
    type: string,
    id: string,
    options: HistoryOptions,
    view?: View,
  ): Promise<Page<HistoryEntry> | Refusal>
  typeHistory(
    type: string,
    options: HistoryOptions,
    seeing?: HistorySeeing,
  ): Promise<Page<HistoryEntry> | Refusal>
  everything(patientId: string, options: EverythingOptions): Promise<Page<Version> | Refusal>
}

/** The interactions as they are carried out. What writes says in whose name, for the statement that carries it out. */
export type Records = Omit<
  Interactions,
  Writes | keyof Reads | 'bundle' | 'exports' | 'destructions' | 'merging' | 'matching' | 'moving'
> & {
  [Name in Writes]: Act<Name>
} & Reads & {
    bundle(body: Uint8Array, options: ReadingOptions, writing: Writing): ReturnType<Interactions['bundle']>
  } & Pick<Store, 'tend' | 'close'> & {
    attachments: Omit<Contents, 'upload'>
    exports: Exports
    destructions: Destructions
    merging: Merging
    matching: Matching
    moving: Moving
  }
