/**
 * On which facts a decision hangs: those that are named by the policies which could apply to whoever asks for this of that. All others
 * decide nothing, so one decision is good for whatever they are, and a fact more costs what its own policies do.
 */
import type { Expr, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'

/** What is asked, without facts. */
export interface Bare {
  is: 'Person' | 'Program'
  roles: readonly string[]
  action: string
  kind: string
}

/** A fact by safeguard and name; and where it is only compared with words, with which: all others decide alike. */
export interface Place {
  safeguard: string
  fact: string
  words: ReadonlySet<unknown> | undefined
}

/** `undefined`: a policy may hang on any of them. */
export type Bearing = readonly Place[] | undefined

/** By all policies. */
export function bearingOf(policies: readonly PolicyJson[]): (asked: Bare) => Bearing {
  return (asked) => {
    const places = new Map<string, Place>()
    let isAny = false
    const note: Note = (named, words) => {
      if (named === 'any') {
        isAny = true
        return
      }
      const place = named.join('.')
      const [safeguard, fact] = named
      const before = places.has(place) ? places.get(place)?.words : new Set<unknown>()
      places.set(place, { safeguard, fact, words: words && before && new Set([...before, ...words]) })
    }
    for (const policy of policies) {
      if (!isOf(policy, asked)) continue
      for (const { body } of policy.conditions) walk(body, asked, note)
    }
    return isAny ? undefined : [...places.values()]
  }
}

/** False where it certainly is of others. */
function isOf({ principal, action, resource, conditions }: PolicyJson, asked: Bare): boolean {
  if (!isWithin(principal, asked, 'principal') || !isWithin(action, asked, 'action')) return false
  if (!isWithin(resource, asked, 'resource')) return false
  return conditions.every(({ kind, body }) => truthOf(body, asked) !== (kind === 'unless'))
}

type Variable = 'principal' | 'action' | 'resource'
type Constraint = PolicyJson[Variable]

function isWithin(constraint: Constraint, asked: Bare, of: Variable): boolean {
  if (constraint.op === 'is' && constraint.entity_type !== typeOf(of, asked)) return false
  if (constraint.op !== 'in' && constraint.op !== '==') return true
  if ('entities' in constraint) return constraint.entities.some((each) => isIn(of, each, asked) !== false)
  return !('entity' in constraint) || isIn(of, constraint.entity, asked) !== false
}

const typeOf = (of: Variable, { is }: Bare): string =>
  ({ principal: is, action: 'Action', resource: 'Thing' })[of]

/** Undefined where that is not known from here. */
function isIn(of: Variable, entity: unknown, { roles, action, kind }: Bare): boolean | undefined {
  const { type, id } = uidOf(entity) ?? {}
  if (type === undefined || id === undefined) return undefined
  if (of === 'principal' && type === 'Role') return roles.includes(id)
  if (of === 'action' && type === 'Action') return id === action
  if (of === 'resource' && type === 'Kind') return id === kind
  return undefined
}

/** Written plainly, or as `__entity`. */
function uidOf(entity: unknown): { type?: string; id?: string } | undefined {
  if (typeof entity !== 'object' || entity === null) return undefined
  const { __entity: inner } = entity as { __entity?: unknown }
  return inner === undefined ? entity : uidOf(inner)
}

/** Where no fact has to be known for it. */
function truthOf(expression: Expr, asked: Bare): boolean | undefined {
  if ('Value' in expression) return typeof expression.Value === 'boolean' ? expression.Value : undefined
  if ('!' in expression) {
    const truth = truthOf((expression['!'] as { arg: Expr }).arg, asked)
    return truth === undefined ? undefined : !truth
  }
  if ('&&' in expression || '||' in expression) {
    const isAnd = '&&' in expression
    const { left, right } = (isAnd ? expression['&&'] : expression['||']) as Pair
    const both = [truthOf(left, asked), truthOf(right, asked)]
    if (both.includes(!isAnd)) return !isAnd
    return both.includes(undefined) ? undefined : isAnd
  }
  if ('in' in expression) {
    const { left, right } = expression.in as Pair
    if (!('Var' in left)) return undefined
    const entities = 'Set' in right ? (right.Set as Expr[]) : [right]
    const truths = entities.map((each) =>
      'Value' in each ? isIn(left.Var as Variable, each.Value, asked) : undefined,
    )
    if (truths.includes(true)) return true
    return truths.includes(undefined) ? undefined : false
  }
  return undefined
}

interface Pair {
  left: Expr
  right: Expr
}

type Note = (place: Named | 'any', words?: readonly unknown[]) => void
type Named = readonly [safeguard: string, fact: string]

/** Notes each fact that is named where it could matter. */
function walk(expression: unknown, asked: Bare, note: Note): void {
  if (typeof expression !== 'object' || expression === null) return
  if (Array.isArray(expression)) return expression.forEach((each) => walk(each, asked, note))
  if (truthOf(expression as Expr, asked) !== undefined) return
  const compared = comparedIn(expression as Expr)
  if (compared) return note(compared.place, compared.words)
  const place = placeOf(expression as Expr)
  if (place) return note(place)
  if ('Var' in expression && expression.Var === 'context') return note('any')
  for (const each of Object.values(expression)) walk(each, asked, note)
}

/** `FACT == WORD`, `FACT != WORD` and `[WORD, …].contains(FACT)`. */
function comparedIn(expression: Expr): { place: Named; words: unknown[] } | undefined {
  const isEqual = '==' in expression || '!=' in expression
  if (!isEqual && !('contains' in expression)) return undefined
  const [{ left, right }] = Object.values(expression) as [Pair]
  const [fact, compared] = isEqual ? [left, [right]] : [right, 'Set' in left ? (left.Set as Expr[]) : [left]]
  const place = placeOf(fact)
  const words = compared.map((each) => ('Value' in each ? uidOf(each.Value)?.id : undefined))
  return place && !words.includes(undefined) ? { place, words } : undefined
}

/** `context.SAFEGUARD.FACT` */
function placeOf(expression: Expr): Named | undefined {
  const outer = '.' in expression ? (expression['.'] as Member) : undefined
  const inner = outer && '.' in outer.left ? (outer.left['.'] as Member) : undefined
  if (!outer || !inner || !('Var' in inner.left) || inner.left.Var !== 'context') return undefined
  return [inner.attr, outer.attr]
}

interface Member {
  left: Expr
  attr: string
}
