/** Patches of FHIR R4: JSON Patch and FHIRPath Patch, on text that keeps the literals of what they do not touch. */
export { applyPatch, readPatch } from './patch.ts'
export type { Patch, PatchForm } from './patch.ts'
