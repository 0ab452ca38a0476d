/** What a Binary of this server holds, for whoever says how long it is and what its hash is. */
import { references, type ReferenceOptions } from '#records/fhir/index.ts'
import { factsIn, type Facts } from './attachments/index.ts'
import type { Sight } from './gate/index.ts'
import type { Intent } from './intents.ts'
import type { Reader } from './reader.ts'

/** `url`: of an Attachment. A version of a Binary, and what is not here, say nothing. */
export async function factsOf(
  {
    intents,
    reader,
    local,
    sight,
  }: { intents: readonly Intent[]; reader: Reader; local: ReferenceOptions; sight: Sight | undefined },
  url: string,
): Promise<Facts | undefined> {
  const [reference] = references({ resourceType: 'Binary', securityContext: { reference: url } }, local)
  if (reference?.type !== 'Binary' || reference.version !== undefined) return undefined
  const { id } = reference
  const beside = intents.find((each) => each.type === 'Binary' && each.id === id && each.document)
  if (beside?.document) return factsIn(beside.document.text)
  const found = await reader.current('Binary', id)
  if (found.status !== 'ok') return undefined
  // What somebody may not see is not there: they could ask it how long it is and what is in it.
  return !sight || (await sight.allows('read', found.version)) ? factsIn(found.version.json) : undefined
}
