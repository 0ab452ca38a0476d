/** Why somebody may do something, or not: asked by whoever may ask of the whole ledger. */
import { refuse } from '#kernel/outcome.ts'
import type { Principal } from '#people/index.ts'
import { typeCode } from '#records/fhir/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { kindsOf, kindsOfAction, thingOf } from '../gate/index.ts'
import { unlessSealed } from '../guarding.ts'
import type { Acting, Asked } from '../interactions.ts'
import type { Desk } from './desk.ts'

export async function explain(desk: Desk, whom: Principal, asked: Asked): ReturnType<Acting['explain']> {
  const said = { query: `policy explain ${whom.actor} ${JSON.stringify(asked)}` }
  const isAllowed = await desk.mayAskLedger('ledger-query', undefined)
  if (isAllowed !== true) return isAllowed || desk.refuse('other', refuse('forbidden'), said)
  const { purpose, action, type, id } = asked
  if (type !== undefined && typeCode(type) === undefined)
    return desk.refuse('other', refuse('unknown-type'), said)
  const { gate, records, keys } = desk.rooms
  const by = gate.named({
    actor: whom.actor,
    client: whom.client,
    address: 'local',
    principal: whom,
    ...(purpose === undefined ? {} : { purpose }),
  })
  const explained = await unlessSealed(async () => {
    const of = type === undefined ? {} : { type }
    const whose = { ...by, principal: whom }
    if (type === undefined || id === undefined) {
      // Of some types there are several kinds: a part of them may be allowed.
      const kinds = type === undefined ? kindsOfAction[action] : kindsOf(type)
      const each = await Promise.all(kinds.map((kind) => gate.explain(whose, { action, kind, ...of })))
      const explained = each.flatMap((one) => one.explained)
      const { besides = [] } = each[0] ?? {}
      return { isAllowed: explained.length > 0, explained, otherwise: [], besides }
    }
    const found = await records.read(type, id)
    if (found.status !== 'ok') return found
    const { sightParts } = desk.rooms
    const own = await gate.explain(whose, thingOf(sightParts, action, found.version))
    if (type !== 'Binary' || !own.isAllowed) return own
    // What its security context is decides it, too.
    const context = await sightParts.contextOf(JSON.parse(found.version.body) as JsonObject)
    if (context === 'none') return own
    if (context === 'gone') return { ...own, isAllowed: false }
    const ofContext = await gate.explain(whose, thingOf(sightParts, 'read', context))
    return ofContext.isAllowed ? own : ofContext
  }, keys)
  if ('status' in explained) return desk.refuse('other', explained, said)
  return (
    (await desk.note({ action: 'other', outcome: 'done', by: desk.by, ...said })) ?? {
      status: 'ok',
      ...explained,
    }
  )
}
