/** Patients who may be in twice: proposed with the reasons, and set apart where they are two. docs/spec/merging.md, "Duplicates". */
export { createMatching } from './matching.ts'
export type { Matches, Matching, Proposals } from './matching.ts'
export { reasonTexts } from './scoring.ts'
export type { Scored } from './scoring.ts'
