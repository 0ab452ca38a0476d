/** All that lives in a compartment now, and all that points into it. */
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import type { CompartmentId } from './place.ts'
import { selectCompartment, selectPointers } from './queries.ts'
import type { Reader } from './reader.ts'
import type { HeadRow } from './rows.ts'
import { openPointer, type Pointer, type View } from './sealing.ts'
import type { HistoryEntry } from './types.ts'

/** Where a walk stands: what lives here first, then what is pointed to, each in the order of its keyed names. */
export interface WalkPosition {
  part: 'own' | 'pointed'
  after: string
}

export const walkStart: WalkPosition = { part: 'own', after: '00000000-0000-0000-0000-000000000000' }

/** One step: at most `limit` resources and where the next step begins; undefined after the last. */
export type Step = (
  compartment: CompartmentId,
  position: WalkPosition,
  limit: number,
  view?: View,
) => Promise<{ found: HistoryEntry[]; next: WalkPosition | undefined }>

export type Walk = (compartment: CompartmentId) => AsyncGenerator<HistoryEntry>

export function createStep(sql: Sql, reader: Reader): Step {
  return async function step(compartment, { part, after }, limit, view = 'full') {
    if (part === 'own') {
      const rows = await selectCompartment(sql, compartment, after, limit)
      const found = await reader.openAll(rows, view)
      const last = rows.at(-1)
      if (rows.length === limit && last) return { found, next: { part, after: last.resource } }
      return { found, next: { part: 'pointed', after: walkStart.after } }
    }
    const rows = await selectPointers(sql, compartment, after, limit)
    const keys = await reader.keysOf(compartment)
    const found = keys ? await followPointers(compartment, keys, rows, view) : []
    const last = rows.at(-1)
    return { found, next: rows.length === limit && last ? { part, after: last.pointer } : undefined }
  }

  async function followPointers(
    compartment: CompartmentId,
    keys: CompartmentKeys,
    rows: readonly Omit<Pointer, 'compartment'>[],
    view: View,
  ): Promise<HistoryEntry[]> {
    const heads = await reader.heads(rows.map((row) => openPointer(keys, { ...row, compartment })))
    const live: HeadRow[] = [...heads.values()].filter((head) => head.alive && !head.deleted)
    return reader.openAll(live, view)
  }
}

/** Resources opened in one step of a whole walk: some 20 ms of work between two turns of the event loop. */
const walkStepMax = 200

export function createWalk(step: Step): Walk {
  return async function* walk(compartment) {
    let position: WalkPosition | undefined = walkStart
    while (position) {
      const { found, next }: Awaited<ReturnType<Step>> = await step(compartment, position, walkStepMax)
      yield* found
      position = next
    }
  }
}
