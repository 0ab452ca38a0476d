/** Destruction of patient keys, and the batch that makes it final. See docs/spec/shredding.md. */
export { deletionOf } from './date.ts'
export type { Copies, Deletion } from './date.ts'
export { createShredding } from './shredding.ts'
export type { Batch, Destroyed, Destruction, Shredding, ShreddingOptions } from './shredding.ts'
export type { Unforced } from './purge.ts'
