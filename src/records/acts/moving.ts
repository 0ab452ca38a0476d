/** What was written to the wrong patient, moved as one act: in the entries of both patients. */
import { randomUuid } from '#kernel/crypto/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import type { By } from '../by.ts'
import type { Interactions } from '../interactions.ts'
import type { Desk } from './desk.ts'

export function movingOf(desk: Desk): Interactions['moving'] {
  return {
    move(move) {
      const { type, id } = move
      const newId = randomUuid()
      const query = `${type}/${id} moved, as ${type}/${newId}`
      const said = { query, asked: { type, id } }
      return desk.write('update', said, (writing, records) =>
        records.moving.move({ ...move, newId, agent: agentOf(desk.by) }, writing),
      )
    },
  }
}

/** Whoever has no Practitioner is known as the ledger knows them. */
function agentOf({ actor, principal }: By): JsonObject {
  const { practitioner, name } = principal?.person ?? {}
  if (practitioner !== undefined) return { reference: practitioner, ...(name ? { display: name } : {}) }
  return { identifier: { value: actor } }
}
