/**
 * What compiled FHIRPath (generated/) calls: navigation, filters and truth here, comparison and arithmetic in
 * fhirpath-operators.ts. A collection is an array of plain JSON values. A primitive that has
 * extensions but no value is a `Bare`, so that `exists()` sees it and `hasValue()` does not.
 * Source: FHIRPath 2.0 (N1), http://hl7.org/fhirpath/N1/.
 */
export type Collection = readonly unknown[]
export type Truth = boolean | undefined
export type Fields = Record<string, unknown>

export interface Scope {
  resource: unknown
  rootResource: unknown
  /** New addresses by the ones that the resource still names. */
  names?: ReadonlyMap<string, string>
}

export class Bare {
  readonly element: Fields
  constructor(element: Fields) {
    this.element = element
  }
}

export const none: Collection = []
export const ucum: Collection = ['http://unitsofmeasure.org']

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

// Navigation. `nav` is for elements that hold objects, `prim` for primitives, `choice` for value[x].

export function nav(from: Collection, name: string): Collection {
  if (from.length === 1) {
    const item = from[0]
    const value = isFields(item) ? item[name] : undefined
    if (value === undefined || value === null) return none
    return Array.isArray(value) ? value : [value]
  }
  const found: unknown[] = []
  for (const item of from) {
    const value = isFields(item) ? item[name] : undefined
    // Not spread into `push`: a list may be longer than the stack.
    if (Array.isArray(value)) for (const each of value) found.push(each)
    else if (value !== undefined && value !== null) found.push(value)
  }
  return found
}

export function prim(from: Collection, name: string): Collection {
  const beside = besideOf(name)
  const only = from.length === 1 ? from[0] : undefined
  if (isFields(only) && only[beside] === undefined) {
    const value = only[name]
    if (value === undefined || value === null) return none
    if (!Array.isArray(value)) return [value]
  }
  const found: unknown[] = []
  for (const item of from) if (isFields(item)) pushPrimitive(found, item[name], item[beside])
  return found
}

/** `_birthDate` of `birthDate`. A name that is put together anew each time has to be looked for among all names. */
function besideOf(name: string): string {
  let beside = besides.get(name)
  if (beside === undefined) besides.set(name, (beside = `_${name}`))
  return beside
}

/** Of the names that compiled expressions have: some hundreds. */
const besides = new Map<string, string>()

export function choice(from: Collection, names: readonly string[]): Collection {
  const found: unknown[] = []
  for (const item of from) {
    if (!isFields(item)) continue
    for (const name of names) pushPrimitive(found, item[name], item[besideOf(name)])
  }
  return found
}

/** Navigation where the type is not known: an element of that name, or the choice element of that stem. */
export function any(from: Collection, name: string): Collection {
  const found: unknown[] = []
  for (const item of from) {
    const fields = item instanceof Bare ? item.element : item
    if (isFields(fields)) pushPrimitive(found, fields[name], fields[besideOf(name)])
  }
  return found
}

/** What hangs from a primitive itself: its `id` or `extension`. */
export function primitiveElement(from: Collection, primitive: string, name: string): Collection {
  return nav(nav(from, `_${primitive}`), name)
}

function pushPrimitive(found: unknown[], value: unknown, element: unknown): void {
  if (Array.isArray(value) || Array.isArray(element)) {
    const values = Array.isArray(value) ? value : []
    const elements = Array.isArray(element) ? element : []
    for (let at = 0; at < Math.max(values.length, elements.length); at++) {
      if (values[at] !== undefined && values[at] !== null) found.push(values[at])
      else if (isFields(elements[at])) found.push(new Bare(elements[at] as Fields))
    }
  } else if (value !== undefined && value !== null) found.push(value)
  else if (isFields(element)) found.push(new Bare(element))
}

export function children(from: Collection): Collection {
  const found: unknown[] = []
  for (const item of from) {
    if (!isFields(item)) continue
    const fields = item instanceof Bare ? item.element : item
    for (const name of Object.keys(fields)) {
      if (name === 'resourceType') continue
      if (!name.startsWith('_')) pushPrimitive(found, fields[name], fields[`_${name}`])
      else if (!Object.hasOwn(fields, name.slice(1))) pushPrimitive(found, undefined, fields[name])
    }
  }
  return found
}

export function descendants(from: Collection): Collection {
  const found: unknown[] = []
  let level = children(from)
  while (level.length > 0) {
    for (const item of level) found.push(item)
    level = children(level)
  }
  return found
}

/**
 * Nothing is fetched: a contained resource is found, any other reference gives a stand-in that knows only its type.
 */
export function resolve(from: Collection, scope: Scope): Collection {
  const found: unknown[] = []
  for (const item of from) {
    const named = isFields(item) ? item['reference'] : item
    const reference = typeof named === 'string' ? (scope.names?.get(named) ?? named) : named
    if (typeof reference !== 'string') {
      const type = isFields(item) ? item['type'] : undefined
      if (typeof type === 'string') found.push({ resourceType: type })
      continue
    }
    if (reference.startsWith('#')) {
      const id = reference.slice(1)
      for (const inner of nav([scope.rootResource], 'contained'))
        if (isFields(inner) && inner['id'] === id) found.push(inner)
      continue
    }
    const type = /(?:^|\/)([A-Z][A-Za-z]+)(?:\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[^/]+)?|\?.*)$/.exec(
      reference,
    )?.[1]
    if (type) found.push({ resourceType: type })
    else if (isFields(item) && typeof item['type'] === 'string') found.push({ resourceType: item['type'] })
  }
  return found
}

export function extension(from: Collection, url: Collection): Collection {
  return any(from, 'extension').filter((item) => isFields(item) && item['url'] === url[0])
}

export function ofType(from: Collection, type: string): Collection {
  return from.filter((item) => hasType(item, type))
}

export function is(from: Collection, type: string): Truth {
  return from.length === 0 ? undefined : hasType(from[0], type)
}

function hasType(item: unknown, type: string): boolean {
  if (typeof item === 'boolean') return type === 'boolean'
  if (typeof item === 'number') return type === 'decimal' || (type === 'integer' && Number.isInteger(item))
  if (typeof item === 'string') return type === 'string' || stringTypes.has(type)
  if (isFields(item) && typeof item['resourceType'] === 'string') {
    return type === item['resourceType'] || type === 'Resource' || type === 'DomainResource'
  }
  return false
}

const stringTypes = new Set([
  'uri',
  'url',
  'canonical',
  'code',
  'id',
  'markdown',
  'oid',
  'uuid',
  'date',
  'dateTime',
  'instant',
  'time',
])

// Filters and sets.

export function where(from: Collection, keep: (item: unknown, index: number) => Truth): Collection {
  return from.length === 0 ? from : from.filter((item, index) => keep(item, index) === true)
}

export function select(from: Collection, project: (item: unknown, index: number) => Collection): Collection {
  return from.flatMap((item, index) => project(item, index) as unknown[])
}

export function repeat(from: Collection, project: (item: unknown) => Collection): Collection {
  const found: unknown[] = []
  let level = select(from, project)
  while (level.length > 0) {
    const fresh = level.filter((item) => !found.some((other) => same(item, other)))
    for (const each of fresh) found.push(each)
    level = select(fresh, project)
  }
  return found
}

export function distinct(from: Collection): Collection {
  if (from.length < 2) return from
  if (from.every((item) => typeof item === 'string')) return [...new Set(from)]
  if (from.length * from.length > pairsMax)
    return [...new Map(from.map((item) => [keyOf(item), item])).values()]
  const found: unknown[] = []
  for (const item of from) if (!found.some((other) => same(item, other))) found.push(item)
  return found
}

export const isDistinct = (from: Collection): boolean => distinct(from).length === from.length
export const union = (left: Collection, right: Collection): Collection => distinct([...left, ...right])
export const combine = (left: Collection, right: Collection): Collection => [...left, ...right]

export function intersect(left: Collection, right: Collection): Collection {
  if (left.length * right.length > pairsMax) return intersectLarge(left, right)
  return distinct(left.filter((item) => right.some((other) => same(item, other))))
}

// Beyond so many pairs, comparing each with each would let one hostile resource hold up all others.
const pairsMax = 1000
const keysByList = new WeakMap<Collection, Set<string>>()

function intersectLarge(left: Collection, right: Collection): Collection {
  let keys = keysByList.get(right)
  if (!keys) {
    keys = new Set(right.map(keyOf))
    keysByList.set(right, keys)
  }
  return [...new Map(left.map((item) => [keyOf(item), item])).entries()].flatMap(([key, item]) =>
    keys.has(key) ? [item] : [],
  )
}

/** Equal for what is the same, whatever the order of members. */
function keyOf(item: unknown): string {
  return JSON.stringify(item, (_name, value: unknown) =>
    isFields(value) && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

export function exclude(left: Collection, right: Collection): Collection {
  return left.filter((item) => !right.some((other) => same(item, other)))
}

export function at(from: Collection, index: Collection): Collection {
  const place = index[0]
  return typeof place === 'number' && place >= 0 && place < from.length ? [from[place]] : none
}

export const tail = (from: Collection): Collection => from.slice(1)
export const first = (from: Collection): Collection => from.slice(0, 1)
export const last = (from: Collection): Collection => from.slice(-1)
export const skip = (from: Collection, n: Collection): Collection => from.slice(Math.max(0, Number(n[0])))
export const take = (from: Collection, n: Collection): Collection => from.slice(0, Math.max(0, Number(n[0])))
export const isIn = (left: Collection, right: Collection): Truth =>
  left.length === 0 ? undefined : right.some((item) => same(item, left[0]))

// Truth.

export const exists = (from: Collection): boolean => from.length > 0
export const empty = (from: Collection): boolean => from.length === 0
export const not = (value: Truth): Truth => (value === undefined ? undefined : !value)

export function and(left: Truth, right: () => Truth): Truth {
  if (left === false) return false
  const other = right()
  if (other === false) return false
  return left === undefined || other === undefined ? undefined : true
}

export function or(left: Truth, right: () => Truth): Truth {
  if (left === true) return true
  const other = right()
  if (other === true) return true
  return left === undefined || other === undefined ? undefined : false
}

export const xor = (left: Truth, right: Truth): Truth =>
  left === undefined || right === undefined ? undefined : left !== right

export const implies = (left: Truth, right: () => Truth): Truth => or(not(left), right)

/** A collection where a boolean is expected: one item that is no boolean counts as true (singleton evaluation). */
export function truth(from: Collection): Truth {
  if (from.length === 0) return undefined
  return typeof from[0] === 'boolean' ? from[0] : true
}

export const box = (value: unknown): Collection => (value === undefined ? none : [value])

export function all(from: Collection, test: (item: unknown, index: number) => Truth): boolean {
  return from.every((item, index) => test(item, index) === true)
}

export const allTrue = (from: Collection): boolean => from.every((item) => item === true)
export const allFalse = (from: Collection): boolean => from.every((item) => item === false)
export const anyTrue = (from: Collection): boolean => from.some((item) => item === true)
export const anyFalse = (from: Collection): boolean => from.some((item) => item === false)
export const hasValue = (from: Collection): boolean => from.length === 1 && !isFields(from[0])

export function same(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (!isFields(left) || !isFields(right)) return false
  if (left instanceof Bare || right instanceof Bare) {
    return left instanceof Bare && right instanceof Bare && same(left.element, right.element)
  }
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const names = Object.keys(left)
  if (names.length !== Object.keys(right).length) return false
  return names.every((name) => Object.hasOwn(right, name) && same(left[name], right[name]))
}
