/** With what people prove that an account is theirs: always two factors, in one request. See docs/spec/people.md. */
export { withoutFactor, withPasskey, withPassword, withRecovery } from './changes.ts'
export { createFactors } from './factors.ts'
export { accountOf } from './passkeys.ts'
export type { FactorsOptions, Method, Proof, ProofContext, Proven, SigningIn } from './factors.ts'
