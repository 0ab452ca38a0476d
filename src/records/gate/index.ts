/** What policy says of whoever acts, as the store asks it: docs/spec/policy.md. */
export { categoriesIn, kindOf, kinds, kindsOf } from './kinds.ts'
export type { Kind } from './kinds.ts'
export { linksByHome, linksIn } from './links.ts'
export { hidden, Sight } from './sight.ts'
export { actions, kindsOfAction } from './types.ts'
export type {
  Asking,
  CareLink,
  Explained,
  Explanation,
  Gate,
  GateMaker,
  Given,
  PolicyAction,
  Request,
  Sources,
  Standing,
  Thing,
} from './types.ts'
