/** Whole files of records brought in, each thing once: docs/spec/import.md. */
export { createReaders } from './readers.ts'
export type { Readers } from './readers.ts'
export type { Reading } from './reading.ts'
export { createImport } from './run.ts'
export { wholeOf } from './lines.ts'
export { headBytes, isTold, look } from './order.ts'
export { SourceBroken } from './types.ts'
export type { Counts, Finding, Imported, ImportOptions, Progress, Source } from './types.ts'
