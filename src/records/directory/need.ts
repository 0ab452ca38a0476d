/** Whether the directory is worth building anew, for its size or for what is in it. */
import type { Sql } from '#kernel/db/index.ts'
import { selectNeed } from './queries.ts'

/** `outgrown`: there are too few tags by now. `destroyed`: rows of patients are in it whose keys were destroyed since. */
export type Need = 'none' | 'outgrown' | 'destroyed'

/** Rows that meet on a tag on average by which it is outgrown: built anew, it has from a quarter to half as many. */
export const outgrownRowsPerTag = 32

export async function needOf(sql: Sql): Promise<Need> {
  const [found] = await selectNeed(sql, outgrownRowsPerTag)
  if (!found) throw new Error('no generation of the directory serves')
  if (found.destroyed) return 'destroyed'
  return found.outgrown ? 'outgrown' : 'none'
}
