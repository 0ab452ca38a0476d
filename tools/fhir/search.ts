import type { SearchParameter } from '@medplum/fhirtypes'
import { createCompiler } from './compile.ts'
import { readShapes, resourcesOf } from './definitions.ts'
import type { ElementShape, TypeShape } from './definitions.ts'
import { buildValueSets } from './expansions.ts'
import { createExpander } from './valuesets.ts'

/**
 * The files of src/records/search/generated/, by name: parameters.json says which function gives the nodes of which
 * parameter and of what data type they are; nodes.ts has the functions, each once; value-sets.json has the codes of R4's value sets.
 */
export function buildSearch(): Map<string, string> {
  const make = createRows()
  const types = new Map<string, Row[]>()
  for (const parameter of readParameters()) {
    for (const type of parameter.base ?? []) {
      types.set(type, [...(types.get(type) ?? []), make.row(parameter, type)])
    }
  }
  const rows = [...types]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([type, list]) => {
      const lines = list.sort(([left], [right]) => (left < right ? -1 : 1)).map((row) => JSON.stringify(row))
      return `${JSON.stringify(type)}:[\n${lines.join(',\n')}\n]`
    })
  const targets = make.targets.map((list) => JSON.stringify(list)).join(',\n')
  return new Map([
    ['parameters.json', `{\n"targets":[\n${targets}\n],\n"types":{\n${rows.join(',\n')}\n}\n}\n`],
    ['nodes.ts', source(make.functions)],
    ['value-sets.json', buildValueSets()],
  ])
}

/** Parameters of HL7's R4 that have an expression. */
export function readParameters(): SearchParameter[] {
  return resourcesOf('search-parameters')
    .filter((resource): resource is SearchParameter => resource.resourceType === 'SearchParameter')
    .filter(({ id, expression }) => !added.has(id!) && expression !== undefined)
}

/** What Medplum's copy of HL7's list has besides: one of R5, and one under HL7's address that HL7 never had. */
const added = new Set(['DeviceDefinition-classification', 'ServiceRequest-order-detail'])

/** Data type of the nodes, place of their function, and the system of a code bound to a value set of one system. */
export type SourceRow = [type: string, nodes: number, system?: string]
/** Place of the function that gives the base elements, then for each component its kind and sources. */
export type GroupRow = [nodes: number, components: [kind: string, sources: SourceRow[]][]]
/** Name, kind, sources (of a composite: groups), and for references the place of the list of types they may name. */
export type Row = [name: string, kind: string, sources: SourceRow[] | GroupRow[], targets?: number]

function createRows() {
  const shapes = readShapes()
  const compile = createCompiler(shapes)
  const expand = createExpander()
  const definitions = new Map(readParameters().map((parameter) => [parameter.url!, parameter]))
  const functions: string[] = []
  const places = new Map<string, number>()
  const targets: string[][] = []

  const place = (expression: string, type: string): number => {
    const code = compile(expression, type).collection
    if (!places.has(code)) places.set(code, functions.push(code) - 1)
    return places.get(code)!
  }

  const sources = (expression: string, type: string): SourceRow[] => {
    const found = new Map<string, SourceRow>()
    for (const part of partsOf(expression, type)) {
      for (const leaf of leavesOf(shapes, part, type)) {
        const at = place(leaf.expression, type)
        const system = leaf.element ? systemOf(leaf.element) : undefined
        found.set(`${leaf.type} ${at}`, system ? [leaf.type, at, system] : [leaf.type, at])
      }
    }
    return [...found.values()]
  }

  const systemOf = ({ types, binding }: ElementShape): string | undefined => {
    if (types[0] !== 'code' || !binding) return undefined
    const systems = Object.keys(expand(binding) ?? {})
    return systems.length === 1 ? systems[0] : undefined
  }

  const groups = (parameter: SearchParameter, type: string): GroupRow[] =>
    partsOf(parameter.expression!, type).map((part) => {
      const base = part === type ? type : leavesOf(shapes, part, type)[0]!.type
      const kinds = parameter.component!.map(({ definition }) => definitions.get(definition!)!.type!)
      // Its definitions stand in the order of its name, its expressions in that of its description: code, target.
      if (parameter.id === 'DocumentReference-relationship') kinds.reverse()
      const components = parameter.component!.map(({ expression }, at): [string, SourceRow[]] => {
        const kind = kinds[at]!
        // Observation-code-value-date says DateTime: there is no such type.
        return [kind, sources(expression!.replace('DateTime', 'dateTime'), base)]
      })
      return [place(part, type), components]
    })

  const targetPlace = (list: readonly string[]): number => {
    const sorted = [...list].sort()
    const at = targets.findIndex((each) => each.join() === sorted.join())
    return at >= 0 ? at : targets.push(sorted) - 1
  }

  const row = (parameter: SearchParameter, type: string): Row => {
    const { code, type: kind, expression, target } = parameter
    if (kind === 'composite') return [code!, kind, groups(parameter, type)]
    const own = sources(expression!, type)
    return kind === 'reference' && target ? [code!, kind, own, targetPlace(target)] : [code!, kind!, own]
  }
  return { row, functions, targets }
}

/** The parts of a union that speak of this type. */
function partsOf(expression: string, type: string): string[] {
  const parts = expression
    .split(' | ')
    .map((part) => part.replace(/^\(([^()]*(?:\([^()]*\))?[^()]*)\)$/, '$1'))
  const named = new RegExp(`^\\(?${type}\\b`)
  return parts.filter((part) => named.test(part) || !/^\(?[A-Z]/.test(part))
}

interface Leaf {
  expression: string
  type: string
  element?: ElementShape
}

/** What a path without a union leads to, a choice of types unfolded. */
function leavesOf(shapes: Map<string, TypeShape>, part: string, start: string): Leaf[] {
  if (/ and | != /.test(part)) return [{ expression: part, type: 'boolean' }]
  const steps = part
    .replace(/^\((.*)\)(?=\.)/, '$1')
    .replaceAll(/\.where\([^()]*(?:\([^()]*\))?[^()]*\)|\[\d+\]/g, '')
  let type = start
  let element: ElementShape | undefined
  for (const step of steps.split(/\.(?![^(]*\))/)) {
    if (step === start || step === 'Resource' || step === '%resource') {
      type = step === '%resource' ? start.split('.')[0]! : start
      continue
    }
    const narrowed = /^ofType\((\w+)\)$/.exec(step)?.[1]
    if (narrowed) {
      if (!element?.types.includes(narrowed)) throw new Error(`${start}: ${part}: no ${narrowed}`)
      element = { ...element, types: [narrowed] }
    } else {
      element = shapes.get(type)?.elements.find(({ name }) => name === step)
      if (!element) throw new Error(`${start}: ${part}: no element ${step}`)
    }
    type = element.types[0]!
  }
  if (!element) throw new Error(`${start}: ${part} leads nowhere`)
  const own = element
  if (own.types.length === 1) return [{ expression: part, type: own.types[0]!, element: own }]
  return own.types.map((each) => ({ expression: `(${part}).ofType(${each})`, type: each }))
}

function source(functions: readonly string[]): string {
  return [
    '// Generated by tools/fhir/generate.ts from the R4 definitions (4.0.1, CC0, HL7 International). Not edited by hand.',
    "import { fhirpath as R } from '#records/fhir/index.ts'",
    '',
    'export const nodes: readonly ((t: unknown, x: R.Scope) => R.Collection)[] = [',
    ...functions.map(
      (code) => `  ${code.includes('x.') || code.includes(', x)') ? '(t, x)' : '(t)'} => ${code},`,
    ),
    ']',
    '',
    '/** Members of `t`: where it has none of them, the function of that place gives what it gives of an empty object. */',
    'export const roots: readonly (readonly string[])[] = [',
    ...functions.map((code) => `  ${JSON.stringify(rootsOf(code))},`),
    ']',
    '',
  ].join('\n')
}

/** Of what is called with `t`; none where it is looked at otherwise. */
function rootsOf(code: string): string[] {
  const called = /R\.(?:nav|prim)\(\[t\], ("\w+")\)|R\.choice\(\[t\], (\[[^\]]*\])\)/g
  if (/\bt\b/.test(code.replaceAll(called, ''))) return []
  const names = [...code.matchAll(called)].flatMap(([, one, several]) => JSON.parse(several ?? `[${one}]`))
  return [...new Set(names as string[])]
}
