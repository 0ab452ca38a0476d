/**
 * Compartments as a search sees them. What was read of one is kept, within bytes, and is valid only up to the head
 * that the database tells in the same query that fetches what came after: so a search sees every write that was
 * acknowledged before it began. A log whose blocks were made anew from the records since is read anew.
 */
import { setImmediate } from 'node:timers/promises'
import { createCombiner, type Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import type { CompartmentId } from '../place.ts'
import type { Reader } from '../reader.ts'
import type { View } from '../sealing.ts'
import { blockEntriesMax } from '../rows.ts'
import type { BlockRow, Blocks } from './block.ts'
import type { Compactor } from './compaction.ts'
import type { Pointed } from './pointed.ts'
import { selectBlocks, selectCompartments, type Known } from './queries.ts'
import type { Entry, StoredEntry } from './entry.ts'
import { Log, type Shelf } from './shelf.ts'

export interface TupleIndex {
  /**
   * Now; or as of `head`, or of a moment in milliseconds since 1970, for an hour. Undefined: never opened, or destroyed.
   * What lives elsewhere and names this patient is given as of now.
   */
  read(
    compartment: CompartmentId,
    o: { view: View; head?: number; asOf?: number },
  ): Promise<Shelf | undefined>
  /** Every compartment in the order of its name, each as of now or of a moment. Ends when aborted. */
  scan(o: {
    view: View
    after?: CompartmentId
    asOf?: number
    signal?: AbortSignal
    /** Called before each block is opened, some 0.3 ms of work. */
    pause?: () => Promise<void> | undefined
  }): AsyncGenerator<Shelf>
  /** What is kept, by estimate. */
  readonly bytes: number
}

interface Read {
  head: number
  rebuiltAt: Date | null
  pointed: boolean
  rows: BlockRow[]
  loose: number
}

/** Some fifty thousand entries: the patients of a ward, and the facility. */
export const indexBytesMax = 32 * 1024 * 1024

/** Blocks opened between two pauses for other work: some 3 ms. */
const blocksBetweenPauses = 8
/** Compartments whose names and keys a scan fetches at once. */
const scanBatch = 256
/** Compartments that a scan has on their way while it works on one. */
const readAhead = 32

export function createTupleIndex(
  sql: Sql,
  keys: Keys,
  {
    reader,
    blocks,
    pointed,
    compactor,
  }: { reader: Reader; blocks: Blocks; pointed: Pointed; compactor: Compactor },
  bytesMax = indexBytesMax,
): TupleIndex {
  const shelves: Record<View, Map<CompartmentId, { keys: CompartmentKeys; log: Log; bytes: number }>> = {
    full: new Map(),
    clinical: new Map(),
  }
  let held = 0
  keys.onForget((compartment) => {
    for (const view of ['full', 'clinical'] as const) drop(view, compartment as CompartmentId | undefined)
  })

  const fetch = createCombiner<Known, Read | undefined>({
    flights: 2,
    batchMax: 64,
    // Reads do not exclude each other.
    key: () => [],
    repeatable: true,
    run: readAll,
  })
  // Apart, so that nobody's small read waits for the compartments of a scan.
  const fetchAhead = createCombiner<Known, Read | undefined>({
    flights: 1,
    batchMax: readAhead,
    key: () => [],
    repeatable: true,
    run: readAll,
  })

  async function readAll(known: readonly Known[]): Promise<(Read | undefined)[]> {
    const found: (Read | undefined)[] = known.map(() => undefined)
    for (const row of await selectBlocks(sql, known)) {
      const read = (found[row.asked - 1] ??= {
        head: row.head,
        rebuiltAt: row.rebuilt_at,
        pointed: row.pointed,
        loose: row.loose,
        rows: [],
      })
      if (row.compartment !== null) read.rows.push(row)
    }
    return found
  }

  return {
    async read(compartment, { view, head, asOf }) {
      const found = await reader.keysOf(compartment)
      if (!found) return undefined
      const entry = shelves[view].get(compartment)
      const known = entry?.keys === found ? entry.log : undefined
      const read = await fetch({
        compartment,
        position: known?.head ?? 0,
        rebuiltAt: known?.rebuiltAt ?? null,
        identity: view === 'full',
      })
      if (!read) {
        drop(view, compartment)
        return undefined
      }
      // All blocks of one that was made anew since were given.
      const isValid = known?.rebuiltAt?.getTime() === read.rebuiltAt?.getTime()
      const log = known && isValid ? known : new Log(compartment, read.rebuiltAt)
      await take(log, found, read)
      keep(view, compartment, found, log)
      if (read.loose > blockEntriesMax) compactor.wants(compartment)
      const shelf = asOf === undefined ? log.at(head ?? log.head) : log.asOf(asOf)
      return withPointed(shelf, read, found, view)
    },

    async *scan({ view, after = zero, asOf, signal, pause }) {
      for (let from = after; ;) {
        const names = (await selectCompartments(sql, from, scanBatch)).map(({ compartment }) => compartment)
        const found = (await keys.load(names)) as ReadonlyMap<string, CompartmentKeys>
        // The cache is left alone: a scan would push out the ward's patients. The next is on its way meanwhile.
        const fetchOne = (compartment: CompartmentId | undefined) => {
          if (compartment === undefined || !found.has(compartment)) return undefined
          const reading = fetchAhead({ compartment, position: 0, rebuiltAt: null, identity: view === 'full' })
          reading.catch(() => {})
          return reading
        }
        const ahead = names.slice(0, readAhead).map(fetchOne)
        for (const [n, compartment] of names.entries()) {
          if (signal?.aborted) return
          const read = await ahead.shift()
          ahead.push(fetchOne(names[n + readAhead]))
          if (!read) continue
          const log = new Log(compartment, read.rebuiltAt)
          await take(log, found.get(compartment) as CompartmentKeys, read, pause)
          yield asOf === undefined ? log.at(read.head) : log.asOf(asOf)
        }
        const last = names.at(-1)
        if (!last || names.length < scanBatch) return
        from = last
      }
    },

    get bytes() {
      return held
    },
  }

  async function take(
    log: Log,
    found: CompartmentKeys,
    { head, rows }: Read,
    pause?: () => Promise<void> | undefined,
  ): Promise<void> {
    if (head <= log.head) return
    const opened: StoredEntry[][] = []
    for (const [n, row] of rows.entries()) {
      if (pause) await pause()
      else if (n % blocksBetweenPauses === blocksBetweenPauses - 1) await setImmediate()
      opened.push(blocks.open(found, row))
    }
    // At once, and only where nobody else did meanwhile: a log has each entry once.
    if (head <= log.head) return
    for (const entries of opened) log.add(entries)
    log.head = head
  }

  async function withPointed(shelf: Shelf, read: Read, found: CompartmentKeys, view: View): Promise<Shelf> {
    if (!read.pointed) return shelf
    const others: readonly Entry[] = await pointed(shelf.compartment, found, view)
    return { ...shelf, entries: [...shelf.entries, ...others] }
  }

  function keep(view: View, compartment: CompartmentId, found: CompartmentKeys, log: Log): void {
    drop(view, compartment)
    // Sealed, or forgotten, while it was read: nothing of it is to stay.
    if (keys.cached(compartment) !== found) return
    // One that is mostly of the past is read anew, without it; one that would push out half of the others is not kept.
    if (log.isStale || log.bytes > bytesMax / 2) return
    const { bytes } = log
    shelves[view].set(compartment, { keys: found, log, bytes })
    held += bytes
    for (const each of ['clinical', 'full'] as const) {
      for (const [oldest] of shelves[each]) {
        if (held <= bytesMax) return
        drop(each, oldest)
      }
    }
  }

  function drop(view: View, compartment?: CompartmentId): void {
    const shelf = shelves[view]
    const names = compartment === undefined ? [...shelf.keys()] : [compartment]
    for (const name of names) {
      const entry = shelf.get(name)
      if (!entry) continue
      shelf.delete(name)
      held -= entry.bytes
    }
  }
}

const zero = '00000000-0000-0000-0000-000000000000' as CompartmentId
