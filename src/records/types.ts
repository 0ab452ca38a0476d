/**
 * What the record store offers to the edges. Every expected refusal is a value; what is thrown is a
 * broken invariant or a lost database.
 */
import type { Reindexed, ReindexOptions } from './reindex.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { PatchForm } from './patch/index.ts'
import type { SearchOptions, SearchPage } from './search/run/index.ts'

/** One version of one resource, as a reader may have it. */
export interface Version {
  type: string
  id: string
  /** 1, 2, 3 … */
  version: number
  lastUpdated: Date
  deleted: boolean
  /** Compact JSON with `meta.versionId` and `meta.lastUpdated`; of a deletion, only type and id. */
  json: string
}

/** How a version came to be, for `Bundle.entry.request` in a history. */
export interface HistoryEntry extends Version {
  method: 'POST' | 'PUT' | 'DELETE'
}

export type Found = { status: 'ok'; version: Version }

/**
 * A write that is committed. `unchanged`: If-None-Exist found the one that was there, or there was nothing to
 * delete; only in the latter case there is no version.
 */
export interface Written {
  status: 'ok'
  outcome: 'created' | 'updated' | 'deleted' | 'unchanged'
  version?: Version
}

/** A page; `next` is a sealed token for the following one, absent on the last. */
export interface Page<Entry> {
  status: 'ok'
  entries: Entry[]
  next?: string
  /** Of all pages, where it was asked for. */
  total?: number
}

/** A bound on `meta.lastUpdated`, in milliseconds since 1970: from (inclusive) and to (exclusive). */
export interface Interval {
  from?: number
  to?: number
}

export interface ListOptions {
  lastUpdated?: Interval
  /** Entries in a page, 1 … 1,000. */
  count: number
  after?: string
  /** Newest first unless `ascending`. */
  ascending?: boolean
  total?: boolean
}

export interface HistoryOptions {
  count: number
  after?: string
  /** `_since`: only versions made at or after it, in milliseconds. */
  since?: number
}

export interface WriteOptions {
  /** Version that must be current. */
  ifMatch?: number
  /** `*`: the resource must not exist. */
  ifNoneMatch?: '*'
  /** Search criteria, without the leading `?`. */
  ifNoneExist?: string
}

export interface BundleOptions {
  /** What `entry.resource` of the answer holds. */
  prefer?: 'minimal' | 'representation' | 'OperationOutcome'
  /** `[base]` of this server, without a trailing slash; absolute references under it are local ones. */
  base?: string
  language?: 'es' | 'en'
  /** Answers an entry that reads (GET); `url` is relative to `[base]`. Without it such entries are refused. */
  get?: (url: string) => Promise<{ httpStatus: number; json: string; etag?: string; lastModified?: Date }>
}

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
  deleteWhere(type: string, criteria: string): Promise<Written | Refusal>
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
  /** To be called about once an hour: clears away what no write can need any more. Works sealed, too. */
  tend(): Promise<void>
  /** Takes no more writes, and ends the thread that prepares them. */
  close(): Promise<void>
}
