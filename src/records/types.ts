/** What goes in and out of the record store: versions, pages, and what may be asked of each. */
import type { Refusal } from '#kernel/outcome.ts'
import type { CompartmentId } from './place.ts'

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
  /** The same before the server's own members are put in, or with them: for who only looks through it. */
  body: string
  /** The compartment that it lives in. */
  home: CompartmentId
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
  /** Ends what looks through many for few: whoever asked has gone. */
  signal?: AbortSignal | undefined
}

export interface WriteOptions {
  /** Version that must be current. */
  ifMatch?: number
  /** `*`: the resource must not exist. */
  ifNoneMatch?: '*'
  /** Search criteria, without the leading `?`. */
  ifNoneExist?: string
  /** Ends the searches of a conditional write: then nothing is written. */
  signal?: AbortSignal | undefined
}

export interface ReadingOptions {
  /** What `entry.resource` of the answer holds. */
  prefer?: 'minimal' | 'representation' | 'OperationOutcome'
  /** `[base]` of this server, without a trailing slash; absolute references under it are local ones. */
  base?: string
  language?: 'es' | 'en'
  /** Ends its searches when whoever sent it has gone: then nothing of a transaction is kept. */
  signal?: AbortSignal
  /** Answers an entry that reads (GET); `url` is relative to `[base]`. Without it such entries are refused. */
  get?: (url: string) => Promise<{ httpStatus: number; json: string; etag?: string; lastModified?: Date }>
  /** What is told of an entry that a fault of ours ended, which is not kept from whoever looks after the server. Without it the fault is thrown. */
  failed?: (fault: unknown) => Refusal
}
