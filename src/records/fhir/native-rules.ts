import { isObject } from '#records/json/index.ts'
import type { Json, JsonObject } from '#records/json/index.ts'
import type { Scope } from './fhirpath-runtime.ts'
import type { CodeSet } from './plan.ts'

/** Rules carried out by hand: where the walk knows more than FHIRPath, or R4's expression is wrong. */

/** ext-1: a value or extensions, not both and not neither. */
export function isWholeExtension(value: JsonObject, hasValue: boolean): boolean {
  return (value['extension'] !== undefined) !== hasValue
}

/** ref-1: `#id` is contained in the root. `#` alone is the container, which R4's expression forgets and R5's has. */
export function isKnownWithin(value: JsonObject, scope: Scope): boolean {
  const reference = value['reference']
  if (typeof reference !== 'string' || reference.charCodeAt(0) !== hash || reference === '#') return true
  const contained = (scope.rootResource as JsonObject)['contained']
  return Array.isArray(contained) && idsOf(contained).has(reference.slice(1))
}

// Kept for the list itself: a hostile resource has as many references as contained resources.
const idsByList = new WeakMap<Json[], Set<Json | undefined>>()

function idsOf(contained: Json[]): Set<Json | undefined> {
  let ids = idsByList.get(contained)
  if (!ids) {
    ids = new Set(contained.map((each) => (isObject(each) ? each['id'] : undefined)))
    idsByList.set(contained, ids)
  }
  return ids
}

/** dom-3: the places of contained resources that nothing refers to and that do not refer to their container. */
export function unusedContained(root: JsonObject): number[] {
  const contained = root['contained']
  if (!Array.isArray(contained)) return []
  const used = new Set<string>()
  collectLocal(root, used)
  return contained.flatMap((each, at) => {
    if (!isObject(each)) return []
    const id = each['id']
    if (typeof id === 'string' && used.has(`#${id}`)) return []
    const own = new Set<string>()
    collectLocal(each, own)
    return own.has('#') ? [] : [at]
  })
}

/** A required binding of a CodeableConcept or Coding: one of its codings is in the set. */
export function conceptIsIn(value: JsonObject, set: CodeSet): boolean {
  const codings = Array.isArray(value['coding']) ? value['coding'] : []
  // Only extensions, which may say why there is no code.
  if (codings.length === 0 && value['text'] === undefined) return true
  return codings.some(
    (coding) => isObject(coding) && set.tokens.has(`${String(coding['system'])}|${String(coding['code'])}`),
  )
}

const hash = 35

function collectLocal(value: Json, found: Set<string>): void {
  if (typeof value === 'string') {
    if (value.charCodeAt(0) === hash) found.add(value)
  } else if (Array.isArray(value)) for (const item of value) collectLocal(item, found)
  else if (value !== null && typeof value === 'object') {
    for (const name in value) collectLocal(value[name]!, found)
  }
}
