/** With what people prove that an account is theirs: always two factors, in one request. See docs/spec/people.md. */
export { withoutFactor, withPasskey, withPassword, withRecovery } from './changes.ts'
export { createFactors } from './factors.ts'
export { accountOf, readAssertion, rpIdOf } from './passkeys.ts'
export type {
  FactorsOptions,
  Method,
  Proof,
  ProofContext,
  Proven,
  SignedAnswer,
  SigningIn,
} from './factors.ts'
