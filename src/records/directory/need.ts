/** Whether the directory is worth building anew, for its size or for what is in it. */
import type { Sql } from '#kernel/db/index.ts'
import { selectNeed } from './queries.ts'
import { termsEdition } from './terms.ts'

/**
 * `outgrown`: there are too few tags by now. `destroyed`: rows of patients are in it whose keys were destroyed since.
 * `keyless`: built when a directory had no key of its own, so that it could not be destroyed. `dated`: it lacks terms that were added since.
 */
export type Need = 'none' | 'outgrown' | 'destroyed' | 'keyless' | 'dated'

/** Rows that meet on a tag on average by which it is outgrown: built anew, it has from a quarter to half as many. */
export const outgrownRowsPerTag = 32

export async function needOf(sql: Sql): Promise<Need> {
  const [found] = await selectNeed(sql, outgrownRowsPerTag, termsEdition)
  if (!found) throw new Error('no generation of the directory serves')
  if (found.destroyed) return 'destroyed'
  if (found.keyless) return 'keyless'
  if (found.dated) return 'dated'
  return found.outgrown ? 'outgrown' : 'none'
}
