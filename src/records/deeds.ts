/** Whether policy lets somebody ask for an act that needs a second person, or approve it. docs/spec/approvals.md. */
import type { Keys } from '#kernel/keys/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { MayDo, Principal } from '#people/index.ts'
import type { Gate, Sources } from './gate/index.ts'

/** As things are when it is asked: nothing of it is remembered. */
export function judgeDeeds(gate: Gate, sources: Sources, keys: Pick<Keys, 'state'>): MayDo {
  return async (principal, { deed, kind, patient }) => {
    if (keys.state() !== 'open') return refuse('sealed')
    const { actor, client } = principal
    const standing = await gate.of(gate.named({ actor, client, address: 'local', principal }))
    const request = { action: deed, kind }
    if (!standing.couldBe(request)) return standing.refusal(request)
    const subject = patient === undefined ? sources.facility() : sources.compartmentOf(patient)
    return (await standing.allows({ ...request, subjects: [subject] })) ? undefined : refuse('forbidden')
  }
}

/** Why somebody may read nothing clinical, whosever it is and whatever they are to them: they have yet to do something first, say. */
export function judgeReading(
  gate: Gate,
  keys: Pick<Keys, 'state'>,
): (principal: Principal) => Promise<Refusal | undefined> {
  return async (principal) => {
    if (keys.state() !== 'open') return refuse('sealed')
    const { actor, client } = principal
    const standing = await gate.of(gate.named({ actor, client, address: 'local', principal }))
    const request = { action: 'read', kind: 'clinical' } as const
    return standing.couldBe(request) ? undefined : standing.refusal(request)
  }
}
