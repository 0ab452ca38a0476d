import type { JsonObject } from '#records/json/index.ts'
import { compartments } from './generated/compartments.ts'
import type { Collection, Scope } from './fhirpath-runtime.ts'
import { typeCode } from './types.ts'
import { walk } from './walk.ts'

/** A literal reference to a resource of this server: `Patient/1`, `Patient/1/_history/2`, or those below `base`. */
export interface LocalReference {
  type: string
  id: string
  version?: string
  /** FHIRPath of the Reference that holds it. */
  expression: string
}

export interface ReferenceOptions {
  /** The server's own address, such as `https://vault.example/fhir/R4`: absolute references below it count too. */
  base?: string
  /** New addresses of entries of the same transaction, by the ones that the resource still names. */
  names?: ReadonlyMap<string, string>
}

/**
 * The logical ids of the local Patients whose compartments a resource belongs to: in CompartmentDefinition's order,
 * then the document's, each once. A Patient's own id is its caller's to add; what it links to is given.
 */
export function patientsOf(resource: JsonObject, options: ReferenceOptions = {}): string[] {
  const type = resource['resourceType']
  const functions = typeof type === 'string' ? byType.get(type) : undefined
  if (!functions) return []
  const { names } = options
  const scope: Scope = { resource, rootResource: resource, ...(names ? { names } : {}) }
  const found = new Set<string>()
  for (const references of functions) {
    for (const item of references(resource, scope)) {
      const text = isFields(item) ? item['reference'] : undefined
      const local = typeof text === 'string' ? parseLocal(names?.get(text) ?? text, options.base) : undefined
      if (local?.type === 'Patient') found.add(local.id)
    }
  }
  return [...found]
}

/** Whether resources of this type may belong to a patient's compartment. */
export function inPatientCompartment(type: string): boolean {
  return byType.has(type)
}

/** The search parameters by which a resource of this type belongs to a patient's compartment: those of `patientsOf`. */
export function compartmentParameters(type: string): ReadonlySet<string> {
  return parametersByType.get(type) ?? none
}

const none: ReadonlySet<string> = new Set()

/** Every literal local reference in a resource, contained ones and extensions included, in the document's order. */
export function references(resource: JsonObject, options: ReferenceOptions = {}): LocalReference[] {
  const found: LocalReference[] = []
  walk(resource, (value, plan, expression) => {
    if (plan.name !== 'Reference' || typeof value['reference'] !== 'string') return
    const local = parseLocal(value['reference'], options.base)
    if (local) found.push({ ...local, expression })
  })
  return found
}

const byType = new Map<string, ((t: unknown, x: Scope) => Collection)[]>()
const parametersByType = new Map<string, Set<string>>()
for (const [type, path, parameter] of compartments) {
  byType.set(type, [...(byType.get(type) ?? []), path])
  parametersByType.set(type, (parametersByType.get(type) ?? new Set()).add(parameter))
}

const localPattern =
  /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?(?:#.*)?$/

function parseLocal(text: string, base: string | undefined): Omit<LocalReference, 'expression'> | undefined {
  const prefix = base === undefined || base.endsWith('/') ? base : `${base}/`
  const relative = prefix !== undefined && text.startsWith(prefix) ? text.slice(prefix.length) : text
  const match = localPattern.exec(relative)
  if (!match || typeCode(match[1]!) === undefined) return undefined
  const local: Omit<LocalReference, 'expression'> = { type: match[1]!, id: match[2]! }
  if (match[3] !== undefined) local.version = match[3]
  return local
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
