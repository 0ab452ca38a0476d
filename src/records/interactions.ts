/**
 * What the record store offers to the edges. Every expected refusal is a value; what is thrown is a
 * broken invariant or a lost database.
 */
import type { Imported, ImportOptions } from './import/index.ts'
import type { Destructions } from './destruction.ts'
import type { Exports } from './export/index.ts'
import type { Reindexed, ReindexOptions } from './reindex.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { PatchForm } from './patch/index.ts'
import type { SearchOptions, SearchPage } from './search/run/index.ts'
import type { Contents } from './contents.ts'
import type {
  BundleOptions,
  Found,
  HistoryEntry,
  HistoryOptions,
  Interval,
  ListOptions,
  Page,
  Version,
  WriteOptions,
  Written,
} from './types.ts'

export interface Store {
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
  /** What stands apart from the rows of versions: large values, and Binaries as bytes. */
  attachments: Contents
  /** Bulk exports. */
  exports: Exports
  /** Of patients' keys. */
  destructions: Destructions
  /** To be called about once an hour: clears away what no write can need any more. Works sealed, too. */
  tend(): Promise<void>
  /** Takes no more writes, and ends the thread that prepares them. */
  close(): Promise<void>
}
