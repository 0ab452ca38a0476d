import type { FastifyRequest } from 'fastify'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { Asking, PersonAsking, Principal } from '#people/index.ts'
import type { Edge } from '../edge.ts'
import type { AnswerOf, BodyOf, RouteName } from './schemas.ts'

/** What a route is asked with. */
export interface Context {
  edge: Edge
  request: FastifyRequest
  principal: Principal | undefined
}

export interface Replied<Value = unknown> {
  status: 'answer'
  httpStatus: 200 | 201 | 204
  value?: Value
  /** Flat. */
  headers?: readonly string[]
}

export interface Sent<Name extends RouteName> {
  body: BodyOf<Name>
  params: { id: string }
  headers: { 'sigilo-invitation': string }
}

export type Handlers = {
  [Name in RouteName]: (context: Context, sent: Sent<Name>) => Promise<Replied<AnswerOf<Name>> | Refusal>
}

export const replied = <Value>(value: Value, headers?: readonly string[]): Replied<Value> => ({
  status: 'answer',
  httpStatus: 200,
  value,
  ...(headers ? { headers } : {}),
})
export const made = <Value>(value: Value, headers?: readonly string[]): Replied<Value> => ({
  ...replied(value, headers),
  httpStatus: 201,
})
export const nothing = (headers?: readonly string[]): Replied<null> => ({
  status: 'answer',
  httpStatus: 204,
  ...(headers ? { headers } : {}),
})

/** A person who is signed in. */
export interface AskingPerson extends Asking {
  person: PersonAsking
}

/** Programs have no account. */
export function askingOf({ request, principal }: Context): AskingPerson | Refusal {
  if (!principal?.person) return refuse('forbidden')
  const { actor, client, person } = principal
  const address = request.raw.socket.remoteAddress ?? 'unknown'
  const { device } = person
  const who = { actor, client, address, ...(device === undefined ? {} : { device }) }
  return { principal, person, who }
}

/** A security officer; `looks`: at what, which is recorded before it is told. */
export async function officerOf(context: Context, looks?: string): Promise<AskingPerson | Refusal> {
  const asking = askingOf(context)
  if ('status' in asking) return asking
  if (!asking.person.roles.includes('security-officer')) return refuse('forbidden')
  const unrecorded = looks === undefined ? undefined : await context.request.acting?.asked(looks)
  return unrecorded ?? asking
}
