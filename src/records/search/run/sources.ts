/** Everything that may match, in batches, from wherever the plan says. */
import type { Directory } from '../../directory/index.ts'
import { SeveralRecords, type Merges } from '../../merging/index.ts'
import type { CompartmentId, ResourceKey } from '../../place.ts'
import type { Sight } from '../../gate/index.ts'
import type { View } from '../../sealing.ts'
import type { Entry, Shelf, TupleIndex } from '../../tuples/index.ts'
import type { Moment } from './moment.ts'
import type { Named } from './named.ts'
import type { Pace } from './pace.ts'
import type { Candidates } from './plan.ts'

/** What a stream learns on its way. */
export interface Trace {
  /** Positions at which compartments were read. */
  heads: Map<CompartmentId, number>
  /** Some of it lives elsewhere: it has no position here. */
  pointed: boolean
  /** Other records of those whose were asked for, which were looked into with them. */
  beside?: Set<CompartmentId>
}

export interface StreamOptions {
  view: View
  moment: Moment
  trace: Trace
  /** Of a scan: begin with this compartment. */
  from?: CompartmentId | undefined
  signal?: AbortSignal | undefined
  /** What is asked for is said of one record only: where its person has others, `SeveralRecords`. */
  isOfOne?: boolean
  /** Of the one who reads: a scan opens blocks at it. */
  pace: Pace
  /** Whose eyes it is for: by the same shelf it is judged who they are to the patient. */
  sight?: Sight | undefined
}

export type Stream = (candidates: Candidates, options: StreamOptions) => AsyncGenerator<readonly Entry[]>

/** Some 2 ms of opening them. */
const namesAtOnce = 32
const shelvesAtOnce = 8

export function createStream(
  tuples: TupleIndex,
  named: Named,
  directory: Directory,
  merges: Pick<Merges, 'beside'>,
): Stream {
  return async function* stream(candidates, options) {
    switch (candidates.from) {
      case 'names':
        return yield* ofNames(candidates.names, options)
      case 'directory': {
        const batches = directory.candidates(candidates.type, candidates.filters)
        if (!batches) throw new Error('a plan by a directory that does not serve it')
        for await (const batch of batches) yield* ofNames(batch, options)
        return
      }
      case 'rare':
        yield* ofShelves({ from: 'shelves', compartments: [candidates.facility], pointed: false }, options)
        return yield* ofNames(candidates.names, options)
      case 'shelves':
        return yield* ofShelves(candidates, options)
      case 'scan':
        return yield* ofAll(options)
    }
  }

  async function* ofNames(names: readonly ResourceKey[], { view, moment, signal }: StreamOptions) {
    const asOf = moment.is === 'asOf' ? moment.at : undefined
    for (let at = 0; at < names.length && !signal?.aborted; at += namesAtOnce)
      yield await named.entries(names.slice(at, at + namesAtOnce), view, asOf)
  }

  async function* ofShelves(
    { compartments, pointed }: Candidates & { from: 'shelves' },
    options: StreamOptions,
  ): AsyncGenerator<readonly Entry[]> {
    const { trace, signal, moment, sight, isOfOne } = options
    // Whoever has several records is looked for in all of them.
    const all = [...compartments]
    const listed = new Set(all)
    // A resource that names two patients is on the shelves of both.
    let seen = pointed && all.length > 1 ? new Set<ResourceKey>() : undefined
    for (let at = 0; at < all.length && !signal?.aborted;) {
      const some = all.slice(at, at + shelvesAtOnce)
      at += some.length
      const shelves = await Promise.all(some.map((compartment) => read(compartment, options)))
      for (const shelf of shelves) {
        if (!shelf) continue
        trace.heads.set(shelf.compartment, shelf.head)
        if (moment.is === 'live') sight?.reads(shelf)
        const others = pointed ? merges.beside(shelf) : none
        for (const other of others instanceof Promise ? await others : others) {
          if (isOfOne) throw new SeveralRecords()
          if (listed.has(other)) continue
          listed.add(other)
          all.push(other)
          seen ??= new Set()
          trace.beside?.add(other)
        }
        yield* ofShelf(shelf, pointed, seen, options)
      }
    }
  }

  function read(compartment: CompartmentId, { view, moment }: StreamOptions): Promise<Shelf | undefined> {
    if (moment.is === 'asOf') return tuples.read(compartment, { view, asOf: moment.at })
    const head = moment.is === 'heads' ? moment.heads.get(compartment) : undefined
    // One that was not there then holds nothing of then.
    if (moment.is === 'heads' && head === undefined) return Promise.resolve(undefined)
    return tuples.read(compartment, { view, ...(head === undefined ? {} : { head }) })
  }

  async function* ofShelf(
    { compartment, entries }: Shelf,
    pointed: boolean,
    seen: Set<ResourceKey> | undefined,
    options: StreamOptions,
  ): AsyncGenerator<readonly Entry[]> {
    const own = ownOf(entries, compartment)
    const others = entries.length === own.length ? [] : entries.slice(own.length)
    if (!seen) yield own
    else {
      const fresh = own.filter(({ resource }) => !seen.has(resource))
      for (const { resource } of fresh) seen.add(resource)
      yield fresh
    }
    // At heads only where there were none of them.
    if (!pointed || others.length === 0 || options.moment.is === 'heads') return
    options.trace.pointed = true
    const fresh = seen ? others.filter(({ resource }) => !seen.has(resource)) : others
    for (const { resource } of fresh) seen?.add(resource)
    const { view, moment } = options
    if (moment.is !== 'asOf') return yield fresh
    const names = fresh.filter(({ updatedAt }) => updatedAt > moment.at).map(({ resource }) => resource)
    yield fresh.filter(({ updatedAt }) => updatedAt <= moment.at)
    yield await named.entries(names, view, moment.at)
  }

  async function* ofAll({
    view,
    moment,
    from,
    signal,
    pace,
  }: StreamOptions): AsyncGenerator<readonly Entry[]> {
    const options = {
      view,
      ...(moment.is === 'asOf' ? { asOf: moment.at } : {}),
      ...(signal ? { signal } : {}),
    }
    if (from !== undefined) {
      const shelf = await tuples.read(from, options)
      if (shelf) yield ownOf(shelf.entries, from)
    }
    const pause = () => (pace.isDue ? pace.rest() : undefined)
    for await (const shelf of tuples.scan({
      ...options,
      pause,
      ...(from === undefined ? {} : { after: from }),
    }))
      yield shelf.entries
  }
}

const none: readonly CompartmentId[] = []

/** The shelf's own come first, and after them what lives elsewhere. */
function ownOf(entries: readonly Entry[], compartment: CompartmentId): readonly Entry[] {
  const foreign = entries.findIndex((entry) => entry.compartment !== compartment)
  return foreign < 0 ? entries : entries.slice(0, foreign)
}
