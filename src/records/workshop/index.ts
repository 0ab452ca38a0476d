/** What is to be written, made ready to be sealed, in a thread of its own. */
export type { Job, PrepareOptions, Prepared } from './prepare.ts'
export { createWorkshop } from './workshop.ts'
export type { Workshop } from './workshop.ts'
