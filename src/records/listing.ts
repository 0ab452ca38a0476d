/** Listings by time: of a type, of its versions, of one resource's versions. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { typeCode } from '#records/fhir/index.ts'
import { charsOf } from './markers.ts'
import { facilityCompartment, resourceKey, type CompartmentId } from './place.ts'
import { createOpening, fetchedBytesMax, pageCharsMax, pageRoom } from './pages/opening.ts'
import {
  selectNewest,
  selectOldest,
  selectOwnVersions,
  selectThen,
  selectTypeVersions,
  selectTypeVersionsIn,
  type PageRow,
  type ThenRow,
  type TimePosition,
} from './pages/queries.ts'
import { countType, countVersions } from './queries.ts'
import type { Reader } from './reader.ts'
import type { View } from './sealing.ts'
import { settle } from './settling.ts'
import { openPageToken, pageKey, pageToken, type Position } from './tokens.ts'
import type { HistoryEntry, HistoryOptions, Interval, ListOptions, Page, Version } from './types.ts'

/** Before and after every time that can be recorded. */
const earliest = new Date('0001-01-01T00:00:00Z')
const latest = new Date('9999-12-31T23:59:59.999Z')
const lowestName = '00000000-0000-0000-0000-000000000000'
const highestName = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
const highestVersion = 2 ** 31 - 1

export interface Listing {
  /** `view`: `full` unless said. */
  list(type: string, options: ListOptions & { view?: View }): Promise<Page<Version> | Refusal>
  count(type: string, lastUpdated: Interval): Promise<{ status: 'ok'; total: number }>
  /** `seeing`: whose eyes it is for, where these do not see all. */
  typeHistory(
    type: string,
    options: HistoryOptions,
    seeing?: HistorySeeing,
  ): Promise<Page<HistoryEntry> | Refusal>
  instanceHistory(
    type: string,
    id: string,
    options: HistoryOptions,
    view?: View,
  ): Promise<Page<HistoryEntry> | Refusal>
}

/** What somebody sees of a history. */
export interface HistorySeeing {
  view: View
  /** Whose records it is in; undefined: it may be in anybody's. */
  places: readonly CompartmentId[] | undefined
  sees(version: HistoryEntry): Promise<boolean>
}

/** Of what takes long: whether it is time for others. */
interface Pacing {
  readonly isDue: boolean
  rest(): Promise<void>
}

/** `paceOf`: of one that goes through everybody's records, or through few. */
export function createListing(
  sql: Sql,
  keys: Keys,
  reader: Reader,
  paceOf: (isWide: boolean) => Pacing,
): Listing {
  const open = createOpening(sql, keys, reader)
  return {
    async list(type, { lastUpdated = {}, count, after, ascending = false, total = false, view = 'full' }) {
      const scope = `list/${type}/${ascending}/${lastUpdated.from ?? ''}/${lastUpdated.to ?? ''}`
      const start = ascending ? { updatedAt: earliest, resource: lowestName, version: 0 } : newest
      const position = positionOf(scope, after, start)
      if ('status' in position) return position
      const polls = ascending || lastUpdated.from !== undefined
      // Upwards, each page goes as far as is settled by now; back in time, all are of the moment of the first.
      const asOf = position.asOf ?? (await settle(sql, facilityCompartment(keys.locator), polls))
      const [from, latestTo] = boundsOf(lastUpdated)
      const to = new Date(Math.min(latestTo.getTime(), asOf + 1))
      const select = ascending ? selectOldest : selectNewest
      const found: PageRow[] = await select(sql, codeOf(type), from, to, position, mostOf(count))
      const changed =
        ascending || after === undefined
          ? []
          : await changedSince(type, [from, to], { ...position, asOf }, count)
      const rows = changed.length === 0 ? found : [...found, ...changed].toSorted(newerFirst)
      const page = await pageOf(rows, count, scope, { asOf: ascending ? undefined : asOf, view })
      return total ? { ...page, total: await countRows(type, lastUpdated) } : page
    },

    async count(type, lastUpdated) {
      return { status: 'ok', total: await countRows(type, lastUpdated) }
    },

    async typeHistory(type, { count, after, since, signal }, seeing) {
      const scope = `history/${type}/${since ?? ''}`
      const position = positionOf(scope, after, newest)
      if ('status' in position) return position
      const from = since === undefined ? earliest : new Date(since)
      if (seeing) return pageSeen({ type, count, from, position, scope, signal }, seeing)
      const rows = await selectTypeVersions(sql, codeOf(type), from, position, mostOf(count))
      return pageOf(rows, count, scope)
    },

    async instanceHistory(type, id, { count, after, since }, view = 'full') {
      const scope = `history/${type}/${id}/${since ?? ''}`
      const position = positionOf(scope, after, newest)
      if ('status' in position) return position
      const name = resourceKey(keys.locator, type, id)
      const rows: PageRow[] = await selectOwnVersions(sql, name, position.version, mostOf(count))
      if (rows.length === 0 && after === undefined)
        return refuse((await reader.head(name)) ? 'gone' : await reader.absenceOf(type, name))
      const wanted = rows.filter((row) => since === undefined || row.updated_at.getTime() >= since)
      const page = await pageOf(wanted, count, scope, { view })
      const total = (await countVersions(sql, name))[0]?.total
      return { ...page, ...(total === undefined || since !== undefined ? {} : { total }) }
    },
  }

  /**
   * What was changed since the moment of the first page, as it was then: it would be passed over by who walks back
   * in time, whose way its new time is not on.
   */
  async function changedSince(
    type: string,
    [from, to]: [Date, Date],
    after: Walked & { asOf: number },
    count: number,
  ): Promise<ThenRow[]> {
    const moment = new Date(after.asOf)
    const most = { changes: changedMax, rows: count + 1 }
    return selectThen(sql, codeOf(type), { moment, from, to, after }, most)
  }

  async function countRows(type: string, lastUpdated: Interval): Promise<number> {
    const [row] = await countType(sql, codeOf(type), ...boundsOf(lastUpdated))
    return row?.total ?? 0
  }

  function positionOf(scope: string, after: string | undefined, start: TimePosition): Walked | Refusal {
    if (after === undefined) return start
    const opened = openPageToken(pageKey(keys.token), scope, after)
    if (opened.status !== 'ok') return opened
    const { t, r, v, a } = opened.position as { t: number; r: string; v: number; a?: number }
    return { updatedAt: new Date(t), resource: r, version: v, ...(a === undefined ? {} : { asOf: a }) }
  }

  /** What is seen, however much lies between; and another page only where there is more to be seen. */
  async function pageSeen(
    { type, count, from, position, scope, signal }: Walking,
    { view, places, sees }: HistorySeeing,
  ): Promise<Page<HistoryEntry> | Refusal> {
    const pace = paceOf(places === undefined)
    const entries: HistoryEntry[] = []
    let left = pageCharsMax
    let last: PageRow | undefined
    for (let after: TimePosition = position; ;) {
      const most = mostOf(Math.max(count, lookedMin))
      const rows: PageRow[] = places
        ? await selectTypeVersionsIn(sql, codeOf(type), from, after, most, places)
        : await selectTypeVersions(sql, codeOf(type), from, after, most)
      const byName = new Map(rows.map((row) => [`${row.resource} ${row.version}`, row]))
      const wanted = rows.map(({ resource: name, version }) => ({ name, version }))
      const opened = await open(wanted, { view, room: pageRoom(), isKept: false, rows })
      for (const version of opened.versions) {
        if (!(await sees(version))) continue
        if (last && (entries.length === count || left <= 0)) {
          const at: Position = { t: last.updated_at.getTime(), r: last.resource, v: last.version }
          return { status: 'ok', entries, next: pageToken(pageKey(keys.token), scope, at) }
        }
        entries.push(version)
        left -= charsOf(version.json)
        last = byName.get(`${resourceKey(keys.locator, type, version.id)} ${version.version}`)
      }
      const end = rows[opened.taken - 1]
      if (!end || (opened.taken === rows.length && rows.length < most.rows)) return { status: 'ok', entries }
      after = { updatedAt: end.updated_at, resource: end.resource, version: end.version }
      if (signal?.aborted) return refuse('busy')
      if (pace.isDue) await pace.rest()
    }
  }

  /** `rows` may hold more than the page: then there is a next one; and where the page has no more room. */
  async function pageOf(
    rows: readonly (PageRow | ThenRow)[],
    count: number,
    scope: string,
    { asOf, view = 'full' }: { asOf?: number | undefined; view?: View } = {},
  ): Promise<Page<HistoryEntry>> {
    const wanted = rows.slice(0, count).map(({ resource: name, version }) => ({ name, version }))
    const given = rows.map((row) => ('sealed' in row ? row : undefined))
    const opened = await open(wanted, { view, room: pageRoom(), isKept: false, rows: given })
    const { versions: entries, taken } = opened
    const last = rows[taken - 1]
    if (rows.length <= taken || !last) return { status: 'ok', entries }
    const position: Position = { t: last.updated_at.getTime(), r: last.resource, v: last.version }
    if (asOf !== undefined) position['a'] = asOf
    return { status: 'ok', entries, next: pageToken(pageKey(keys.token), scope, position) }
  }
}

/** One more than the page, and of what is sealed so much. */
function mostOf(count: number) {
  return { rows: count + 1, bytes: fetchedBytesMax }
}

/** Where a walk stands, and the moment of its first page, where it is held to it. */
type Walked = TimePosition & { asOf?: number }

/** A history of a type, from where it goes on. */
interface Walking {
  type: string
  count: number
  from: Date
  position: TimePosition
  scope: string
  signal: AbortSignal | undefined
}

/** Of a history that is seen in part: looked at in one statement, however few make a page. */
const lookedMin = 100

/** Changes since a walk began that are looked at; beyond that, what was changed is where its new time puts it. */
const changedMax = 2000

/** The order of a walk back in time. */
function newerFirst(one: ThenRow, other: ThenRow): number {
  const difference = other.updated_at.getTime() - one.updated_at.getTime()
  if (difference !== 0) return difference
  return other.resource < one.resource ? -1 : other.resource > one.resource ? 1 : 0
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
