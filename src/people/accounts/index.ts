/** Accounts of people: who they are, what they are here, and with what they prove it. See docs/spec/people.md. */
export { isComplete, isUnmistakable, normalLogin, withKnown, withNotice } from './account.ts'
export type { Account, Factors, KnownDevice, Notice, NoticeKind, Passkey } from './account.ts'
export { createAccounts } from './accounts.ts'
export type { Accounts, Changed, Refused } from './accounts.ts'
