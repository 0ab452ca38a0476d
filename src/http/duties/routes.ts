/** `/duties`: the routes of safeguards, which are theirs to say (src/kernel/safeguard.ts). docs/spec/safeguards.md. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { Endpoint } from '#kernel/safeguard.ts'
import type { Watched } from '#records/index.ts'
import type { HouseSafeguard } from '#safeguards/facts.ts'
import { safeguards } from '#safeguards/all.ts'
import { answer, answerRefusal } from '../answer.ts'
import { bodyReader } from '../body.ts'
import type { Edge } from '../edge.ts'
import { faultOfPace } from '../pace.ts'
import { bodyOf, faultOfSite } from '../plain.ts'
import { contextOf } from './context.ts'

/** Answers to a quiz, and the like. */
const bodyBytesMax = 65_536
const json = 'application/json; charset=utf-8'

export const pathOf = (safeguard: string, path: string): string => `/duties/${safeguard}${path}`

export function registerDuties(fastify: FastifyInstance, edge: Edge): void {
  void fastify.register(async (scope) => {
    scope.addContentTypeParser('application/json', bodyReader(edge, 'application/json', bodyBytesMax))
    for (const safeguard of safeguards)
      for (const [name, { method, path }] of Object.entries(safeguard.routes ?? {}))
        scope.route({
          method,
          url: pathOf(safeguard.name, path),
          handler: (request, reply) => serve(edge, safeguard, name, request, reply),
        })
  })
}

async function serve(
  edge: Edge,
  safeguard: HouseSafeguard,
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const done = await served(edge, safeguard, name, request)
  if (isRefusal(done)) return answerRefusal(edge, reply, done)
  answer(edge, reply, 200, [], JSON.stringify(done.value), json)
}

async function served(
  edge: Edge,
  safeguard: HouseSafeguard,
  name: string,
  request: FastifyRequest,
): Promise<{ status: 'answer'; value: object } | Refusal> {
  if (edge.health().status === 'sealed') return refuse('sealed')
  const fault = faultOfSite(edge, request) ?? tooFast(edge, request)
  if (fault) return fault
  const { principal, acting } = request
  const { person } = principal ?? {}
  if (!principal || !person || !acting) return refuse('forbidden')
  const [{ faultOfBody }, endpoints] = await Promise.all([
    import('../auth/shape.ts'),
    safeguard.endpoints?.(),
  ])
  const endpoint = endpoints?.[name] as Endpoint<Watched>
  const body = bodyOf(request)
  if ('status' in body) return body
  const wrong = faultOfBody(`${safeguard.name} ${name}`, endpoint.body, body.value)
  if (wrong) return wrong
  const context = contextOf(edge, safeguard, { request, principal, person, acting })
  const done = await endpoint.act(context, body.value as never)
  if (isRefusal(done)) return done
  // What was asked is in the ledger before it is told, whatever else the endpoint left there.
  return (await acting.asked(`${safeguard.name} ${name}`)) ?? done
}

const tooFast = (edge: Edge, request: FastifyRequest): Refusal | undefined =>
  faultOfPace(edge, request, request.method === 'GET' ? 'looks' : 'duties')
