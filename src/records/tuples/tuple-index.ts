/**
 * Compartments as a search sees them. What was read of one is kept, within bytes, and is valid only up to the head
 * that the database tells in the same query that fetches what came after: so a search sees every write that was
 * acknowledged before it began. A log whose blocks were made anew from the records since is read anew.
 *
 * Who comes while a compartment is read for the first time waits for that, and then asks only for what came after:
 *   a: head 900 read … 300 blocks opened … shelf
 *   b:      a write to it acknowledged … search begins, waits for a … head 901 read, 1 block … shelf
 */
import { setImmediate } from 'node:timers/promises'
import { createCombiner, rowsOf, type Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import type { CompartmentId } from '../place.ts'
import type { Reader } from '../reader.ts'
import type { View } from '../sealing.ts'
import { blockEntriesMax } from '../rows.ts'
import type { BlockRow, Blocks } from './block.ts'
import type { Compactor } from './compaction.ts'
import { createKept, indexBytesMax, type Opened } from './kept.ts'
import { Elsewhere, type Pointed } from './pointed.ts'
import { selectBlocks, selectCompartments, type Known } from './queries.ts'
import type { StoredEntry } from './entry.ts'
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

/** A compartment that somebody reads at the moment; all who do share what they open. */
interface Visit extends Opened {
  readers: number
  /** It is a scan that came by: what is opened meanwhile is not kept. */
  isPassing?: true
  /** Until what nobody knew before is read. */
  first?: Promise<unknown>
}

/** Blocks opened between two pauses for other work: some 3 ms. */
const blocksBetweenPauses = 8
/** What a scan learns of one compartment. Nothing: it was destroyed. */
interface Fetched {
  compartment: CompartmentId
  keys: CompartmentKeys | undefined
  read: Read | undefined
}

/** Compartments that a scan fetches in one statement: it has as many in hand, and as many on their way. */
const scannedAtOnce = 32

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
  const kept = createKept(keys, bytesMax)
  const visits: Record<View, Map<CompartmentId, Visit>> = { full: new Map(), clinical: new Map() }
  keys.onForget((compartment) => {
    for (const each of Object.values(visits)) {
      if (compartment === undefined) each.clear()
      else each.delete(compartment as CompartmentId)
    }
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
    batchMax: scannedAtOnce,
    key: () => [],
    repeatable: true,
    run: readAll,
  })

  async function readAll(known: readonly Known[]): Promise<(Read | undefined)[]> {
    const found: (Read | undefined)[] = known.map(() => undefined)
    for (const row of await rowsOf(selectBlocks(sql, known))) {
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

  async function fetchAfter(after: CompartmentId, view: View): Promise<Fetched[]> {
    const names = (await selectCompartments(sql, after, scannedAtOnce)).map(({ compartment }) => compartment)
    const found = await keys.load(names)
    const identity = view === 'full'
    const fetchOne = async (compartment: CompartmentId): Promise<Fetched> => {
      const own = found.get(compartment)
      const read = own && (await fetchAhead({ compartment, position: 0, rebuiltAt: null, identity }))
      return { compartment, keys: own, read }
    }
    return Promise.all(names.map(fetchOne))
  }

  return {
    async read(compartment, { view, head, asOf }) {
      const found = await reader.keysOf(compartment)
      if (!found) return undefined
      const visit = enter(view, compartment, found)
      try {
        const isFirst = visit.readers === 1 && visit.log.head === 0
        // Whether it failed is the business of who read it.
        if (!isFirst) await visit.first?.catch(() => {})
        const reading = readOne(visit, view, compartment)
        if (isFirst) visit.first = reading
        const read = await reading
        if (!read) return undefined
        const { log, others } = read
        const { entries, ...shelf } = asOf === undefined ? log.at(head ?? log.head) : log.asOf(asOf)
        return { ...shelf, entries: others.length === 0 ? entries : [...entries, ...others] }
      } finally {
        leave(visit, view, compartment)
      }
    },

    async *scan({ view, after = zero, asOf, signal, pause }) {
      // The next are on their way while some are worked on.
      let ahead: Promise<Fetched[]> | undefined = fetchAfter(after, view)
      while (ahead) {
        const fetched: Fetched[] = await ahead
        const last = fetched.length < scannedAtOnce ? undefined : fetched.at(-1)
        ahead = last && fetchAfter(last.compartment, view)
        // Whether it failed is the business of who comes to it.
        ahead?.catch(() => {})
        for (const { compartment, keys: found, read } of fetched) {
          if (signal?.aborted) return
          if (!found || !read) continue
          // The cache is left alone: a scan would push out the ward's patients.
          const log = new Log(compartment, read.rebuiltAt)
          await take(log, found, read, pause)
          // Whoever has to ask this record whether its patient lets it be seen finds it open.
          const visit: Visit = { keys: found, log, elsewhere: new Elsewhere(), readers: 1, isPassing: true }
          if (!visits[view].has(compartment)) visits[view].set(compartment, visit)
          try {
            yield asOf === undefined ? log.at(read.head) : log.asOf(asOf)
          } finally {
            leave(visit, view, compartment)
          }
        }
      }
    },

    get bytes() {
      return kept.bytes
    },
  }

  function enter(view: View, compartment: CompartmentId, found: CompartmentKeys): Visit {
    let visit = visits[view].get(compartment)
    if (visit?.keys !== found) {
      const known = kept.get(view, compartment)
      const { log, elsewhere } =
        known?.keys === found ? known : { log: new Log(compartment, null), elsewhere: new Elsewhere() }
      visit = { keys: found, log, elsewhere, readers: 0 }
      visits[view].set(compartment, visit)
    }
    visit.readers++
    return visit
  }

  function leave(visit: Visit, view: View, compartment: CompartmentId): void {
    if (--visit.readers === 0 && visits[view].get(compartment) === visit) visits[view].delete(compartment)
  }

  async function readOne(visit: Visit, view: View, compartment: CompartmentId) {
    const known = visit.log
    const read = await fetch({
      compartment,
      position: known.head,
      rebuiltAt: known.rebuiltAt,
      identity: view === 'full',
    })
    if (!read) {
      kept.drop(view, compartment)
      return undefined
    }
    const isOf = (log: Log) => log.rebuiltAt?.getTime() === read.rebuiltAt?.getTime()
    // Made anew since, all of its blocks were given: for a log that nobody had, or that somebody else began with them.
    const log = [known, visit.log].find(isOf) ?? (visit.log = new Log(compartment, read.rebuiltAt))
    const { keys: found, elsewhere } = visit
    await take(log, found, read)
    const others = read.pointed ? await pointed(compartment, found, view, elsewhere) : []
    if (!visit.isPassing) kept.keep(view, compartment, { keys: found, log, elsewhere })
    if (read.loose > blockEntriesMax) compactor.wants(compartment)
    return { log, others }
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
}

const zero = '00000000-0000-0000-0000-000000000000' as CompartmentId
