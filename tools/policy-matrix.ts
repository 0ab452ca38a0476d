/**
 * The matrix of what policy allows: action × role × relation × purpose, and for each the kinds of resource. `node tools/policy-matrix.ts`
 * writes test/golden/policy.txt, which a test holds against what is decided.
 */
import { writeFileSync } from 'node:fs'
import { createPolicy, type Facts, type Question } from '#kernel/policy/index.ts'
import { roles } from '#people/roles.ts'
import { actions, kindsOfAction, type PolicyAction } from '#records/index.ts'
import { FactTable, type Told } from '../src/safeguards/facts.ts'
import { safeguards } from '../src/safeguards/registry.ts'

/** Whom a line is about, and what is known of them before anything else. */
interface Asker {
  name: string
  principal: Question['principal']
  scope: string
}

const askers: readonly Asker[] = [
  ...roles.map((role) => ({
    name: role,
    principal: { is: 'Person', roles: [role] } as const,
    scope: 'none',
  })),
  ...[
    ['program system/*.cruds', 'all'],
    ['program, in its scope', 'covers'],
    ['program, beyond it', 'none'],
  ].map(([name = '', scope = '']) => ({ name, principal: { is: 'Program' } as const, scope })),
]

export function policyMatrix(): string {
  const policy = createPolicy(safeguards)
  const table = new FactTable(safeguards)
  const ways = [...table.possible('actor', 'subject')]
  const usual = [...table.possible('request', 'thing')][0] as Told
  const lines = actions.flatMap((action) => ['', ...askers.flatMap((asker) => linesOf(action, asker))])
  return `${head}${lines.join('\n')}\n`

  function linesOf(action: PolicyAction, { name, principal, scope }: Asker): string[] {
    /** By the kinds that are allowed, then by relation: for which purposes. */
    const allowed = new Map<string, Map<string, string[]>>()
    for (const told of ways) {
      const { relation = '', purpose = '' } = factsOf(told, scope)['access'] ?? {}
      const isAllowed = (kind: string) =>
        policy.decide({ principal, action, kind, facts: factsOf(told, scope) }).isAllowed
      const kinds = kindsOfAction[action].filter(isAllowed).join(' ')
      if (kinds === '') continue
      const byRelation = allowed.get(kinds) ?? new Map<string, string[]>()
      allowed.set(kinds, byRelation)
      byRelation.set(String(relation), [...(byRelation.get(String(relation)) ?? []), String(purpose)])
    }
    if (allowed.size === 0) return [line(action, name, '–', '–', 'nothing')]
    return [...allowed].flatMap(([kinds, byRelation]) => {
      const byPurposes = Map.groupBy(byRelation, ([, purposes]) => worded(purposes, purposesInAll))
      return [...byPurposes].map(([purposes, relations]) => {
        const names = relations.map(([relation]) => relation)
        return line(action, name, worded(names, relationsInAll), purposes, kinds)
      })
    })
  }

  function factsOf(told: Told, scope: string): Facts {
    return table.laidOut(new Map([['access.scope', scope]]), told, usual)
  }
}

function valuesOf(name: string): number {
  return safeguards.reduce((sum, { facts }) => sum + (facts[name]?.values.length ?? 0), 0)
}

const purposesInAll = valuesOf('purpose')
const relationsInAll = valuesOf('relation')

function worded(values: readonly string[], inAll: number): string {
  return values.length === inAll ? 'any' : values.join(' ')
}

function line(action: string, who: string, relation: string, purpose: string, kinds: string): string {
  return [action.padEnd(13), who.padEnd(23), relation.padEnd(26), purpose.padEnd(26), kinds]
    .join(' ')
    .trimEnd()
}

const head = `${line('# action', 'who', 'relation', 'purpose', 'kinds of resource')}
# Made by tools/policy-matrix.ts. What is on no line is refused.
`

if (import.meta.main) writeFileSync(new URL('../test/golden/policy.txt', import.meta.url), policyMatrix())
