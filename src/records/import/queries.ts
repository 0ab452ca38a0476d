/** Statements of an import alone; its writes are the record store's own. */
import type { Sql } from '#kernel/db/index.ts'
import type { ResourceKey } from '../place.ts'

/** Which of these are there, deleted ones included. */
export function selectPresent(sql: Sql, resources: readonly ResourceKey[]) {
  return sql<{ resource: ResourceKey }[]>`
    select l.resource from locator l where l.resource = any(${`{${resources.join()}}`}::uuid[])`
}
