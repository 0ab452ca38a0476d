/** What is to be written, read and made ready to be sealed, in a thread of its own. */
export type { Arrival, Job, PrepareOptions } from './prepare.ts'
export { jobOf } from './prepare.ts'
export { createWorkshop } from './workshop.ts'
export type { Workshop } from './workshop.ts'
