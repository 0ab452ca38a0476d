/**
 * Makes the index tuples of every compartment anew from the records, while they are served and written: the times that
 * dates mean in another time zone, or blocks and heads that are lost. Killed at any moment, each compartment has either
 * its old blocks or its new ones.
 */
import { setImmediate, setTimeout } from 'node:timers/promises'
import { KeyZeroed } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import { typeName } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { encodeTuple, extract, type ExtractOptions } from '#records/search/index.ts'
import { hasIdentity } from '../capsule.ts'
import { contentOf } from '../content.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import type { Reader } from '../reader.ts'
import type { View } from '../sealing.ts'
import type { HistoryEntry } from '../types.ts'
import type { BlockRow, Blocks, MergedBlock, Part } from './block.ts'
import { chunksOf, isSmall, keepSeconds, withoutPast, type StageMerge } from './compaction.ts'
import { newEntry, type StoredEntry } from './entry.ts'
import {
  rebuildBlocks,
  selectRebuildable,
  selectStanding,
  selectVersionsIn,
  type StandingRow,
} from './queries.ts'

export interface RebuildOptions {
  /** After each compartment. */
  onProgress?: (progress: { compartments: number; resources: number }) => void
  signal?: AbortSignal | undefined
}

/** How many compartments have new blocks, and how many current resources are in those. */
export type Rebuilt = { status: 'ok' | 'aborted'; compartments: number; resources: number }

export interface RebuildParts {
  sql: Sql
  reader: Reader
  blocks: Blocks
  local: ExtractOptions
  stage?: StageMerge
}

/** Names fetched at once. */
const namesAtOnce = 256
/** Most hold little, and most of their time is a commit's. */
const compartmentsAtOnce = 8
/** Versions read at once. */
const versionsAtOnce = 200
/** Some milliseconds of work each, between two pauses for other work. */
const resourcesBetweenPauses = 16
const blocksBetweenPauses = 8
/**
 * A merge among the blocks that were read makes them be read again. What was made of the records is kept, so only the
 * first attempt at a large compartment takes long enough to meet one as a rule.
 */
const attemptsMax = 40
const pauseMsMax = 100

type Resource = Extract<StandingRow, { kind: 'resource' }>

/** The tuples of a version, by its part. */
type Tuples = Record<Part, Uint8Array>

/** What a compartment holds, from one snapshot. */
interface Standing {
  position: number
  loose: number
  old: number
  blocks: BlockRow[]
  resources: Resource[]
}

export function createRebuild({ sql, reader, blocks, local, stage = () => undefined }: RebuildParts) {
  return async function rebuild({ onProgress, signal }: RebuildOptions = {}): Promise<Rebuilt> {
    const done = { compartments: 0, resources: 0 }
    for (let after: string = zero; ;) {
      const names = await selectRebuildable(sql, after, namesAtOnce)
      const waiting = names.values()
      const work = async () => {
        for (const { compartment } of waiting) {
          if (signal?.aborted) return
          const resources = await rebuildOne(compartment, signal)
          if (resources === undefined) continue
          done.compartments++
          done.resources += resources
          onProgress?.({ ...done })
        }
      }
      await Promise.all(Array.from({ length: compartmentsAtOnce }, work))
      if (signal?.aborted) return { status: 'aborted', ...done }
      const last = names.at(-1)
      if (!last || names.length < namesAtOnce) return { status: 'ok', ...done }
      after = last.compartment
    }
  }

  /** How many current resources there are; undefined where it was destroyed, or the work is to end. */
  async function rebuildOne(compartment: CompartmentId, signal?: AbortSignal): Promise<number | undefined> {
    const made = new Map<string, Tuples>()
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const keys = await reader.keysOf(compartment)
      if (!keys) return undefined
      const standing = standingOf(await selectStanding(sql, compartment, keepSeconds))
      const current = standing.resources.filter(({ deleted }) => !deleted)
      const isComplete = await make(compartment, current, made, signal)
      if (signal?.aborted) return undefined
      if (isComplete) {
        const merged = await sealed(compartment, keys, standing, made)
        const positions = standing.blocks.map(({ position }) => position)
        const newest = Math.max(0, ...merged.map(({ updatedAt }) => updatedAt))
        const [outcome] = await rebuildBlocks(
          sql,
          compartment,
          { ...standing, positions },
          merged,
          merged.filter(isSmall).length,
          new Date(newest),
          stage(compartment, keys, merged),
        )
        if (outcome?.rebuilt) return current.length
      }
      await setTimeout(Math.min(pauseMsMax, 2 ** attempt))
    }
    throw new Error('a compartment was merged again and again while its tuples were made anew')
  }

  /** Tuples of all that are not in `made` yet; false where some are gone, or the work is to end. */
  async function make(
    compartment: CompartmentId,
    resources: readonly Resource[],
    made: Map<string, Tuples>,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const missing = resources.filter((each) => !made.has(nameOf(each)))
    for (let from = 0; from < missing.length; from += versionsAtOnce) {
      if (signal?.aborted) return false
      const some = missing.slice(from, from + versionsAtOnce)
      const names = some.map(({ resource }) => resource)
      const versions = some.map(({ version }) => version)
      const rows = await selectVersionsIn(sql, compartment, names, versions)
      for (const [n, row] of rows.entries()) {
        if (n % resourcesBetweenPauses === resourcesBetweenPauses - 1) await setImmediate()
        const read = async (view: View) => (await reader.openAll([row], view))[0]
        const [clinical, whole] = [await read('clinical'), row.capsule ? await read('full') : undefined]
        if (!clinical) return false
        const record = tupleOf(clinical)
        made.set(nameOf(row), { record, identity: whole ? tupleOf(whole) : record })
      }
      if (rows.length < some.length) return false
    }
    return true
  }

  /** As it is made of what a write brings: without what the database adds. */
  function tupleOf({ id, json }: HistoryEntry): Uint8Array {
    const { text } = contentOf(json, id)
    return encodeTuple(extract(JSON.parse(text) as JsonObject, { ...local, text }))
  }

  async function sealed(
    compartment: CompartmentId,
    keys: CompartmentKeys,
    standing: Standing,
    made: ReadonlyMap<string, Tuples>,
  ): Promise<MergedBlock[]> {
    const before = {
      record: new Map<ResourceKey, StoredEntry[]>(),
      identity: new Map<ResourceKey, StoredEntry[]>(),
    }
    for (const [n, row] of standing.blocks.entries()) {
      if (n % blocksBetweenPauses === blocksBetweenPauses - 1) await setImmediate()
      const known = before[row.identity ? 'identity' : 'record']
      for (const entry of openedOf(keys, row)) {
        const versions = known.get(entry.resource)
        if (versions) versions.push(entry)
        else known.set(entry.resource, [entry])
      }
    }
    const merged: MergedBlock[] = []
    for (const part of ['record', 'identity'] as const) {
      const entries: StoredEntry[] = []
      for (const resource of standing.resources) {
        const type = typeName(resource.type)
        if (part === 'identity' && !hasIdentity(type)) continue
        const isCurrent = ({ version }: StoredEntry) => version === resource.version
        const known =
          before[part].get(resource.resource)?.find(isCurrent) ??
          before.record.get(resource.resource)?.find(isCurrent)
        const place = {
          compartment,
          identity: part === 'identity',
          type: resource.type,
          version: resource.version,
          position: known?.position ?? lowest,
          updatedAt: resource.updated_at.getTime(),
        }
        const tuple = resource.deleted ? nothing : (made.get(nameOf(resource)) as Tuples)[part]
        entries.push(newEntry(place, resource.resource, tuple))
        const superseded = before[part].get(resource.resource) ?? []
        entries.push(...superseded.filter(({ version }) => version < resource.version))
      }
      const here = new Set(standing.resources.map(({ resource }) => resource))
      for (const [resource, versions] of before[part]) {
        // It lives elsewhere. Where the tuples do not tell so, they are of a block that was lost.
        const last = versions.reduce((one, other) => (other.version > one.version ? other : one))
        if (!here.has(resource) && last.gone) entries.push(...versions)
      }
      for (const chunk of chunksOf(withoutPast(entries, standing.old))) {
        await setImmediate()
        merged.push(blocks.sealMerged(keys, compartment, part, chunk))
      }
    }
    return merged
  }

  /** Nothing of a block that is damaged: what it said is made anew. */
  function openedOf(keys: CompartmentKeys, row: BlockRow): StoredEntry[] {
    try {
      return blocks.open(keys, row)
    } catch (error) {
      if (error instanceof KeyZeroed) throw error
      return []
    }
  }
}

/** Of an entry that no block tells of. */
const lowest = 1
const nothing = new Uint8Array(0)
const zero = '00000000-0000-0000-0000-000000000000'

const nameOf = ({ resource, version }: { resource: ResourceKey; version: number }) => `${resource} ${version}`

function standingOf(rows: readonly StandingRow[]): Standing {
  const standing: Standing = { position: 0, loose: 0, old: 0, blocks: [], resources: [] }
  for (const row of rows) {
    if (row.kind === 'resource') standing.resources.push(row)
    else {
      standing.position = Math.max(standing.position, row.position)
      if (row.kind === 'block') standing.blocks.push(row)
      else {
        standing.loose = row.loose
        standing.old = row.old.getTime()
      }
    }
  }
  return standing
}
