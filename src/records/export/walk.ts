/**
 * Everything that lived in the house at a moment, or in some compartments of it, in the order of keyed names: each
 * resource once, as it was then, whatever is changed, moved or deleted meanwhile. By name alone; contents come later.
 */
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentId, ResourceKey } from '../place.ts'
import { selectPointers } from '../queries.ts'
import type { Reader } from '../reader.ts'
import { openPointer } from '../sealing.ts'
import { selectSpan, selectThen, type Edge, type Then } from './queries.ts'

export interface Batch {
  found: Then[]
  /** The compartment whose pointers gave it: it belongs to another patient too, who may have given it already. */
  pointed?: CompartmentId
  /** All before it is done: a walk can begin here again. */
  done?: Edge
}

export interface WalkOptions {
  /** Milliseconds since 1970, up to which all is written. */
  moment: number
  /** In the order of their names; undefined: all. */
  compartments?: readonly CompartmentId[] | undefined
  /** A compartment that is passed over. */
  without?: CompartmentId | undefined
  from?: Edge | undefined
}

const pointersMax = 200

const lowest = '00000000-0000-0000-0000-000000000000'
const highest = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
const start: Edge = { compartment: lowest as CompartmentId, resource: lowest }

export type Walk = (options: WalkOptions) => AsyncGenerator<Batch>

/** `lookMax`: resources looked at in one statement. */
export function createWalk(sql: Sql, reader: Reader, lookMax: number): Walk {
  return async function* walk({ moment, compartments, without, from = start }) {
    const at = new Date(moment)
    if (!compartments) {
      yield* span(from, highest as CompartmentId, without ?? (lowest as CompartmentId), at)
      return
    }
    for (const compartment of compartments) {
      if (compartment <= from.compartment) continue
      for await (const { found } of span(
        { compartment, resource: lowest },
        compartment,
        start.compartment,
        at,
      ))
        yield { found }
      yield* pointed(compartment, at)
      yield { found: [], done: { compartment, resource: highest } }
    }
  }

  async function* span(
    from: Edge,
    to: CompartmentId,
    without: CompartmentId,
    moment: Date,
  ): AsyncGenerator<Batch> {
    for (let after = from; ;) {
      const found: Then[] = []
      let done: Edge | undefined
      for (const row of await selectSpan(sql, after, to, without, moment, lookMax)) {
        if (row.version === null) done = { compartment: row.compartment, resource: row.resource }
        else found.push(row)
      }
      if (!done) throw new Error('a walk without an end')
      yield { found, done }
      if (done.compartment === to && done.resource === highest) return
      after = done
    }
  }

  /** What lives with another patient and names this one, by the pointers of now, as it was then. */
  async function* pointed(compartment: CompartmentId, moment: Date): AsyncGenerator<Batch> {
    for (let after = lowest; ;) {
      const rows = await selectPointers(sql, compartment, after, pointersMax)
      const keys = rows.length === 0 ? undefined : await reader.keysOf(compartment)
      if (!keys) return
      const names: ResourceKey[] = rows.map((row) => openPointer(keys, { compartment, ...row }))
      yield { found: [...(await selectThen(sql, names, moment))], pointed: compartment }
      const last = rows.at(-1)
      if (!last || rows.length < pointersMax) return
      after = last.pointer
    }
  }
}
