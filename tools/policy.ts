/** What policies may speak of, for the check. */
import { actKinds } from '#people/index.ts'
import { roles } from '#people/roles.ts'
import { actions } from '#records/index.ts'
import { kinds } from '../src/records/gate/index.ts'

export { validatePolicies } from '#kernel/policy/index.ts'

export const vocabulary = { roles, kinds: [...kinds, ...actKinds], actions }
