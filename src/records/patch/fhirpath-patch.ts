/** FHIRPath Patch: https://hl7.org/fhir/R4/fhirpatch.html. */
import type { Refusal } from '#kernel/outcome.ts'
import type { ElementPlan, TypePlan } from '#records/fhir/index.ts'
import { failed, isFault, outOfWork, refusalOf, Work, type Fault } from './faults.ts'
import type { PathOperation, Value } from './operations.ts'
import type { Path } from './path-grammar.ts'
import {
  elementsNamed,
  evaluate,
  fieldsOf,
  pairsOf,
  planAt,
  rootPlace,
  writePairs,
  type Pair,
  type Place,
} from './places.ts'
import { Tree } from './tree.ts'

/** All operations in order, or the refusal of the first that cannot be carried out. `text`: a resource's compact JSON. */
export function applyFhirPathPatch(
  text: string,
  operations: readonly PathOperation[],
): { status: 'ok'; text: string } | Refusal {
  const root = rootPlace(text)
  const work = new Work()
  const thinned: Place[] = []
  for (const [at, operation] of operations.entries()) {
    const fault = carryOut(root, operation, work, thinned)
    if (fault) return refusalOf(fault, at)
  }
  for (const place of thinned) prune(place)
  return { status: 'ok', text: (root.value as Tree).toText() }
}

/** `thinned`: places of which a member was deleted. */
function carryOut(root: Place, operation: PathOperation, work: Work, thinned: Place[]): Fault | undefined {
  switch (operation.type) {
    case 'add': {
      const place = only(evaluate(operation.path, root, work))
      if (isFault(place)) return place
      return add(fieldsOf(place) ?? opened(place), planAt(place), operation.name, operation.value, work)
    }
    case 'replace': {
      const place = only(evaluate(operation.path, root, work))
      return isFault(place) ? place : replace(place, operation.value, work)
    }
    case 'delete': {
      const found = evaluate(operation.path, root, work)
      if (isFault(found)) return found
      // What is not there need not be deleted.
      if (found.length === 0) return undefined
      const place = only(found)
      return isFault(place) ? place : remove(place, work, thinned)
    }
    case 'insert': {
      const list = listAt(operation.path, root, work)
      if (isFault(list)) return list
      const { fields, element, pairs } = list
      if (operation.index > pairs.length) return beyond(pairs.length)
      const pair = pairFor(element, operation.value, work)
      if (isFault(pair)) return pair
      pairs.splice(operation.index, 0, pair)
      writePairs(fields, element, pairs)
      return undefined
    }
    case 'move': {
      const list = listAt(operation.path, root, work)
      if (isFault(list)) return list
      const { fields, element, pairs } = list
      const { source, destination } = operation
      if (Math.max(source, destination) >= pairs.length) return beyond(pairs.length - 1)
      pairs.splice(destination, 0, ...pairs.splice(source, 1))
      writePairs(fields, element, pairs)
      return undefined
    }
  }
}

function only(found: Place[] | Fault): Place | Fault {
  if (isFault(found)) return found
  const [place] = found
  if (!place) return failed('its path leads to nothing', 'su ruta no lleva a nada')
  if (found.length === 1) return place
  return failed(
    'its path leads to several elements; it must lead to one',
    'su ruta lleva a varios elementos; debe llevar a uno',
  )
}

/** A primitive to which an extension is added for the first time gets an object for it. */
function opened(place: Place): Tree {
  const { holder, element, index } = place.within as NonNullable<Place['within']>
  const beside = new Tree('{}')
  place.beside = beside
  const fields = fieldsOf(holder) as Tree
  const pairs = pairsOf(fields, element)
  ;(pairs[index] as Pair).beside = beside
  writePairs(fields, element, pairs)
  return beside
}

function add(
  fields: Tree,
  plan: TypePlan | undefined,
  name: string,
  value: Value,
  work: Work,
): Fault | undefined {
  const elements = elementsNamed(plan, name)
  const element = elementFor(elements, value)
  if (isFault(element)) return element
  const pairs = pairsOf(fields, element)
  if (!work.spend(pairs.length)) return outOfWork
  if (!element.array && elements.some((each) => pairsOf(fields, each).length > 0)) {
    return failed(
      'the element is there already and does not repeat; "replace" replaces it',
      'el elemento ya está y no se repite; "replace" lo sustituye',
    )
  }
  const pair = pairFor(element, value, work)
  if (isFault(pair)) return pair
  writePairs(fields, element, [...pairs, pair])
  return undefined
}

/** A replaced element goes with all that is in it: of a primitive, its extensions, too. */
function replace({ within }: Place, value: Value, work: Work): Fault | undefined {
  if (!within) return wholeResource
  const { holder, index } = within
  const fields = fieldsOf(holder) as Tree
  const element = elementFor(elementsNamed(planAt(holder), within.element.name), value)
  if (isFault(element)) return element
  const pair = pairFor(element, value, work)
  if (isFault(pair)) return pair
  if (element !== within.element) {
    // A choice of another type has another name.
    writePairs(fields, within.element, [])
    writePairs(fields, element, [pair])
    return undefined
  }
  const pairs = pairsOf(fields, element)
  if (!work.spend(pairs.length)) return outOfWork
  pairs[index] = pair
  writePairs(fields, element, pairs)
  return undefined
}

function remove({ within }: Place, work: Work, thinned: Place[]): Fault | undefined {
  if (!within) return wholeResource
  const { holder, element, index } = within
  const fields = fieldsOf(holder) as Tree
  const pairs = pairsOf(fields, element)
  if (!work.spend(pairs.length)) return outOfWork
  pairs.splice(index, 1)
  writePairs(fields, element, pairs)
  thinned.push(holder)
  return undefined
}

/** FHIR has no empty elements: one whose last member was deleted, and not given another since, goes as well. */
function prune(place: Place): void {
  const { within } = place
  if (!within || fieldsOf(place)?.members?.size !== 0) return
  const { holder, element } = within
  const fields = fieldsOf(holder)
  if (!fields) return
  const pairs = pairsOf(fields, element)
  // Later operations may have moved it, or taken it away whole.
  const at = pairs.findIndex((pair) =>
    element.primitive ? pair.beside === place.beside : pair.value === place.value,
  )
  const pair = pairs[at]
  if (!pair) return
  if (element.primitive && pair.value) pair.beside = undefined
  else pairs.splice(at, 1)
  writePairs(fields, element, pairs)
  prune(holder)
}

interface List {
  fields: Tree
  element: ElementPlan
  pairs: Pair[]
}

/** The list that a path ends with the name of; it may be empty. */
function listAt(path: Path, root: Place, work: Work): List | Fault {
  const last = path.at(-1)
  const holder = only(evaluate(path.slice(0, -1), root, work))
  if (isFault(holder)) return holder
  const [element] = last?.kind === 'member' ? elementsNamed(planAt(holder), last.name) : []
  const fields = fieldsOf(holder) ?? (element && opened(holder))
  if (!element?.array || !fields) {
    return failed(
      'its path must end with the name of a list',
      'su ruta debe terminar con el nombre de una lista',
    )
  }
  const pairs = pairsOf(fields, element)
  return work.spend(pairs.length) ? { fields, element, pairs } : outOfWork
}

/** Which element a value is for: of a choice, the one of the value's type. */
function elementFor(elements: readonly ElementPlan[], value: Value): ElementPlan | Fault {
  const [first] = elements
  if (!first) {
    return failed(
      'FHIR R4 has no element of that name there',
      'FHIR R4 no tiene ahí un elemento de ese nombre',
    )
  }
  if (first.choiceBit === 0) return first
  return elements.find(({ json, name }) => json === name + value.type) ?? wrongType
}

function pairFor(element: ElementPlan, value: Value, work: Work): Pair | Fault {
  if (!work.spend((value.text?.length ?? 0) + 1)) return outOfWork
  if (value.parts) {
    const plan = element.plan()
    if (element.primitive || !plan) return wrongType
    const fields = new Tree('{}')
    for (const { name, value: part } of value.parts) {
      const fault = add(fields, plan, name, part, work)
      if (fault) return fault
    }
    return { value: fields }
  }
  const pair = {
    value: value.text === undefined ? undefined : new Tree(value.text),
    beside: value.beside === undefined ? undefined : new Tree(value.beside),
  }
  const right = element.primitive
    ? pair.value?.kind !== 'object'
    : pair.value?.kind === 'object' &&
      !pair.beside &&
      (element.type === 'Resource') === (value.type === 'Resource')
  return right ? pair : wrongType
}

const wrongType = failed(
  'its value is not of the type of the element',
  'su valor no es del tipo del elemento',
)
const wholeResource = failed(
  'the whole resource cannot be replaced or deleted by a patch',
  'un parche no puede sustituir ni borrar el recurso entero',
)

function beyond(last: number): Fault {
  return failed(
    `its index is beyond the list; the last that it may name is ${last}`,
    `su índice rebasa la lista; el último que puede nombrar es ${last}`,
  )
}
