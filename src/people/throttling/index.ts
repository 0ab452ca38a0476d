/** Guesses are slowed, and nobody is locked out. See docs/spec/people.md, "Throttling". */
export { placeOf } from './place.ts'
export { createThrottling } from './throttling.ts'
export type { Counted, Throttling, Try } from './throttling.ts'
