/** The directory as it stands, and as it would be made of the resources, for who compares the two. */
import { SealBroken } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { ResourceKey } from '../place.ts'
import { openPending } from './pending.ts'
import { selectGenerations, selectPending, selectServingRows } from './queries.ts'
import { rowEntryOf, type RowKey } from './row-keys.ts'
import { openRow, tagOf } from './rows.ts'
import { entryOf, pointOf, termsOf, type ValuesOf } from './terms.ts'

/** That a resource has a term. */
export interface Listed {
  tag: number
  entry: string
  resource: ResourceKey
}

export interface Standing {
  /** In which its days were made; null: nothing was ever written in it. */
  timeZone: string | null
  /** What there has to be of a resource. */
  listedOf(type: string, resource: ResourceKey, valuesOf: ValuesOf, timeZone: string): Listed[]
  /** What there is, with what is pending; and how much of it is not what was sealed. */
  rows(): AsyncGenerator<{ listed: Listed[]; broken: number }>
}

const rowsAtOnce = 500

/** Of the generation that serves; undefined where its key is gone, as when another has just taken its place. */
export async function readStanding(sql: Sql, keys: Keys): Promise<Standing | undefined> {
  const serving = (await selectGenerations(sql)).find((each) => each.serving)
  const rowKey = serving && (await rowKeyOf(keys, serving.key))
  if (!serving || !rowKey) return undefined
  const { generation, bits, time_zone: timeZone } = serving

  return {
    timeZone,

    listedOf(type, resource, valuesOf, timeZone) {
      return termsOf(type, valuesOf, timeZone).map((term) => ({
        tag: tagOf(pointOf(keys.directory, type, term), bits),
        entry: rowEntryOf(rowKey, entryOf(keys.directory, type, term, resource)),
        resource,
      }))
    },

    async *rows() {
      const { last, broken } = await pendingOf(sql, keys, rowKey)
      const added = [...last].flatMap(([entry, { point, resource, isAdded }]) =>
        isAdded ? [{ tag: tagOf(point, bits), entry, resource }] : [],
      )
      yield { listed: added, broken }
      for await (const rows of selectServingRows(sql, generation).cursor(rowsAtOnce)) {
        const listed: Listed[] = []
        let broken = 0
        for (const { tag, entry, sealed } of rows) {
          // What is pending says more lately whether it is there.
          if (last.has(entry)) continue
          try {
            const resource = openRow(rowKey.key, { generation, tag, entry }, sealed)
            listed.push({ tag, entry, resource })
          } catch (error) {
            if (!(error instanceof SealBroken)) throw error
            broken++
          }
        }
        yield { listed, broken }
      }
    },
  }
}

async function rowKeyOf(keys: Keys, id: string | null): Promise<RowKey | undefined> {
  if (id === null) return { id, key: keys.directory }
  const key = await keys.keyringKey(id, 'directory')
  return key && { id, key }
}

/** Of each row what the last version that changes it says. */
async function pendingOf(sql: Sql, keys: Keys, rowKey: RowKey) {
  const last = new Map<string, { point: number; resource: ResourceKey; version: number; isAdded: boolean }>()
  let broken = 0
  for (const { id, key, sealed } of await selectPending(sql, [])) {
    if (id === null || !sealed) continue
    const theirs = await rowKeyOf(keys, key)
    // Its key went with its generation, and so did what it says.
    if (!theirs) continue
    try {
      for (const { resource, version, added, removed } of openPending(theirs.key, id, sealed)) {
        const note = (isAdded: boolean) => (change: { point: number; entry: string }) => {
          const entry = rowEntryOf(rowKey, change.entry)
          const known = last.get(entry)
          if (!known || known.version < version)
            last.set(entry, { point: change.point, resource, version, isAdded })
        }
        added.forEach(note(true))
        removed.forEach(note(false))
      }
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error
      broken++
    }
  }
  return { last, broken }
}
