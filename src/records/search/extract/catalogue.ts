import { readFileSync } from 'node:fs'
import { typeCode } from '#records/fhir/index.ts'
import type { fhirpath } from '#records/fhir/index.ts'
import { nodes, roots } from '../generated/nodes.ts'
import { numberReaders, quantityReaders } from './amounts.ts'
import { dateReaders } from './dates.ts'
import { isFields } from './fields.ts'
import type { Read } from './fields.ts'
import { referenceReaders } from './references.ts'
import { stringReaders, uriReaders } from './strings.ts'
import { tokenReaders } from './tokens.ts'
import type { ParameterKind } from './values.ts'

/** A search parameter of one resource type. */
export interface Parameter {
  name: string
  kind: ParameterKind
  /** Its name in a tuple: FROZEN, a golden test holds it. Those of every type are 1 to 15, a type's own from 16. */
  number: number
  /** Of a reference: the types it may name, in alphabetical order. */
  targets: readonly string[]
  /** Of a composite: none. */
  sources: readonly Source[]
  /** Of a composite: one for each path to base elements. */
  groups: readonly Group[]
}

export type Nodes = (item: unknown, scope: fhirpath.Scope) => fhirpath.Collection

/** Nodes of one data type. */
export interface Source {
  type: string
  nodes: Nodes
  /** Members without all of which an element gives none; undefined where that is not known. */
  roots: readonly string[] | undefined
  system: string | undefined
  /** Undefined where R4 has no search of this kind on this type, such as of a date that is told in words. */
  read: Read | undefined
}

export interface Group {
  nodes: Nodes
  roots: readonly string[] | undefined
  components: readonly { kind: ParameterKind; sources: readonly Source[] }[]
}

/** Of a resource type, those of every type included; none for what is no type of R4. */
export function parametersOf(type: string): readonly Parameter[] {
  return load(type).list
}

export function parameterOf(type: string, name: string): Parameter | undefined {
  return load(type).byName.get(name)
}

type SourceRow = [type: string, nodes: number, system?: string]
type GroupRow = [nodes: number, components: [ParameterKind, SourceRow[]][]]
type Row = [name: string, kind: ParameterKind, sources: SourceRow[] | GroupRow[], targets?: number]

let file: { targets: string[][]; types: Record<string, Row[]> } | undefined
interface Loaded {
  list: readonly Parameter[]
  byName: ReadonlyMap<string, Parameter>
}

const loaded = new Map<string, Loaded>()
const nothing: Loaded = { list: [], byName: new Map() }

function load(type: string): Loaded {
  const known = loaded.get(type)
  if (known) return known
  if (typeCode(type) === undefined) return nothing
  file ??= JSON.parse(
    readFileSync(new URL('../generated/parameters.json', import.meta.url), 'utf8'),
  ) as typeof file
  const { targets, types } = file!
  const parameter = ([name, kind, rows, target]: Row, number: number): Parameter => ({
    name,
    kind,
    number,
    targets: target === undefined ? [] : targets[target]!,
    sources: kind === 'composite' ? [] : (rows as SourceRow[]).map((row) => sourceOf(kind, row)),
    groups: kind === 'composite' ? (rows as GroupRow[]).map(groupOf) : [],
  })
  const list = [
    ...types['Resource']!.map((row, at) => parameter(row, 1 + at)),
    ...(types[type] ?? []).map((row, at) => parameter(row, 16 + at)),
  ]
  const made = { list, byName: new Map(list.map((each) => [each.name, each])) }
  loaded.set(type, made)
  return made
}

function sourceOf(kind: ParameterKind, [type, at, system]: SourceRow): Source {
  return { type, nodes: nodes[at]!, roots: rootsOf(at), system, read: readers[kind][type] }
}

/** Where an empty object gives something, such as `false`, anything may. */
function rootsOf(at: number): readonly string[] | undefined {
  const empty = nodes[at]!({}, { resource: {}, rootResource: {} })
  return empty.length === 0 && roots[at]!.length > 0 ? roots[at] : undefined
}

function groupOf([at, components]: GroupRow): Group {
  return {
    nodes: nodes[at]!,
    roots: rootsOf(at),
    components: components.map(([kind, rows]) => ({ kind, sources: rows.map((row) => sourceOf(kind, row)) })),
  }
}

const specialReaders: Record<string, Read> = {
  'Location.position': (node, out) => {
    if (!isFields(node)) return
    const [latitude, longitude] = [Number(node['latitude']), Number(node['longitude'])]
    if (Number.isFinite(latitude) && Number.isFinite(longitude))
      out.push({ kind: 'position', latitude, longitude })
  },
}

const readers: Record<ParameterKind, Record<string, Read>> = {
  token: tokenReaders,
  reference: referenceReaders,
  date: dateReaders,
  string: stringReaders,
  uri: uriReaders,
  number: numberReaders,
  quantity: quantityReaders,
  composite: {},
  special: specialReaders,
}
