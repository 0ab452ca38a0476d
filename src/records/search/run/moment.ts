import type { CompartmentId } from '../../place.ts'

/**
 * When a page is evaluated: every page of a search at the moment of its first. `live`: as of now. `heads`: at these positions
 * of these compartments. `asOf`: at a time of the database's, in milliseconds since 1970, up to which every write is
 * known.
 */
export type Moment =
  | { is: 'live' }
  | { is: 'heads'; heads: ReadonlyMap<CompartmentId, number> }
  | { is: 'asOf'; at: number }
