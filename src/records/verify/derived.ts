/**
 * What follows from the versions, made again of them and compared: index tuples, pointers, the directory. Tuples are compared while
 * their compartment is open; what stands elsewhere waits on disk until all compartments were.
 */
import { createHasher, sha256, SealBroken, uuidBytes } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import { typeName, type ReferenceOptions } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { hasIdentity } from '../capsule.ts'
import { readStanding, type Standing } from '../directory/index.ts'
import type { CompartmentId } from '../place.ts'
import { othersOf } from '../pointing.ts'
import type { VersionRow } from '../rows.ts'
import { decodeTuple, encodeTuple, extract, type ExtractOptions } from '../search/index.ts'
import { openPointer, type Sealing } from '../sealing.ts'
import type { HistoryEntry } from '../types.ts'
import { noName } from './committed.ts'
import type { RecordFinding } from './findings.ts'
import * as queries from './queries.ts'
import { rowsAtOnce, type Reckoning, type Rest } from './reckoning.ts'

export interface DerivedParts {
  sql: Sql
  keys: Keys
  sealing: Sealing
  local: ReferenceOptions & ExtractOptions
  /** For what waits: of nothing else. */
  reckoning: Reckoning
}

/** What the index tuples of a version have to be, as `digestOf` has them; and what people call it. */
export interface Made {
  type: string
  id: string
  record: string
  /** Of types whose identity is kept apart. */
  identity?: string
}

/** So many that are not as they have to be are named at once. */
const namedAtOnce = 200

export class Derived {
  /** Whether what searches compare can be compared with what this process would make. */
  readonly isComparable: boolean
  readonly #parts: DerivedParts
  readonly #directory: Standing | undefined

  private constructor(parts: DerivedParts, directory: Standing | undefined) {
    this.#parts = parts
    const { timeZone } = directory ?? {}
    this.isComparable = directory !== undefined && (timeZone ?? parts.local.timeZone) === parts.local.timeZone
    this.#directory = this.isComparable ? directory : undefined
  }

  static async begin(parts: DerivedParts): Promise<Derived> {
    return new Derived(parts, await readStanding(parts.sql, parts.keys))
  }

  /** Of a current version, not of a deletion; undefined where it does not open, which is told by its commitment. */
  take(theirs: CompartmentKeys, row: VersionRow): Made | undefined {
    const opened = openedOf(this.#parts.sealing, theirs, row)
    if (!opened) return undefined
    const { clinical, whole } = opened
    const { type, id } = clinical
    const { keys, local, reckoning } = this.#parts
    const value = JSON.parse(whole.body) as JsonObject
    for (const other of othersOf(keys.locator, { type, id, value, home: row.compartment }, local))
      reckoning.row('pointer', pointerHash(other, row.resource), {
        ...unnamed,
        compartment: other,
        name: row.resource,
        current: true,
      })
    const tuple = encodeTuple(extract(value, { ...local, text: whole.body }))
    if (this.#directory) {
      const values = decodeTuple(tuple)
      const valuesOf = (name: string) => values.values(name)
      for (const listed of this.#directory.listedOf(type, row.resource, valuesOf, local.timeZone))
        reckoning.row('directory', listedHash(listed), { ...unnamed, name: row.resource, current: true })
    }
    if (clinical === whole) return { type, id, record: digestOf(tuple) }
    const text = clinical.body
    const record = encodeTuple(extract(JSON.parse(text) as JsonObject, { ...local, text }))
    return { type, id, record: digestOf(record), identity: digestOf(tuple) }
  }

  /** What stands in a compartment of those that live elsewhere. */
  async *pointers(theirs: CompartmentKeys, compartment: CompartmentId): AsyncGenerator<RecordFinding> {
    const { sql, reckoning } = this.#parts
    for await (const rows of queries.selectPointersOf(sql, compartment).cursor(rowsAtOnce * 10)) {
      for (const row of rows) {
        try {
          const target = openPointer(theirs, { compartment, ...row })
          const hash = pointerHash(compartment, target)
          reckoning.row('pointer', hash, { ...unnamed, compartment, name: target })
        } catch (error) {
          if (!(error instanceof SealBroken)) throw error
          yield { what: 'altered', of: 'pointer', compartment }
        }
      }
    }
  }

  /** When all compartments were gone through. */
  async *settle(): AsyncGenerator<RecordFinding> {
    const { reckoning } = this.#parts
    if (this.#directory) {
      let broken = 0
      for await (const rows of this.#directory.rows()) {
        for (const listed of rows.listed)
          reckoning.row('directory', listedHash(listed), { ...unnamed, name: listed.resource })
        broken += rows.broken
      }
      if (broken > 0) yield { what: 'altered', of: 'directory', count: broken }
    }
    const page: Rest[] = []
    for (const rest of reckoning.rest()) {
      page.push(rest)
      if (page.length === namedAtOnce) yield* this.#named(page.splice(0))
    }
    yield* this.#named(page)
  }

  /** Each resource once, with how many rows. What the destroyed leave behind is in place, and what does not open is told already. */
  async *#named(page: readonly Rest[]): AsyncGenerator<RecordFinding> {
    if (page.length === 0) return
    const { sql, keys, sealing } = this.#parts
    const rows = page.flatMap(({ sort, rows: [row] }) => (row ? [{ sort, ...row }] : []))
    const heads = await queries.selectHeadsNamed(sql, [...new Set(rows.map(({ name }) => name))])
    const homes = new Map(heads.map((head) => [head.resource as string, head]))
    const compartments = new Set<string>(heads.map(({ compartment }) => compartment))
    for (const { compartment } of rows) if (compartment !== noName) compartments.add(compartment)
    const held = await keys.inspect([...compartments])
    const found = new Map<string, RecordFinding & { count: number }>()
    for (const { sort, name, compartment, current: isToBe } of rows) {
      const head = homes.get(name)
      const theirs = head && held.get(head.compartment)
      if (head && typeof theirs !== 'object') continue
      if (isToBe && compartment !== noName && typeof held.get(compartment) !== 'object') continue
      const opened = head && typeof theirs === 'object' ? openedOf(sealing, theirs, head) : undefined
      if (head && !opened) continue
      const at = compartment === noName ? head?.compartment : compartment
      const what = isToBe ? 'missing' : 'added'
      const key = `${sort} ${what} ${name} ${at}`
      const known = found.get(key)
      if (known) known.count++
      else
        found.set(key, {
          what,
          of: sort === 'pointer' ? 'pointer' : 'directory',
          ...(at === undefined ? {} : { compartment: at }),
          resource: name,
          ...(opened ? { type: opened.whole.type, id: opened.whole.id } : {}),
          count: 1,
        })
    }
    for (const each of held.values()) if (typeof each === 'object') each.zero()
    for (const { count, ...finding } of found.values())
      yield finding.of === 'directory' ? { ...finding, count } : finding
  }
}

/** Whether an entry of a block says of a version what it has to; where nothing is apart, it may say so in either way. */
export function isAsMade(made: Made, part: 'record' | 'identity', digest: string): boolean {
  if (part === 'record') return digest === made.record
  return digest === (made.identity ?? made.record)
}

export const digestOf = (tuple: Uint8Array): string => textOf(sha256(tuple).subarray(0, 16))

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

const unnamed = { compartment: noName, version: 0, timeMs: 0, current: false }

function pointerHash(compartment: string, target: string): Uint8Array {
  return hashOf(uuidBytes(compartment), uuidBytes(target))
}

function listedHash({ tag, entry, resource }: { tag: number; entry: string; resource: string }): Uint8Array {
  const number = Buffer.alloc(4)
  number.writeInt32BE(tag)
  return hashOf(number, uuidBytes(entry), uuidBytes(resource))
}

function hashOf(...parts: Uint8Array[]): Uint8Array {
  const hasher = createHasher('sha256')
  for (const part of parts) hasher.update(part)
  return hasher.digest()
}

/** `clinical` is `whole` where nothing is kept apart. */
function openedOf(
  sealing: Sealing,
  theirs: CompartmentKeys,
  row: VersionRow,
): { clinical: HistoryEntry; whole: HistoryEntry } | undefined {
  try {
    const clinical = sealing.open(theirs, row, 'clinical')
    const isApart = row.capsule !== null && hasIdentity(typeName(row.type))
    return { clinical, whole: isApart ? sealing.open(theirs, row, 'full') : clinical }
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}
