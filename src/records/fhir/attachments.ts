import type { JsonObject } from '#records/json/index.ts'
import { walk } from './walk.ts'

/** An Attachment in a resource, or a Binary: what says something about content. */
export interface Content {
  value: JsonObject
  /** FHIRPath of it. */
  expression: string
}

/** Every Attachment of a resource, contained ones and extensions included, and Binaries, in the document's order. */
export function attachmentsOf(resource: JsonObject): Content[] {
  const found: Content[] = []
  walk(resource, (value, plan, expression) => {
    if (plan.name === 'Attachment' || plan.name === 'Binary') found.push({ value, expression })
  })
  return found
}
