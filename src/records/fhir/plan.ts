import { readFileSync } from 'node:fs'
import { invariants } from './generated/invariants.ts'
import type { Scope, Truth } from './fhirpath-runtime.ts'
import { primitives } from './primitives.ts'
import type { Primitive } from './primitives.ts'

/** What the walks (validator, subset, references) know of a type: made on first need from generated/. */
export interface TypePlan {
  name: string
  kind: 'resource' | 'complex' | 'backbone'
  /** By JSON name; primitives also by `_name`. */
  members: ReadonlyMap<string, MemberPlan>
  required: readonly RequiredPlan[]
  rules: readonly Rule[]
}

export interface MemberPlan {
  element: ElementPlan
  /** The `_name` beside a primitive. */
  beside: boolean
}

export interface ElementPlan {
  /** Name in JSON (`valueQuantity`), and its pair for primitives (`_valueString`). */
  json: string
  beside: string
  /** Name in FHIRPath (`value`). */
  name: string
  type: string
  primitive: Primitive | undefined
  array: boolean
  min: number
  max: number
  /** One bit for each choice element of the type, shared by its JSON names; 0 for no choice. */
  choiceBit: number
  summary: boolean
  modifier: boolean
  codes: CodeSet | undefined
  rules: readonly Rule[]
  /** The type's own plan; 'Resource' where any resource may stand; undefined for primitives. */
  plan(): TypePlan | undefined
}

export interface RequiredPlan {
  name: string
  json: readonly string[]
}

export interface Rule {
  key: string
  severity: 'error' | 'warning'
  human: string
  run(item: unknown, scope: Scope): Truth
}

export interface CodeSet {
  codes: ReadonlySet<string>
  /** `system|code`. */
  tokens: ReadonlySet<string>
}

type ElementRow = [string, string, number, number, number, number?, number[]?]
interface Definitions {
  types: Record<string, [TypePlan['kind'], ElementRow[], number[]]>
  valueSets: Record<string, string[]>[]
  notEnumerable: string[]
  rules: [string, 'error' | 'warning', string][]
}

let definitions: Definitions | undefined
const plans = new Map<string, TypePlan>()
const codeSets = new Map<number, CodeSet>()
const rules = new Map<number, Rule>()

function load(): Definitions {
  definitions ??= JSON.parse(
    readFileSync(new URL('generated/definitions.json', import.meta.url), 'utf8'),
  ) as Definitions
  return definitions
}

/** The plan of a resource type, data type or backbone element (by path); undefined for what R4 does not have. */
export function planOf(type: string): TypePlan | undefined {
  const known = plans.get(type)
  if (known) return known
  const { types } = load()
  const row = Object.hasOwn(types, type) ? types[type] : undefined
  if (!row) return undefined
  const plan = makePlan(type, row)
  plans.set(type, plan)
  return plan
}

/** Every type with a plan, and the value sets of required bindings whose codes R4 does not list. */
export function planNames(): string[] {
  return Object.keys(load().types)
}

export function notEnumerable(): readonly string[] {
  return load().notEnumerable
}

function makePlan(name: string, [kind, rows, ruleIds]: Definitions['types'][string]): TypePlan {
  const members = new Map<string, MemberPlan>()
  const required: RequiredPlan[] = []
  let choices = 0
  for (const row of rows) {
    const [stem, types, min, , flags] = row
    const choice = (flags & 1) !== 0
    const bit = choice ? 1 << choices++ : 0
    const names: string[] = []
    for (const type of types.split('|')) {
      const json = choice ? stem + baseOf(type)[0]!.toUpperCase() + baseOf(type).slice(1) : stem
      const element = makeElement(json, type, row, bit)
      members.set(json, { element, beside: false })
      names.push(json)
      if (!element.primitive) continue
      members.set(element.beside, { element, beside: true })
      names.push(element.beside)
    }
    if (min > 0) required.push({ name: stem, json: names })
  }
  return { name, kind, members, required, rules: ruleIds.map(ruleOf) }
}

// A profile of Quantity is Quantity in the names of choices.
function baseOf(type: string): string {
  return type === 'SimpleQuantity' || type === 'MoneyQuantity' ? 'Quantity' : type
}

function makeElement(json: string, type: string, row: ElementRow, choiceBit: number): ElementPlan {
  const [name, , min, max, flags, set = -1, ruleIds = []] = row
  let plan: TypePlan | undefined
  return {
    json,
    beside: `_${json}`,
    name,
    type,
    primitive: primitives.get(type),
    array: max !== 1,
    min,
    max: max < 0 ? Infinity : max,
    choiceBit,
    summary: (flags & 2) !== 0,
    modifier: (flags & 4) !== 0,
    codes: set < 0 ? undefined : codeSetOf(set),
    rules: ruleIds.map(ruleOf),
    plan: () => (plan ??= planOf(type)),
  }
}

function ruleOf(id: number): Rule {
  const known = rules.get(id)
  if (known) return known
  const [key, severity, human] = load().rules[id]!
  const rule: Rule = { key, severity, human, run: invariants[id]! }
  rules.set(id, rule)
  return rule
}

function codeSetOf(id: number): CodeSet {
  const known = codeSets.get(id)
  if (known) return known
  const systems = Object.entries(load().valueSets[id]!)
  const set = {
    codes: new Set(systems.flatMap(([, codes]) => codes)),
    tokens: new Set(systems.flatMap(([system, codes]) => codes.map((code) => `${system}|${code}`))),
  }
  codeSets.set(id, set)
  return set
}
