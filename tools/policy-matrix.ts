/**
 * The matrix of what policy allows: action × role × relation × purpose, and for each the kinds of resource. `node tools/policy-matrix.ts`
 * writes test/golden/policy.txt, which a test holds against what is decided.
 */
import { writeFileSync } from 'node:fs'
import { createPolicy, type Facts, type Question } from '#kernel/policy/index.ts'
import type { FactValue } from '#kernel/safeguard.ts'
import { roles, type Role } from '#people/roles.ts'
import { actions, kindsOfAction, type PolicyAction, type Sources } from '#records/index.ts'
import { createGate } from '../src/safeguards/gate.ts'
import { FactTable, type Told } from '../src/safeguards/facts.ts'
import { safeguards } from '../src/safeguards/all.ts'

/** Whom a line is about, and what is known of them before anything else. */
interface Asker {
  name: string
  principal: Question['principal']
  scope: string
  /** For which they ask where nothing is said. */
  purpose: string
}

const askers: readonly Asker[] = [
  ...roles.map((role) => ({
    name: role,
    principal: { is: 'Person', roles: [role] } as const,
    scope: 'none',
    purpose: usualPurposeOf(role),
  })),
  ...[
    ['program system/*.cruds', 'all'],
    ['program, in its scope', 'covers'],
    ['program, beyond it', 'none'],
  ].map(([name = '', scope = '']) => ({
    name,
    principal: { is: 'Program' } as const,
    scope,
    purpose: 'TREAT',
  })),
]

/** What is known besides: by a safeguard that only forbids; only of a patient. */
interface Besides {
  isNarrowing?: boolean
  isOfPatient?: boolean
}

export function policyMatrix(): string {
  const policy = createPolicy(safeguards)
  const table = new FactTable(safeguards, keepsNothing)
  const all = ['actor', 'subject', 'request', 'thing', 'between'] as const
  const [first] = table.possible({ of: all, isNarrowed: false })
  const usual = new Map(first as Told)
  const ways = waysOf(
    safeguards.flatMap(({ name, facts }) =>
      Object.entries(facts).map(([fact, { values }]) => [`${name}.${fact}`, values] as const),
    ),
  )
  const usually = linesWith(usual)
  const shortly = linesWith(usual, true)
  const lines = actions.flatMap((action) => [
    '',
    ...askers.flatMap(({ name }) => usually.get(`${action} ${name}`)!),
  ])
  return `${head}${lines.join('\n')}\n${[...besides()].join('')}`

  /** What is otherwise where something else is known than what is usual: the lines that are then others. */
  function* besides(): Generator<string> {
    for (const { name: safeguard, facts, isNarrowing = false } of safeguards)
      for (const [fact, { of, values }] of Object.entries(facts)) {
        const place = `${safeguard}.${fact}`
        if (laidOut.has(place) || place === 'access.scope') continue
        const texts = values.slice(1).map((value) => {
          const also = { isNarrowing, isOfPatient: of === 'between' || (isNarrowing && of === 'subject') }
          const lines = [...linesWith(new Map([...usual, [place, value]]), true, also)]
          const others = lines.filter(([name, each]) => each.join() !== shortly.get(name)!.join())
          return { value, text: others.map(([, each]) => `${each.join('\n')}\n`).join('') }
        })
        for (const [text, same] of Map.groupBy(texts, (each) => each.text)) {
          const either = same.map(({ value }) => String(value)).join(' or ')
          yield `\n# Where ${place} is ${either}, these are otherwise, for what each asks usually:\n\n${text}`
        }
      }
  }

  /** `isShort`: of each for what it is usually asked, since Cedar takes its time. */
  function linesWith(known: Told, isShort = false, also: Besides = {}): Map<string, string[]> {
    return new Map(
      actions.flatMap((action) =>
        askers.map(
          (asker) => [`${action} ${asker.name}`, linesOf(action, asker, known, isShort, also)] as const,
        ),
      ),
    )
  }

  function linesOf(
    action: PolicyAction,
    { name, principal, scope, purpose: usually }: Asker,
    known: Told,
    isShort: boolean,
    { isNarrowing = false, isOfPatient = false }: Besides,
  ): string[] {
    const isDeed = action === 'request' || action === 'approve'
    // Programs have no account, and no deeds.
    if (isDeed && principal.is === 'Program') return [line(action, name, '–', '–', 'nothing')]
    /** By the kinds that are allowed, then by relation: for which purposes. */
    const allowed = new Map<string, Map<string, string[]>>()
    for (const told of ways) {
      const [relation = '', purpose = ''] = [told.get('access.relation'), told.get('access.purpose')]
      // Of deeds of people too: what for is said of records.
      if ((isShort || isDeed) && purpose !== usually) continue
      const isAllowedBy = (kind: string, facts: Facts) =>
        policy.decide({ principal, action, kind, facts }).isAllowed
      const asUsual = factsOf(told, scope, usual)
      const then = isOfPatient && relation === 'nobody' ? asUsual : factsOf(told, scope, known)
      // What narrows allows nothing that was not allowed: it need not be asked.
      const isAllowed = (kind: string) =>
        (!isNarrowing || isAllowedBy(kind, asUsual)) && isAllowedBy(kind, then)
      // A grant is about one patient, every other act about nobody's record.
      const isAbout = (kind: string) => !isDeed || (kind === 'grant') === (relation !== 'nobody')
      const kinds = kindsOfAction[action].filter((kind) => isAbout(kind) && isAllowed(kind)).join(' ')
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

  function factsOf(told: Told, scope: string, known: Told): Facts {
    return table.laidOut(new Map([['access.scope', scope]]), told, known)
  }
}

/** As the gate names it. */
function usualPurposeOf(role: Role): string {
  const gate = createGate({ now: () => 0, rows: keepsNothing })({} as Sources)
  const person = { account: '', person: '', login: '', name: '', roles: [role], represents: [], session: '' }
  const by = { actor: '', client: '', address: 'local', principal: { actor: '', client: '', person } }
  return gate.named(by).purpose ?? ''
}

function keepsNothing(): never {
  throw new Error('of nobody in particular nothing is kept')
}

/** What lines are made of; everything else is as it usually is. */
const laidOut: ReadonlySet<string> = new Set(['access.relation', 'access.purpose'])

/** Each way in which what lines are made of could be, the first of the facts the slowest: however many other facts there are. */
function waysOf(facts: readonly (readonly [place: string, values: readonly FactValue[]])[]): Told[] {
  return facts
    .filter(([place]) => laidOut.has(place))
    .reduce<Told[]>(
      (ways, [place, values]) =>
        ways.flatMap((told) => values.map((value) => new Map([...told, [place, value]]))),
      [new Map()],
    )
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
