/** Finds the resources that have a term, in batches; those that are still pending first. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { ResourceKey } from '../place.ts'
import type { Found } from './found.ts'
import { tooLong, type Lists } from './lists.ts'
import { intersect, nameHash, type Names } from './names.ts'
import type { ResourceChange } from './pending.ts'
import { countRows, selectPresent, selectRows, type RowThere } from './queries.ts'
import { rowEntryOf, type RowKeys } from './row-keys.ts'
import { openRow } from './rows.ts'
import { entryOf, pointOf, type Term } from './terms.ts'
import type { AnyOf, Choices } from './wanted.ts'
import type { Waiting } from './waiting.ts'

/** For each filter, for each of its operands, what has to be there. */
export type Wanted = readonly (readonly Choices[])[]

/** The first batch is what a page of twenty mostly needs; each is twice the one before, up to one that takes 4 ms to open. */
const firstBatch = 32
const batch = 200
const nextOf = (limit: number) => Math.min(batch, limit * 2)
/** Rows counted under a tag: beyond that all are alike. */
const countMax = 1_000
/** Generations that take each other's place while one looks. */
const keylessMax = 5
/** So many rows are looked at without asking for the other words first. */
const unchecked = 100

export interface LookupParts {
  sql: Sql
  keys: Keys
  waiting: Waiting
  lists: Lists
  found: Found
  rowKeys: RowKeys
}

export function createLookup({ sql, keys, waiting, lists, found, rowKeys }: LookupParts) {
  /** `read`: what is pending, which is asked for before anything else is looked up. */
  return async function* find(
    type: string,
    wanted: Wanted,
    read: Waiting['read'] = waiting.read,
  ): AsyncGenerator<ResourceKey[]> {
    const { sources, checks } = await choose(type, wanted)
    const { pieces, beside } = await read()
    const pending = [...pieces.values()].flat()
    const seen = new Set<ResourceKey>()
    const unseen = (names: readonly ResourceKey[]) =>
      names.filter((name) => !seen.has(name) && seen.add(name))

    const early = pending.length === 0 ? [] : unseen(pendingAt(pending, pointsOf(type, sources)))
    for (let from = 0; from < early.length; from += batch) yield early.slice(from, from + batch)

    if (checks.length > 0) {
      const both = await intersection(type, sources, checks, pending)
      if (both) return yield* inBatches(both, seen)
      for await (const names of rowsOfAll(type, sources)) {
        const left = await having(type, unseen(names), checks, pending)
        if (left.length > 0) yield left
      }
      return
    }
    const known = found.get(type, sources, beside)
    if (known) return yield* inBatches([known], seen)
    const all: ResourceKey[] = []
    for await (const names of rowsOfAll(type, sources)) {
      all.push(...names)
      const left = unseen(names)
      if (left.length > 0) yield left
    }
    found.keep(type, sources, beside, all)
  }

  /** One after the other; the first batch of each is fetched with those of the others. */
  async function* rowsOfAll(type: string, terms: readonly Term[]): AsyncGenerator<ResourceKey[]> {
    const points = pointsOf(type, terms)
    const starts = points.map((point) => ({ point, after: zero }))
    const batches = Map.groupBy(await selectRows(sql, starts, firstBatch), ({ n }) => n)
    for (const [at, point] of points.entries()) {
      yield* rowsOf(type, terms[at] as Term, point, batches.get(at + 1))
    }
  }

  /** `fetched`: its first batch. */
  async function* rowsOf(
    type: string,
    term: Term,
    point: number,
    fetched: readonly RowThere[] | undefined,
  ): AsyncGenerator<ResourceKey[]> {
    let generation: number | undefined
    let keyless = 0
    let after = zero
    let early = fetched
    for (let limit = firstBatch; ;) {
      const rows = early ?? (await selectRows(sql, [{ point, after }], limit))
      early = undefined
      const [first] = rows
      if (!first) throw new Error('no generation of the directory serves')
      if (generation !== undefined && generation !== first.generation) {
        // A reindex has put another in its place: from the beginning.
        generation = first.generation
        after = zero
        continue
      }
      generation = first.generation
      const names: ResourceKey[] = []
      const rowKey = await rowKeys.of(first.key)
      // Another has just taken its place, and its key is gone: from the beginning.
      if (!rowKey) {
        if (++keyless > keylessMax)
          throw new Error('the key of the directory that serves is not in the keyring')
        after = zero
        continue
      }
      for (const { tag, entry, sealed } of rows) {
        if (entry === null || sealed === null) return
        after = entry
        const name = openRow(rowKey.key, { generation, tag, entry }, sealed)
        // Many terms meet on a tag.
        if (rowEntryOf(rowKey, entryOf(keys.directory, type, term, name)) === entry) names.push(name)
      }
      yield names
      if (rows.length < limit) return
      limit = nextOf(limit)
    }
  }

  /** The filter with the fewest rows, by its rarest words; the rest is asked of each row where there are many. */
  async function choose(
    type: string,
    wanted: Wanted,
  ): Promise<{ sources: readonly Term[]; checks: Choices }> {
    const every = wanted.flat(2)
    const [only] = every
    if (only && every.length === 1) return { sources: only, checks: [] }
    const key = keys.directory
    const terms = every.flat()
    const counted = await countRows(
      sql,
      terms.map((term) => pointOf(key, type, term)),
      countMax,
    )
    const rows = new Map(terms.map((term, at) => [term, counted[at]?.rows ?? 0]))
    const cost = (anyOf: AnyOf) => anyOf.reduce((sum, term) => sum + (rows.get(term) ?? 0), 0)
    const plans = wanted.map((operands) => {
      const rarest = operands.map(
        (choices) => choices.toSorted((one, other) => cost(one) - cost(other))[0] as AnyOf,
      )
      return { rarest, rows: rarest.reduce((sum, anyOf) => sum + cost(anyOf), 0) }
    })
    const best = plans.toSorted((one, other) => one.rows - other.rows)[0]
    if (!best) throw new Error('nothing was asked of the directory')
    // Of a filter with several operands, none has to be there.
    const all = wanted.flatMap((operands) => (operands.length === 1 ? (operands[0] as Choices) : []))
    const checks = best.rows > unchecked ? all.filter((anyOf) => !best.rarest.includes(anyOf)) : []
    return { sources: best.rarest.flat(), checks }
  }

  /** Of the sources, those that have something of each; undefined where lists are too long, or not at hand yet. */
  async function intersection(
    type: string,
    sources: readonly Term[],
    checks: Choices,
    pending: readonly ResourceChange[],
  ): Promise<Iterable<ResourceKey>[] | undefined> {
    const names = await lists.read(type, [...sources, ...checks.flat()])
    if (!names) return undefined
    const listsOf = (terms: AnyOf) =>
      terms.map((term) => names.get(term)).filter((each) => each !== undefined)
    const isShort = (list: Names | typeof tooLong) => list !== tooLong
    const own = listsOf(sources)
    if (!own.every(isShort)) return undefined
    const conditions = checks.flatMap((anyOf) => {
      const listed = listsOf(anyOf)
      // It tells few apart: the caller's exact filter does it.
      if (!listed.every(isShort)) return []
      const hashes = pendingAt(pending, pointsOf(type, anyOf)).map(nameHash)
      return [{ lists: listed, hashes: new Set(hashes) }]
    })
    return own.map((list) => intersect(list, conditions))
  }

  function pointsOf(type: string, terms: readonly Term[]): number[] {
    return terms.map((term) => pointOf(keys.directory, type, term))
  }

  /** Of each row, whether it is there, in the generation that serves. */
  async function presentOf(asked: readonly { point: number; entry: string }[]): Promise<boolean[]> {
    for (;;) {
      const rowKey = await rowKeys.serving()
      const names = asked.map(({ entry }) => rowEntryOf(rowKey, entry))
      const points = asked.map(({ point }) => point)
      const rows = new Set((await selectPresent(sql, rowKey.id, points, names)).map(({ entry }) => entry))
      if (rows.has(null)) return names.map((name) => rows.has(name))
      rowKeys.stale()
    }
  }

  /** Those that have something of each. */
  async function having(
    type: string,
    names: readonly ResourceKey[],
    checks: Choices,
    pending: readonly ResourceChange[],
  ): Promise<ResourceKey[]> {
    let left = [...names]
    for (const anyOf of checks) {
      if (left.length === 0) return left
      const key = keys.directory
      const asked = left.flatMap((name) =>
        anyOf.map((term) => ({
          name,
          point: pointOf(key, type, term),
          entry: entryOf(key, type, term, name),
        })),
      )
      const present = await presentOf(asked)
      const entries = new Set(pending.flatMap(({ added }) => added.map(({ entry }) => entry)))
      const isThere = ({ entry }: { entry: string }, n: number) => present[n] === true || entries.has(entry)
      const found = new Set(asked.filter(isThere).map(({ name }) => name))
      left = left.filter((name) => found.has(name))
    }
    return left
  }
}

/** Each once, and none that was seen. */
function* inBatches(lists: Iterable<Iterable<ResourceKey>>, seen: Set<ResourceKey>) {
  let limit = firstBatch
  let names: ResourceKey[] = []
  for (const list of lists) {
    for (const name of list) {
      if (seen.has(name)) continue
      seen.add(name)
      if (names.push(name) < limit) continue
      yield names
      names = []
      limit = nextOf(limit)
    }
  }
  if (names.length > 0) yield names
}

function pendingAt(pending: readonly ResourceChange[], points: readonly number[]): ResourceKey[] {
  const wanted = new Set(points)
  return pending
    .filter(({ added }) => added.some(({ point }) => wanted.has(point)))
    .map(({ resource }) => resource)
}

const zero = '00000000-0000-0000-0000-000000000000'
