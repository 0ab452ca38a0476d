/** In which compartment a Binary lives. docs/spec/attachments.md, "Where a Binary lives". */
import type { Keys } from '#kernel/keys/index.ts'
import { references, type ReferenceOptions } from '#records/fhir/index.ts'
import { isObject, type JsonObject } from '#records/json/index.ts'
import { facilityCompartment, patientCompartment, resourceKey, type CompartmentId } from './place.ts'
import type { Reader } from './reader.ts'

/** What a Binary's security context names, of this server. */
export interface ContextName {
  type: string
  id: string
}

export function contextOfBinary(value: JsonObject, options: ReferenceOptions): ContextName | undefined {
  const context = value['securityContext']
  const said = isObject(context) ? context['reference'] : undefined
  if (typeof said !== 'string') return undefined
  // An entry of a transaction may still go by the address that it had.
  const text = options.names?.get(said) ?? said
  const [reference] = references({ resourceType: 'Binary', securityContext: { reference: text } }, options)
  return reference && { type: reference.type, id: reference.id }
}

/** The patient's, or that of whatever the context is; the facility's where it names nothing that is here. */
export async function homeOfContext(
  { keys, reader }: { keys: Keys; reader: Reader },
  context: ContextName | undefined,
): Promise<CompartmentId> {
  if (!context) return facilityCompartment(keys.locator)
  if (context.type === 'Patient') return patientCompartment(keys.locator, context.id)
  const head = await reader.head(resourceKey(keys.locator, context.type, context.id))
  return head?.compartment ?? facilityCompartment(keys.locator)
}
