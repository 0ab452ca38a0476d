/** What is to be written, read and made ready to be sealed, in a thread of its own. */
export type { Arrival, Job, PrepareOptions } from './prepare.ts'
export { createPreparer, jobOf } from './prepare.ts'
export { bufferOf, preparedIn } from './wire.ts'
export { createWorkshop } from './workshop.ts'
export type { Workshop } from './workshop.ts'
