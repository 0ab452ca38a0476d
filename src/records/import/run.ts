/** An import from beginning to end. */
import { setTimeout } from 'node:timers/promises'
import { CombinerBusy, DatabaseAway, faultOf, UnknownOutcome, type Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { collectSeldom } from '#kernel/threads/index.ts'
import type { Finder } from '../criteria.ts'
import type { Sight } from '../gate/index.ts'
import type { Reader } from '../reader.ts'
import type { Traffic } from '../search/run/index.ts'
import type { Writer } from '../writer.ts'
import type { Writing } from '../writing.ts'
import { createBring, type Carry, type Fate } from './bring.ts'
import { createConditionals } from './conditional.ts'
import { createDangling } from './dangling.ts'
import { findingsOf } from './findings.ts'
import { createForeseer } from './foresee.ts'
import { createJournal, newRun } from './journal.ts'
import { createLanes } from './lanes.ts'
import type { Counts, Finding, Imported, ImportOptions, Source } from './types.ts'
import { nameOf, type Item, type Unit } from './unit.ts'
import type { Readers } from './readers.ts'
import { createUnitReader, type UnitReader, type Wanted } from './units.ts'

export interface ImportParts {
  sql: Sql
  keys: Keys
  reader: Reader
  writer: Writer
  finder: Finder
  traffic: Traffic
  base?: string | undefined
  /** The facility's, as an IANA name. */
  timeZone: string
  readers: Readers
}

/** Units under way at once: while two are with PostgreSQL, one is sealed and one is read. */
const lanesAlone = 4
/** The same while others ask for something. */
const lanesBeside = 2
/** PostgreSQL is waited for so long, beyond what the combiner waits. */
const awayMsMax = 60_000
const awayPauseMs = 500

export function createImport({
  sql,
  keys,
  reader,
  writer,
  finder: wholeFinder,
  traffic,
  base,
  timeZone,
  readers,
}: ImportParts) {
  return async function importAll(options: ImportOptions, writing: Writing): Promise<Imported> {
    const asUsual = collectSeldom()
    try {
      return await bringAll(options, writing)
    } finally {
      asUsual()
    }
  }

  async function bringAll(options: ImportOptions, writing: Writing): Promise<Imported> {
    const { sources, dryRun = false, again = false, map = new Map(), signal } = options
    const { bounds } = writing
    // Of whoever may not see all, what is hidden is as if it were not there: no condition, no reference and no earlier import tells of it.
    const finder = bounds ? wholeFinder.within({ sight: bounds.sight, signal }) : wholeFinder
    const seen = bounds && seenBy(bounds.sight, reader)
    const tell = createTelling(options)
    const { counts } = tell
    const journal = createJournal(sql, keys, map, again ? newRun() : bounds?.whose)
    const conditionals = createConditionals(finder)
    const foreseer = createForeseer({
      keys,
      reader,
      finder,
      conditionals,
      bounds,
      local: base === undefined ? {} : { base },
    })
    const carry: Carry = dryRun ? foreseer.carry : createBring({ writer, finder, conditionals, journal })
    const dangling = createDangling({ sql, keys, base, seen }, dryRun ? foreseer.announced : () => false)
    const unitsOf = createUnitReader({
      journal,
      reader: readers.as({ timeZone, base, map, prepares: !dryRun }),
      onFile: tell.file,
      onBytes: tell.bytes,
      onFinding: tell.finding,
      onRefused: (count) => void (counts.refused += count),
      onBefore: (count) => void (counts.before += count),
      onLine: options.onLine,
      givesWay: () => traffic.isActive,
    })
    // A dry run foresees one thing after the other: what comes later may refer to what came before.
    const lanes = createLanes(() => (dryRun ? 1 : traffic.isActive ? lanesBeside : lanesAlone))
    /** What refers by criteria to something that may come later: by source, its lines. */
    let putOff = new Map<Source, Set<number>>()
    let isLast = false

    const settle = async (unit: Unit, fate: Fate): Promise<void> => {
      for (const { outcome } of fate.changes) counts[outcome]++
      counts.before += fate.before
      if (unit.mark !== undefined && fate.refused.length === 0) options.onLine?.(unit.source, lineOf(unit))
      for (const { item, refusal } of fate.refused) {
        if (refusal.status === 'no-match' && !isLast) {
          putOff.set(unit.source, (putOff.get(unit.source) ?? new Set()).add(item.at.line))
          continue
        }
        for (const finding of findingsOf(item.at, refusal)) tell.finding(finding)
        counts.refused += unit.mark === undefined ? 1 : unit.items.length
      }
      await patiently(() => dangling.look(fate.brought), signal)
    }
    const send = (unit: Unit) =>
      lanes.start(
        { names: contestedNames(unit.items), size: unit.items.length, bytes: unit.bytes },
        async () => settle(unit, await patiently(() => carry(unit, writing), signal)),
      )

    for (const group of byRank(sources)) {
      if (signal?.aborted) break
      await sendAll(
        unitsOf,
        group.map((source) => ({ source })),
        send,
        signal,
      )
      await lanes.drain()
    }
    // As long as something more is found each time.
    for (let left = Infinity; putOff.size > 0 && !signal?.aborted;) {
      const now = putOff
      const size = [...now.values()].reduce((sum, lines) => sum + lines.size, 0)
      isLast = size >= left
      left = size
      putOff = new Map()
      for (const [source, lines] of now) {
        await sendAll(unitsOf, [{ source, only: lines }], send, signal)
        await lanes.drain()
      }
    }
    if (signal?.aborted) return { status: 'stopped', counts: { ...counts } }
    for (const finding of await patiently(() => dangling.end(), signal)) {
      tell.finding(finding)
      counts.dangling++
    }
    return { status: 'ok', counts: { ...counts } }
  }
}

/** Of these resources, which are there, those that somebody sees. */
function seenBy(sight: Sight, reader: Reader) {
  return async (names: ReadonlySet<string>): Promise<Set<string>> => {
    const seen = new Set<string>()
    for (const name of names) {
      const [type = '', id = ''] = name.split('/')
      const found = await reader.current(type, id, 'clinical')
      if (found.status === 'ok' && (await sight.allows('read', found.version))) seen.add(name)
    }
    return seen
  }
}

async function sendAll(
  unitsOf: UnitReader,
  wanted: readonly Wanted[],
  send: (unit: Unit) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const unit of unitsOf(wanted)) {
    await send(unit)
    if (signal?.aborted) break
  }
}

/** An id that was just drawn is nobody else's. */
function contestedNames(items: readonly Item[]): string[] {
  return items.flatMap(({ wish }) =>
    wish.kind === 'create' && wish.ifNoneExist === undefined ? [] : nameOf(wish),
  )
}

/** Of a Bundle: where it stands. */
const lineOf = ({ items: [first] }: Unit): number => first?.at.line ?? 0

/** In the order of their ranks; of one rank as given. */
function byRank(sources: readonly Source[]): Source[][] {
  const groups = Map.groupBy(sources, ({ rank }) => rank)
  return [...groups].toSorted(([a], [b]) => a - b).map(([, group]) => group)
}

/** Keeps the counts, and says how far it is. */
function createTelling({ sources, onProgress, onFinding }: ImportOptions) {
  const counts: Counts = {
    created: 0,
    updated: 0,
    unchanged: 0,
    deleted: 0,
    before: 0,
    refused: 0,
    dangling: 0,
  }
  const bytesTotal = sources.reduce((sum, { bytes }) => sum + bytes, 0)
  let file = ''
  let files = 0
  let bytes = 0
  const progress = () =>
    onProgress?.({
      ...counts,
      file,
      files,
      filesTotal: sources.length,
      bytes: Math.min(bytes, bytesTotal),
      bytesTotal,
    })
  return {
    counts,
    file(name: string) {
      file = name
      files++
      progress()
    },
    bytes(more: number) {
      bytes += more
      progress()
    },
    finding: (finding: Finding) => onFinding?.(finding),
  }
}

/** Again, where the database was away or too much was waiting. What was written meanwhile is known by its marks. */
async function patiently<Result>(
  act: () => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const began = performance.now()
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (signal?.aborted || !isPassing(error) || performance.now() - began > awayMsMax) throw error
      await setTimeout(awayPauseMs)
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof CombinerBusy || error instanceof DatabaseAway || error instanceof UnknownOutcome)
    return true
  const fault = faultOf(error)
  return fault === 'not-sent' || fault === 'lost'
}
