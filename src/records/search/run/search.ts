/** A search, from its text to a page: understood, planned, carried out, opened. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { inPatientCompartment } from '#records/fhir/index.ts'
import type { Directory } from '../../directory/index.ts'
import type { Listing } from '../../listing.ts'
import { acrossRecords, SeveralRecords, type Merges } from '../../merging/index.ts'
import { createOpening, pageRoom, type Wanted } from '../../pages/opening.ts'
import { facilityCompartment, patientCompartment, resourceKey, type CompartmentId } from '../../place.ts'
import type { Reader } from '../../reader.ts'
import { settle } from '../../settling.ts'
import { pageKey } from '../../tokens.ts'
import type { TupleIndex } from '../../tuples/index.ts'
import type { View } from '../../sealing.ts'
import { createPastOfMany } from '../../past.ts'
import type { Version } from '../../types.ts'
import type { ExtractOptions } from '../extract/extract.ts'
import { compileFilters } from '../query/compile.ts'
import { parseSearch } from '../query/parse.ts'
import { createSorter } from '../query/sort.ts'
import type { Search } from '../query/types.ts'
import { collect } from './collect.ts'
import { createIncluder } from './include.ts'
import {
  askedOf,
  asTheyCome,
  byPlace,
  codesOf,
  countsAll,
  isOfBefore,
  isWide,
  live,
  noLinks,
  orderOf,
  polls,
  positionAfter,
  restMax,
  takesLikeliest,
  type Asked,
  type Found,
  type Job,
} from './job.ts'
import { createLinks, foundIn, type Linked } from './links.ts'
import type { Moment } from './moment.ts'
import { createNamed } from './named.ts'
import { narrowed, TooWide } from './narrow.ts'
import { createSlots, Pace, type Traffic } from './pace.ts'
import { openPage, sealPage, type NextPage, type Rest } from './page.ts'
import { createPlanner, type Asked as PlanAsked, type Candidates } from './plan.ts'
import { listedOf, type Listed } from './quick.ts'
import { createStream, type Trace } from './sources.ts'
import type { Bounds, SearchEntry, SearchOptions, SearchPage } from './types.ts'

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
  merges: Merges
  local: ExtractOptions
  /** Milliseconds since 1970. */
  now: () => number
}

export interface Searcher {
  search(options: SearchOptions): Promise<SearchPage | Refusal>
  /**
   * The first so many matches as of now, in no order that counts, all that there are being fewer. `too-many-scans`: none is left
   * of those that `bounds` gives.
   */
  first(
    search: Search,
    count: number,
    bounds?: Bounds,
  ): Promise<{ status: 'ok'; versions: Version[] } | Refusal>
}

export function createSearcher(rooms: SearchRooms): Searcher {
  const { sql, keys, reader, tuples, directory, listing, traffic, merges, local, now } = rooms
  const named = createNamed(sql, keys, reader, local)
  const planner = createPlanner(sql, keys, directory)
  const stream = createStream(tuples, named, directory, merges)
  const open = createOpening(sql, keys, reader)
  const slots = createSlots(scans.atOnce, scans.waitingMax)
  const links = createLinks(planner, stream, merges, traffic, inScan)
  const include = createIncluder({ keys, reader, planner, stream, merges, open, local, traffic, inScan })

  return {
    search: (options) => unlessFull(() => answer(options)),
    first: (search, count, bounds = {}) => unlessFull(() => first(search, count, bounds)),
  }

  function first(search: Search, count: number, bounds: Bounds) {
    const view = bounds.sight?.view ?? 'full'
    return acrossRecords(merges, search, view, (each, only) => firstOf(each, only, count, view, bounds))
  }

  async function firstOf(
    search: Search,
    only: string | undefined,
    count: number,
    view: View,
    bounds: Bounds,
  ) {
    const { filters, types } = search
    // Of all that is committed, however late: a condition is about what is there.
    const found = await begin({ types, filters, only }, false, view, bounds)
    if ('status' in found) return found
    const asked: Asked = { search, options: { view, actor: '', pairs: [] }, count }
    const { hits } = await evaluate(
      { asked, ...found, after: undefined, shown: undefined, countAll: false, bounds, only },
      found.moment,
    )
    // What was not looked at to its end says nothing about what is there.
    if (bounds.signal?.aborted) return refuse('busy')
    // However large they are: one that is left out would be one that does not match.
    const room = { left: Infinity }
    const { versions } = await open(hits.slice(0, count), { view, room, isKept: true })
    return { status: 'ok' as const, versions }
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
    const opened = pageOf(asked)
    if (opened && opened.status !== 'ok') return opened
    const page = opened?.page
    if (page?.position.is === 'rest') return nextOfRest(asked, page, page.position.rest)
    // The database counts what it lists, and knows of nobody's eyes.
    const listed = compartment || options.sight ? undefined : listedOf(parsed.search)
    if (listed) return answerListed(asked, listed, page)
    return acrossRecords(merges, parsed.search, options.view, (search, only) =>
      answerFound({ ...asked, search }, page, only),
    )
  }

  function pageOf(asked: Asked) {
    const { page: token, actor } = asked.options
    if (token === undefined) return undefined
    return openPage(pageKey(keys.token), scopeOf(asked), actor, now(), token)
  }

  async function answerListed(
    asked: Asked,
    listed: Listed,
    page: NextPage | undefined,
  ): Promise<SearchPage | Refusal> {
    traffic.mark()
    const { search, options, count } = asked
    const type = search.type as string
    if (count === 0) {
      const counted = await listing.count(type, listed.lastUpdated ?? {})
      return {
        status: 'ok',
        entries: [],
        total: counted.total,
        ignored: search.ignored,
        understood: search.understood,
      }
    }
    const wantsTotal = search.total === 'accurate' || search.total === 'estimate'
    const found = await listing.list(type, {
      ...listed,
      count,
      view: options.view,
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
    return withIncludes(asked, found.entries, total, next && sealNext(asked, next))
  }

  async function answerFound(
    asked: Asked,
    page: NextPage | undefined,
    only: string | undefined,
  ): Promise<SearchPage | Refusal> {
    const { search, options } = asked
    const { view, signal, sight } = options
    const { filters, types } = search
    const position = page?.position.is === 'after' ? page.position : undefined
    const begun = await begin(
      { types, filters, patient: options.compartment?.id, only },
      polls(search),
      view,
      { signal, sight },
      position?.moment,
    )
    if ('status' in begun) return begun
    const { candidates, linked } = begun
    if (candidates.from !== 'scan') traffic.mark()
    let { moment } = begun
    const job: Job = {
      asked,
      candidates,
      linked,
      after: position?.after,
      shown: position?.shown,
      countAll: countsAll(asked, candidates, page),
      bounds: { signal, sight },
      only,
    }
    // There is a page after it nearly always, whose link has to hold the moment.
    if (moment.is === 'live' && takesLikeliest(job)) moment = await settleFor(polls(search))
    let done = await pageAt(job, moment)
    if (done.after === 'again') {
      moment = await settleFor(polls(search))
      done = await pageAt(job, moment)
    }
    const { found, versions, after } = done
    if (signal?.aborted || after === 'again') return refuse('busy')
    const total = page ? page.total : found.total
    const next: NextPage | undefined = after && { issuedAt: page?.issuedAt ?? now(), total, position: after }
    const answered = await withIncludes(asked, versions, total, next && sealNext(asked, next))
    const { beside } = done.found.trace
    return answered.status !== 'ok' || !options.compartment || !beside?.size
      ? answered
      : { ...answered, beside: [...beside] }
  }

  /** What is found, what of it the page has room for, and where the next one begins. */
  async function pageAt(job: Job, moment: Moment) {
    const { count, options } = job.asked
    const found = await evaluate(job, moment)
    const after = positionAfter(job, moment, found, count)
    if (after === 'again') return { found, versions: [], after }
    const { versions, taken } = await shown(found.hits.slice(0, count), options, isOfBefore(job, moment))
    return { found, versions, after: taken < count ? positionAfter(job, moment, found, taken) : after }
  }

  /**
   * Opened, as of the page's moment. `isOfBefore`: whoever does not see all was judged by what each was labelled then, which another label may
   * have narrowed since, so each is judged as it is now as well. That is asked while they are opened.
   */
  async function shown(wanted: readonly Wanted[], { view, sight }: SearchOptions, isOfBefore: boolean) {
    const opening = open(wanted, { view, room: pageRoom(), isKept: true })
    if (!sight || !isOfBefore) return opening
    const past = createPastOfMany({ sql, keys, reader }, sight)
    const [opened, latest] = await Promise.all([
      opening,
      past.latestOf(wanted.map(({ name, version = 0 }) => ({ resource: name, seen: version }))),
    ])
    const versions: Version[] = []
    for (const version of opened.versions) {
      const now = latest.get(resourceKey(keys.locator, version.type, version.id))
      if (await past.seesStill(version, now)) versions.push(version)
    }
    return { ...opened, versions }
  }

  /** What chains lead to, and where to look, at which moment. */
  async function begin(
    asked: PlanAsked & { only?: string | undefined },
    isPolling: boolean,
    view: View,
    bounds: Bounds,
    given?: Moment,
  ): Promise<{ moment: Moment; linked: Linked; candidates: Candidates } | Refusal> {
    const hasLinks = asked.filters.some(({ is }) => is === 'chain' || is === 'has')
    let moment = given ?? (hasLinks ? await settleFor(isPolling) : live)
    const linked = hasLinks ? await links(asked.filters, { view, moment, bounds }) : noLinks
    if (!(linked instanceof Map)) return linked as Refusal
    const planned = await planner.plan({ ...asked, sight: bounds.sight }, foundIn(linked))
    if (asked.only !== undefined && !looksInto(planned, asked.only)) throw new SeveralRecords()
    const candidates = await narrowed(planned, asked.types, bounds.sight)
    if (moment.is === 'live' && (isWide(candidates) || isPolling)) moment = await settleFor(isPolling)
    return { moment, linked, candidates }
  }

  /** What is needed for the page, and to know whether and how there is another. */
  async function evaluate(job: Job, moment: Moment): Promise<Found> {
    const { asked, candidates, linked, after, shown, countAll, bounds, only } = job
    const { search, options, count } = asked
    const { view } = options
    const { signal, sight } = bounds
    const isScan = candidates.from === 'scan'
    const isLikelyFirst = takesLikeliest(job)
    const isOrdered = isScan && search.sort.length === 0
    const trace: Trace = { heads: new Map(), pointed: false, beside: new Set() }
    const isOfOne = only !== undefined
    const from = isOrdered ? (after?.values[0] as CompartmentId | undefined) : undefined
    const isCounted = countAll || !(isScan || isLikelyFirst)
    const pace = new Pace(isScan ? traffic : undefined)
    const run = () =>
      collect(
        stream(candidates, {
          view,
          moment,
          trace,
          signal,
          sight,
          isOfOne,
          from: isCounted ? undefined : from,
          pace,
        }),
        {
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
          sight,
        },
      )
    const { hits, total, isWhole } = await (isScan ? inScan(run, bounds) : run())
    return { hits, total: isCounted || (isWhole && after === undefined) ? total : undefined, trace }
  }

  async function nextOfRest(asked: Asked, page: NextPage, rest: Rest): Promise<SearchPage | Refusal> {
    const { count, options } = asked
    const own = rest.slice(0, Math.max(1, count)).map(([name, version]) => ({ name, version }))
    const { versions, taken } = await shown(own, options, true)
    const left = rest.slice(taken)
    const next: NextPage | undefined =
      left.length === 0 ? undefined : { ...page, position: { is: 'rest', rest: left } }
    const answered = await withIncludes(asked, versions, page.total, next && sealNext(asked, next))
    if (answered.status !== 'ok' || !options.compartment) return answered
    const [, ...others] = await merges.all(options.compartment.id, options.view)
    const beside = others.map((id) => patientCompartment(keys.locator, id))
    return beside.length === 0 ? answered : { ...answered, beside }
  }

  async function withIncludes(
    { search, options }: Asked,
    versions: readonly Version[],
    total: number | undefined,
    next: string | undefined,
  ): Promise<SearchPage | Refusal> {
    const { view, signal, sight } = options
    const included = await include(versions, search, { view, signal, sight })
    if (included.status !== 'ok') return included
    const entries: SearchEntry[] = versions.map((version) => ({ mode: 'match', version }))
    for (const version of included.versions) entries.push({ mode: 'include', version })
    return {
      status: 'ok',
      entries,
      ignored: search.ignored,
      understood: search.understood,
      ...(included.partly.length === 0 ? {} : { partly: included.partly }),
      ...(total === undefined ? {} : { total }),
      ...(next === undefined ? {} : { next }),
    }
  }

  function sealNext(asked: Asked, next: NextPage): string {
    return sealPage(pageKey(keys.token), scopeOf(asked), asked.options.actor, next)
  }

  /** Whether it reads that patient's record, and no other: then whether there are others shows on the way. */
  function looksInto(planned: Candidates, patient: string): boolean {
    if (planned.from !== 'shelves' || !planned.pointed || planned.compartments.length !== 1) return false
    return planned.compartments[0] === patientCompartment(keys.locator, patient)
  }

  async function settleFor(isPolling: boolean): Promise<Moment> {
    return { is: 'asOf', at: await settle(sql, facilityCompartment(keys.locator), isPolling) }
  }

  async function inScan<Result>(act: () => Promise<Result>, { signal, scans }: Bounds): Promise<Result> {
    if (scans && --scans.left < 0) throw new ScansSpent(scans.max)
    const release = await slots.take(signal)
    if (!release) throw new ScansFull()
    try {
      return await act()
    } finally {
      release()
    }
  }
}

class ScansFull extends Error {}
class ScansSpent extends Error {
  readonly limit: number

  constructor(limit: number) {
    super('no scan is left')
    this.limit = limit
  }
}

async function unlessFull<Result>(act: () => Promise<Result>): Promise<Result | Refusal> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof ScansFull) return refuse('busy', {}, { retryAfterSeconds: 2 })
    if (error instanceof TooWide) return refuse('too-wide')
    if (error instanceof ScansSpent) return refuse('too-many-scans', { limit: error.limit })
    throw error
  }
}

/** What a page link belongs to: the search as it was understood; the link has not what was left out. */
function scopeOf({ search: { understood }, options: { type, compartment } }: Asked): string {
  const place = compartment ? `${compartment.type}/${compartment.id}/${type ?? '*'}` : (type ?? '')
  return `search/${place}?${understood.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`
}
