/** Whether policies fit what they speak of: Cedar's validator, for `npm run check`. */
import { validate } from '@cedar-policy/cedar-wasm/nodejs'
import { policiesOf } from './policies.ts'
import { schemaOf, type Part, type Vocabulary } from './schema.ts'

/** What is wrong with them, a line each; none where all is well. A warning, such as of a policy that can never apply, is a fault. */
export function validatePolicies(vocabulary: Vocabulary, parts: readonly Part[]): string[] {
  let policies: ReturnType<typeof policiesOf>
  try {
    policies = policiesOf(parts)
  } catch (error) {
    return [(error as Error).message]
  }
  const staticPolicies = Object.fromEntries([...policies].map(([id, { text }]) => [id, text]))
  const answer = validate({ schema: schemaOf(vocabulary, parts), policies: { staticPolicies } })
  if (answer.type === 'failure') return answer.errors.map(({ message }) => message)
  const { validationErrors, validationWarnings, otherWarnings } = answer
  return [
    ...[...validationErrors, ...validationWarnings].map(
      ({ policyId, error }) => `${policies.get(policyId)?.used.safeguard} ${policyId}: ${error.message}`,
    ),
    ...otherWarnings.map(({ message }) => message),
  ]
}
