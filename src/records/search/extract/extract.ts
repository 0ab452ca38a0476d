import { fhirpath } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { parametersOf } from './catalogue.ts'
import type { Group, Parameter, Source } from './catalogue.ts'
import { exactTree } from './decimals.ts'
import { isFields, type Read, type ReadScope } from './fields.ts'
import type { Extracted, Value } from './values.ts'
import { zoneOf } from './zone.ts'

export interface ExtractOptions {
  /** IANA name of the facility's time zone: what a date without a time means. */
  timeZone: string
  /** The server's own address, such as `https://vault.example/fhir/R4`: references below it are its own. */
  base?: string
  /**
   * The JSON text of this very resource. With it `1.0` is known from `1` and from `1.00`, which the tree cannot tell; it is parsed again
   * only where it has such a number.
   */
  text?: string
}

/**
 * The values of every R4 search parameter of a resource, by name; parameters without an element are not in it. What
 * the validator refuses may be there: what has not the shape of its type gives no value, and nothing is thrown.
 */
export function extract(resource: JsonObject, { timeZone, base, text }: ExtractOptions): Extracted {
  const type = resource['resourceType']
  const values = new Map<string, readonly Value[]>()
  if (typeof type !== 'string') return { type: '', values }
  const scope: ReadScope = {
    zone: zoneOf(timeZone),
    base: base === undefined || base.endsWith('/') ? base : `${base}/`,
    known: new Map(),
  }
  const tree = (text === undefined ? undefined : exactTree(text)) ?? resource
  const root: fhirpath.Scope = { resource: tree, rootResource: tree }
  for (const parameter of parametersOf(type)) {
    const found: Value[] = []
    const isThere =
      parameter.kind === 'composite'
        ? readGroups(parameter.groups, tree, root, scope, found)
        : readSources(parameter.sources, tree, root, scope, found)
    if (isThere) values.set(parameter.name, found)
  }
  return { type, values }
}

/** The elements that a parameter's expression leads to (of a composite: the base elements), before they are read. */
export function elementsOf(resource: JsonObject, parameter: Parameter): unknown[] {
  const root: fhirpath.Scope = { resource, rootResource: resource }
  return [...parameter.sources, ...parameter.groups].flatMap(
    ({ nodes }) => nodes(resource, root) as unknown[],
  )
}

/** Whether there was any element with a value, read or not. */
function readSources(
  sources: readonly Source[],
  item: unknown,
  root: fhirpath.Scope,
  scope: ReadScope,
  out: Value[],
): boolean {
  let isThere = false
  for (const { nodes, roots, read, system } of sources) {
    if (roots !== undefined && !hasAny(item, roots)) continue
    for (const node of nodes(item, root)) {
      // An element with extensions and no value is missing (R4 search.html#missing).
      if (node instanceof fhirpath.Bare) continue
      isThere = true
      if (read) readNode(read, node, system, scope, out)
    }
  }
  return isThere
}

function readNode(
  read: Read,
  node: unknown,
  system: string | undefined,
  scope: ReadScope,
  out: Value[],
): void {
  if (typeof node !== 'object' || node === null) return read(node, out, scope, system)
  let known = scope.known.get(node)
  if (known?.read !== read) {
    known = { read, values: [] }
    read(node, known.values, scope, system)
    scope.known.set(node, known)
  }
  for (const value of known.values) out.push(value)
}

function readGroups(
  groups: readonly Group[],
  item: unknown,
  root: fhirpath.Scope,
  scope: ReadScope,
  out: Value[],
): boolean {
  for (const { nodes, roots, components } of groups) {
    if (roots !== undefined && !hasAny(item, roots)) continue
    for (const base of nodes(item, root)) {
      const all: Value[][] = []
      for (const { sources } of components) {
        const found: Value[] = []
        readSources(sources, base, root, scope, found)
        // Without one of its parts it is no value.
        if (found.length === 0) break
        all.push(found)
      }
      if (all.length === components.length) out.push({ kind: 'composite', components: all })
    }
  }
  return out.length > 0
}

/** Most parameters of a type are about elements that a resource does not have. */
function hasAny(item: unknown, names: readonly string[]): boolean {
  if (!isFields(item)) return false
  for (const name of names) if (item[name] !== undefined) return true
  return false
}
