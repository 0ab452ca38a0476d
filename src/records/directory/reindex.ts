/**
 * Builds the directory anew from the current resources, beside the one that serves, and puts it in its place: another
 * number of bits, another time zone, or a directory that is lost. Writes go on meanwhile and are in both.
 */
import { setImmediate } from 'node:timers/promises'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { typeCode } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { newResourceKey } from '../place.ts'
import { othersOf, point, type Named } from '../pointing.ts'
import type { Reader } from '../reader.ts'
import { extract, type ExtractOptions } from '../search/index.ts'
import {
  countAll,
  deleteGeneration,
  deleteKey,
  deleteLeftRows,
  insertGeneration,
  insertRows,
  selectCurrent,
  selectLeftGenerations,
  switchGeneration,
} from './queries.ts'
import { createRowKeys, rowEntryOf } from './row-keys.ts'
import { sealRow, shuffle, tagOf } from './rows.ts'
import { entryOf, people, pointOf, termsEdition, termsOf } from './terms.ts'

export interface ReindexOptions {
  /** Now and then. `total` is what there was at the start. */
  onProgress?: (progress: { resources: number; total: number; rows: number }) => void
  signal?: AbortSignal
  /** Called after each resource, in place of a turn of the event loop now and then. */
  pause?: () => Promise<void> | undefined
}

export type Reindexed =
  | { status: 'ok'; resources: number; rows: number; bits: number }
  /** Another process is at it. */
  | { status: 'busy' }
  | { status: 'aborted' }

/** Rows that meet on a tag on average, at least. */
export const rowsPerTag = 8
export const bitsMax = 24
/** So few that a tag tells of nothing but its generation. */
export function bitsFor(rows: number): number {
  return Math.min(bitsMax, Math.max(0, Math.floor(Math.log2(Math.max(1, rows / rowsPerTag)))))
}

/** Resources read at once. */
const readBatch = 200
/** Rows held back, of which a random half is written whenever they are twice as many: neighbours are parted. */
const heldRows = 10_000
const rowsAtOnce = 2_000
/** Of a person, where nothing is known yet: prefixes, sounds and identifiers. */
const termsOfPerson = 10
/** A builder that has not been heard of for so long is gone. It is heard of at least every ten. */
const abandonedSeconds = 60
const heartbeatMs = 10_000

export interface ReindexParts {
  sql: Sql
  keys: Keys
  reader: Reader
  local: ExtractOptions
}

export function createReindex({ sql, keys, reader, local }: ReindexParts) {
  const rowKeys = createRowKeys(sql, keys)
  const peopleTypes = [...people].map((type) => typeCode(type) as number)

  return async function reindex(options: ReindexOptions = {}): Promise<Reindexed> {
    const [count] = await countAll(sql, peopleTypes)
    const { rows, people: persons, resources } = count as NonNullable<typeof count>
    let bits = bitsFor(Math.max(rows, persons * termsOfPerson))
    for (let isLast = false; ; isLast = true) {
      const built = await build(bits, resources, options)
      if (built.status !== 'built') return built
      const fitting = bitsFor(built.rows)
      if (isLast || (bits <= fitting && bits >= fitting - 1)) {
        const switched = await switchGeneration(sql, built.generation)
        await deleteLeft()
        if (switched.length === 0) return { status: 'busy' }
        return { status: 'ok', resources: built.resources, rows: built.rows, bits }
      }
      // The estimate was far off, as where the directory was lost: once more with what is known now.
      await deleteGeneration(sql, built.generation)
      bits = fitting
    }
  }

  async function build(bits: number, total: number, { onProgress, signal, pause }: ReindexOptions) {
    await deleteLeft()
    const rowKey = await rowKeys.make()
    const [begun] = await begin(rowKey.id, bits)
    if (!begun) {
      if (rowKey.id !== null) await deleteKey(sql, rowKey.id)
      return { status: 'busy' as const }
    }
    const { generation } = begun
    const sink = createSink(sql, generation)
    const done = { resources: 0, total, rows: 0 }
    try {
      let after = { compartment: zero, resource: zero }
      for (;;) {
        if (signal?.aborted) {
          await deleteGeneration(sql, generation)
          return { status: 'aborted' as const }
        }
        const rows = await selectCurrent(sql, after, readBatch)
        const current = rows.filter(({ deleted }) => !deleted)
        await keys.load([...new Set(current.map(({ compartment }) => compartment))])
        const atOnce = pause ? 1 : resourcesBetweenPauses
        for (let from = 0; from < current.length; from += atOnce) {
          const opened = await reader.openAll(current.slice(from, from + atOnce), 'full')
          const named: Named[] = []
          for (const { type, id, version, home, json } of opened) {
            done.resources++
            const value = JSON.parse(json) as JsonObject
            const values = extract(value, { ...local, text: json })
            const resource = newResourceKey(keys.locator, type, id)
            const others = othersOf(keys.locator, { type, id, value, home }, local)
            if (others.length > 0) named.push({ resource, version, home, others })
            for (const term of termsOf(type, (name) => values.values.get(name), local.timeZone)) {
              const tag = tagOf(pointOf(keys.directory, type, term), bits)
              const entry = rowEntryOf(rowKey, entryOf(keys.directory, type, term, resource))
              const row = { generation, tag, entry }
              sink.add({ ...row, sealed: sealRow(rowKey.key, row, resource) })
              done.rows++
            }
          }
          await point({ sql, keys }, named)
          await (pause ? pause() : setImmediate())
        }
        if (!(await sink.settle())) return { status: 'busy' as const }
        onProgress?.({ ...done })
        const last = rows.at(-1)
        if (!last || rows.length < readBatch) break
        after = last
      }
      if (!(await sink.settle(true))) return { status: 'busy' as const }
      return { status: 'built' as const, generation, resources: done.resources, rows: done.rows }
    } catch (error) {
      // Left as it is, it would be taken for one that is being built for a minute.
      await deleteGeneration(sql, generation).catch(() => undefined)
      throw error
    }
  }

  async function begin(key: string | null, bits: number) {
    try {
      return await insertGeneration(sql, key, bits, local.timeZone, termsEdition, abandonedSeconds)
    } catch (error) {
      // Two that begin at once meet on the primary key.
      if ((error as { code?: string }).code === '23505') return []
      throw error
    }
  }

  async function deleteLeft(): Promise<void> {
    for (const { generation } of await selectLeftGenerations(sql)) {
      for (;;) {
        const [outcome] = await deleteLeftRows(sql, generation, rowsAtOnce)
        if ((outcome?.deleted ?? 0) < rowsAtOnce) break
      }
    }
  }
}

/** Some milliseconds of opening, extracting and sealing. */
const resourcesBetweenPauses = 8

interface SinkRow {
  tag: number
  entry: string
  sealed: Uint8Array
}

/** Takes rows in the order of their resources and writes them in another. */
function createSink(sql: Sql, generation: number) {
  let held: SinkRow[] = []
  let heard = performance.now()
  return {
    add(row: SinkRow) {
      held.push(row)
    },
    /** False: the generation was taken away by somebody else. */
    async settle(isLast = false): Promise<boolean> {
      const isFull = held.length >= 2 * heldRows
      if (!isLast && !isFull && performance.now() - heard < heartbeatMs) return true
      shuffle(held)
      const leaving = isLast ? held : isFull ? held.slice(heldRows) : []
      held = isLast ? [] : held.slice(0, held.length - leaving.length)
      for (let from = 0; from === 0 || from < leaving.length; from += rowsAtOnce) {
        const written = await insertRows(sql, generation, leaving.slice(from, from + rowsAtOnce))
        if (written.length === 0) return false
      }
      heard = performance.now()
      return true
    },
  }
}

const zero = '00000000-0000-0000-0000-000000000000'
