/**
 * Moves what is pending into the directory's rows, in the background: of many writes at once, mixed, so that neither the
 * order of rows nor the transaction that wrote them says which belong to one patient.
 */
import { setImmediate, setTimeout } from 'node:timers/promises'
import { randomBytes, randomUuid } from '#kernel/crypto/index.ts'
import { faultOf, type Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { ResourceKey } from '../place.ts'
import { rowEntryOf, type RowKeys } from './row-keys.ts'
import type { Change, ResourceChange } from './pending.ts'
import { applyFlush, selectDecoys, selectGenerations, type Flush } from './queries.ts'
import { openRow, sealRow, shuffle, tagOf } from './rows.ts'
import type { Waiting } from './waiting.ts'

export interface Flusher {
  /** A write left something pending. */
  wrote(resources: number): void
  /** Moves what may be moved; false where that is nothing, or somebody else did. */
  flush(): Promise<boolean>
  /** Until what was begun in the background is done. */
  idle(): Promise<void>
}

/** Told of the first fault of several, and, without one, once what was at fault is over. */
export type OnFlush = (fault?: Error) => void

/**
 * What is mixed at once, at least: less stays pending, whatever the time, and is found by every search that asks the directory. Each piece, of a write, costs such a
 * search some 2 µs of processor and 1 kB (3,000 pieces of ten patients: 9 ms in place of 2). So it is few in a vault in use, where each 32nd patient who is written to takes all
 * of it along; where there are fewer patients than that it grows with each write that changes what somebody is found by.
 */
export interface Mixture {
  resources: number
  /** An import of one patient is no mixture: of fewer compartments, only what is `crowd` resources. */
  compartments: number
  crowd: number
  /** Rows of one statement at most: of a flush with more, several make one transaction. */
  rowsMax: number
}

/** 20,000 rows take half a second of PostgreSQL's, and are 2 MB. */
export const mixture: Mixture = { resources: 32, compartments: 32, crowd: 8_000, rowsMax: 20_000 }

/** Resources moved at once, where they are of enough compartments. */
const flushMax = 4_000
/** Writes gather so long before they are moved. */
const gatherMs = 300
/** Older rows that are sealed anew with each flush, so that not all that it touches is new. */
const decoys = 16
const rowsBetweenPauses = 200

export function createFlusher(
  sql: Sql,
  keys: Keys,
  waiting: Waiting,
  rowKeys: RowKeys,
  {
    timeZone,
    least,
    onFlush = () => {},
  }: { timeZone: string; least: Mixture; onFlush?: OnFlush | undefined },
): Flusher {
  let written = 0
  let isFailing = false
  let working: Promise<void> | undefined

  const flusher: Flusher = {
    wrote(resources) {
      written += resources
      if (written >= least.resources) working ??= work().finally(() => (working = undefined))
    },

    async flush() {
      try {
        const isMoved = await move()
        if (isFailing) onFlush()
        isFailing = false
        return isMoved
      } catch (error) {
        // Sealed in the middle of it is no fault.
        if (!isFailing && keys.state() === 'open') {
          isFailing = true
          onFlush(error as Error)
        }
        throw error
      }
    },

    async idle() {
      while (working) await working
    },
  }
  return flusher

  async function move(): Promise<boolean> {
    // Pending first: a generation begun after this reads those resources itself.
    const taken = take((await waiting.read()).pieces, least)
    if (!taken) return false
    const generations = await selectGenerations(sql)
    const keysOf = await Promise.all(generations.map(({ key }) => rowKeys.of(key)))
    // A generation that has just gone: the next time it is not among them.
    if (!keysOf.every((each) => each !== undefined)) return false
    const rows: Flush['rows'][number][] = []
    for (const { change, resource, added } of lastOf(taken.values())) {
      for (const [n, { generation, bits }] of generations.entries()) {
        const rowKey = keysOf[n] as NonNullable<(typeof keysOf)[number]>
        const entry = rowEntryOf(rowKey, change.entry)
        const row = { generation, tag: tagOf(change.point, bits), entry }
        rows.push({ ...row, sealed: added ? sealRow(rowKey.key, row, resource) : null })
        if (rows.length % rowsBetweenPauses === 0) await setImmediate()
      }
    }
    const touched = new Set(rows.map(({ entry }) => entry))
    try {
      return await apply({
        ids: [...taken.keys()],
        generations: generations.map(({ generation }) => generation),
        timeZone,
        rows: shuffle(rows),
        decoys: await freshened(touched),
      })
    } catch (error) {
      if (faultOf(error) === 'race') return false
      throw error
    }
  }

  /** All of it or nothing, by statements that are bounded whatever one piece may hold: a Bundle of teams has a row for each member. */
  async function apply(flush: Omit<Flush, 'isLast'>): Promise<boolean> {
    const { rows } = flush
    if (rows.length <= least.rowsMax) return isApplied(await applyFlush(sql, { ...flush, isLast: true }))
    return sql.begin(async (tx) => {
      for (let from = 0; from < rows.length; from += least.rowsMax) {
        const isLast = from + least.rowsMax >= rows.length
        const part = rows.slice(from, from + least.rowsMax)
        const decoys = isLast ? flush.decoys : []
        // What the first of them locks stays so: it alone can find that others were here before.
        if (!isApplied(await applyFlush(tx, { ...flush, rows: part, decoys, isLast }))) return false
      }
      return true
    })
  }

  async function work(): Promise<void> {
    try {
      do {
        written = 0
        await setTimeout(gatherMs, undefined, { ref: false })
        while (keys.state() === 'open' && (await flusher.flush()));
      } while (written >= least.resources)
    } catch {
      // The vault was sealed, or PostgreSQL went away: what is pending is still found, and a later write comes again. `onFlush` was told.
    }
  }

  async function freshened(touched: ReadonlySet<string>): Promise<Flush['decoys']> {
    const random = Buffer.from(randomBytes(4 * decoys).buffer)
    const places = Array.from({ length: decoys }, (_, n) => ({
      tag: random.readUInt32BE(4 * n) >>> 1,
      entry: randomUuid(),
    }))
    const fresh: Flush['decoys'][number][] = []
    for (const { key: id, sealed: before, ...row } of await selectDecoys(sql, places)) {
      const rowKey = touched.has(row.entry) ? undefined : await rowKeys.of(id)
      if (!rowKey) continue
      const { key } = rowKey
      fresh.push({ ...row, before, sealed: sealRow(key, row, openRow(key, row, before)) })
    }
    return fresh
  }
}

const isApplied = ([outcome]: readonly { applied: boolean }[]): boolean => outcome?.applied === true

type Pieces = ReadonlyMap<string, readonly ResourceChange[]>

/** Which pieces go at once; undefined: too few to be mixed. */
export function take(pending: Pieces, least: Mixture): Pieces | undefined {
  const taken = new Map<string, readonly ResourceChange[]>()
  const resources = new Set<ResourceKey>()
  const compartments = new Set<string>()
  let rows = 0
  const add = (id: string, changes: readonly ResourceChange[]) => {
    taken.set(id, changes)
    for (const { resource, compartment, added, removed } of changes) {
      resources.add(resource)
      compartments.add(compartment)
      rows += added.length + removed.length
    }
  }
  for (const [id, changes] of pending) {
    const isFull = resources.size >= flushMax || rows >= least.rowsMax
    if (isFull && compartments.size >= least.compartments) break
    add(id, changes)
  }
  // All pieces about one resource go together: whoever sees a later one sees the earlier, and an earlier one applied
  // after it would take away what it brought.
  for (let before = -1; before !== taken.size;) {
    before = taken.size
    for (const [id, changes] of pending) {
      if (!taken.has(id) && changes.some(({ resource }) => resources.has(resource))) add(id, changes)
    }
  }
  const isMixed = compartments.size >= least.compartments || resources.size >= least.crowd
  return isMixed && resources.size >= least.resources ? taken : undefined
}

/** Of each row what its resource's last version says. */
function lastOf(pieces: Iterable<readonly ResourceChange[]>) {
  const last = new Map<string, { change: Change; resource: ResourceKey; version: number; added: boolean }>()
  for (const changes of pieces) {
    for (const { resource, version, added, removed } of changes) {
      const note = (change: Change, isAdded: boolean) => {
        const known = last.get(change.entry)
        if (!known || known.version < version)
          last.set(change.entry, { change, resource, version, added: isAdded })
      }
      for (const change of added) note(change, true)
      for (const change of removed) note(change, false)
    }
  }
  return last.values()
}
