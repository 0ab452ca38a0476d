/** What is moved from the record of the wrong patient, and what is left of it there. docs/spec/merging.md, "Moved". */
export { isInError, isKept, isMovable, leftOf, wentTo } from './movable.ts'
