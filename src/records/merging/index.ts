/** Records of one person: merged by two people, read together, and parted again. docs/spec/merging.md. */
export { acrossRecords, SeveralRecords } from './aliases.ts'
export { createMerges } from './merges.ts'
export type { Merges } from './merges.ts'
export { isLinked, sourceMerged, sourceParted, targetMerged, targetParted } from './links.ts'
export type { Operation } from './links.ts'
export { begin, end, faultOfMerging, faultOfParting, giveUp } from './rows.ts'
export type { Decided, Joining, Merged, Pair } from './rows.ts'
