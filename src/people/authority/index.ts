/** Rows that confer authority: none counts that the ledger does not know. See docs/spec/authority.md. */
export { createAuthority } from './authority.ts'
export { rowName } from './row.ts'
export { endOf, hashOf as rowHash, kindName } from './row.ts'
export type { Authority, AuthorityAct, AuthorityOptions, Change, Row, Who } from './authority.ts'
