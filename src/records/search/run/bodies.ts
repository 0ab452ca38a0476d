/** What was found, opened: the very versions that matched, superseded since or not. */
import type { Sql } from '#kernel/db/index.ts'
import type { ResourceKey } from '../../place.ts'
import type { Reader } from '../../reader.ts'
import type { HeadRow } from '../../rows.ts'
import type { View } from '../../sealing.ts'
import type { Version } from '../../types.ts'
import { selectExact } from './queries.ts'

/** In the order given; what was destroyed since is left out. */
export type Bodies = (hits: readonly { name: string; version: number }[], view: View) => Promise<Version[]>

export function createBodies(sql: Sql, reader: Reader): Bodies {
  return async function bodies(hits, view) {
    const rows = new Map<string, HeadRow>(await reader.heads(hits.map(({ name }) => name as ResourceKey)))
    const missing = hits.filter(({ name, version }) => rows.get(name)?.version !== version)
    if (missing.length > 0) {
      const names = missing.map(({ name }) => name as ResourceKey)
      const versions = missing.map(({ version }) => version)
      for (const { name } of missing) rows.delete(name)
      for (const row of await selectExact(sql, names, versions)) rows.set(row.resource, row)
    }
    const found: Version[] = []
    for (const { name } of hits) {
      const row = rows.get(name)
      const version = row?.alive && !row.deleted ? await reader.open(row, view) : undefined
      if (version) found.push(version)
    }
    return found
  }
}
