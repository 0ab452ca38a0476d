/** What people copy from paper: groups of letters, each with a check of its own. docs/spec/keys.md, "Codes". */
export { groupIsRight, groupLength, groupsOf, plainBytes, plainText, readCode, writeCode } from './code.ts'
export type { CodeFault, CodeKind } from './code.ts'
