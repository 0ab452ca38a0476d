/** Destruction of patient keys, and the batch that makes it final. See docs/spec/shredding.md. */
export { createShredding } from './shredding.ts'
export type { Batch, Destroyed, Destruction, Shredding, ShreddingOptions } from './shredding.ts'
export type { Unforced } from './purge.ts'
