/**
 * Which records are one person's: rows that confer authority, since by them somebody reads one record for what they are to the other. What a
 * Patient says of itself (`Patient.link`) joins nothing: it shows what these rows say.
 */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { SafeguardRows, SafeguardWho } from '#kernel/safeguard.ts'

/** Of one record, known by the id of its Patient. */
export interface Merged {
  /** The record that it was merged into. */
  into?: string
  /** All records of the person by the ids of their Patients, this one's too: first the one that all were merged into. None: it is by itself. */
  records: readonly string[]
}

/** `source` was merged into `target`, or is to be. Ids of Patients. */
export interface Pair {
  source: string
  target: string
}

/** Records of one person: a page link holds the positions of so many compartments. */
export const recordsMax = 20

type Known = ReadonlyMap<string, Merged | undefined>

const recordsOf = (known: Known, id: string): readonly string[] => {
  const { records = [] } = known.get(id) ?? {}
  return records.length === 0 ? [id] : records
}

/** Why it cannot be; `done`: it is so already. */
export function faultOfMerging(known: Known, { source, target }: Pair): Refusal | 'done' | undefined {
  const { into } = known.get(source) ?? {}
  if (into === target) return 'done'
  // Two records are joined at their roots, so what was merged makes a tree, whatever is merged in which order: there is no cycle.
  if (into !== undefined || known.get(target)?.into !== undefined) return refuse('merged-already')
  const size = recordsOf(known, source).length + recordsOf(known, target).length
  return size > recordsMax ? refuse('merge-too-many', { limit: recordsMax }) : undefined
}

export function faultOfParting(known: Known, { source, target }: Pair): Refusal | undefined {
  return known.get(source)?.into === target ? undefined : refuse('not-merged')
}

/** Each row as merging makes it. */
function joined(known: Known, { source, target }: Pair): Map<string, Merged> {
  const records = [...recordsOf(known, target), ...recordsOf(known, source)]
  return new Map(
    records.map((id) => {
      const into = id === source ? target : known.get(id)?.into
      return [id, into === undefined ? { records } : { into, records }]
    }),
  )
}

/** Each row as unmerging makes it: what was merged into the source goes with it. */
function parted(known: Known, { source }: Pair): Map<string, Merged> {
  const isOfSource = (id: string | undefined): boolean =>
    id !== undefined && (id === source || isOfSource(known.get(id)?.into))
  const all = recordsOf(known, source)
  const made = new Map<string, Merged>()
  for (const side of [true, false]) {
    const own = all.filter((id) => isOfSource(id) === side)
    const records = own.length === 1 ? [] : own
    for (const id of own) {
      const into = id === source ? undefined : known.get(id)?.into
      made.set(id, into === undefined ? { records } : { into, records })
    }
  }
  return made
}

/** So often somebody else may be ahead who merges the same person's records: more are no people. */
const triesMax = 20

/** One act, whatever it changes: each row at the version that it was judged by. */
async function change(
  rows: SafeguardRows,
  pair: Pair,
  who: SafeguardWho,
  what: string,
  make: (known: Known) => Map<string, Merged> | Refusal | 'done',
): Promise<'done' | Refusal> {
  for (let tries = 0; tries < triesMax; tries++) {
    const own = await Promise.all([pair.source, pair.target].map((id) => rows.find<Merged>(id)))
    const names = [...new Set([pair.source, pair.target, ...own.flatMap((row) => row?.records ?? [])])]
    const done = await rows.changeEach<Merged, 'done' | 'again' | Refusal>(names, who, (values) => {
      const known: Known = new Map(names.map((name, n) => [name, values[n]]))
      // Somebody else has joined or parted some of them meanwhile.
      if ([...known.values()].some((row) => row?.records.some((id) => !known.has(id))))
        return { result: 'again' }
      const made = make(known)
      if (!(made instanceof Map)) return { result: made }
      return { write: { values: made, what }, result: 'done' }
    })
    if (done !== 'again') return done
  }
  return refuse('version-conflict')
}

/** Done twice it is as if it were done once. The entry in the ledger names nobody: it is in the facility's. */
export function join(rows: SafeguardRows, pair: Pair, who: SafeguardWho): Promise<'done' | Refusal> {
  return change(rows, pair, who, 'records of one person', (known) => {
    const fault = faultOfMerging(known, pair)
    return fault ?? joined(known, pair)
  })
}

export function part(rows: SafeguardRows, pair: Pair, who: SafeguardWho): Promise<'done' | Refusal> {
  return change(rows, pair, who, 'records of one person no more', (known) =>
    faultOfParting(known, pair) ? 'done' : parted(known, pair),
  )
}
