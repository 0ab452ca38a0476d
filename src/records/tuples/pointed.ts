/**
 * What names a patient and lives with another: found by the pointers in the patient's compartment, and read from the
 * records themselves. Their tuples stay with the other patient, whose keys may be destroyed.
 */
import { setImmediate } from 'node:timers/promises'
import { decodeTuple, encodeTuple, extract, type ExtractOptions } from '#records/search/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { CompartmentId } from '../place.ts'
import { selectPointers } from '../queries.ts'
import type { Reader } from '../reader.ts'
import type { HeadRow } from '../rows.ts'
import { openPointer, type View } from '../sealing.ts'
import type { Entry } from './entry.ts'

export type Pointed = (compartment: CompartmentId, keys: CompartmentKeys, view: View) => Promise<Entry[]>

const pointersAtOnce = 200
/** Some milliseconds of opening and extracting. */
const headsBetweenPauses = 16

export function createPointed(sql: Sql, reader: Reader, options: ExtractOptions): Pointed {
  return async (compartment, keys, view) => {
    const entries: Entry[] = []
    for (let after = zero; ;) {
      const pointers = await selectPointers(sql, compartment, after, pointersAtOnce)
      const names = pointers.map((each) => openPointer(keys, { compartment, ...each }))
      const heads = [...(await reader.heads(names)).values()].filter((head) => head.alive && !head.deleted)
      for (const [n, head] of heads.entries()) {
        if (n % headsBetweenPauses === headsBetweenPauses - 1) await setImmediate()
        const entry = await entryOf(head, view)
        if (entry) entries.push(entry)
      }
      const last = pointers.at(-1)
      if (!last || pointers.length < pointersAtOnce) return entries
      after = last.pointer
    }
  }

  async function entryOf(head: HeadRow, view: View): Promise<Entry | undefined> {
    const opened = await reader.open(head, view)
    if (!opened) return undefined
    const { compartment, resource, type, version } = head
    const { json: text } = opened
    const tuple = decodeTuple(encodeTuple(extract(JSON.parse(text) as JsonObject, { ...options, text })))
    return { compartment, resource, type, version, updatedAt: head.updated_at.getTime(), tuple }
  }
}

const zero = '00000000-0000-0000-0000-000000000000'
