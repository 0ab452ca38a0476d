/**
 * All names under a tag, kept in memory while the directory has not changed, so that words which are common each, but
 * rare together, are intersected without opening their rows again. The longest are fetched before anybody asks.
 */
import { setImmediate, setTimeout } from 'node:timers/promises'
import { uuidBytes } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { uuidOf } from '../place.ts'
import { Names } from './names.ts'
import {
  selectCrowded,
  selectEntries,
  selectGenerations,
  selectSealed,
  type GenerationRow,
} from './queries.ts'
import type { RowKeys } from './row-keys.ts'
import { openRow, tagOf } from './rows.ts'
import { pointOf, type Term } from './terms.ts'

/** Too long to be kept; such a term tells few apart. */
export const tooLong = 'too long'

export interface Lists {
  /**
   * The names of all that have each term, and of those whose own terms meet it on the tag. Undefined where one is not
   * at hand: it is fetched in the background, for the next who asks.
   */
  read(type: string, terms: readonly Term[]): Promise<Map<Term, Names | typeof tooLong> | undefined>
  /** Fetches the longest, where that is not done; resolves when it is, or cannot be done now. Never rejects. */
  warm(): Promise<void>
  /** Until what was begun in the background is done. */
  idle(): Promise<void>
}

interface List {
  generation: number
  /** How often the directory had been changed. */
  changes: number
  /** 16 bytes for each row, in their order, and the name that it holds at the same place. */
  entries: Buffer
  rowNames: Buffer
  names: Names | typeof tooLong
}

/** Half of 100,000 people. */
export const listMax = 50_000
/** Rows of all lists: 52 bytes each, 23 MB. */
const heldMax = 450_000
/** What is fetched before anybody asks: opening fewer takes some milliseconds. */
const crowd = 250
/** Rows fetched at once; more bytes on their way would make others wait for PostgreSQL. */
const rowsFetched = 500
/** Rows opened at once: half a millisecond of work. */
const rowsAtOnce = 50
/** What nobody asked for rests so many times as long as it works. */
const restTimes = 1
const entryBytes = 16

export function createLists(sql: Sql, keys: Keys, rowKeys: RowKeys): Lists {
  /** By tag; the longest unused first. */
  const lists = new Map<number, List>()
  const wanted = new Set<number>()
  let working: Promise<void> | undefined
  let warming: Promise<void> | undefined
  /** The generation whose longest lists were fetched. */
  let warmed: number | undefined
  let held = 0
  keys.onForget((compartment) => {
    if (compartment !== undefined) return
    lists.clear()
    wanted.clear()
    warmed = undefined
    held = 0
  })

  return {
    async read(type, terms) {
      const serving = await selectServing()
      if (keys.state() !== 'open') return undefined
      if (warmed !== serving.generation) void warm()
      const found = new Map<Term, List['names']>()
      for (const term of terms) {
        const tag = tagOf(pointOf(keys.directory, type, term), serving.bits)
        const known = lists.get(tag)
        if (known?.generation !== serving.generation) {
          wanted.add(tag)
          continue
        }
        // What came since is little. Of one that is too long, nothing is wanted.
        const isCurrent = known.changes === serving.changes || known.names === tooLong
        const list = isCurrent ? known : await load(serving, tag, known, 0)
        if (!list) return undefined
        keep(tag, list)
        found.set(term, list.names)
      }
      if (wanted.size > 0) working ??= work().finally(() => (working = undefined))
      return found.size === terms.length ? found : undefined
    },

    warm,

    async idle() {
      while (working ?? warming) await (working ?? warming)
    },
  }

  async function selectServing(): Promise<GenerationRow> {
    const serving = (await selectGenerations(sql)).find((each) => each.serving)
    if (!serving) throw new Error('no generation of the directory serves')
    return serving
  }

  async function work(): Promise<void> {
    try {
      for (const tag of wanted) {
        const serving = await selectServing()
        const isThere = lists.get(tag)?.generation === serving.generation
        const list = isThere ? undefined : await load(serving, tag, undefined, 0)
        if (list) keep(tag, list)
        wanted.delete(tag)
      }
    } catch {
      // The vault was sealed, or PostgreSQL went away: whoever asks again has it fetched again.
      wanted.clear()
    }
  }

  async function warm(): Promise<void> {
    if (keys.state() === 'open') await (warming ??= fetchCrowded().finally(() => (warming = undefined)))
  }

  async function fetchCrowded(): Promise<void> {
    try {
      const serving = await selectServing()
      if (warmed === serving.generation) return
      let rows = 0
      for (const { tag, count } of await selectCrowded(sql, serving.generation, crowd, listMax)) {
        rows += count
        if (rows > heldMax || keys.state() !== 'open') break
        // Those that somebody waits for go first.
        while (working) await working
        if (lists.get(tag)?.generation === serving.generation) continue
        const list = await load(serving, tag, undefined, restTimes)
        if (!list) return
        keep(tag, list)
      }
      if (keys.state() === 'open') warmed = serving.generation
    } catch {
      // As above: the next search begins again.
    }
  }

  /** Undefined where the generation serves no longer: its rows may be going already. */
  async function load(
    { generation, key: keyId }: GenerationRow,
    tag: number,
    known: List | undefined,
    rests: number,
  ): Promise<List | undefined> {
    const [read] = await selectEntries(sql, generation, tag, listMax)
    if (!read) return undefined
    const head = { generation, changes: read.changes }
    const none = Buffer.alloc(0)
    if (read.count > listMax) return { ...head, entries: none, rowNames: none, names: tooLong }
    const entries = Buffer.from(read.entries)
    if (known?.entries.equals(entries)) return { ...known, ...head }
    const rowNames = Buffer.alloc(entries.length)
    const missing = new Map<string, number>()
    const before = new Map<string, number>()
    const nameOf = (all: Buffer, at: number) => all.toString('latin1', at, at + entryBytes)
    for (let at = 0; known && at < known.entries.length; at += entryBytes)
      before.set(nameOf(known.entries, at), at)
    for (let at = 0; at < entries.length; at += entryBytes) {
      const place = before.get(nameOf(entries, at))
      if (known && place !== undefined) known.rowNames.copy(rowNames, at, place, place + entryBytes)
      else missing.set(uuidOf(entries.subarray(at, at + entryBytes)), at)
    }
    const rowKey = await rowKeys.of(keyId)
    if (!rowKey) return undefined
    const { key } = rowKey
    const some = [...missing.keys()]
    for (let from = 0; from < some.length; from += rowsFetched) {
      const rows = await selectSealed(sql, generation, tag, some.slice(from, from + rowsFetched))
      for (let at = 0; at < rows.length; at += rowsAtOnce) {
        const began = performance.now()
        for (const { entry, sealed } of rows.slice(at, at + rowsAtOnce)) {
          rowNames.set(uuidBytes(openRow(key, { generation, tag, entry }, sealed)), missing.get(entry))
          missing.delete(entry)
        }
        await (rests > 0 ? setTimeout(Math.ceil((performance.now() - began) * rests)) : setImmediate())
      }
    }
    if (missing.size > 0 && (await selectServing()).generation !== generation) return undefined
    // What went meanwhile has no name.
    const gone = new Set(missing.values())
    const there = gone.size === 0 ? [entries, rowNames] : [without(entries, gone), without(rowNames, gone)]
    const [entriesThere, namesThere] = there as [Buffer, Buffer]
    return { ...head, entries: entriesThere, rowNames: namesThere, names: new Names(namesThere) }
  }

  function keep(tag: number, list: List): void {
    drop(tag)
    // Sealed while it was read: nothing of it is to stay.
    if (keys.state() !== 'open') return
    lists.set(tag, list)
    held += list.entries.length / entryBytes
    for (const [oldest] of lists) {
      if (held <= heldMax) return
      drop(oldest)
    }
  }

  function drop(tag: number): void {
    held -= (lists.get(tag)?.entries.length ?? 0) / entryBytes
    lists.delete(tag)
  }
}

function without(all: Buffer, places: ReadonlySet<number>): Buffer {
  const left: Buffer[] = []
  for (let at = 0; at < all.length; at += entryBytes) {
    if (!places.has(at)) left.push(all.subarray(at, at + entryBytes))
  }
  return Buffer.concat(left)
}
