import type { Refusal } from '#kernel/outcome.ts'
import { isFault, malformed, refusalOf, type Fault } from './faults.ts'
import { parsePath, type Path } from './path-grammar.ts'
import type { Tree } from './tree.ts'

/** What a parameter holds, as compact JSON. */
export interface Value {
  /** As in the parameter's name: `Quantity` of `valueQuantity`; `Resource` of a resource; '' of parts. */
  type: string
  text?: string
  /** Of a primitive: its id and extensions. */
  beside?: string
  /** Elements of a type that a parameter cannot hold. */
  parts?: readonly { name: string; value: Value }[]
}

export type PathOperation =
  | { type: 'add'; path: Path; name: string; value: Value }
  | { type: 'insert'; path: Path; value: Value; index: number }
  | { type: 'delete'; path: Path }
  | { type: 'replace'; path: Path; value: Value }
  | { type: 'move'; path: Path; source: number; destination: number }

/** Of each operation, the parts that it has besides its type and path; all of them, and no others. */
const partsOf: Record<PathOperation['type'], readonly string[]> = {
  add: ['name', 'value'],
  insert: ['value', 'index'],
  delete: [],
  replace: ['value'],
  move: ['source', 'destination'],
}

/** `parameters`: a valid Parameters resource. */
export function readPathOperations(
  parameters: Tree,
): { status: 'ok'; operations: PathOperation[] } | Refusal {
  const operations: PathOperation[] = []
  for (const [at, parameter] of (parameters.get('parameter')?.items ?? []).entries()) {
    const operation = readOperation(parameter)
    if (isFault(operation)) return refusalOf(operation, at)
    operations.push(operation)
  }
  return { status: 'ok', operations }
}

function readOperation(parameter: Tree): PathOperation | Fault {
  if (parameter.get('name')?.string !== 'operation') {
    return malformed(
      'the name of each parameter is "operation"',
      'el nombre de cada parámetro es "operation"',
    )
  }
  const parts = new Map<string, Tree>()
  for (const part of parameter.get('part')?.items ?? []) {
    const name = part.get('name')?.string ?? ''
    if (parts.has(name)) return malformed('it has a part twice', 'tiene una parte dos veces')
    parts.set(name, part)
  }
  const type = parts.get('type')?.get('valueCode')?.string
  if (type === undefined || !isType(type)) {
    return malformed(
      '"type" must have a valueCode: add, insert, delete, replace or move',
      '"type" debe tener un valueCode: add, insert, delete, replace o move',
    )
  }
  const wanted = ['type', 'path', ...partsOf[type]]
  if (parts.size !== wanted.length || wanted.some((name) => !parts.has(name))) {
    const named = wanted.map((name) => `"${name}"`).join(', ')
    return malformed(`its parts must be ${named}`, `sus partes deben ser ${named}`)
  }
  const text = parts.get('path')?.get('valueString')?.string
  if (text === undefined)
    return malformed('"path" must have a valueString', '"path" debe tener un valueString')
  const path = parsePath(text)
  return isFault(path) ? path : operationOf(type, path, parts)
}

function isType(type: string): type is PathOperation['type'] {
  return Object.hasOwn(partsOf, type)
}

function operationOf(
  type: PathOperation['type'],
  path: Path,
  parts: ReadonlyMap<string, Tree>,
): PathOperation | Fault {
  switch (type) {
    case 'delete':
      return { type, path }
    case 'replace': {
      const value = valueIn(parts)
      return isFault(value) ? value : { type, path, value }
    }
    case 'add': {
      const value = valueIn(parts)
      if (isFault(value)) return value
      const name = parts.get('name')?.get('valueString')?.string
      if (name === undefined)
        return malformed('"name" must have a valueString', '"name" debe tener un valueString')
      return { type, path, name, value }
    }
    case 'insert': {
      const value = valueIn(parts)
      if (isFault(value)) return value
      const index = indexIn(parts, 'index')
      return isFault(index) ? index : { type, path, value, index }
    }
    case 'move': {
      const source = indexIn(parts, 'source')
      if (isFault(source)) return source
      const destination = indexIn(parts, 'destination')
      return isFault(destination) ? destination : { type, path, source, destination }
    }
  }
}

function indexIn(parts: ReadonlyMap<string, Tree>, name: string): number | Fault {
  const literal = parts.get(name)?.get('valueInteger')?.literal ?? ''
  if (/^\d{1,10}$/.test(literal)) return Number(literal)
  return malformed(
    `"${name}" must have a valueInteger from 0`,
    `"${name}" debe tener un valueInteger desde 0`,
  )
}

function valueIn(parts: ReadonlyMap<string, Tree>): Value | Fault {
  const value = valueOf(parts.get('value') as Tree)
  return value ?? malformed('"value" must have a value, or parts', '"value" debe tener un valor, o partes')
}

/** Recursion is bounded: a body is nested no deeper than `depthMax`. */
function valueOf(part: Tree): Value | undefined {
  let value: Value | undefined
  for (const [name, { value: tree }] of part.members ?? []) {
    if (name === 'resource') return { type: 'Resource', text: tree.toText() }
    if (name === 'part') {
      const parts: { name: string; value: Value }[] = []
      for (const each of tree.items ?? []) {
        const inner = valueOf(each)
        if (!inner) return undefined
        parts.push({ name: each.get('name')?.string ?? '', value: inner })
      }
      return { type: '', parts }
    }
    if (name.startsWith('value')) value = { ...value, type: name.slice(5), text: tree.toText() }
    else if (name.startsWith('_value')) value = { ...value, type: name.slice(6), beside: tree.toText() }
  }
  return value
}
