/** Rows by name, read together with whoever else asks at the moment, and opened. */
import { createCombiner, rowsOf, type Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { createOpenedCache, type VersionName } from './opened.ts'
import { resourceKey, type CompartmentId, type ResourceKey } from './place.ts'
import { selectHeads } from './queries.ts'
import type { HeadName, HeadRow, SeenRow, VersionRow } from './rows.ts'
import type { Sealing, View } from './sealing.ts'
import type { HistoryEntry } from './types.ts'

export interface Reader {
  /** Why there is no resource of that name: `gone` where it is a patient whose keys were destroyed. */
  absenceOf(type: string, name: ResourceKey): Promise<'not-found' | 'gone'>
  /** The current version, deleted ones included; undefined where there never was one. */
  head(resource: ResourceKey): Promise<HeadRow | undefined>
  /** The current version, opened; `gone` where it was deleted or its keys were destroyed. */
  current(type: string, id: string, view?: View): Promise<{ status: 'ok'; version: HistoryEntry } | Refusal>
  heads(resources: readonly ResourceKey[]): Promise<Map<ResourceKey, HeadRow>>
  /** Those whose current version is the one that the caller has seen come without their bytes. */
  headsBeside(names: readonly HeadName[]): Promise<(HeadRow | SeenRow)[]>
  /** The keys of a compartment; undefined where it is not open, or destroyed. */
  keysOf(compartment: CompartmentId): Promise<CompartmentKeys | undefined>
  /** Undefined where the keys were destroyed. */
  open(row: VersionRow, view: View): Promise<HistoryEntry | undefined>
  /** A version that was opened before, where the caller has just read, sealed, that it is there. */
  known(version: VersionName & { compartment: CompartmentId }, view: View): HistoryEntry | undefined
  /** Leaves out what was destroyed. */
  openAll(rows: readonly VersionRow[], view: View): Promise<HistoryEntry[]>
}

/** Rows in one statement: at 64 connections a batch holds some 20, and PostgreSQL gains nothing past 200. */
const readBatchMax = 200
/**
 * Where all callers of a batch were answered in one turn, all came again in one: PostgreSQL waited for the server, and the server for
 * PostgreSQL, a third of the time. Of 64 connections these are two batches on their way, and as many callers being answered.
 */
const readFlights = { flights: 2, companyMin: 16, answeredAtOnce: 16 }

export function createReader(sql: Sql, keys: Keys, sealing: Sealing): Reader {
  const cache = createOpenedCache(sealing)
  keys.onForget((compartment) => cache.drop(compartment))

  const fetch = createCombiner<HeadName, HeadRow | SeenRow | undefined>({
    ...readFlights,
    batchMax: readBatchMax,
    // Reads do not exclude each other.
    key: () => [],
    repeatable: true,
    async run(names) {
      const found: (HeadRow | SeenRow | undefined)[] = names.map(() => undefined)
      for (const row of await rowsOf(selectHeads(sql, names))) found[row.asked - 1] = row
      return found
    },
  })
  const head = async (resource: ResourceKey) => whole(await fetch({ resource, seen: null }))

  const reader: Reader = {
    absenceOf,
    head,
    async current(type, id, view = 'full') {
      const resource = resourceKey(keys.locator, type, id)
      let row = await fetch({ resource, seen: cache.seen(resource, view) })
      if (!row) return refuse(await absenceOf(type, resource))
      if (row.deleted || !row.alive) return refuse('gone')
      if (row.sealed === null) {
        const seen = reader.known({ ...row, updatedAt: row.updated_at.getTime() }, view)
        if (seen) return { status: 'ok', version: seen }
        // It left the cache while the row was on its way, or its keys did.
        row = await head(resource)
        if (!row || row.deleted || !row.alive) return refuse('gone')
      }
      const version = await reader.open(row, view)
      return version ? { status: 'ok', version } : refuse('gone')
    },
    async heads(resources) {
      if (resources.length === 0) return new Map()
      const rows = await selectHeads(
        sql,
        resources.map((resource) => ({ resource, seen: null })),
      )
      return new Map(rows.map((row) => [row.resource, whole(row)]))
    },
    async headsBeside(names) {
      return names.length === 0 ? [] : selectHeads(sql, names)
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

function whole<Row extends HeadRow | undefined>(row: Row | SeenRow): Row {
  if (row?.sealed === null) throw new Error('a version that was not seen came without its bytes')
  return row as Row
}
