/**
 * What names a patient and lives with another: found by the pointers in the patient's compartment, and read from the
 * records themselves. Their tuples stay with the other patient, whose keys may be destroyed.
 */
import { setImmediate } from 'node:timers/promises'
import { encodeTuple, extract, type ExtractOptions } from '#records/search/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import { selectPointers } from '../queries.ts'
import type { Reader } from '../reader.ts'
import type { HeadRow } from '../rows.ts'
import { openPointer, type View } from '../sealing.ts'
import { newEntry, type Entry, type StoredEntry } from './entry.ts'
import { entryBytes } from './shelf.ts'

/** As of now. `known`: what was made for the same compartment and view before; it takes up what is made now. */
export type Pointed = (
  compartment: CompartmentId,
  keys: CompartmentKeys,
  view: View,
  known: Elsewhere,
) => Promise<Entry[]>

/** What was extracted already of the resources that pointers lead to; a version never changes. */
export class Elsewhere {
  /** By estimate. */
  bytes = 0
  #entries = new Map<ResourceKey, StoredEntry>()

  /** This very version, where it lives now. */
  get({ resource, compartment, version, updated_at }: HeadRow): StoredEntry | undefined {
    const entry = this.#entries.get(resource)
    const isIt =
      entry?.version === version &&
      entry.compartment === compartment &&
      entry.updatedAt === updated_at.getTime()
    return isIt ? entry : undefined
  }

  set(entry: StoredEntry): void {
    this.#drop(entry.resource)
    this.#entries.set(entry.resource, entry)
    this.bytes += entryBytes + entry.size
  }

  /** Drops what no pointer leads to any more. */
  retain(names: ReadonlySet<ResourceKey>): void {
    for (const name of this.#entries.keys()) if (!names.has(name)) this.#drop(name)
  }

  /** Drops what was read of other compartments than these. */
  retainWhere(isKnown: (compartment: CompartmentId) => boolean): void {
    for (const [name, entry] of this.#entries) if (!isKnown(entry.compartment)) this.#drop(name)
  }

  #drop(name: ResourceKey): void {
    const entry = this.#entries.get(name)
    if (!entry) return
    this.#entries.delete(name)
    this.bytes -= entryBytes + entry.size
  }
}

const pointersAtOnce = 200
/** Some milliseconds of opening and extracting. */
const headsBetweenPauses = 16

export function createPointed(sql: Sql, reader: Reader, options: ExtractOptions): Pointed {
  return async (compartment, keys, view, known) => {
    const entries: StoredEntry[] = []
    for (let after = zero; ;) {
      const pointers = await selectPointers(sql, compartment, after, pointersAtOnce)
      const names = pointers.map((each) => openPointer(keys, { compartment, ...each }))
      const heads = [...(await reader.heads(names)).values()].filter((head) => head.alive && !head.deleted)
      for (const [n, head] of heads.entries()) {
        const before = known.get(head)
        if (!before && n % headsBetweenPauses === headsBetweenPauses - 1) await setImmediate()
        const entry = before ?? (await entryOf(head, view))
        if (entry) entries.push(entry)
      }
      const last = pointers.at(-1)
      if (!last || pointers.length < pointersAtOnce) break
      after = last.pointer
    }
    for (const entry of entries) known.set(entry)
    known.retain(new Set(entries.map(({ resource }) => resource)))
    return entries
  }

  async function entryOf(head: HeadRow, view: View): Promise<StoredEntry | undefined> {
    const opened = await reader.open(head, view)
    if (!opened) return undefined
    const { compartment, resource, type, version } = head
    const { json: text } = opened
    const tuple = encodeTuple(extract(JSON.parse(text) as JsonObject, { ...options, text }))
    const updatedAt = head.updated_at.getTime()
    const place = { compartment, identity: view === 'full', type, version, position: 0, updatedAt }
    return newEntry(place, resource, tuple)
  }
}

const zero = '00000000-0000-0000-0000-000000000000'
