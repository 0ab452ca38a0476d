/** A search, from its text to a page: understood, planned, carried out, opened. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { inPatientCompartment, typeCode } from '#records/fhir/index.ts'
import type { Directory } from '../../directory/index.ts'
import type { Listing } from '../../listing.ts'
import { facilityCompartment, type CompartmentId } from '../../place.ts'
import type { Reader } from '../../reader.ts'
import { pageKey } from '../../tokens.ts'
import type { TupleIndex } from '../../tuples/index.ts'
import type { View } from '../../sealing.ts'
import type { Version } from '../../types.ts'
import type { ExtractOptions } from '../extract/extract.ts'
import { compileFilters } from '../query/compile.ts'
import { parseSearch } from '../query/parse.ts'
import { createSorter } from '../query/sort.ts'
import type { Search, Sortable, Sorter, SortKey } from '../query/types.ts'
import { createBodies } from './bodies.ts'
import { collect, type Hit } from './collect.ts'
import { createIncluder } from './include.ts'
import { createLinks, foundIn, type Linked } from './links.ts'
import { settle, type Moment } from './moment.ts'
import { createNamed } from './named.ts'
import { createSlots, Pace, type Traffic } from './pace.ts'
import { openPage, sealPage, type NextPage, type Rest } from './page.ts'
import { createPlanner, type Asked as PlanAsked, type Candidates } from './plan.ts'
import { listedOf, type Listed } from './quick.ts'
import { createStream, type Trace } from './sources.ts'
import type { SearchEntry, SearchOptions, SearchPage } from './types.ts'

/** Matches on a page: where nothing is asked, and at most. */
export const pageMatches = { default: 50, max: 1000 }
/** Compartments whose positions a page link holds. */
const headsMax = 20
/** Versions that a page link names one by one. */
const restMax = 60
/** Scans of the population at once, and how many may wait for their turn. */
const scans = { atOnce: 2, waitingMax: 32 }

export interface SearchRooms {
  sql: Sql
  keys: Keys
  reader: Reader
  tuples: TupleIndex
  directory: Directory
  listing: Listing
  /** Of everybody: long searches leave room for it. */
  traffic: Traffic
  local: ExtractOptions
  /** Milliseconds since 1970. */
  now: () => number
}

export interface Searcher {
  search(options: SearchOptions): Promise<SearchPage | Refusal>
  /** The first so many matches as of now, in no order that counts, all that there are being fewer. */
  first(search: Search, count: number): Promise<{ status: 'ok'; versions: Version[] } | Refusal>
}

export function createSearcher(rooms: SearchRooms): Searcher {
  const { sql, keys, reader, tuples, directory, listing, traffic, local, now } = rooms
  const named = createNamed(sql, keys, reader, local)
  const plan = createPlanner(sql, keys, directory)
  const stream = createStream(tuples, named, directory)
  const bodies = createBodies(sql, reader)
  const slots = createSlots(scans.atOnce, scans.waitingMax)
  const links = createLinks(plan, stream, traffic, inScan)
  const include = createIncluder({ keys, reader, plan, stream, bodies, local, traffic, inScan })

  return {
    search: (options) => unlessFull(() => answer(options)),
    first: (search, count) => unlessFull(() => first(search, count)),
  }

  async function first(search: Search, count: number) {
    const { filters, types } = search
    const found = await begin({ types, filters }, search, 'full', undefined)
    if ('status' in found) return found
    const asked: Asked = { search, options: { view: 'full', actor: '', pairs: [] }, count }
    const { hits } = await evaluate(
      { asked, ...found, after: undefined, shown: undefined, countAll: false },
      found.moment,
    )
    return { status: 'ok' as const, versions: await bodies(hits.slice(0, count), 'full') }
  }

  async function answer(options: SearchOptions): Promise<SearchPage | Refusal> {
    const { type, pairs, compartment, lenient: isLenient = false } = options
    const parsed = parseSearch({
      ...local,
      pairs,
      now: now(),
      isLenient,
      ...(type === undefined ? {} : { type }),
    })
    if (parsed.status !== 'ok') return parsed
    if (compartment && type !== undefined && !inPatientCompartment(type) && type !== 'Patient')
      return refuse('not-found')
    const asked = askedOf(parsed.search, options)
    const opened = pageOf(options)
    if (opened && opened.status !== 'ok') return opened
    const page = opened?.page
    if (page?.position.is === 'rest') return nextOfRest(asked, page, page.position.rest)
    const listed = compartment ? undefined : listedOf(parsed.search)
    return listed ? answerListed(asked, listed, page) : answerFound(asked, page)
  }

  function pageOf({ page: token, actor, ...rest }: SearchOptions) {
    if (token === undefined) return undefined
    return openPage(pageKey(keys.token), scopeOf(rest), actor, now(), token)
  }

  async function answerListed(
    asked: Asked,
    listed: Listed,
    page: NextPage | undefined,
  ): Promise<SearchPage | Refusal> {
    const { search, options, count } = asked
    const type = search.type as string
    if (count === 0) {
      const counted = await listing.count(type, listed.lastUpdated ?? {})
      return { status: 'ok', entries: [], total: counted.total, ignored: search.ignored }
    }
    const wantsTotal = search.total === 'accurate' || search.total === 'estimate'
    const found = await listing.list(type, {
      ...listed,
      count,
      total: wantsTotal && page === undefined,
      ...(page?.position.is === 'listing' ? { after: page.position.after } : {}),
    })
    if (found.status !== 'ok') return found
    const total = page?.total ?? found.total
    const issuedAt = page?.issuedAt ?? now()
    const next: NextPage | undefined =
      found.next === undefined
        ? undefined
        : { issuedAt, total, position: { is: 'listing', after: found.next } }
    return withIncludes(asked, found.entries, total, next && sealNext(options, next))
  }

  async function answerFound(asked: Asked, page: NextPage | undefined): Promise<SearchPage | Refusal> {
    const { search, options, count } = asked
    const { view, signal } = options
    const { filters, types } = search
    const position = page?.position.is === 'after' ? page.position : undefined
    const begun = await begin(
      { types, filters, patient: options.compartment?.id },
      search,
      view,
      signal,
      position?.moment,
    )
    if ('status' in begun) return begun
    const { candidates, linked } = begun
    let { moment } = begun
    const job: Job = {
      asked,
      candidates,
      linked,
      after: position?.after,
      shown: position?.shown,
      countAll: countsAll(asked, candidates, page),
    }
    let found = await evaluate(job, moment)
    let after = positionAfter(job, moment, found)
    if (after === 'again') {
      moment = await settleFor(search)
      found = await evaluate(job, moment)
      after = positionAfter(job, moment, found)
    }
    if (signal?.aborted || after === 'again') return refuse('busy')
    const total = page ? page.total : found.total
    const next: NextPage | undefined = after && { issuedAt: page?.issuedAt ?? now(), total, position: after }
    const versions = await bodies(found.hits.slice(0, count), view)
    return withIncludes(asked, versions, total, next && sealNext(options, next))
  }

  /** What chains lead to, and where to look, at which moment. */
  async function begin(
    asked: PlanAsked,
    search: Search,
    view: View,
    signal: AbortSignal | undefined,
    given?: Moment,
  ): Promise<{ moment: Moment; linked: Linked; candidates: Candidates } | Refusal> {
    const hasLinks = asked.filters.some(({ is }) => is === 'chain' || is === 'has')
    let moment = given ?? (hasLinks ? await settleFor(search) : live)
    const linked = hasLinks ? await links(asked.filters, { view, moment, signal }) : noLinks
    if (!(linked instanceof Map)) return linked as Refusal
    const candidates = await plan(asked, foundIn(linked))
    if (moment.is === 'live' && (isWide(candidates) || polls(search))) moment = await settleFor(search)
    return { moment, linked, candidates }
  }

  /** What is needed for the page, and to know whether and how there is another. */
  async function evaluate(job: Job, moment: Moment): Promise<Found> {
    const { asked, candidates, linked, after, shown, countAll } = job
    const { search, options, count } = asked
    const { view, signal } = options
    const isScan = candidates.from === 'scan'
    const isLikelyFirst = takesLikeliest(job)
    const isOrdered = isScan && search.sort.length === 0
    const trace: Trace = { heads: new Map(), pointed: false }
    const from = isOrdered ? (after?.values[0] as CompartmentId | undefined) : undefined
    const isCounted = countAll || !(isScan || isLikelyFirst)
    const pace = new Pace(isScan ? traffic : undefined)
    const run = () =>
      collect(stream(candidates, { view, moment, trace, signal, from: isCounted ? undefined : from, pace }), {
        types: codesOf(search.types),
        matcher: search.filters.length === 0 ? undefined : compileFilters(search.filters),
        found: foundIn(linked),
        sorter: isLikelyFirst ? asTheyCome() : isOrdered ? byPlace : createSorter(orderOf(job)),
        after,
        shown,
        keep: count === 0 ? 0 : isLikelyFirst ? count + 1 : count + 1 + restMax,
        isOrdered: isLikelyFirst || (isOrdered && !isCounted),
        pace,
        signal,
      })
    const { hits, total, isWhole } = await (isScan ? inScan(run) : run())
    return { hits, total: isCounted || (isWhole && after === undefined) ? total : undefined, trace }
  }

  async function nextOfRest(asked: Asked, page: NextPage, rest: Rest): Promise<SearchPage | Refusal> {
    const { count, options } = asked
    const own = rest.slice(0, Math.max(1, count)).map(([name, version]) => ({ name, version }))
    const left = rest.slice(own.length)
    const next: NextPage | undefined =
      left.length === 0 ? undefined : { ...page, position: { is: 'rest', rest: left } }
    const versions = await bodies(own, options.view)
    return withIncludes(asked, versions, page.total, next && sealNext(options, next))
  }

  async function withIncludes(
    { search, options }: Asked,
    versions: readonly Version[],
    total: number | undefined,
    next: string | undefined,
  ): Promise<SearchPage | Refusal> {
    const { view, signal } = options
    const included = await include(versions, search, { view, signal })
    if ('status' in included) return included
    const entries: SearchEntry[] = versions.map((version) => ({ mode: 'match', version }))
    for (const version of included) entries.push({ mode: 'include', version })
    return {
      status: 'ok',
      entries,
      ignored: search.ignored,
      ...(total === undefined ? {} : { total }),
      ...(next === undefined ? {} : { next }),
    }
  }

  function sealNext(options: SearchOptions, next: NextPage): string {
    return sealPage(pageKey(keys.token), scopeOf(options), options.actor, next)
  }

  function settleFor(search: Search): Promise<Moment> {
    return settle(sql, facilityCompartment(keys.locator), polls(search))
  }

  async function inScan<Result>(act: () => Promise<Result>): Promise<Result> {
    const release = await slots.take(undefined)
    if (!release) throw new ScansFull()
    try {
      return await act()
    } finally {
      release()
    }
  }
}

class ScansFull extends Error {}

async function unlessFull<Result>(act: () => Promise<Result>): Promise<Result | Refusal> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof ScansFull) return refuse('busy', {}, { retryAfterSeconds: 2 })
    throw error
  }
}

interface Asked {
  search: Search
  options: SearchOptions
  /** Matches on the page; 0: their number only. */
  count: number
}

interface Job {
  asked: Asked
  candidates: Candidates
  linked: Linked
  after: Sortable | undefined
  /** Names on a first page that took the likeliest. */
  shown: ReadonlySet<string> | undefined
  /** Whether it must go on to the end for the total. */
  countAll: boolean
}

interface Found {
  hits: Hit[]
  total: number | undefined
  trace: Trace
}

const live: Moment = { is: 'live' }
const noLinks: Linked = new Map()
const newestFirst: readonly SortKey[] = [{ parameter: '_lastUpdated', kind: 'date', isDescending: true }]

/** The order of a scan: of compartments, and of names within. Neither says anything. */
const byPlace: Sorter = {
  valuesOf: (candidate) => [(candidate as unknown as { compartment: string }).compartment],
  compare: createSorter([{ parameter: '', kind: 'token', isDescending: false }]).compare,
}

/** In the order in which they are looked at. */
function asTheyCome(): Sorter {
  let seen = 0
  const { compare } = createSorter([{ parameter: '', kind: 'number', isDescending: false }])
  return { valuesOf: () => [seen++], compare }
}

function askedOf(search: Search, options: SearchOptions): Asked {
  const isCount = search.count === 0 || search.summary === 'count'
  const count = isCount ? 0 : Math.min(search.count ?? pageMatches.default, pageMatches.max)
  return { search, options, count }
}

function codesOf(types: readonly string[]): ReadonlySet<number> | undefined {
  return types.length === 0 ? undefined : new Set(types.map((type) => typeCode(type) as number))
}

/** Who goes on from the latest that was shown must not be shown what is later than something still to come. */
function polls({ filters, sort }: Search): boolean {
  return (
    sort[0]?.parameter === '_lastUpdated' ||
    filters.some((filter) => filter.is === 'value' && filter.parameter === '_lastUpdated')
  )
}

/** Too many compartments for a page link to hold the positions of each: all are seen as of one moment. */
function isWide(candidates: Candidates): boolean {
  return (
    candidates.from === 'scan' || (candidates.from === 'shelves' && candidates.compartments.length > headsMax)
  )
}

/** What is long is counted to its end only where that was asked; a later page has the total from the first. */
function countsAll({ search, count }: Asked, candidates: Candidates, page: NextPage | undefined): boolean {
  if (candidates.from !== 'scan' && candidates.from !== 'directory') return true
  if (page?.total !== undefined) return false
  return count === 0 || search.total === 'accurate' || search.total === 'estimate'
}

/**
 * Whether the page is the first that match of what the directory gives, which is the likeliest first: of ten thousand
 * people of one family name nobody reads more than a page. The pages after it are by name on disk, without those shown.
 */
function takesLikeliest({ asked, candidates, after, countAll }: Job): boolean {
  const isFirst = after === undefined && !countAll
  return candidates.from === 'directory' && asked.search.sort.length === 0 && isFirst
}

function orderOf({ asked: { search }, shown }: Job): readonly SortKey[] {
  if (search.sort.length > 0) return search.sort
  return shown ? [] : newestFirst
}

/** Where the next page begins; `again` where that can only be said of a moment that was not the present one. */
function positionAfter(job: Job, moment: Moment, found: Found): NextPage['position'] | 'again' | undefined {
  const { candidates, shown, asked } = job
  const { hits, trace } = found
  const after = hits[asked.count - 1]
  if (after === undefined || hits.length <= asked.count) return undefined
  if (takesLikeliest(job)) {
    if (moment.is === 'live') return 'again'
    const names = new Set(hits.slice(0, asked.count).map(({ name }) => name))
    return { is: 'after', after: { values: [], name: '' }, shown: names, moment }
  }
  if (moment.is !== 'live') return { is: 'after', after, shown, moment }
  if (candidates.from === 'shelves' && !trace.pointed)
    return { is: 'after', after, shown, moment: { is: 'heads', heads: trace.heads } }
  const rest = hits.slice(asked.count)
  if (rest.length > restMax) return 'again'
  return { is: 'rest', rest: rest.map(({ name, version }) => [name, version]) }
}

/** What a page link belongs to: the search as it was asked. */
function scopeOf({ type, compartment, pairs }: Omit<SearchOptions, 'actor' | 'page'>): string {
  const place = compartment ? `${compartment.type}/${compartment.id}/${type ?? '*'}` : (type ?? '')
  return `search/${place}?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`
}
