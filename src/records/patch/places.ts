/** Where a path leads in one resource: not values, but places that can be changed. */
import { planOf, type ElementPlan, type TypePlan } from '#records/fhir/index.ts'
import { isSameNumber } from './equality.ts'
import { failed, isFault, outOfWork, type Fault, type Work } from './faults.ts'
import type { Literal, Operand, Path, Step, Test } from './path-grammar.ts'
import { Tree } from './tree.ts'

/** What stands at one place of an element: of a primitive its value, its extensions, or both. */
export interface Pair {
  value?: Tree | undefined
  beside?: Tree | undefined
}

export interface Place extends Pair {
  /** Of the value, where it is no primitive. */
  plan: TypePlan | undefined
  /** Absent of the resource itself. */
  within?: { holder: Place; element: ElementPlan; index: number }
}

/** Looking at one element costs as much as copying so many characters. */
const placeWork = 50

export function rootPlace(text: string): Place {
  const value = new Tree(text)
  return { value, plan: planOf(value.get('resourceType')?.string ?? '') }
}

/** In the order of the resource. */
export function evaluate(path: Path, root: Place, work: Work): Place[] | Fault {
  const [first] = path
  const named = first?.kind === 'member' && (first.name === root.plan?.name || first.name === 'Resource')
  return follow(named ? path.slice(1) : path, [root], work)
}

/** The object that has the members of a place: of a primitive, what stands beside its value. */
export function fieldsOf({ value, beside, within }: Place): Tree | undefined {
  return within?.element.primitive ? beside : value
}

export function planAt({ plan, within }: Place): TypePlan | undefined {
  return within?.element.primitive ? planOf('Element') : plan
}

/** The element of that name, or all that a choice may be; none where the type has no such element. */
export function elementsNamed(plan: TypePlan | undefined, name: string): readonly ElementPlan[] {
  if (!plan) return []
  let byName = elementsByName.get(plan)
  if (!byName) {
    byName = new Map()
    for (const { element, beside } of plan.members.values()) {
      if (beside) continue
      const others = byName.get(element.name)
      if (others) others.push(element)
      else byName.set(element.name, [element])
    }
    elementsByName.set(plan, byName)
  }
  return byName.get(name) ?? []
}

const elementsByName = new WeakMap<TypePlan, Map<string, ElementPlan[]>>()

export function pairsOf(fields: Tree | undefined, { json, beside, array, primitive }: ElementPlan): Pair[] {
  const value = fields?.get(json)
  const side = primitive ? fields?.get(beside) : undefined
  if (!array) return value || side ? [{ value, beside: side }] : []
  const values = value?.items ?? []
  const sides = side?.items ?? []
  return Array.from({ length: Math.max(values.length, sides.length) }, (_, at) => ({
    value: unlessNull(values[at]),
    beside: unlessNull(sides[at]),
  }))
}

/** FHIR R4 json.html#primitive: the two lists of a repeating primitive run side by side, with nulls for gaps. */
export function writePairs(fields: Tree, { json, beside, array }: ElementPlan, pairs: readonly Pair[]): void {
  const write = (name: string, trees: (Tree | undefined)[]) => {
    const [only] = trees
    if (trees.every((tree) => tree === undefined)) fields.members?.delete(name)
    else if (array) fields.set(name, Tree.list(trees.map((tree) => tree ?? new Tree('null'))))
    else fields.set(name, only as Tree)
  }
  write(
    json,
    pairs.map(({ value }) => value),
  )
  write(
    beside,
    pairs.map((pair) => pair.beside),
  )
}

function unlessNull(tree: Tree | undefined): Tree | undefined {
  return tree?.kind === 'null' ? undefined : tree
}

function follow(path: Path, from: Place[], work: Work): Place[] | Fault {
  let places = from
  for (const step of path) {
    if (!work.spend(placeWork * places.length)) return outOfWork
    const next = take(step, places, work)
    if (isFault(next)) return next
    places = next
  }
  return places
}

function take(step: Step, places: Place[], work: Work): Place[] | Fault {
  switch (step.kind) {
    case 'member':
      return membersOf(places, step.name, step.at, work)
    case 'index':
      return places.slice(step.index, step.index + 1)
    case 'first':
      return places.slice(0, 1)
    case 'last':
      return places.slice(-1)
    case 'where': {
      const kept: Place[] = []
      for (const place of places) {
        const held = holds(step.test, place, work)
        if (isFault(held)) return held
        if (held) kept.push(place)
      }
      return kept
    }
    case 'ofType':
      return places.filter((place) => typeOf(place) === step.type)
    case 'extension': {
      const found = membersOf(places, 'extension', step.at, work)
      if (isFault(found)) return found
      const urls = found.map(({ value }) => value?.get('url')?.string)
      if (!work.spend(urls.reduce((sum, url = '') => sum + url.length, 0))) return outOfWork
      return found.filter((_, at) => urls[at] === step.url)
    }
  }
}

function membersOf(places: Place[], name: string, at: number, work: Work): Place[] | Fault {
  const found: Place[] = []
  let known = false
  for (const holder of places) {
    for (const element of elementsNamed(planAt(holder), name)) {
      known = true
      const pairs = pairsOf(fieldsOf(holder), element)
      if (!work.spend(placeWork * pairs.length)) return outOfWork
      for (const [index, pair] of pairs.entries()) {
        found.push({ ...pair, plan: planOfValue(element, pair), within: { holder, element, index } })
      }
    }
  }
  // Of resources of several types one may have the element and another not.
  return known || places.length === 0 ? found : noSuchElement(at)
}

function planOfValue(element: ElementPlan, { value }: Pair): TypePlan | undefined {
  return element.type === 'Resource' ? planOf(value?.get('resourceType')?.string ?? '') : element.plan()
}

function noSuchElement(at: number): Fault {
  return failed(
    `FHIR R4 has no such element as its path names at character ${at}`,
    `FHIR R4 no tiene el elemento que su ruta nombra en el carácter ${at}`,
  )
}

/** A profile of Quantity is Quantity. */
function typeOf({ within, plan }: Place): string | undefined {
  const type = within?.element.type
  if (type === undefined || type === 'Resource') return plan?.name
  return type === 'SimpleQuantity' || type === 'MoneyQuantity' ? 'Quantity' : type
}

type Truth = boolean | undefined

/** Three-valued: undefined where an element that is asked about is not there (FHIRPath N1 §6.5). */
function holds(test: Test, place: Place, work: Work): Truth | Fault {
  switch (test.kind) {
    case 'and':
    case 'or': {
      const decides = test.kind === 'or'
      const left = holds(test.left, place, work)
      if (isFault(left) || left === decides) return left
      const right = holds(test.right, place, work)
      if (isFault(right) || right === decides) return right
      return left === undefined || right === undefined ? undefined : !decides
    }
    case 'not': {
      const held = holds(test.test, place, work)
      return isFault(held) || held === undefined ? held : !held
    }
    case 'exists': {
      const found = follow(test.path, [place], work)
      return isFault(found) ? found : found.length > 0
    }
    case 'truth': {
      const found = follow(test.path, [place], work)
      if (isFault(found)) return found
      if (found.length > 1) return severalInCriterion
      const [only] = found
      if (!only) return undefined
      return only.value?.kind === 'boolean' ? only.value.literal === 'true' : true
    }
    case 'equal': {
      const left = valuesOf(test.left, place, work)
      if (isFault(left)) return left
      const right = valuesOf(test.right, place, work)
      if (isFault(right)) return right
      if (left.length === 0 || right.length === 0) return undefined
      return left.length === right.length && allSame(left, right)
    }
  }
}

const severalInCriterion = failed(
  'a criterion of its path asks whether several elements at once are true',
  'un criterio de su ruta pregunta si son verdaderos varios elementos a la vez',
)

type Value = Literal | { kind: 'other'; value: '' }

function valuesOf(operand: Operand, place: Place, work: Work): Value[] | Fault {
  if (operand.kind !== 'path') return [operand]
  const found = follow(operand.path, [place], work)
  if (isFault(found)) return found
  const values = found.map(({ value }) => valueOf(value))
  // Texts are read anew for each comparison, and may be as long as a body.
  const chars = values.reduce((sum, { value }) => sum + value.length, 0)
  return work.spend(chars) ? values : outOfWork
}

function valueOf(tree: Tree | undefined): Value {
  const kind = tree?.kind
  if (kind === 'string') return { kind, value: tree?.string ?? '' }
  if (kind === 'number' || kind === 'boolean') return { kind, value: tree?.literal ?? '' }
  return { kind: 'other', value: '' }
}

function allSame(left: readonly Value[], right: readonly Value[]): Truth {
  let all: Truth = true
  for (const [at, value] of left.entries()) {
    const same = isSame(value, right[at] as Value)
    if (same === false) return false
    if (same === undefined) all = undefined
  }
  return all
}

function isSame(left: Value, right: Value): Truth {
  if (left.kind === 'other' || right.kind === 'other') return false
  if (left.kind === 'number' && right.kind === 'number') return isSameNumber(left.value, right.value)
  if (left.kind === 'date' || right.kind === 'date') {
    if (left.kind !== 'string' && right.kind !== 'string' && left.kind !== right.kind) return false
    // FHIRPath N1 §6.1.1: dates of unlike precision are neither equal nor unequal.
    return left.value.length === right.value.length ? left.value === right.value : undefined
  }
  return left.kind === right.kind && left.value === right.value
}
