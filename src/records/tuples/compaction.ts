/**
 * Merges the small blocks of a compartment into full ones, in the background. What superseded entries say is kept for
 * as long as a page link lives. Killed at any moment it has either replaced all blocks of one merge, or none.
 */
import { setTimeout } from 'node:timers/promises'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import type { Staged } from '#kernel/ledger/index.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import type { Reader } from '../reader.ts'
import { blockEntriesMax, type NewBlock } from '../rows.ts'
import type { BlockRow, Blocks } from './block.ts'
import type { StoredEntry } from './entry.ts'
import { countEntries, replaceBlocks, selectLoose, selectMergeable, type PlacedBlock } from './queries.ts'

export interface Compactor {
  /** A compartment has many small blocks. */
  wants(compartment: CompartmentId): void
  /** Merges now; false where there was nothing to merge, or somebody else did. */
  compact(compartment: CompartmentId): Promise<boolean>
  /** Looks for what a process that ended left loose. */
  sweep(): Promise<void>
  /** Until nothing is waiting. */
  idle(): Promise<void>
}

/** What a merge leaves in the ledger, for its statement. */
export type StageMerge = (
  compartment: CompartmentId,
  keys: CompartmentKeys,
  blocks: readonly Omit<NewBlock, 'compartment'>[],
) => Staged | undefined

/** Small blocks by which a compartment is worth a merge. */
export const looseMax = 64
/** Small blocks that a sweep does not leave lying. */
const looseAtRest = 8
/** Blocks merged at once: bounds memory to some megabytes. */
const blocksAtOnce = 400
/** A page link lives an hour, by the clock of a process; the rest is for clocks that differ. */
export const keepSeconds = 3600 + 300
/** Compartments that may wait; what is beyond that, a sweep finds. */
const waitingMax = 10_000

export function createCompactor(
  sql: Sql,
  keys: Keys,
  reader: Reader,
  blocks: Blocks,
  stage: StageMerge = () => undefined,
): Compactor {
  const waiting = new Set<CompartmentId>()
  let working: Promise<void> | undefined

  const compactor: Compactor = {
    wants(compartment) {
      if (waiting.size >= waitingMax) return
      waiting.add(compartment)
      working ??= work().finally(() => (working = undefined))
    },

    async compact(compartment) {
      const found = await reader.keysOf(compartment)
      if (!found) return false
      if (await merge(compartment, found, blockEntriesMax)) return true
      const [count] = await countEntries(sql, compartment)
      const past = count ? count.entries - 2 * count.resources : 0
      // Mostly of the past: the full ones are merged too.
      return past > 2 * blockEntriesMax && (await merge(compartment, found, wholly))
    },

    async sweep() {
      if (keys.state() !== 'open') return
      for (const { compartment } of await selectLoose(sql, looseAtRest, waitingMax))
        compactor.wants(compartment)
    },

    async idle() {
      while (working) await working
    },
  }
  return compactor

  async function work(): Promise<void> {
    for (const compartment of waiting) {
      waiting.delete(compartment)
      if (keys.state() !== 'open') return waiting.clear()
      const began = performance.now()
      try {
        await compactor.compact(compartment)
      } catch {
        // Sealed meanwhile, PostgreSQL away, the process ending: nothing is lost, and a sweep comes again. A block
        // that does not open fails every search that reads it, and is heard of there.
        return waiting.clear()
      }
      // At most half of the time: it competes with requests.
      await setTimeout(Math.min(100, performance.now() - began))
    }
  }

  async function merge(compartment: CompartmentId, found: CompartmentKeys, full: number): Promise<boolean> {
    const rows = await selectMergeable(sql, compartment, full, keepSeconds, blocksAtOnce)
    const old = rows[0]?.old
    if (!old || rows.length < 2) return false
    const merged: PlacedBlock[] = []
    for (const identity of [false, true]) {
      const part = rows.filter((row) => row.identity === identity)
      if (part.length > 0) merged.push(...mergePart(found, compartment, part, old.getTime()))
    }
    const entriesIn = (list: readonly { entries: number }[]) =>
      list.reduce((sum, each) => sum + each.entries, 0)
    if (merged.length === rows.length && entriesIn(merged) === entriesIn(rows)) return false
    const tightened = rows.filter(isSmall).length - merged.filter(isSmall).length
    const positions = rows.map(({ position }) => position)
    const [outcome] = await replaceBlocks(
      sql,
      compartment,
      positions,
      merged,
      tightened,
      stage(compartment, found, merged),
    )
    return outcome?.replaced === true
  }

  /** `rows` of one part, by position. */
  function mergePart(
    found: CompartmentKeys,
    compartment: CompartmentId,
    rows: readonly BlockRow[],
    old: number,
  ): PlacedBlock[] {
    const part = rows[0]?.identity ? 'identity' : 'record'
    const entries = withoutPast(
      rows.flatMap((row) => blocks.open(found, row)),
      old,
    )
    // Each new block takes the position of an old one that is not below any of its entries: from the newest down.
    const planned: { position: number; entries: StoredEntry[] }[] = []
    let left = rows.length - 1
    for (const chunk of chunksOf(entries).toReversed()) {
      const position = rows[left]?.position ?? 0
      const after = planned.at(-1)
      // None is left that is high enough: it goes with the block after it.
      if (after && position < (chunk.at(-1) as StoredEntry).position) after.entries.unshift(...chunk)
      else {
        planned.push({ position, entries: chunk })
        left--
      }
    }
    return planned.map(({ position, entries: theirs }) => ({
      position,
      ...blocks.sealMerged(found, compartment, part, theirs),
    }))
  }
}

const wholly = 2 ** 31 - 1

export const isSmall = ({ entries }: { entries: number }) => entries < blockEntriesMax

/** Of a full block each, but for the last. */
export function chunksOf(entries: readonly StoredEntry[]): StoredEntry[][] {
  const chunks: StoredEntry[][] = []
  for (let from = 0; from < entries.length; from += blockEntriesMax) {
    chunks.push(entries.slice(from, from + blockEntriesMax))
  }
  return chunks
}

/** By position, without what was superseded before `old` and without what went before then. */
export function withoutPast(entries: readonly StoredEntry[], old: number): StoredEntry[] {
  const byResource = new Map<ResourceKey, StoredEntry[]>()
  for (const entry of entries) {
    const versions = byResource.get(entry.resource)
    if (versions) versions.push(entry)
    else byResource.set(entry.resource, [entry])
  }
  const kept: StoredEntry[] = []
  for (const versions of byResource.values()) {
    versions.sort((a, b) => a.version - b.version)
    for (const [n, entry] of versions.entries()) {
      const next = versions[n + 1]
      if (!next || next.updatedAt >= old) kept.push(entry)
    }
  }
  return kept.sort((a, b) => a.position - b.position || a.version - b.version)
}
