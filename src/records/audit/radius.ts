/** How far somebody came: counted while the entries go by, so that only what is told of them is kept. */
import type { Action, EntrySeen } from '#kernel/ledger/index.ts'
import type { CompartmentId } from '../place.ts'
import type { Radius, ResourceTouched, Touched } from './types.ts'

/** Different resources that are told apart; each takes some 200 bytes. Who reached more narrows the time. */
export const resourcesMax = 1_000_000

const reading = new Set<Action>(['read', 'vread', 'search', 'history', 'everything', 'export'])
const changing = new Set<Action>(['create', 'update', 'delete', 'import'])

interface Tally {
  acts: Set<string>
  reads: number
  changes: number
  firstMs: number
  lastMs: number
  resources: Map<string, ResourceTouched>
}

export class Count {
  readonly #places = new Map<string, Tally>()
  readonly #gone = new Set<string>()
  readonly #acts = new Set<string>()
  #goneEntries = 0
  #entries = 0
  #refused = 0
  #resources = 0

  /** False where there are more resources than are told apart. */
  add(entry: EntrySeen): boolean {
    this.#entries++
    this.#acts.add(entry.act)
    if (entry.outcome === 'refused') this.#refused++
    if (entry.of === undefined || !entry.details) {
      this.#gone.add(entry.stream)
      this.#goneEntries++
      return true
    }
    const tally = this.#tally(entry.of, entry.recordedAtMs)
    tally.acts.add(entry.act)
    tally.lastMs = Math.max(tally.lastMs, entry.recordedAtMs)
    if (entry.outcome === 'refused' || entry.outcome === 'failed') return true
    const reads = reading.has(entry.action) ? 1 : 0
    const changes = changing.has(entry.action) ? 1 : 0
    if (reads + changes === 0) return true
    for (const { type, id } of entry.details.resources ?? []) {
      tally.reads += reads
      tally.changes += changes
      const name = `${type}/${id}`
      let resource = tally.resources.get(name)
      if (!resource) {
        if (++this.#resources > resourcesMax) return false
        tally.resources.set(name, (resource = { type, id, reads: 0, changes: 0 }))
      }
      resource.reads += reads
      resource.changes += changes
    }
    return true
  }

  patients(): CompartmentId[] {
    return [...this.#places.keys()].filter((place) => place !== 'facility') as CompartmentId[]
  }

  radius(names: ReadonlyMap<CompartmentId, string>): Radius {
    const patients = this.patients().map((place) => {
      const id = names.get(place)
      return { ...(id === undefined ? {} : { id }), ...touchedOf(this.#places.get(place) as Tally) }
    })
    const facility = this.#places.get('facility')
    return {
      status: 'ok',
      entries: this.#entries,
      acts: this.#acts.size,
      refused: this.#refused,
      patients: patients.toSorted((one, other) => other.acts - one.acts || byText(one.id, other.id)),
      ...(facility ? { facility: touchedOf(facility) } : {}),
      gone: { patients: this.#gone.size, entries: this.#goneEntries },
    }
  }

  #tally(place: string, ms: number): Tally {
    let tally = this.#places.get(place)
    if (!tally) {
      tally = { acts: new Set(), reads: 0, changes: 0, firstMs: ms, lastMs: ms, resources: new Map() }
      this.#places.set(place, tally)
    }
    return tally
  }
}

function touchedOf({ acts, reads, changes, firstMs, lastMs, resources }: Tally): Touched {
  return {
    acts: acts.size,
    reads,
    changes,
    first: new Date(firstMs),
    last: new Date(lastMs),
    resources: [...resources.values()].toSorted(
      (one, other) =>
        other.reads + other.changes - one.reads - one.changes ||
        byText(`${one.type}/${one.id}`, `${other.type}/${other.id}`),
    ),
  }
}

function byText(one = '', other = ''): number {
  return one < other ? -1 : one > other ? 1 : 0
}
