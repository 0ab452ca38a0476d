/** In which compartment a Binary lives, and by what it is judged. docs/spec/attachments.md, "Where a Binary lives". */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { references, type ReferenceOptions } from '#records/fhir/index.ts'
import { isObject, type JsonObject } from '#records/json/index.ts'
import { facilityCompartment, patientCompartment, resourceKey, type CompartmentId } from './place.ts'
import { selectVersions } from './queries.ts'
import type { Reader } from './reader.ts'
import type { Version } from './types.ts'

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

/**
 * What a Binary's security context is: as it is now, or where it was deleted, as it was last. `none`: it has none, none that is here, or a
 * patient, in whose record it lives. `gone`: nobody can tell any more.
 */
export type ContextOf = (
  value: JsonObject,
  names?: ReadonlyMap<string, string>,
) => Promise<Version | 'none' | 'gone'>

export function createContextOf({
  sql,
  keys,
  reader,
  local,
}: {
  sql: Sql
  keys: Keys
  reader: Reader
  local: ReferenceOptions
}): ContextOf {
  return async (value, names) => {
    const context = contextOfBinary(value, names ? { ...local, names } : local)
    if (!context || context.type === 'Patient') return 'none'
    const name = resourceKey(keys.locator, context.type, context.id)
    const head = await reader.head(name)
    if (!head) return 'none'
    if (!head.alive) return 'gone'
    const [row] = head.deleted ? await selectVersions(sql, name, head.version, 1) : [head]
    const version = row?.alive && !row.deleted ? await reader.open(row, 'clinical') : undefined
    return version ?? 'gone'
  }
}
