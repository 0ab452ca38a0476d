/** Who looked at whom, and what the record says of both: for whoever watches over it. */
export { createWatching } from './watching.ts'
export type { Happening, LookSeen, PatientSeen, Watched, Watching } from './watching.ts'
