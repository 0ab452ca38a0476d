/**
 * Keys under which rows of the directory, and what is pending for them, are sealed: one for each generation, random, in the
 * keyring. So a directory can be made unreadable, in every copy of it, while the vault's own keys stay.
 */
import { keyedHash, uuidBytes, type SealKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { uuidOf } from '../place.ts'
import { adoptKey, selectGenerations } from './queries.ts'

export interface RowKey {
  /** Its row of the keyring; null: the house's directory key, of a directory that was built before there were others. */
  id: string | null
  key: SealKey
}

export interface RowKeys {
  /** Undefined where it was destroyed. */
  of(id: string | null): Promise<RowKey | undefined>
  /** Of the generation that serves: what is pending is sealed under it. As far as is known here. */
  serving(): Promise<RowKey>
  /** Another may serve by now. */
  stale(): void
  /** A new one, committed, for a generation to come. */
  make(): Promise<RowKey>
}

export function createRowKeys(sql: Sql, keys: Keys): RowKeys {
  let known: Promise<string | null> | undefined
  keys.onForget((compartment) => {
    if (compartment === undefined) known = undefined
  })

  const rowKeys: RowKeys = {
    async of(id) {
      if (id === null) return { id, key: keys.directory }
      const key = await keys.keyringKey(id, 'directory')
      return key && { id, key }
    },

    async serving() {
      for (let tries = 0; tries < triesMax; tries++) {
        known ??= find()
        known.catch(() => (known = undefined))
        const found = await rowKeys.of(await known)
        if (found) return found
        known = undefined
      }
      throw new Error('the key of the directory that serves is not in the keyring')
    },

    stale() {
      known = undefined
    },

    async make() {
      return keys.makeKeyringKey('directory')
    },
  }
  return rowKeys

  async function find(): Promise<string | null> {
    const serving = (await selectGenerations(sql)).find((each) => each.serving)
    if (!serving) throw new Error('no generation of the directory serves')
    if (serving.key !== null || serving.time_zone !== null) return serving.key
    // Of a new vault, in which nothing stands yet.
    const { id } = await rowKeys.make()
    const [adopted] = await adoptKey(sql, serving.generation, id as string)
    return adopted ? adopted.key : null
  }
}

/** Generations that take each other's place while one looks. */
const triesMax = 5

/** The name by which an entry stands in the rows of a generation. */
export function rowEntryOf({ id, key }: RowKey, entry: string): string {
  return id === null ? entry : uuidOf(keyedHash(key, 'row', uuidBytes(entry)))
}
