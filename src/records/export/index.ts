/** Bulk exports: jobs that write what is in the vault into files, sealed until they are fetched. docs/spec/export.md. */
export { createExports } from './exports.ts'
export type { Exports, Look, Manifest, Telling, WriteOptions as ExportWriteOptions } from './exports.ts'
export type { ExportLimits } from './limits.ts'
export type { Kickoff } from './request.ts'
export type { SightOf } from './seeing.ts'
