/**
 * Decides, by Cedar, what is asked with what is known. A decision follows from the question alone, and of its facts from those that policies
 * name for whoever asks for this of that (bearing.ts): so whoever asks the same again is told the same from memory, and it cannot go stale.
 */
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import type { FactValue } from '../safeguard.ts'
import { bearingOf, type Bearing } from './bearing.ts'
import { policiesOf, type PolicyUsed } from './policies.ts'
import { typeOf, type Part } from './schema.ts'

/** By safeguard, then by fact. */
export type Facts = Readonly<Record<string, Readonly<Record<string, FactValue>>>>

export interface Question {
  principal: { is: 'Person'; roles: readonly string[] } | { is: 'Program' }
  action: string
  /** Of the thing that it is about. */
  kind: string
  facts: Facts
}

export interface Decision {
  isAllowed: boolean
  /** The policies that decided it; none where nothing allows it. */
  by: readonly PolicyUsed[]
}

export interface Policy {
  decide(question: Question): Decision
}

/** Far more than a hospital's roles, purposes and relations make. */
const decisionsMax = 20_000
let policySets = 0

/** Throws where a policy cannot be read; whether they fit what they speak of is `validatePolicies`'s to say. */
export function createPolicy(parts: readonly Part[]): Policy {
  const policies = policiesOf(parts)
  const preparsedPolicySetId = `policies ${policySets++}`
  const staticPolicies = Object.fromEntries([...policies].map(([id, { text }]) => [id, text]))
  const parsed = preparsePolicySet(preparsedPolicySetId, { staticPolicies })
  if (parsed.type === 'failure') throw new Error(parsed.errors.map(({ message }) => message).join('; '))
  const known = new Map<string, Decision>()
  const bearingOn = bearingOf([...policies.values()].map(({ json }) => json))
  const bearings = new Map<string, Bearing>()

  /** What is asked, as far as decisions follow from it. */
  function nameOf({ principal, action, kind, facts }: Question): string {
    const { is } = principal
    const roles = is === 'Person' ? principal.roles.toSorted() : []
    const asked = `${is === 'Person' ? roles.join('+') : '*'}|${action}|${kind}`
    let bearing = bearings.get(asked)
    if (!bearing && !bearings.has(asked)) {
      if (bearings.size >= decisionsMax) bearings.clear()
      bearings.set(asked, (bearing = bearingOn({ is, roles, action, kind })))
    }
    let name = asked
    for (const { safeguard, fact, words } of bearing ?? allOf(facts)) {
      const value = facts[safeguard]?.[fact]
      name += words && !words.has(value) ? '|' : `|${value}`
    }
    return name
  }

  return {
    decide(question) {
      const name = nameOf(question)
      const found = known.get(name)
      if (found) return found
      const decision = ask(question)
      if (known.size >= decisionsMax) known.clear()
      known.set(name, decision)
      return decision
    },
  }

  function ask({ principal, action, kind, facts }: Question): Decision {
    const roles = principal.is === 'Person' ? principal.roles : []
    const asking = { type: principal.is, id: 'asking' }
    const thing = { type: 'Thing', id: kind }
    const answer = statefulIsAuthorized({
      preparsedPolicySetId,
      principal: asking,
      action: { type: 'Action', id: action },
      resource: thing,
      context: contextOf(facts),
      entities: [
        { uid: asking, attrs: {}, parents: roles.map((id) => ({ type: 'Role', id })) },
        { uid: thing, attrs: {}, parents: [{ type: 'Kind', id: kind }] },
      ],
    })
    if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '))
    const { decision, diagnostics } = answer.response
    // Cedar passes over a policy that fails: one that forbids would be passed over, too.
    if (diagnostics.errors.length > 0)
      throw new Error(diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`).join())
    const by = diagnostics.reason.toSorted().map((id) => (policies.get(id) as { used: PolicyUsed }).used)
    return { isAllowed: decision === 'allow', by }
  }
}

const allOf = (facts: Facts) =>
  Object.entries(facts).flatMap(([safeguard, told]) =>
    Object.keys(told).map((fact) => ({ safeguard, fact, words: undefined })),
  )

type Context = Parameters<typeof statefulIsAuthorized>[0]['context']

function contextOf(facts: Facts): Context {
  return Object.fromEntries(
    Object.entries(facts).map(([safeguard, told]) => [
      safeguard,
      Object.fromEntries(
        Object.entries(told).map(([fact, value]) => [
          fact,
          typeof value === 'boolean' ? value : { __entity: { type: typeOf(fact), id: value } },
        ]),
      ),
    ]),
  )
}
