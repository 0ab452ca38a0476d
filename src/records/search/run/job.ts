/** What is asked of one page: in which order, how much is kept and counted, and where the next begins. */
import { typeCode } from '#records/fhir/index.ts'
import { createSorter } from '../query/sort.ts'
import type { Search, Sortable, Sorter, SortKey } from '../query/types.ts'
import type { Hit } from './collect.ts'
import type { Linked } from './links.ts'
import type { Moment } from './moment.ts'
import type { NextPage } from './page.ts'
import type { Candidates } from './plan.ts'
import type { Trace } from './sources.ts'
import type { Bounds, SearchOptions } from './types.ts'

/** Matches on a page: where nothing is asked, and at most. */
const pageMatches = { default: 50, max: 1000 }
/** Compartments whose positions a page link holds. */
const headsMax = 20
/** Versions that a page link names one by one. */
export const restMax = 60
export interface Asked {
  search: Search
  options: SearchOptions
  /** Matches on the page; 0: their number only. */
  count: number
}

export interface Job {
  asked: Asked
  candidates: Candidates
  linked: Linked
  after: Sortable | undefined
  /** Names on a first page that took the likeliest. */
  shown: ReadonlySet<string> | undefined
  /** Whether it must go on to the end for the total. */
  countAll: boolean
  bounds: Bounds
  /** Whom it names, where that person's other records are not asked for yet. */
  only: string | undefined
}

export interface Found {
  hits: Hit[]
  total: number | undefined
  trace: Trace
}

export const live: Moment = { is: 'live' }
export const noLinks: Linked = new Map()
const newestFirst: readonly SortKey[] = [{ parameter: '_lastUpdated', kind: 'date', isDescending: true }]

/** The order of a scan: of compartments, and of names within. Neither says anything. */
export const byPlace: Sorter = {
  // A scan has nothing but entries of shelves, and each knows its compartment; other searches sort by values alone.
  valuesOf: (candidate) => [(candidate as unknown as { compartment: string }).compartment],
  compare: createSorter([{ parameter: '', kind: 'token', isDescending: false }]).compare,
}

/** In the order in which they are looked at. */
export function asTheyCome(): Sorter {
  let seen = 0
  const { compare } = createSorter([{ parameter: '', kind: 'number', isDescending: false }])
  return { valuesOf: () => [seen++], compare }
}

export function askedOf(search: Search, options: SearchOptions): Asked {
  const isCount = search.count === 0 || search.summary === 'count'
  const count = isCount ? 0 : Math.min(search.count ?? pageMatches.default, pageMatches.max)
  return { search, options, count }
}

export function codesOf(types: readonly string[]): ReadonlySet<number> | undefined {
  return types.length === 0 ? undefined : new Set(types.map((type) => typeCode(type) as number))
}

/** Who goes on from the latest that was shown must not be shown what is later than something still to come. */
export function polls({ filters, sort }: Search): boolean {
  return (
    sort[0]?.parameter === '_lastUpdated' ||
    filters.some((filter) => filter.is === 'value' && filter.parameter === '_lastUpdated')
  )
}

/** Too many compartments for a page link to hold the positions of each: all are seen as of one moment. */
export function isWide(candidates: Candidates): boolean {
  return (
    candidates.from === 'scan' || (candidates.from === 'shelves' && candidates.compartments.length > headsMax)
  )
}

/** Whether a page may be of a moment long past: one that follows another, or where a write that lasts holds back what is shown. */
export function isOfBefore({ asked, after, shown }: Job, moment: Moment): boolean {
  return moment.is !== 'live' && (after !== undefined || shown !== undefined || polls(asked.search))
}

/** What is long is counted to its end only where that was asked; a later page has the total from the first. */
export function countsAll(
  { search, count }: Asked,
  candidates: Candidates,
  page: NextPage | undefined,
): boolean {
  if (candidates.from !== 'scan' && candidates.from !== 'directory') return true
  if (page?.total !== undefined) return false
  return count === 0 || search.total === 'accurate' || search.total === 'estimate'
}

/**
 * Whether the page is the first that match of what the directory gives, which is the likeliest first: of ten thousand
 * people of one family name nobody reads more than a page, if it is one whose names a link can hold. The pages after it are by name on disk, without those shown.
 */
export function takesLikeliest({ asked, candidates, after, countAll }: Job): boolean {
  const isFirst = after === undefined && !countAll && asked.count <= restMax
  return candidates.from === 'directory' && asked.search.sort.length === 0 && isFirst
}

export function orderOf({ asked: { search }, shown }: Job): readonly SortKey[] {
  if (search.sort.length > 0) return search.sort
  return shown ? [] : newestFirst
}

/** Where the page after so many matches begins; `again` where that can only be said of a moment that was not the present one. */
export function positionAfter(
  job: Job,
  moment: Moment,
  found: Found,
  count: number,
): NextPage['position'] | 'again' | undefined {
  const { candidates, shown, bounds } = job
  const { hits, trace } = found
  const after = hits[count - 1]
  if (after === undefined || hits.length <= count) return undefined
  if (takesLikeliest(job)) {
    if (moment.is === 'live') return 'again'
    const names = new Set(hits.slice(0, count).map(({ name }) => name))
    return { is: 'after', after: { values: [], name: '' }, shown: names, moment }
  }
  if (moment.is !== 'live') return { is: 'after', after, shown, moment }
  // Which compartments there are, and how far they have come, would show in a link's length to whoever does not see all of them.
  if (candidates.from === 'shelves' && !trace.pointed && !bounds.sight)
    return { is: 'after', after, shown, moment: { is: 'heads', heads: trace.heads } }
  const rest = hits.slice(count)
  if (rest.length > restMax) return 'again'
  return { is: 'rest', rest: rest.map(({ name, version }) => [name, version]) }
}
