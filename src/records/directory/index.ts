/** The directory: finds resources across compartments, a patient at all and work lists, by truncated keyed tags and sealed pointers. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { carers } from '../carers.ts'
import type { ResourceKey } from '../place.ts'
import type { Filter } from '../search/index.ts'
import { createFound } from './found.ts'
import { createFlusher, mixture, type Flusher, type Mixture, type OnFlush } from './flush.ts'
import { createLists } from './lists.ts'
import { createLeaving } from './leaving.ts'
import { createLookup } from './lookup.ts'
import { createRowKeys, type RowKeys } from './row-keys.ts'
import { carerTerms } from './terms.ts'
import { createWaiting, type Waiting } from './waiting.ts'
import { wantedBetween, wantedBy } from './wanted.ts'

export { readStanding } from './compared.ts'
export type { Standing } from './compared.ts'
export type { Flusher, OnFlush } from './flush.ts'
export { changeOf, sealPending } from './pending.ts'
export type { ResourceChange } from './pending.ts'
export { needOf } from './need.ts'
export { createReindex } from './reindex.ts'
export type { RowKeys } from './row-keys.ts'
export { termsEdition, termsOf } from './terms.ts'
export type { Term, ValuesOf } from './terms.ts'

export interface Directory {
  /**
   * Names of resources of the type that may match all of the filters; a superset of what does: the exact filter is the
   * caller's. Filters that the directory does not serve are left to the caller; undefined: it serves none of them. In
   * bounded batches, each name once, likelier ones (phonetic hits) first.
   */
  candidates(type: string, filters: Filter | readonly Filter[]): AsyncGenerator<ResourceKey[]> | undefined
  /**
   * Names of the resources that may say that a practitioner cares for a patient at some time of the span, or for long; a superset, each
   * once for each type.
   */
  carers(practitioner: string, span: { low: number; high: number }): AsyncGenerator<ResourceKey[]>[]
  /** Fetches lists of the commonest names, which the first searches would wait for. Never rejects. */
  warm(): Promise<void>
  /** Under which what is pending is sealed. */
  rowKeys: RowKeys
  /** Destroys the keys of generations that are no more; `later`: something that began before lasts too long. */
  letGo(signal: AbortSignal): Promise<'done' | 'later'>
  /** Of what is pending. */
  flusher: Flusher
}

export interface DirectoryOptions {
  sql: Sql
  keys: Keys
  /** The facility's, as an IANA name: where its days begin. */
  timeZone: string
  /** For tests that have few resources. */
  least?: Partial<Mixture>
  onFlush?: OnFlush | undefined
}

export function createDirectory({ sql, keys, timeZone, least, onFlush }: DirectoryOptions): Directory {
  const rowKeys = createRowKeys(sql, keys)
  const waiting = createWaiting(sql, keys, rowKeys)
  const lists = createLists(sql, keys, rowKeys)
  const found = createFound(keys)
  const find = createLookup({ sql, keys, waiting, lists, found, rowKeys })
  return {
    candidates(type, filters) {
      const list = 'is' in filters ? [filters] : filters
      const wanted = [
        ...list.map((filter) => wantedBy(type, filter, timeZone)),
        list.length > 1 ? wantedBetween(type, list, timeZone) : undefined,
      ].filter((each) => each !== undefined)
      return wanted.length === 0 ? undefined : find(type, wanted)
    },

    carers(practitioner, span) {
      const terms = carerTerms(practitioner, span, timeZone)
      let pending: ReturnType<Waiting['read']> | undefined
      const read = () => (pending ??= waiting.read())
      return Object.keys(carers).map((type) => find(type, [[[terms]]], read))
    },

    warm: lists.warm,

    rowKeys,

    letGo: createLeaving(sql, rowKeys),

    flusher: createFlusher(sql, keys, waiting, rowKeys, {
      timeZone,
      least: { ...mixture, ...least },
      onFlush,
    }),
  }
}
