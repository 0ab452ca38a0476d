/**
 * Which records are one person's: rows that confer authority, since by them somebody reads one record for what they are to the other. What a
 * Patient says of itself (`Patient.link`) joins nothing: it shows what these rows say.
 */
import { randomUuid } from '#kernel/crypto/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { SafeguardRows, SafeguardWho } from '#kernel/safeguard.ts'

export type Joining = 'merge' | 'unmerge'

/** Of one record, known by the id of its Patient. */
export interface Merged {
  /** The record that it was merged into, or is being. */
  into?: string
  /** All records of the person by the ids of their Patients, this one's too: first the one that all were merged into. None: it is by itself. */
  records: readonly string[]
  /** It is being merged or parted, or that was broken off: until it is over it is read by itself. */
  going?: Going
  /** By what it was merged or parted last. */
  by?: Decided
}

/** `id`: a UUID, of whoever goes on with the same and of nobody else. */
export interface Going {
  joining: Joining
  id: string
}

interface Begun {
  status: 'begun' | 'done'
  /** Unless it is done. */
  going?: Going
}

/** An approval. `at`: seconds since 1970, of the last who approved. */
export interface Decided {
  approval: string
  at: number
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
  const { into, going } = known.get(source) ?? {}
  if (into === target) return going ? undefined : 'done'
  // Two records are joined at their roots, so what was merged makes a tree, whatever is merged in which order: there is no cycle.
  if (into !== undefined || known.get(target)?.into !== undefined) return refuse('merged-already')
  return faultOfSize(known, { source, target })
}

function faultOfSize(known: Known, { source, target }: Pair): Refusal | undefined {
  const size = recordsOf(known, source).length + recordsOf(known, target).length
  return size > recordsMax ? refuse('merge-too-many', { limit: recordsMax }) : undefined
}

export function faultOfParting(known: Known, { source, target }: Pair): Refusal | undefined {
  return known.get(source)?.into === target ? undefined : refuse('not-merged')
}

/** Without what a row has no more. */
function rowOf({
  into,
  records,
  going,
  by,
}: { [Member in keyof Merged]?: Merged[Member] | undefined }): Merged {
  return {
    ...(into === undefined ? {} : { into }),
    records: records ?? [],
    ...(going === undefined ? {} : { going }),
    ...(by === undefined ? {} : { by }),
  }
}

/** Each row as merging makes it. */
function joined(known: Known, { source, target }: Pair): Map<string, Merged> {
  const records = [...recordsOf(known, target), ...recordsOf(known, source)]
  return new Map(
    records.map((id) => {
      const row = { ...known.get(id), records }
      return [id, rowOf(id === source ? { ...row, into: target, going: undefined } : row)]
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
    for (const id of own) made.set(id, rowOf({ ...known.get(id), records }))
  }
  return made
}

/** So often somebody else may be ahead who merges the same person's records: more are no people. */
const triesMax = 20

/** One act, whatever it changes: each row at the version that it was judged by. */
async function change<Result extends string | Begun>(
  rows: SafeguardRows,
  pair: Pair,
  who: SafeguardWho,
  what: string,
  make: (known: Known) => { write?: Map<string, Merged>; result: Result | Refusal },
): Promise<Result | Refusal> {
  for (let tries = 0; tries < triesMax; tries++) {
    const own = await Promise.all([pair.source, pair.target].map((id) => rows.find<Merged>(id)))
    const names = [...new Set([pair.source, pair.target, ...own.flatMap((row) => row?.records ?? [])])]
    const done = await rows.changeEach<Merged, Result | 'once more' | Refusal>(names, who, (values) => {
      const known: Known = new Map(names.map((name, n) => [name, values[n]]))
      // Somebody else has joined or parted some of them meanwhile.
      if ([...known.values()].some((row) => row?.records.some((id) => !known.has(id))))
        return { result: 'once more' }
      const { write, result } = make(known)
      return { ...(write ? { write: { values: write, what } } : {}), result }
    })
    if (done !== 'once more') return done as Result | Refusal
  }
  return refuse('version-conflict')
}

/*
 * Reads go by `records` alone, and all rows of a person change as one act: so whatever is broken off where, nobody is read by halves.
 *
 *     to merge:   begin: `into` | both Patients say so | end: `records` of all
 *     to part:    begin: `records` of each side | the Patients say it no more | end: no `into`
 *
 * In between neither record is merged with any other, and either of the two may be begun: the one that was going on notices by its id.
 */

/** `done`: there is nothing to do. Done twice it is as if it were done once. The entry in the ledger names nobody: it is in the facility's. */
export function begin(
  rows: SafeguardRows,
  joining: Joining,
  pair: Pair,
  by: Decided,
  who: SafeguardWho,
): Promise<Begun | Refusal> {
  const { source, target } = pair
  return change<Begun>(rows, pair, who, beginning[joining], (known) => {
    const row = known.get(source)
    // Carried out late, it would undo what others have approved since.
    if (row?.by && row.by.approval !== by.approval && row.by.at > by.at)
      return { result: refuse('request-over') }
    if (row?.going?.joining === joining && row.into === target)
      return { result: { status: 'begun', going: row.going } }
    const fault = joining === 'merge' ? faultOfMerging(known, pair) : faultOfParting(known, pair)
    if (fault) return { result: joining === 'merge' && fault !== 'done' ? fault : { status: 'done' } }
    const going: Going = { joining, id: randomUuid() }
    const sides = joining === 'merge' ? new Map<string, Merged>() : parted(known, pair)
    // That of the target too, as it is: so of all who begin with one of the two at once one is first.
    const write = new Map([
      ...sides,
      [target, sides.get(target) ?? rowOf(known.get(target) ?? {})],
      [source, rowOf({ ...(sides.get(source) ?? row), into: target, going, by })],
    ])
    return { write, result: { status: 'begun', going } }
  })
}

const beginning = {
  merge: 'records of one person, begun',
  unmerge: 'records of one person no more',
}

/** `again`: somebody has begun with the opposite meanwhile. */
export function end(
  rows: SafeguardRows,
  pair: Pair,
  { joining, id }: Going,
  who: SafeguardWho,
): Promise<'done' | 'again' | Refusal> {
  const { source, target } = pair
  return change<'done' | 'again'>(rows, pair, who, ending[joining], (known) => {
    const row = known.get(source)
    const isOver = joining === 'merge' ? row?.into === target && !row.going : row?.into !== target
    if (isOver) return { result: 'done' }
    if (row?.going?.id !== id) return { result: 'again' }
    if (joining === 'unmerge') return { write: without(known, source), result: 'done' }
    const fault = faultOfSize(known, pair)
    return fault ? { result: fault } : { write: joined(known, pair), result: 'done' }
  })
}

const ending = { merge: 'records of one person', unmerge: 'records of one person no more, ended' }

/** What was begun of merging is given up: the Patients could not be written. */
export async function giveUp(
  rows: SafeguardRows,
  pair: Pair,
  { id }: Going,
  who: SafeguardWho,
): Promise<void> {
  await change(rows, pair, who, 'records of one person, given up', (known) =>
    known.get(pair.source)?.going?.id === id
      ? { write: without(known, pair.source), result: 'done' }
      : { result: 'done' },
  )
}

const without = (known: Known, source: string): Map<string, Merged> =>
  new Map([[source, rowOf({ ...known.get(source), into: undefined, going: undefined })]])
