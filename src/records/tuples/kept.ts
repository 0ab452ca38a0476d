/**
 * What was read of compartments, within bytes; of those that are kept the longest unused goes first. One that is large
 * stands apart, alone and for a while, so that neither is it read anew for each search nor does it push out a ward.
 */
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import type { CompartmentId } from '../place.ts'
import type { View } from '../sealing.ts'
import type { Elsewhere } from './pointed.ts'
import type { Log } from './shelf.ts'

/** What is known of one compartment, by the keys that opened it. */
export interface Opened {
  keys: CompartmentKeys
  log: Log
  elsewhere: Elsewhere
}

export interface Kept {
  get(view: View, compartment: CompartmentId): Opened | undefined
  keep(view: View, compartment: CompartmentId, opened: Opened): void
  drop(view: View, compartment: CompartmentId): void
  /** By estimate. */
  readonly bytes: number
}

/** Some fifty thousand entries: the patients of a ward, and the facility. */
export const indexBytesMax = 32 * 1024 * 1024
/** How many times as much a large one may have: some hundred thousand entries. */
const largeTimes = 2
/** So long after its last search a large one stays. */
const largeMs = 10_000

export function createKept(keys: Keys, bytesMax: number): Kept {
  type Holding = Opened & { bytes: number }
  const shelves: Record<View, Map<CompartmentId, Holding>> = { full: new Map(), clinical: new Map() }
  let held = 0
  let large: (Holding & { view: View; compartment: CompartmentId; end: NodeJS.Timeout }) | undefined

  keys.onForget((forgotten) => {
    for (const view of ['full', 'clinical'] as const) {
      const names = forgotten === undefined ? [...shelves[view].keys()] : [forgotten as CompartmentId]
      for (const name of names) kept.drop(view, name)
    }
    if (forgotten === undefined) release()
    // What lives there and names others was read of it too.
    else for (const each of all()) each.elsewhere.retainWhere((compartment) => compartment !== forgotten)
  })

  const kept: Kept = {
    get(view, compartment) {
      if (large?.view === view && large.compartment === compartment) return large
      return shelves[view].get(compartment)
    },

    keep(view, compartment, opened) {
      kept.drop(view, compartment)
      const { keys: found, log, elsewhere } = opened
      // Sealed, or forgotten, while it was read: nothing of it is to stay.
      if (keys.cached(compartment) !== found) return
      elsewhere.retainWhere((each) => keys.cached(each) !== undefined)
      // One that is mostly of the past is read anew, without it.
      if (log.isStale) return
      const bytes = log.bytes + elsewhere.bytes
      if (bytes > bytesMax / 2) {
        if (bytes > bytesMax * largeTimes) return
        release()
        large = { ...opened, bytes, view, compartment, end: setTimeout(release, largeMs).unref() }
        return
      }
      shelves[view].set(compartment, { ...opened, bytes })
      held += bytes
      for (const each of ['clinical', 'full'] as const) {
        for (const [oldest] of shelves[each]) {
          if (held <= bytesMax) return
          kept.drop(each, oldest)
        }
      }
    },

    drop(view, compartment) {
      if (large?.view === view && large.compartment === compartment) release()
      const entry = shelves[view].get(compartment)
      if (!entry) return
      shelves[view].delete(compartment)
      held -= entry.bytes
    },

    get bytes() {
      return held + (large?.bytes ?? 0)
    },
  }
  return kept

  function release(): void {
    clearTimeout(large?.end)
    large = undefined
  }

  function* all(): Generator<Opened> {
    for (const shelf of Object.values(shelves)) yield* shelf.values()
    if (large) yield large
  }
}
