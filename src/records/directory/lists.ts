/**
 * All names under a term, kept in memory while the directory has not changed, so that words which are common each, but
 * rare together, are intersected without opening their rows again.
 */
import { setImmediate } from 'node:timers/promises'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { uuidOf, type ResourceKey } from '../place.ts'
import { selectEntries, selectGenerations, selectSealed } from './queries.ts'
import { openRow } from './rows.ts'
import { pointOf, type Term } from './terms.ts'

/** Too long to be kept; such a term tells few apart. */
export const tooLong = 'too long'

export interface Lists {
  /**
   * The names of all that have each term, and of the few whose own terms meet it on the tag. Undefined where one is not
   * at hand: it is fetched in the background, for the next who asks.
   */
  read(
    type: string,
    terms: readonly Term[],
  ): Promise<Map<Term, ReadonlySet<ResourceKey> | typeof tooLong> | undefined>
  /** Until what was begun in the background is done. */
  idle(): Promise<void>
}

interface List {
  generation: number
  /** How often the directory had been changed. */
  changes: number
  /** 16 bytes for each row, and the name that it holds at the same place. */
  entries: Uint8Array
  rowNames: Uint8Array
  names: ReadonlySet<ResourceKey> | typeof tooLong
}

/** A fifth of 100,000 people. */
const listMax = 20_000
/** Rows of all lists: some 140 bytes each, 20 MB. */
const heldMax = 150_000
const rowsBetweenPauses = 100
const nameBytes = 16

export function createLists(sql: Sql, keys: Keys): Lists {
  /** The longest unused first. */
  const lists = new Map<string, List>()
  const wanted = new Map<string, () => Promise<List>>()
  let working: Promise<void> | undefined
  let held = 0
  keys.onForget((compartment) => {
    if (compartment !== undefined) return
    lists.clear()
    wanted.clear()
    held = 0
  })

  return {
    async read(type, terms) {
      const serving = (await selectGenerations(sql)).find((each) => each.serving)
      if (!serving) throw new Error('no generation of the directory serves')
      const found = new Map<Term, List['names']>()
      for (const term of terms) {
        const name = `${type} ${term.kind} ${term.text}`
        const known = lists.get(name)
        if (known?.generation !== serving.generation) {
          wanted.set(name, () => load(type, term, undefined))
          continue
        }
        // What came since is little. Of one that is too long, nothing is wanted.
        const isCurrent = known.changes === serving.changes || known.names === tooLong
        const list = isCurrent ? known : await load(type, term, known)
        keep(name, list)
        found.set(term, list.names)
      }
      if (wanted.size > 0) working ??= work().finally(() => (working = undefined))
      return found.size === terms.length ? found : undefined
    },

    async idle() {
      while (working) await working
    },
  }

  async function work(): Promise<void> {
    try {
      for (const [name, begin] of wanted) {
        keep(name, await begin())
        wanted.delete(name)
      }
    } catch {
      // The vault was sealed, or PostgreSQL went away: whoever asks again has it fetched again.
      wanted.clear()
    }
  }

  async function load(type: string, term: Term, known: List | undefined): Promise<List> {
    const key = keys.directory
    const [read] = await selectEntries(sql, pointOf(key, type, term), listMax)
    if (!read) throw new Error('no generation of the directory serves')
    const { generation, changes, tag, count } = read
    const head = { generation, changes }
    const none = new Uint8Array(0)
    if (count > listMax) return { ...head, entries: none, rowNames: none, names: tooLong }
    const nameOf = new Map<string, ResourceKey>()
    if (known?.generation === generation) {
      const [entries, rowNames] = [textsOf(known.entries), textsOf(known.rowNames)]
      for (const [at, entry] of entries.entries()) nameOf.set(entry, rowNames[at] as ResourceKey)
    }
    const entries = textsOf(read.entries)
    const missing = entries.filter((entry) => !nameOf.has(entry))
    for (let from = 0; from < missing.length; from += rowsBetweenPauses) {
      const some = missing.slice(from, from + rowsBetweenPauses)
      for (const { entry, sealed } of await selectSealed(sql, generation, tag, some)) {
        nameOf.set(entry, openRow(key, { generation, tag, entry }, sealed))
      }
      await setImmediate()
    }
    // What went meanwhile has no name.
    const there = entries.filter((entry) => nameOf.has(entry))
    const names = there.map((entry) => nameOf.get(entry) as ResourceKey)
    return { ...head, entries: bytesOf(there), rowNames: bytesOf(names), names: new Set(names) }
  }

  function keep(name: string, list: List): void {
    drop(name)
    // Sealed while it was read: nothing of it is to stay.
    if (keys.state() !== 'open') return
    lists.set(name, list)
    held += list.entries.length / nameBytes
    for (const [oldest] of lists) {
      if (held <= heldMax) return
      drop(oldest)
    }
  }

  function drop(name: string): void {
    held -= (lists.get(name)?.entries.length ?? 0) / nameBytes
    lists.delete(name)
  }
}

function textsOf(bytes: Uint8Array): string[] {
  return Array.from({ length: bytes.length / nameBytes }, (_, at) =>
    uuidOf(bytes.subarray(at * nameBytes, (at + 1) * nameBytes)),
  )
}

function bytesOf(texts: readonly string[]): Uint8Array {
  return Buffer.from(texts.join('').replaceAll('-', ''), 'hex')
}
