/** What was found, opened: the very versions that matched, superseded since or not. */
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentId, ResourceKey } from '../../place.ts'
import type { Reader } from '../../reader.ts'
import type { HeadRow } from '../../rows.ts'
import type { View } from '../../sealing.ts'
import type { Version } from '../../types.ts'
import { selectExact } from './queries.ts'

/** A version by name. `seen`: its tuple was read just now, so that it is known to be there. */
export interface Wanted {
  name: ResourceKey
  version: number
  seen?: { compartment: CompartmentId; updatedAt: number }
}

/** In the order given; what was destroyed since is left out. */
export type Bodies = (wanted: readonly Wanted[], view: View) => Promise<Version[]>

/** Asked for together with what others ask for at the moment, rather than in a statement of their own. */
const togetherMax = 100

export function createBodies(sql: Sql, reader: Reader): Bodies {
  return async function bodies(wanted, view) {
    const found: (Version | undefined)[] = wanted.map(({ name: resource, version, seen }) =>
      seen ? reader.known({ resource, version, ...seen }, view) : undefined,
    )
    const missing = wanted.filter((_, n) => found[n] === undefined)
    if (missing.length === 0) return found as Version[]
    const rows = await rowsOf(missing)
    for (const [n, { name }] of wanted.entries()) {
      const row = found[n] ? undefined : rows.get(name)
      if (row?.alive && !row.deleted) found[n] = await reader.open(row, view)
    }
    return found.filter((version) => version !== undefined)
  }

  async function rowsOf(wanted: readonly Wanted[]): Promise<Map<string, HeadRow>> {
    const names = wanted.map(({ name }) => name)
    const heads =
      names.length <= togetherMax
        ? await Promise.all(names.map((name) => reader.head(name)))
        : [...(await reader.heads(names)).values()]
    const rows = new Map(heads.flatMap((row) => (row ? [[row.resource as string, row]] : [])))
    const past = wanted.filter(({ name, version }) => rows.get(name)?.version !== version)
    if (past.length === 0) return rows
    for (const { name } of past) rows.delete(name)
    const pastNames = past.map(({ name }) => name)
    const versions = past.map(({ version }) => version)
    for (const row of await selectExact(sql, pastNames, versions)) rows.set(row.resource, row)
    return rows
  }
}
