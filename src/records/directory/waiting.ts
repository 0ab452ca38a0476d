/** What is pending, opened; each piece is opened once, and forgotten when it is pending no longer. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { openPending, type ResourceChange } from './pending.ts'
import { selectPending } from './queries.ts'
import type { RowKeys } from './row-keys.ts'

export interface Waiting {
  /** As it is now. */
  read(): Promise<Pending>
}

export interface Pending {
  pieces: ReadonlyMap<string, readonly ResourceChange[]>
  /** The rows that there were beside it, at the same moment. */
  beside: RowsThen
}

/** The rows of the directory at some moment: as long as both are the same, so are they. */
export interface RowsThen {
  generation: number
  changes: number
}

export function createWaiting(sql: Sql, keys: Keys, rowKeys: RowKeys): Waiting {
  let opened = new Map<string, readonly ResourceChange[]>()
  keys.onForget((compartment) => {
    if (compartment === undefined) opened = new Map()
  })
  return {
    async read() {
      const before = opened
      const rows = await selectPending(sql, [...before.keys()])
      const [first] = rows
      if (!first) throw new Error('no generation of the directory serves')
      const now = new Map<string, readonly ResourceChange[]>()
      for (const { id, key, sealed } of rows) {
        if (id === null) continue
        const found = before.get(id) ?? opened.get(id)
        if (found) now.set(id, found)
        else if (sealed) {
          const rowKey = await rowKeys.of(key)
          // Its key went with the generation, and so did what it says: the one that serves has it.
          if (rowKey) now.set(id, openPending(rowKey.key, id, sealed))
        }
      }
      // Sealed while it was read: nothing of it is to stay.
      if (keys.state() === 'open') opened = now
      return { pieces: now, beside: { generation: first.generation, changes: first.changes } }
    },
  }
}
