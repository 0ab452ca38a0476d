/** A version's content, whole and as clinicians see it. */
import { clinicalPart, hasIdentity } from './capsule.ts'
import { contentOf, tombstoneOf, type Content } from './content.ts'

/** Both parts of a version. `clinical` is the whole where there is no identity to keep apart. */
export interface Parts {
  whole: Content
  clinical: Content
}

/** `text`: compact JSON, or null for a deletion. */
export function partsOf(type: string, id: string, text: string | null): Parts {
  const whole = text === null ? tombstoneOf(type, id) : contentOf(text, id)
  return { whole, clinical: text !== null && hasIdentity(type) ? contentOf(clinicalPart(text), id) : whole }
}
