import { isObject } from '#records/json/index.ts'
import type { Decimals, Json, JsonObject } from '#records/json/index.ts'
import type { Scope } from './fhirpath-runtime.ts'
import * as faults from './faults.ts'
import type { FaultText, Issue } from './faults.ts'
import { narrativeFault } from './narrative.ts'
import { conceptIsIn, isKnownWithin, isWholeExtension, unusedContained } from './native-rules.ts'
import { planOf } from './plan.ts'
import type { ElementPlan, Rule, TypePlan } from './plan.ts'
import { typeCode } from './types.ts'

export interface ValidateOptions {
  /** From `parseDocument`: whole numbers not written as integers. */
  decimals?: Decimals
  /** Also give R4's warnings (best practice: a narrative, a name fit for code). */
  warnings?: boolean
}

/** Faults beyond this many are not looked for: the sender has enough to mend, and the answer stays small. */
export const issuesMax = 100

/**
 * Judges a resource by FHIR R4 (4.0.1): elements, cardinality, types, required bindings, invariants, contained
 * resources and what Bundles and Parameters hold. An empty list means valid. Texts name elements, rules and allowed
 * codes, never values: they may reach logs.
 */
export function validate(resource: JsonObject, options: ValidateOptions = {}): Issue[] {
  const walk = new Walk(options)
  walk.resource(resource, undefined)
  return walk.issues
}

class Walk {
  readonly issues: Issue[] = []
  readonly decimals: Decimals | undefined
  readonly warnings: boolean
  // The way to where the walk is: names, and the place within an array or -1.
  readonly names: string[] = []
  readonly places: number[] = []
  depth = 0

  constructor(options: ValidateOptions) {
    this.decimals = options.decimals
    this.warnings = options.warnings === true
  }

  resource(value: JsonObject, container: Scope | undefined): void {
    const type = value['resourceType']
    if (typeof type !== 'string') {
      if (this.depth === 0) this.names[0] = 'Resource'
      this.fault('resourceType', faults.noResourceType)
      return
    }
    const plan = typeCode(type) === undefined ? undefined : planOf(type)
    if (this.depth === 0) this.names[0] = plan ? type : 'Resource'
    if (!plan) {
      this.fault('resourceType', faults.unknownResourceType)
      return
    }
    const scope = { resource: value, rootResource: container ? container.rootResource : value }
    this.object(value, plan, scope)
    if (!container) this.contained(value)
  }

  /** `hasValue`: the object stands beside a primitive's value, where an id alone is enough (ele-1). */
  object(value: JsonObject, plan: TypePlan, scope: Scope, hasValue = false): void {
    const { members } = plan
    let chosen = 0
    let count = 0
    for (const key in value) {
      const member = members.get(key)
      if (member === undefined) {
        if (key !== 'resourceType' || plan.kind !== 'resource')
          this.fault(key, faults.unknownElement(plan.name))
        count++
        continue
      }
      const { element } = member
      const item = value[key]!
      if (key !== 'id') count++
      if (element.choiceBit !== 0) {
        // valueString and _valueString are one choice; valueString and valueCode are two.
        const pair = member.beside ? element.json : element.beside
        if (
          (chosen & element.choiceBit) !== 0 &&
          !(element.primitive && value[pair] !== undefined && isSecondOfPair(value, key, pair))
        ) {
          this.fault(element.name, faults.secondChoice)
        }
        chosen |= element.choiceBit
      }
      if (member.beside) this.beside(item, element, value, scope)
      else if (element.primitive === undefined) this.complex(item, element, scope)
      else this.primitives(item, element, value, scope)
    }
    for (const need of plan.required) {
      if (!need.json.some((name) => value[name] !== undefined)) this.fault(need.name, faults.missing)
    }
    if (plan.kind !== 'resource') {
      if (count === 0 && !(hasValue && value['id'] !== undefined)) this.fault(undefined, faults.emptyObject)
      else if (plan.name === 'Extension') this.native('ext-1', isWholeExtension(value, chosen !== 0))
      else if (plan.name === 'Reference') this.native('ref-1', isKnownWithin(value, scope))
    }
    if (plan.rules.length > 0) this.rules(plan.rules, value, scope)
  }

  complex(value: Json, element: ElementPlan, scope: Scope): void {
    if (!element.array) {
      this.enter(element.name, -1)
      if (isObject(value)) this.item(value, element, scope)
      else this.fault(undefined, Array.isArray(value) ? faults.notOne : faults.notObject)
      this.depth--
      return
    }
    if (!this.isList(value, element)) return
    this.enter(element.name, 0)
    for (let at = 0; at < value.length; at++) {
      this.places[this.depth] = at
      const item = value[at]
      if (isObject(item)) this.item(item, element, scope)
      else this.fault(undefined, item === null ? faults.strayNull : faults.notObject)
    }
    this.depth--
  }

  item(value: JsonObject, element: ElementPlan, scope: Scope): void {
    if (element.type === 'Resource') {
      // Contained resources share the root; those of a Bundle or of Parameters stand alone.
      this.resource(value, element.name === 'contained' ? scope : undefined)
      return
    }
    this.object(value, element.plan()!, scope)
    if (element.codes !== undefined && !conceptIsIn(value, element.codes)) {
      this.fault(undefined, faults.badCode(element.codes))
    }
    if (element.rules.length > 0) this.rules(element.rules, value, scope)
  }

  primitives(value: Json, element: ElementPlan, holder: JsonObject, scope: Scope): void {
    if (!element.array) {
      if (value === null) {
        this.fault(element.name, faults.strayNull)
        return
      }
      this.primitive(value, element, -1, holder, element.json, scope)
      return
    }
    if (!this.isList(value, element)) return
    const beside = holder[element.beside]
    for (let at = 0; at < value.length; at++) {
      const item = value[at]!
      if (item !== null) this.primitive(item, element, at, value, String(at), scope)
      else if (!Array.isArray(beside) || !isObject(beside[at])) {
        this.enter(element.name, at)
        this.fault(undefined, faults.strayNull)
        this.depth--
      }
    }
  }

  primitive(value: Json, element: ElementPlan, at: number, holder: object, key: string, scope: Scope): void {
    const primitive = element.primitive!
    if (typeof value === primitive.json) {
      const right =
        primitive.test(value as never) &&
        !(primitive.integer && this.decimals !== undefined && this.decimals.get(holder)?.has(key))
      if (
        right &&
        (element.codes === undefined || element.codes.codes.has(value as string)) &&
        element.rules.length === 0 &&
        primitive.name !== 'xhtml'
      )
        return
      this.enter(element.name, at)
      if (!right) this.fault(undefined, faults.badValue(primitive))
      else if (element.codes !== undefined && !element.codes.codes.has(value as string))
        this.fault(undefined, faults.badCode(element.codes))
      if (right && primitive.name === 'xhtml') this.narrative(value as string)
      if (right && element.rules.length > 0) this.rules(element.rules, value, scope)
    } else {
      this.enter(element.name, at)
      if (isObject(value)) this.fault(undefined, faults.notPrimitive(primitive))
      else if (Array.isArray(value)) this.fault(undefined, faults.notOne)
      else this.fault(undefined, faults.badType(primitive))
    }
    this.depth--
  }

  /** `_birthDate`: the id and extensions of a primitive, or of each in a list. */
  beside(value: Json, element: ElementPlan, holder: JsonObject, scope: Scope): void {
    const plan = planOf('Element')!
    if (!element.array) {
      this.enter(element.name, -1)
      if (isObject(value)) this.object(value, plan, scope, holder[element.json] !== undefined)
      else this.fault(undefined, faults.notObject)
      this.depth--
      return
    }
    if (!this.isList(value, element)) return
    const values = holder[element.json]
    const list = Array.isArray(values) ? values : []
    for (let at = 0; at < value.length; at++) {
      this.enter(element.name, at)
      const item = value[at]!
      if (isObject(item)) this.object(item, plan, scope, list[at] !== null && list[at] !== undefined)
      else if (item !== null) this.fault(undefined, faults.notObject)
      else if (list[at] === null || list[at] === undefined) this.fault(undefined, faults.strayNull)
      this.depth--
    }
  }

  isList(value: Json, element: ElementPlan): value is Json[] {
    if (!Array.isArray(value)) this.fault(element.name, faults.notList)
    else if (value.length === 0) this.fault(element.name, faults.emptyList)
    else {
      if (value.length > element.max || value.length < element.min)
        this.fault(element.name, faults.wrongCount(element.min, element.max))
      return true
    }
    return false
  }

  /** dom-3, each contained resource at its place. */
  contained(root: JsonObject): void {
    for (const at of unusedContained(root)) {
      this.enter('contained', at)
      this.native('dom-3', false)
      this.depth--
    }
  }

  narrative(xhtml: string): void {
    const fault = narrativeFault(xhtml)
    if (fault === undefined) return
    // HL7's own examples have blank narratives: what harms nobody is a warning.
    if (fault === 'txt-2') {
      if (this.warnings) this.fault(undefined, faults.rule('txt-2', 'warning', ''))
    } else if (fault === 'txt-1') this.native('txt-1', false)
    else this.fault(undefined, faults.badNarrative)
  }

  native(key: string, holds: boolean): void {
    if (!holds) this.fault(undefined, faults.rule(key, 'error', ''))
  }

  rules(list: readonly Rule[], item: unknown, scope: Scope): void {
    for (const rule of list) {
      if (rule.severity === 'warning') {
        if (this.warnings && rule.run(item, scope) === false)
          this.fault(undefined, faults.rule(rule.key, 'warning', rule.human))
      } else if (rule.run(item, scope) !== true) {
        this.fault(undefined, faults.rule(rule.key, 'error', rule.human))
      }
    }
  }

  enter(name: string, place: number): void {
    this.depth++
    this.names[this.depth] = name
    this.places[this.depth] = place
  }

  fault(name: string | undefined, text: FaultText): void {
    if (this.issues.length >= issuesMax) return
    let expression = this.names[0]!
    for (let at = 1; at <= this.depth; at++) {
      const place = this.places[at]!
      expression += place < 0 ? `.${this.names[at]!}` : `.${this.names[at]!}[${place}]`
    }
    if (name !== undefined && /^\w{1,64}$/.test(name)) expression += `.${name}`
    const { severity, code, text: words } = text
    this.issues.push({ severity, code, expression, text: words(expression) })
  }
}

function isSecondOfPair(value: JsonObject, key: string, pair: string): boolean {
  for (const name in value) {
    if (name === pair) return true
    if (name === key) return false
  }
  return false
}
