/** JSON Patch, RFC 6902. */
import type { Refusal } from '#kernel/outcome.ts'
import { isEqual } from './equality.ts'
import { failed, isFault, malformed, outOfWork, refusalOf, testFailed, Work, type Fault } from './faults.ts'
import { find, indexOf, inside, isWithin, nothingAt, parsePointer, type Pointer } from './pointer.ts'
import { Tree } from './tree.ts'

export type JsonOperation =
  | { op: 'add' | 'replace' | 'test'; path: Pointer; value: string }
  | { op: 'remove'; path: Pointer }
  | { op: 'move' | 'copy'; path: Pointer; from: Pointer }

/** `list`: an array of operations, as compact JSON. */
export function readJsonOperations(list: Tree): { status: 'ok'; operations: JsonOperation[] } | Refusal {
  const operations: JsonOperation[] = []
  for (const [at, each] of (list.items ?? []).entries()) {
    const operation = readOperation(each)
    if (isFault(operation)) return refusalOf(operation, at)
    operations.push(operation)
  }
  return { status: 'ok', operations }
}

/** RFC 6902 §4: members that an operation does not have are ignored. */
function readOperation(each: Tree): JsonOperation | Fault {
  if (each.kind !== 'object') return malformed('it is no object', 'no es un objeto')
  const op = each.get('op')?.string
  const path = pointerOf(each, 'path')
  if (isFault(path)) return path
  switch (op) {
    case 'add':
    case 'replace':
    case 'test': {
      const value = each.get('value')
      return value ? { op, path, value: value.toText() } : malformed('"value" is missing', 'falta "value"')
    }
    case 'remove':
      return { op, path }
    case 'move':
    case 'copy': {
      const from = pointerOf(each, 'from')
      return isFault(from) ? from : { op, path, from }
    }
    default:
      return malformed(
        '"op" must be add, remove, replace, move, copy or test',
        '"op" debe ser add, remove, replace, move, copy o test',
      )
  }
}

function pointerOf(each: Tree, member: 'path' | 'from'): Pointer | Fault {
  const text = each.get(member)?.string
  if (text === undefined) return malformed(`"${member}" must be a string`, `"${member}" debe ser una cadena`)
  return parsePointer(text, member)
}

/** All operations in order, or the refusal of the first that cannot be carried out. `text`: compact JSON. */
export function applyJsonPatch(
  text: string,
  operations: readonly JsonOperation[],
): { status: 'ok'; text: string } | Refusal {
  const document = { root: new Tree(text) }
  const work = new Work()
  for (const [at, operation] of operations.entries()) {
    const fault = carryOut(document, operation, work)
    if (fault) return refusalOf(fault, at)
  }
  return { status: 'ok', text: document.root.toText() }
}

interface Document {
  root: Tree
}

function carryOut(document: Document, operation: JsonOperation, work: Work): Fault | undefined {
  const { path } = operation
  switch (operation.op) {
    case 'add':
      return add(document, path, new Tree(operation.value), work)
    case 'remove': {
      const removed = remove(document, path, work)
      return isFault(removed) ? removed : undefined
    }
    case 'replace':
      return replace(document, path, new Tree(operation.value))
    case 'test': {
      const found = find(document.root, path)
      if (isFault(found)) return found
      const isSame = isEqual(found, new Tree(operation.value), work)
      if (work.left < 0) return outOfWork
      return isSame ? undefined : testFailed
    }
    case 'copy': {
      const found = find(document.root, operation.from)
      if (isFault(found)) return found
      const text = found.toText()
      return work.spend(text.length) ? add(document, path, new Tree(text), work) : outOfWork
    }
    case 'move':
      return move(document, operation.from, path, work)
  }
}

/** RFC 6902 §4.4: a value cannot be moved into itself. */
function move(document: Document, from: Pointer, path: Pointer, work: Work): Fault | undefined {
  if (isWithin(path, from)) {
    if (path.length > from.length) {
      return failed('a value cannot be moved into itself', 'un valor no se puede mover dentro de sí mismo')
    }
    const found = find(document.root, from)
    return isFault(found) ? found : undefined
  }
  const moved = remove(document, from, work)
  return isFault(moved) ? moved : add(document, path, moved, work)
}

/** RFC 6902 §4.1: a member that is there is replaced; an element pushes those after it aside. */
function add(document: Document, path: Pointer, value: Tree, work: Work): Fault | undefined {
  const last = path.at(-1)
  if (last === undefined) {
    document.root = value
    return undefined
  }
  const holder = find(document.root, path.slice(0, -1))
  if (isFault(holder)) return holder
  const { items } = holder
  if (holder.kind === 'object') holder.set(last, value)
  else if (items) {
    const index = last === '-' ? items.length : indexOf(last)
    if (isFault(index)) return index
    if (index > items.length) return nothingAt(path.length - 1)
    if (!work.spend(items.length - index)) return outOfWork
    items.splice(index, 0, value)
  } else return nothingAt(path.length - 1)
  return undefined
}

function remove(document: Document, path: Pointer, work: Work): Tree | Fault {
  const place = placeOf(document, path)
  if (isFault(place)) return place
  const { holder, last, found } = place
  const { items } = holder
  if (items) {
    const index = Number(last)
    if (!work.spend(items.length - index)) return outOfWork
    items.splice(index, 1)
  } else holder.members?.delete(last)
  return found
}

/** RFC 6902 §4.3: what is replaced must be there. */
function replace(document: Document, path: Pointer, value: Tree): Fault | undefined {
  if (path.length === 0) {
    document.root = value
    return undefined
  }
  const place = placeOf(document, path)
  if (isFault(place)) return place
  const { holder, last } = place
  if (holder.items) holder.items[Number(last)] = value
  else holder.set(last, value)
  return undefined
}

/** Something that is there, and what holds it. */
function placeOf({ root }: Document, path: Pointer): { holder: Tree; last: string; found: Tree } | Fault {
  const last = path.at(-1)
  if (last === undefined)
    return failed('the whole resource cannot be taken away', 'no se puede quitar el recurso entero')
  const holder = find(root, path.slice(0, -1))
  if (isFault(holder)) return holder
  const found = inside(holder, last)
  if (!found) return nothingAt(path.length - 1)
  return isFault(found) ? found : { holder, last, found }
}
