/** What a Binary of this server holds, for whoever says how long it is and what its hash is. */
import { references, type ReferenceOptions } from '#records/fhir/index.ts'
import { factsIn, type Facts } from './attachments/index.ts'
import type { Intent } from './intents.ts'
import type { Reader } from './reader.ts'

/** `url`: of an Attachment. A version of a Binary, and what is not here, say nothing. */
export async function factsOf(
  { intents, reader, local }: { intents: readonly Intent[]; reader: Reader; local: ReferenceOptions },
  url: string,
): Promise<Facts | undefined> {
  const [reference] = references({ resourceType: 'Binary', securityContext: { reference: url } }, local)
  if (reference?.type !== 'Binary' || reference.version !== undefined) return undefined
  const { id } = reference
  const beside = intents.find((each) => each.type === 'Binary' && each.id === id && each.document)
  if (beside?.document) return factsIn(beside.document.text)
  const found = await reader.current('Binary', id)
  return found.status === 'ok' ? factsIn(found.version.json) : undefined
}
