/** Threads of the server's own, for what takes time and needs nothing that only the first one has. */
export { collectSeldom } from './collecting.ts'
export { openThread } from './thread.ts'
export type { Thread, ThreadEvents } from './thread.ts'
