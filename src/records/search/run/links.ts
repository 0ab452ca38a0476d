/** Chains and `_has`: searches within a search, each giving the set of resources that the outer one asks about. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { View } from '../../sealing.ts'
import { typeCode } from '#records/fhir/index.ts'
import type { Merges } from '../../merging/index.ts'
import type { Entry } from '../../tuples/index.ts'
import { compileFilter } from '../query/compile.ts'
import type { ChainFilter, Filter, HasFilter } from '../query/types.ts'
import type { Moment } from './moment.ts'
import { narrowed } from './narrow.ts'
import { Pace, type Traffic } from './pace.ts'
import type { FoundOf, Planner } from './plan.ts'
import type { Stream } from './sources.ts'
import type { Bounds } from './types.ts'

export type Linked = ReadonlyMap<Filter, ReadonlySet<string>>

export interface LinkOptions {
  view: View
  moment: Moment
  bounds: Bounds
}

/** Resources that a chain or a `_has` may lead to: what is held of them is some 100 bytes each. */
export const linkedMax = 50_000

export function createLinks(
  planner: Planner,
  stream: Stream,
  merges: Pick<Merges, 'besideEntry'>,
  traffic: Traffic,
  inScan: <T>(act: () => Promise<T>, bounds: Bounds) => Promise<T>,
) {
  return links

  /** What each chain and `_has` among the filters leads to, innermost first. */
  async function links(filters: readonly Filter[], options: LinkOptions): Promise<Linked | Refusal> {
    const linked = new Map<Filter, ReadonlySet<string>>()
    const refusal = await resolveAll(filters, options, linked)
    return refusal ?? linked
  }

  async function resolveAll(
    filters: readonly Filter[],
    options: LinkOptions,
    linked: Map<Filter, ReadonlySet<string>>,
  ): Promise<Refusal | undefined> {
    for (const filter of filters) {
      if (filter.is !== 'chain' && filter.is !== 'has') continue
      const refusal =
        (await resolveAll([filter.filter], options, linked)) ?? (await resolve(filter, options, linked))
      if (refusal) return refusal
    }
    return undefined
  }

  async function resolve(
    filter: ChainFilter | HasFilter,
    { view, moment, bounds }: LinkOptions,
    linked: Map<Filter, ReadonlySet<string>>,
  ): Promise<Refusal | undefined> {
    const { signal, sight } = bounds
    const found = foundIn(linked)
    const set = new Set<string>()
    const inner = filter.filter
    const matcher = compileFilter(inner)
    const add = filter.is === 'chain' ? addOwn : addReferences(filter.parameter)
    const targets = filter.is === 'chain' ? filter.targets : [filter.type]
    for (const { types, candidates: planned } of await planner.planParts(
      { types: targets, filters: [inner], sight },
      found,
    )) {
      const candidates = await narrowed(planned, types, sight)
      const codes = new Set(types.map(typeCode))
      const pace = new Pace(candidates.from === 'scan' ? traffic : undefined)
      const trace = { heads: new Map(), pointed: false }
      const walk = async () => {
        for await (const batch of stream(candidates, { view, moment, trace, signal, pace })) {
          for (const entry of batch) {
            if (codes.has(entry.type) && matcher(entry, found) && (!sight || (await sight.sees(entry)))) {
              add(entry, set)
              // What is said of one record of a person is about the person.
              if (filter.is === 'chain' && entry.tuple.type === 'Patient')
                for (const id of await merges.besideEntry(entry)) set.add(`Patient/${id}`)
            }
            if (pace.isDue) await pace.rest()
          }
          if (set.size > linkedMax || signal?.aborted) return
        }
      }
      await (candidates.from === 'scan' ? inScan(walk, bounds) : walk())
      if (set.size > linkedMax)
        return refuse('search-too-costly', { parameter: nameOf(filter), limit: linkedMax })
    }
    linked.set(filter, set)
    // Only what is around it asked about that.
    linked.delete(inner)
    return undefined
  }
}

export function foundIn(linked: Linked): FoundOf {
  return (filter) => linked.get(filter) ?? nothing
}

const nothing: ReadonlySet<string> = new Set()

function nameOf(filter: ChainFilter | HasFilter): string {
  return filter.is === 'chain' ? filter.parameter : `_has:${filter.type}:${filter.parameter}`
}

/** `Type/id`, and the address by which a canonical reference names it. */
function addOwn({ tuple }: Entry, set: Set<string>): void {
  const id = tuple.values('_id')?.[0]
  if (id?.kind === 'token') set.add(`${tuple.type}/${id.code}`)
  const url = tuple.values('url')?.[0]
  if (url?.kind !== 'uri') return
  set.add(url.uri)
  for (const version of tuple.values('version') ?? [])
    if (version.kind === 'token') set.add(`${url.uri}|${version.code}`)
}

function addReferences(parameter: string) {
  return ({ tuple }: Entry, set: Set<string>): void => {
    for (const value of tuple.values(parameter) ?? []) {
      if (value.kind === 'reference' && value.id !== undefined) set.add(`${value.type}/${value.id}`)
    }
  }
}
