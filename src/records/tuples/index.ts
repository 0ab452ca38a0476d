/** Index tuples: sealed with every write, read by compartment, merged in the background. */
export { blockEntriesMax, createBlocks } from './block.ts'
export type { Blocks, NewBlock, NewEntry } from './block.ts'
export { createCompactor, looseMax } from './compaction.ts'
export type { Compactor } from './compaction.ts'
export { createPointed } from './pointed.ts'
export type { Entry, Shelf } from './shelf.ts'
export { createTupleIndex } from './tuple-index.ts'
export type { TupleIndex } from './tuple-index.ts'
