/** Rows by name, read together with whoever else asks at the moment, and opened. */
import { createCombiner, type Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { createOpenedCache, type VersionName } from './opened.ts'
import { resourceKey, type CompartmentId, type ResourceKey } from './place.ts'
import { selectHeads } from './queries.ts'
import type { HeadRow, VersionRow } from './rows.ts'
import type { Sealing, View } from './sealing.ts'
import type { HistoryEntry } from './types.ts'

export interface Reader {
  /** Why there is no resource of that name: `gone` where it is a patient whose keys were destroyed. */
  absenceOf(type: string, name: ResourceKey): Promise<'not-found' | 'gone'>
  /** The current version, deleted ones included; undefined where there never was one. */
  head(resource: ResourceKey): Promise<HeadRow | undefined>
  /** The current version, opened; `gone` where it was deleted or its keys were destroyed. */
  current(type: string, id: string): Promise<{ status: 'ok'; version: HistoryEntry } | Refusal>
  heads(resources: readonly ResourceKey[]): Promise<Map<ResourceKey, HeadRow>>
  /** The keys of a compartment; undefined where it is not open, or destroyed. */
  keysOf(compartment: CompartmentId): Promise<CompartmentKeys | undefined>
  /** Undefined where the keys were destroyed. */
  open(row: VersionRow, view: View): Promise<HistoryEntry | undefined>
  /** A version that was opened before, where the caller has just read, sealed, that it is there. */
  known(version: VersionName & { compartment: CompartmentId }, view: View): HistoryEntry | undefined
  /** Leaves out what was destroyed. */
  openAll(rows: readonly VersionRow[], view: View): Promise<HistoryEntry[]>
}

/** Rows in one statement: at 64 connections a batch holds some 30, and PostgreSQL gains nothing past 200. */
const readBatchMax = 200

export function createReader(sql: Sql, keys: Keys, sealing: Sealing): Reader {
  const cache = createOpenedCache(sealing)
  keys.onForget((compartment) => cache.drop(compartment))

  const head = createCombiner<ResourceKey, HeadRow | undefined>({
    flights: 1,
    batchMax: readBatchMax,
    // Reads do not exclude each other.
    key: () => [],
    repeatable: true,
    async run(resources) {
      const found = byName(await selectHeads(sql, [...new Set(resources)]))
      return resources.map((resource) => found.get(resource))
    },
  })
  const reader: Reader = {
    absenceOf,
    head,
    async current(type, id) {
      const name = resourceKey(keys.locator, type, id)
      const row = await head(name)
      if (!row) return refuse(await absenceOf(type, name))
      const version = row.deleted || !row.alive ? undefined : await reader.open(row, 'full')
      return version ? { status: 'ok', version } : refuse('gone')
    },
    async heads(resources) {
      return byName(resources.length === 0 ? [] : await selectHeads(sql, resources))
    },
    async keysOf(compartment) {
      return keys.cached(compartment) ?? (await keys.load([compartment])).get(compartment)
    },
    async open(row, view) {
      const found = keys.cached(row.compartment) ?? (await reader.keysOf(row.compartment))
      return found && cache.open(found, row, view, true)
    },
    known(version, view) {
      const found = keys.cached(version.compartment)
      return found && cache.known(found, version, view)
    },
    async openAll(rows, view) {
      const missing = new Set(rows.map((row) => row.compartment).filter((each) => !keys.cached(each)))
      const loaded = missing.size > 0 ? await keys.load([...missing]) : new Map<string, CompartmentKeys>()
      const opened: HistoryEntry[] = []
      for (const row of rows) {
        // The cache is bounded: of a page across many patients some may have left it again.
        const found =
          loaded.get(row.compartment) ??
          keys.cached(row.compartment) ??
          (await reader.keysOf(row.compartment))
        if (found) opened.push(cache.open(found, row, view, false))
      }
      return opened
    },
  }
  return reader

  /** A patient who was only ever named by others may have been destroyed as well. */
  async function absenceOf(type: string, name: ResourceKey): Promise<'not-found' | 'gone'> {
    if (type !== 'Patient') return 'not-found'
    const compartment = name as string as CompartmentId
    await reader.keysOf(compartment)
    return keys.isDestroyed(compartment) ? 'gone' : 'not-found'
  }
}

function byName(rows: readonly HeadRow[]): Map<ResourceKey, HeadRow> {
  return new Map(rows.map((row) => [row.resource, row]))
}
