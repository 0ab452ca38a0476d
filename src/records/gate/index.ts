/** What policy says of whoever acts, as the store asks it: docs/spec/policy.md. */
export { chartOf, unionOf } from './chart.ts'
export type { Chart } from './chart.ts'
export type { Code, Content } from './content.ts'
export { categoriesOf, kindOf, kinds, kindsOf } from './kinds.ts'
export type { Kind } from './kinds.ts'
export { linksByHome } from './links.ts'
export { hidden, Sight, thingOf, type SightParts } from './sight.ts'
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
  RecordRead,
  Request,
  Sources,
  Standing,
  Thing,
} from './types.ts'
