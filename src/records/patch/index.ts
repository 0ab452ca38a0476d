/** Patches of FHIR R4: JSON Patch and FHIRPath Patch, on text that keeps the literals of what they do not touch. */
export { resultBytesMax } from './faults.ts'
export { applyPatch, readPatch, tooLong } from './patch.ts'
export type { Patch, PatchForm } from './patch.ts'
