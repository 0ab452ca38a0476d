/** Who may ask: programs by their keys, people by two factors. See docs/spec/people.md and docs/spec/programs.md. */
export { createPeople } from './people.ts'
export type { People, PeopleOptions } from './people.ts'
export type { Admission, Credentials } from './credentials.ts'
export type { From, NotSignedIn, SignedIn, SignInAsked } from './signing-in.ts'
export { placeOf } from './throttling/index.ts'
export type { PersonAsking, Principal } from './principal.ts'
export type { Role } from './roles.ts'
export type { Account, Accounts } from './accounts/index.ts'
export { withoutFactor, withPasskey, withPassword, withRecovery } from './factors/index.ts'
export type { Proof } from './factors/index.ts'
export {
  actKinds,
  canonical,
  checkApproval,
  countedKinds,
  hashOf,
  proofOfSaying,
  weaknesses,
} from './approvals/index.ts'
export type {
  Act,
  ActKind,
  ApprovalFault,
  Approvals,
  ApprovalSeen,
  Asking,
  Carried,
  Carrier,
  CarriedAct,
  CarriedKind,
  Decided,
  DeedAsked,
  Given,
  Json,
  MayDo,
  NewOfficer,
  Offer,
  ResetByOpener,
} from './approvals/index.ts'
export { roleOf, roles } from './roles.ts'
export { everybody, notify, personSeen, programsSeen } from './everybody.ts'
export { createRows } from './rows.ts'
export type { RowsOf } from './rows.ts'
export { isSteppedUp, steppedUpSeconds } from './stepped-up.ts'
