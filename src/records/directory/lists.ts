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
import { entryOf, pointOf, type Term } from './terms.ts'

export interface Lists {
  /** The names of all that have a term, as of now or later; undefined where they are too many to be kept. */
  read(type: string, terms: readonly Term[]): Promise<Map<Term, ReadonlySet<ResourceKey>> | undefined>
}

interface List {
  generation: number
  /** How often the directory had been changed. */
  changes: number
  /** Each row there is; null: another term's, which met it on the tag. */
  rows: ReadonlyMap<string, ResourceKey | null>
  names: ReadonlySet<ResourceKey>
}

/** More than a fifth of 100,000 people: whoever has such a name is mostly found without the list. */
const listMax = 20_000
/** Of all lists; some 250 bytes each. */
const heldMax = 100_000
const rowsBetweenPauses = 100

export function createLists(sql: Sql, keys: Keys): Lists {
  /** The longest unused first. */
  const lists = new Map<string, List>()
  let held = 0
  keys.onForget((compartment) => {
    if (compartment !== undefined) return
    lists.clear()
    held = 0
  })

  return {
    async read(type, terms) {
      const serving = (await selectGenerations(sql)).find((each) => each.serving)
      if (!serving) throw new Error('no generation of the directory serves')
      const found = new Map<Term, ReadonlySet<ResourceKey>>()
      for (const term of terms) {
        const name = `${type} ${term.kind} ${term.text}`
        const known = lists.get(name)
        const isCurrent = known?.generation === serving.generation && known.changes === serving.changes
        const list = isCurrent ? known : await load(type, term, known)
        drop(name)
        if (!list) return undefined
        keep(name, list)
        found.set(term, list.names)
      }
      return found
    },
  }

  async function load(type: string, term: Term, known: List | undefined): Promise<List | undefined> {
    const key = keys.directory
    const [read] = await selectEntries(sql, pointOf(key, type, term), listMax)
    if (!read) throw new Error('no generation of the directory serves')
    const { generation, changes, tag, count } = read
    if (count > listMax) return undefined
    const before = known?.generation === generation ? known.rows : new Map<string, ResourceKey | null>()
    const rows = new Map<string, ResourceKey | null>()
    const missing: string[] = []
    for (let at = 0; at < count; at++) {
      const entry = uuidOf(read.entries.subarray(16 * at, 16 * at + 16))
      const name = before.get(entry)
      if (name === undefined) missing.push(entry)
      else rows.set(entry, name)
    }
    for (let from = 0; from < missing.length; from += rowsBetweenPauses) {
      const some = missing.slice(from, from + rowsBetweenPauses)
      for (const { entry, sealed } of await selectSealed(sql, generation, tag, some)) {
        const name = openRow(key, { generation, tag, entry }, sealed)
        rows.set(entry, entryOf(key, type, term, name) === entry ? name : null)
      }
      await setImmediate()
    }
    const names = new Set<ResourceKey>()
    for (const name of rows.values()) if (name !== null) names.add(name)
    return { generation, changes, rows, names }
  }

  function keep(name: string, list: List): void {
    lists.set(name, list)
    held += list.rows.size
    for (const [oldest] of lists) {
      if (held <= heldMax) return
      drop(oldest)
    }
  }

  function drop(name: string): void {
    held -= lists.get(name)?.rows.size ?? 0
    lists.delete(name)
  }
}
