/** Searches carried out: where to look, what matches, in which order, and a page of it. */
export { createNamed } from './named.ts'
export { createSearcher } from './search.ts'
export type { Searcher } from './search.ts'
export type { Bounds, SearchEntry, SearchOptions, SearchPage } from './types.ts'
export { createTraffic, Pace } from './pace.ts'
export type { Traffic } from './pace.ts'
