/** The first of all that matches, in order, and how many there are: never all of them at once. */
import type { Sight } from '../../gate/index.ts'
import type { Entry } from '../../tuples/index.ts'
import type { Wanted } from '../../pages/opening.ts'
import type { Matcher, Sortable, Sorter, SortValues } from '../query/types.ts'
import type { FoundOf } from './plan.ts'
import type { Pace } from './pace.ts'

export interface Hit extends Wanted {
  version: number
  values: SortValues
}

export interface Collecting {
  /** Type codes; undefined: every type. */
  types: ReadonlySet<number> | undefined
  matcher: Matcher | undefined
  found: FoundOf
  sorter: Sorter
  /** Only what comes after it is kept; all are counted. */
  after: Sortable | undefined
  /** Names that are counted and not kept: they were on another page. */
  shown: ReadonlySet<string> | undefined
  /** How many are kept. */
  keep: number
  /** Whether one may stop as soon as enough are kept: batches come in the order of the sorter. */
  isOrdered: boolean
  pace: Pace
  signal: AbortSignal | undefined
  sight: Sight | undefined
}

const entriesBetweenLooks = 32

export async function collect(
  batches: AsyncIterable<readonly Entry[]>,
  { types, matcher, found, sorter, after, shown, keep, isOrdered, pace, signal, sight }: Collecting,
): Promise<{ hits: Hit[]; total: number; isWhole: boolean }> {
  let hits: Hit[] = []
  let total = 0
  let isWhole = true
  /** Of those kept the last, once there are enough. */
  let worst: Hit | undefined
  const compare = (one: Hit, other: Hit) => sorter.compare(one, other)
  const shrink = () => {
    hits = hits.toSorted(compare).slice(0, keep)
    worst = hits[keep - 1]
  }
  let looks = 0
  for await (const batch of batches) {
    for (const entry of batch) {
      if (++looks % entriesBetweenLooks === 0 && pace.isDue) await pace.rest()
      if (types !== undefined && !types.has(entry.type)) continue
      if (matcher !== undefined && !matcher(entry, found)) continue
      // What may not be seen is as if it were not there: it is not counted either.
      if (sight !== undefined) {
        const seen = sight.sees(entry)
        if (!(seen === true || (seen !== false && (await seen)))) continue
      }
      total++
      if (keep === 0 || shown?.has(entry.resource)) continue
      const { resource: name, version, compartment, updatedAt } = entry
      const hit: Hit = { values: sorter.valuesOf(entry), name, version, seen: { compartment, updatedAt } }
      if (after !== undefined && sorter.compare(hit, after) <= 0) continue
      if (worst !== undefined && sorter.compare(hit, worst) >= 0) continue
      hits.push(hit)
      if (hits.length >= 2 * keep + 64) shrink()
    }
    if (signal?.aborted) break
    if (isOrdered && hits.length >= keep) {
      isWhole = false
      break
    }
    if (pace.isDue) await pace.rest()
  }
  shrink()
  return { hits, total, isWhole }
}
