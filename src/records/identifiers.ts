import type { Json, JsonObject } from '#records/json/index.ts'

export interface Identifier {
  system?: string
  value?: string
}

/** The identifiers of a resource that can be looked for. */
export function identifiersOf(resource: JsonObject): Identifier[] {
  const { identifier } = resource
  const list: Json[] = Array.isArray(identifier) ? identifier : identifier === undefined ? [] : [identifier]
  const found: Identifier[] = []
  for (const each of list) {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) continue
    const { system, value } = each
    if (typeof value !== 'string') continue
    found.push({ value, ...(typeof system === 'string' ? { system } : {}) })
  }
  return found
}
