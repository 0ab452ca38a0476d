/**
 * Destroys the keys of generations that are no more. A write that began while one served may leave something pending under
 * its key after it has gone; so those are waited for, and what is pending is sealed under the key that serves: but for what
 * is about the destroyed, which goes.
 */
import { setTimeout } from 'node:timers/promises'
import type { Sql } from '#kernel/db/index.ts'
import { openPending, resealPending } from './pending.ts'
import {
  countEarlier,
  deleteKey,
  replacePending,
  selectDestroyed,
  selectLeftKeys,
  selectPendingUnder,
} from './queries.ts'
import type { RowKeys } from './row-keys.ts'

/** A key that no generation came to have, as where a process died over it. */
const abandonedSeconds = 3600
const waitMsMax = 30_000
const piecesAtOnce = 200

export function createLeaving(sql: Sql, rowKeys: RowKeys) {
  return async function letGo(signal: AbortSignal): Promise<'done' | 'later'> {
    const left = await selectLeftKeys(sql, abandonedSeconds)
    if (left.length === 0) return 'done'
    if (!(await earlierAreThrough(signal))) return 'later'
    rowKeys.stale()
    for (const { key } of left) {
      await reseal(key, signal)
      if (key !== null) await deleteKey(sql, key)
    }
    return 'done'
  }

  async function reseal(from: string | null, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const rows = await selectPendingUnder(sql, from, piecesAtOnce)
      if (rows.length === 0) return
      const [old, serving] = [await rowKeys.of(from), await rowKeys.serving()]
      const opened = rows.map(({ id, sealed }) => ({
        id,
        changes: old ? openPending(old.key, id, sealed) : [],
      }))
      const compartments = new Set(opened.flatMap(({ changes }) => changes.map((each) => each.compartment)))
      const destroyed = new Set<string>(
        (await selectDestroyed(sql, [...compartments])).map(({ compartment }) => compartment),
      )
      const pieces = opened.map(({ id, changes }) => {
        const living = changes.filter(({ compartment }) => !destroyed.has(compartment))
        return { id, sealed: resealPending(serving, id, living) }
      })
      await replacePending(sql, pieces, from, serving.id)
    }
  }

  async function earlierAreThrough(signal: AbortSignal): Promise<boolean> {
    const [now] = await countEarlier(sql, null)
    const until = performance.now() + waitMsMax
    for (let pauseMs = 2; ; pauseMs = Math.min(100, 2 * pauseMs)) {
      const [earlier] = await countEarlier(sql, now?.soon ?? null)
      if (earlier?.count === 0) return true
      if (performance.now() > until || signal.aborted) return false
      await setTimeout(pauseMs)
    }
  }
}
