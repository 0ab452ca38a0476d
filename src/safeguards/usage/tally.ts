/** What somebody was given in one day, added up from entries of the ledger. No clock, no database. */
import type { Given } from '#records/index.ts'
import type { Limits, Measure } from './limits.ts'

/** An entry, as far as it counts. */
export interface Counted {
  act: string
  action: Given['action']
  outcome: string
  /** Of a patient. */
  stream?: string
  resources: number
}

type Action = Given['action']

const giving: ReadonlySet<Action> = new Set<Action>([
  'read',
  'vread',
  'search',
  'history',
  'everything',
  'attachment',
  'print',
])
/** Acts that give many resources at once. */
export const bulk = ['search', 'history', 'everything', 'print'] as const satisfies readonly Action[]
const isBulk: ReadonlySet<Action> = new Set<Action>(bulk)
const exporting: ReadonlySet<Action> = new Set<Action>(['export', 'ledger-file'])

export class Tally {
  /** Streams of patients, by the order in which they came. */
  readonly #patients = new Map<string, number>()
  readonly #exports = new Set<string>()
  readonly #prints = new Set<string>()
  #rows = 0

  add({ act, action, outcome, stream, resources }: Counted): void {
    if (exporting.has(action) && outcome === 'begun') this.#exports.add(act)
    if (outcome !== 'done' || !giving.has(action)) return
    if (action === 'print') this.#prints.add(act)
    if (stream !== undefined && !this.#patients.has(stream)) this.#patients.set(stream, this.#patients.size)
    if (isBulk.has(action)) this.#rows += resources
  }

  copy(): Tally {
    const copy = new Tally()
    for (const [stream, rank] of this.#patients) copy.#patients.set(stream, rank)
    for (const act of this.#exports) copy.#exports.add(act)
    for (const act of this.#prints) copy.#prints.add(act)
    copy.#rows = this.#rows
    return copy
  }

  get rows(): number {
    return this.#rows
  }

  counts(): Limits {
    return {
      patients: this.#patients.size,
      rows: this.#rows,
      exports: this.#exports.size,
      prints: this.#prints.size,
    }
  }

  /** Whether a patient is one of the first so many: whoever else was read since, they may be read on. */
  isAmong(stream: string, first: number): boolean {
    const rank = this.#patients.get(stream)
    return rank !== undefined && rank < first
  }
}

/** An act, as far as it is to be judged. `streams`: of the patients in it. */
export interface Judged {
  act: string
  action: Action
  streams: readonly string[]
  resources: number
}

/**
 * What would be more than the limit with this act, or is with it; undefined where nothing is. Beyond the limit of patients those are read on who were
 * `given` here, or came first among what is `sequenced`, whose order is the same for every process. Of what waits each process may see its
 * own first, and two would give more than one.
 */
export function beyond(
  { sequenced, given, all: tally }: { sequenced: Tally; given: ReadonlySet<string>; all: Tally },
  { act, action, streams, resources }: Judged,
  limits: Limits,
  isCounted: boolean,
): Measure | undefined {
  const after = isCounted ? tally : tally.copy()
  if (!isCounted) {
    // As its entries will say it: the resources once, with whichever patient.
    const outcome = exporting.has(action) ? 'begun' : 'done'
    const [first, ...rest] = streams
    after.add({ act, action, outcome, resources, ...(first === undefined ? {} : { stream: first }) })
    for (const stream of rest) after.add({ act, action, outcome, stream, resources: 0 })
  }
  const counts = after.counts()
  if (exporting.has(action)) return counts.exports > limits.exports ? 'exports' : undefined
  if (action === 'print' && counts.prints > limits.prints) return 'prints'
  if (isBulk.has(action) && resources > 0 && counts.rows > limits.rows) return 'rows'
  const isWithin = counts.patients <= limits.patients
  if (isWithin || streams.every((stream) => given.has(stream) || sequenced.isAmong(stream, limits.patients)))
    return undefined
  return 'patients'
}
