/** Cedar: facts in, decision out. docs/spec/policy.md. */
export { createPolicy } from './policy.ts'
export type { Decision, Facts, Policy, Question } from './policy.ts'
export type { PolicyUsed } from './policies.ts'
export { validatePolicies } from './validate.ts'
export type { Part, Vocabulary } from './schema.ts'
