/** Where somebody looks who may not look everywhere. */
import type { Sight } from '../../gate/index.ts'
import type { Candidates } from './plan.ts'

/** The search is of everybody's records, and whoever asks has no such search. */
export class TooWide extends Error {
  constructor() {
    super('a search of all records')
  }
}

/**
 * Instead of the whole population, the records that they may see; throws `TooWide` where there is no telling which. What is rare is of the
 * population too: otherwise how many there are in all would show.
 */
export async function narrowed(
  candidates: Candidates,
  types: readonly string[],
  sight: Sight | undefined,
): Promise<Candidates> {
  if (!sight || (candidates.from !== 'scan' && candidates.from !== 'rare')) return candidates
  const compartments = await sight.places()
  if (compartments) return { from: 'shelves', compartments, pointed: true }
  if (sight.scans(types)) return candidates
  throw new TooWide()
}
