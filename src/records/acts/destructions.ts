/** Destruction of patients' keys, as acts. */
import { randomUuid } from '#kernel/crypto/index.ts'
import { isRefusal, refuse } from '#kernel/outcome.ts'
import type { Interactions } from '../interactions.ts'
import { destructionCommitment } from '../writing.ts'
import type { Desk } from './desk.ts'

export function destructionsOf(desk: Desk): Interactions['destructions'] {
  const held = async () => (await desk.held()).destructions
  const by = desk.by
  return {
    look: async (id) => {
      const asked = { type: 'Patient', id }
      const looked = await (await held()).look(id)
      if (isRefusal(looked)) return desk.refuse('destroy', looked, { asked })
      const { compartment: into } = await desk.rooms.scribe.patient(id)
      const deed = { action: 'read', outcome: 'done', by, asked, into, query: 'extent' } as const
      return (await desk.note(deed)) ?? looked
    },
    destroy: async (id, reason) => {
      const act = desk.act ?? randomUuid()
      const destructions = await held()
      if (!(await desk.standing()).isWhole) return desk.refuse('destroy', refuse('forbidden'), {})
      const deed = { action: 'destroy', by, act } as const
      const { compartment: into, keys } = await desk.rooms.scribe.patient(id)
      const commitments = [destructionCommitment(into)]
      // The last entry of the patient's own, which nobody will be able to read.
      const begun = keys && (await desk.note({ ...deed, outcome: 'begun', into, reason, commitments }))
      if (begun) return begun
      const destroyed = await destructions.destroy(id, reason)
      if (isRefusal(destroyed)) return desk.refuse('destroy', destroyed, {})
      if (keys) await desk.rooms.scribe.ledger.forgetStream(keys)
      // It is done, and its act's first entry stands: nothing is taken back.
      await desk.note({ ...deed, outcome: 'done', reason: destroyed.status, commitments })
      return destroyed
    },
    list: async () => {
      const listed = await (await held()).list()
      if (isRefusal(listed)) return desk.refuse('destroy', listed, { query: 'list' })
      const deed = { action: 'read', outcome: 'done', by, query: 'destructions' } as const
      return (await desk.note(deed)) ?? listed
    },
    batch: async () => {
      const batch = await (await held()).batch()
      if (isRefusal(batch)) return desk.refuse('maintenance', batch, { query: 'destruction' })
      const deed = { action: 'maintenance', outcome: 'done', by, query: 'destruction' } as const
      return (await desk.note({ ...deed, reason: batch.status })) ?? batch
    },
  }
}
