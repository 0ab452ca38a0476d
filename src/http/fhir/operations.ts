/** What operations are asked with: FHIR R4 operations.html#executing. */
import type { Refusal } from '#kernel/outcome.ts'
import { idPattern } from '../limits.ts'
import { badValue } from './parameters.ts'

export interface Parameter {
  name: string
  [value: string]: unknown
}

/** The parameters of a Parameters resource, all of which have one of these names. */
export function parametersOf(
  body: Buffer | undefined,
  names: ReadonlySet<string>,
): { parameters: readonly Parameter[] } | Refusal {
  const resource = body === undefined ? undefined : parsed(body)
  if (!isRecord(resource) || resource['resourceType'] !== 'Parameters') return notParameters
  const list = resource['parameter'] ?? []
  if (!Array.isArray(list)) return notParameters
  const parameters: Parameter[] = []
  for (const each of list as unknown[]) {
    if (!isRecord(each) || typeof each['name'] !== 'string') return notParameters
    // What is not understood is not passed over: it may be what matters.
    if (!names.has(each['name'])) return badValue('parameter', [...names].join(', '), [...names].join(', '))
    parameters.push({ ...each, name: each['name'] })
  }
  return { parameters }
}

/** The id of a relative reference to this type. */
export function referenceOf(value: unknown, type: string): string | undefined {
  const reference = isRecord(value) ? value['reference'] : undefined
  if (typeof reference !== 'string' || !reference.startsWith(`${type}/`)) return undefined
  const id = reference.slice(type.length + 1)
  return idPattern.test(id) ? id : undefined
}

const notParameters = badValue('Parameters', 'a Parameters resource', 'un recurso Parameters')

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
