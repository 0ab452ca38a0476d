/** What endpoints of safeguards are given: who asks, what the safeguard keeps, and whom and what there is. */
import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { FastifyRequest } from 'fastify'
import { isRefusal, refuse } from '#kernel/outcome.ts'
import type { EndpointContext } from '#kernel/safeguard.ts'
import {
  everybody,
  notify,
  programsSeen,
  proofOfSaying,
  type PersonAsking,
  type Principal,
} from '#people/index.ts'
import type { Acting, Watched } from '#records/index.ts'
import { approvalsFor } from '#safeguards/acts.ts'
import type { HouseSafeguard } from '#safeguards/facts.ts'
import { safeguards } from '#safeguards/all.ts'
import type { Edge } from '../edge.ts'

export interface Asked {
  request: FastifyRequest
  principal: Principal
  person: PersonAsking
  acting: Acting
}

export function contextOf(
  { people, store, origin }: Edge,
  safeguard: HouseSafeguard,
  { request, principal, person, acting }: Asked,
): EndpointContext<Watched> {
  const { actor, client } = principal
  const who = { actor, client, address: request.raw.socket.remoteAddress ?? 'unknown' }
  const nowMs = people.seconds() * 1000
  /** As it is at this moment. */
  const account = async () => {
    const row = await people.accounts.find(person.account)
    return row?.value.status === 'active' ? row.value : undefined
  }
  return {
    person,
    who,
    params: request.params as Record<string, string>,
    watched: () => acting.watched(),
    barred: () => store.mayRead(principal),
    rows: people.rows(safeguard.name),
    everybody: () => everybody(people.accounts),
    approvals: approvalsFor(people.approvals, safeguard, { principal, who }),
    programs: () => programsSeen(people.programs),
    uses: (of, span) => store.uses({ actor: of, ...span }),
    holds: async (of) => {
      const held = await Promise.all(
        safeguards.map(({ name, holds }) => holds?.(people.rows(name), of, nowMs) ?? []),
      )
      return held.flat()
    },
    signingOptions: async (deed) => {
      const own = await account()
      if (!own) return refuse('forbidden')
      const begun = await people.signing.options(person, own, deed, origin)
      return isRefusal(begun) ? begun : { ...begun, options: { ...begun.options } }
    },
    signed: async (deed, proof) => {
      const own = await account()
      if (!own) return refuse('forbidden')
      const given = proof as { flow: string; response: AuthenticationResponseJSON } | undefined
      const by = { person, account: own, who }
      const said = await people.signing.sign(by, deed, { origin, ...(given ? { proof: given } : {}) })
      if ('status' in said) return said
      return { status: 'ok', said, entry: proofOfSaying(deed, said, Math.floor(deed.askedAtMs / 1000)) }
    },
    notify: (whom, notice) => notify(people.accounts, { who, nowMs }, whom, notice),
    nowMs,
  }
}
