/** Listings by time: of a type, of its versions, of one resource's versions. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { typeCode } from '#records/fhir/index.ts'
import { facilityCompartment, resourceKey } from './place.ts'
import {
  countType,
  selectTypeHistory,
  selectTypeNewest,
  selectTypeOldest,
  selectVersions,
  type TimePosition,
} from './queries.ts'
import type { Reader } from './reader.ts'
import type { VersionRow } from './rows.ts'
import { settledNow } from './search/run/index.ts'
import { openPageToken, pageKey, pageToken, type Position } from './tokens.ts'
import type { HistoryEntry, HistoryOptions, Interval, ListOptions, Page, Version } from './types.ts'

/** Before and after every time that can be recorded. */
const earliest = new Date('0001-01-01T00:00:00Z')
const latest = new Date('9999-12-31T23:59:59.999Z')
const lowestName = '00000000-0000-0000-0000-000000000000'
const highestName = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
const highestVersion = 2 ** 31 - 1

export interface Listing {
  list(type: string, options: ListOptions): Promise<Page<Version> | Refusal>
  count(type: string, lastUpdated: Interval): Promise<{ status: 'ok'; total: number }>
  typeHistory(type: string, options: HistoryOptions): Promise<Page<HistoryEntry> | Refusal>
  instanceHistory(type: string, id: string, options: HistoryOptions): Promise<Page<HistoryEntry> | Refusal>
}

export function createListing(sql: Sql, keys: Keys, reader: Reader): Listing {
  return {
    async list(type, { lastUpdated = {}, count, after, ascending = false, total = false }) {
      const scope = `list/${type}/${ascending}/${lastUpdated.from ?? ''}/${lastUpdated.to ?? ''}`
      const start = ascending ? { updatedAt: earliest, resource: lowestName, version: 0 } : newest
      const position = positionOf(scope, after, start)
      if ('status' in position) return position
      const [from, to] = await settledBounds(lastUpdated, ascending)
      const select = ascending ? selectTypeOldest : selectTypeNewest
      const rows = await select(sql, codeOf(type), from, to, position, count + 1)
      const page = await pageOf(rows, count, scope)
      return total ? { ...page, total: await countRows(type, lastUpdated) } : page
    },

    async count(type, lastUpdated) {
      return { status: 'ok', total: await countRows(type, lastUpdated) }
    },

    async typeHistory(type, { count, after, since }) {
      const scope = `history/${type}/${since ?? ''}`
      const position = positionOf(scope, after, newest)
      if ('status' in position) return position
      const rows = await selectTypeHistory(
        sql,
        codeOf(type),
        since === undefined ? earliest : new Date(since),
        position,
        count + 1,
      )
      return pageOf(rows, count, scope)
    },

    async instanceHistory(type, id, { count, after, since }) {
      const scope = `history/${type}/${id}/${since ?? ''}`
      const position = positionOf(scope, after, newest)
      if ('status' in position) return position
      const name = resourceKey(keys.locator, type, id)
      const rows: VersionRow[] = await selectVersions(sql, name, position.version, count + 1)
      if (rows.length === 0 && after === undefined) return refuse('not-found')
      const wanted = rows.filter((row) => since === undefined || row.updated_at.getTime() >= since)
      const page = await pageOf(wanted, count, scope)
      const total = (await reader.head(name))?.version
      return { ...page, ...(total === undefined || since !== undefined ? {} : { total }) }
    },
  }

  /**
   * Who walks forward in time, or asks for what is new since some time, goes on from the latest that was shown: so
   * nothing is shown that is later than a write still under way, which would be passed over.
   */
  async function settledBounds(lastUpdated: Interval, ascending: boolean): Promise<[Date, Date]> {
    const [from, to] = boundsOf(lastUpdated)
    if (!ascending && lastUpdated.from === undefined) return [from, to]
    const settled = await settledNow(sql, facilityCompartment(keys.locator))
    return [from, new Date(Math.min(to.getTime(), settled))]
  }

  async function countRows(type: string, lastUpdated: Interval): Promise<number> {
    const [row] = await countType(sql, codeOf(type), ...(await settledBounds(lastUpdated, false)))
    return row?.total ?? 0
  }

  function positionOf(scope: string, after: string | undefined, start: TimePosition): TimePosition | Refusal {
    if (after === undefined) return start
    const opened = openPageToken(pageKey(keys.token), scope, after)
    if (opened.status !== 'ok') return opened
    const { t, r, v } = opened.position as { t: number; r: string; v: number }
    return { updatedAt: new Date(t), resource: r, version: v }
  }

  /** `rows` may hold one more than the page: then there is a next one. */
  async function pageOf(
    rows: readonly VersionRow[],
    count: number,
    scope: string,
  ): Promise<Page<HistoryEntry>> {
    const entries = await reader.openAll(rows.slice(0, count), 'full')
    const last = rows[count - 1]
    if (rows.length <= count || !last) return { status: 'ok', entries }
    const position: Position = { t: last.updated_at.getTime(), r: last.resource, v: last.version }
    return { status: 'ok', entries, next: pageToken(pageKey(keys.token), scope, position) }
  }
}

const newest: TimePosition = { updatedAt: latest, resource: highestName, version: highestVersion }

function boundsOf({ from, to }: Interval): [Date, Date] {
  return [from === undefined ? earliest : new Date(from), to === undefined ? latest : new Date(to)]
}

function codeOf(type: string): number {
  const code = typeCode(type)
  if (code === undefined) throw new Error('a listing of a type that FHIR R4 does not have')
  return code
}
