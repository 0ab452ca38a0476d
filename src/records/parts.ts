/** A version's content, whole and as clinicians see it. */
import type { JsonObject } from '#records/json/index.ts'
import { clinicalPart, hasIdentity } from './capsule.ts'
import { contentOf, tombstoneOf, type Content } from './content.ts'

/** Both parts of a version. `clinical` is the whole where there is no identity to keep apart. */
export interface Parts {
  whole: Content
  clinical: Content
}

/** `text`: compact JSON, or null for a deletion. `value`: its tree, where it is at hand. */
export function partsOf(type: string, id: string, text: string | null, value?: JsonObject): Parts {
  const whole = text === null ? tombstoneOf(type, id) : contentOf(text, id, value)
  return { whole, clinical: text !== null && hasIdentity(type) ? contentOf(clinicalPart(text), id) : whole }
}
