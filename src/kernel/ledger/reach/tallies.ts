/** How far somebody came, counted while the entries go by, so that only what is told of them is kept. */
import { actions, outcomes, type Action } from '../entry.ts'

/** Different resources that are told apart; each takes some 200 bytes. Who reached more narrows the time. */
export const resourcesMax = 1_000_000

/** One resource, and how often it was shown and changed. */
export interface ResourceTouched {
  type: string
  id: string
  reads: number
  changes: number
}

/** What somebody did to what is of one patient, or of the facility. */
export interface Touched {
  /** Acts that touched it, searches that found nothing and refusals too. */
  acts: number
  /** How often resources were shown, and changed. */
  reads: number
  changes: number
  firstMs: number
  lastMs: number
  /** Each once, in no order. */
  resources: ResourceTouched[]
}

/** What is counted of one entry; action and outcome by their numbers. */
export interface EntrySeen {
  /** Of an act that did nothing there before. */
  isNewAct: boolean
  recordedAtMs: number
  action: number
  outcome: number
  /** Resources, as `nameOf` writes them. */
  names: readonly string[]
}

const between = '","'

/** A resource as it stands in details: `Type","id`. */
export const nameOf = ({ type, id }: { type: string; id: string }): string => type + between + id

function namedBy(name: string): { type: string; id: string } {
  const at = name.indexOf(between)
  return { type: name.slice(0, at), id: name.slice(at + between.length) }
}

interface Tally extends Omit<Touched, 'resources'> {
  resources: Map<string, ResourceTouched>
}

const numbersOf = (...names: Action[]) => new Set<number>(names.map((name) => actions[name]))
const reading = numbersOf('read', 'vread', 'search', 'history', 'everything', 'export')
const changing = numbersOf('create', 'update', 'delete', 'import')

/** By place: a number that the caller gives each. */
export class Tallies {
  readonly #places = new Map<number, Tally>()
  readonly #max: number
  #resources = 0

  constructor(max = resourcesMax) {
    this.#max = max
  }

  /** False where there are more resources than are told apart. */
  add(place: number, { isNewAct, recordedAtMs, action, outcome, names }: EntrySeen): boolean {
    const tally = this.#tally(place, recordedAtMs)
    if (isNewAct) tally.acts++
    tally.firstMs = Math.min(tally.firstMs, recordedAtMs)
    tally.lastMs = Math.max(tally.lastMs, recordedAtMs)
    if (outcome === outcomes.refused || outcome === outcomes.failed) return true
    const reads = reading.has(action) ? 1 : 0
    const changes = changing.has(action) ? 1 : 0
    if (reads + changes === 0) return true
    for (const name of names) {
      tally.reads += reads
      tally.changes += changes
      let resource = tally.resources.get(name)
      if (!resource) {
        if (++this.#resources > this.#max) return false
        tally.resources.set(name, (resource = { ...namedBy(name), reads: 0, changes: 0 }))
      }
      resource.reads += reads
      resource.changes += changes
    }
    return true
  }

  touched(): [place: number, Touched][] {
    return [...this.#places].map(([place, { resources, ...tally }]) => [
      place,
      { ...tally, resources: [...resources.values()] },
    ])
  }

  #tally(place: number, ms: number): Tally {
    let tally = this.#places.get(place)
    if (!tally) {
      tally = { acts: 0, reads: 0, changes: 0, firstMs: ms, lastMs: ms, resources: new Map() }
      this.#places.set(place, tally)
    }
    return tally
  }
}
