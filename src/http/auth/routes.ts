/**
 * `/auth`: signing in and out, factors, sessions, links, and what one asks and another approves. docs/spec/auth.md. This table is all there is;
 * what each takes and gives is in schemas.ts.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import { answer, answerRefusal } from '../answer.ts'
import { bodyReader } from '../body.ts'
import type { Edge } from '../edge.ts'
import { faultOfPace } from '../pace.ts'
import { bodyOf, faultOfSite } from '../plain.ts'
import type { Context, Replied } from './context.ts'
import type { RouteName } from './schemas.ts'

export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  url: string
  /** Whether it is for those too whom nobody knows yet. */
  isOpen?: true
}

const session = '/auth/session'
const approvals = '/auth/approvals'

export const routes: Readonly<Record<RouteName, Route>> = {
  'passkey-options': { method: 'POST', url: '/auth/passkey-options', isOpen: true },
  'sign-in': { method: 'POST', url: session, isOpen: true },
  'look-at-session': { method: 'GET', url: session },
  'say-purpose': { method: 'PATCH', url: session },
  'sign-out': { method: 'DELETE', url: session },
  'step-up-options': { method: 'POST', url: `${session}/step-up/options` },
  'step-up': { method: 'POST', url: `${session}/step-up` },
  'list-sessions': { method: 'GET', url: '/auth/sessions' },
  'end-session': { method: 'DELETE', url: '/auth/sessions/:id' },
  'list-accounts': { method: 'GET', url: '/auth/accounts' },
  'look-at-account': { method: 'GET', url: '/auth/accounts/:id' },
  'list-sessions-of': { method: 'GET', url: '/auth/accounts/:id/sessions' },
  'end-sessions-of': { method: 'DELETE', url: '/auth/accounts/:id/sessions' },
  'list-programs': { method: 'GET', url: '/auth/programs' },
  'list-approvals': { method: 'GET', url: approvals },
  'look-at-approval': { method: 'GET', url: `${approvals}/:id` },
  ask: { method: 'POST', url: approvals },
  withdraw: { method: 'DELETE', url: `${approvals}/:id` },
  'approval-options': { method: 'POST', url: `${approvals}/:id/options` },
  approve: { method: 'POST', url: `${approvals}/:id/approve` },
  refuse: { method: 'POST', url: `${approvals}/:id/refuse` },
  object: { method: 'POST', url: `${approvals}/:id/object` },
  'give-link': { method: 'POST', url: `${approvals}/:id/link` },
  'look-at-invitation': { method: 'GET', url: '/auth/invitations', isOpen: true },
  'enrolment-options': { method: 'POST', url: '/auth/enrolment/options', isOpen: true },
  enrol: { method: 'POST', url: '/auth/enrolment', isOpen: true },
  'list-factors': { method: 'GET', url: '/auth/factors' },
  'factor-options': { method: 'POST', url: '/auth/factors/options' },
  'add-passkey': { method: 'POST', url: '/auth/factors/passkeys' },
  'set-password': { method: 'POST', url: '/auth/factors/password' },
  'new-recovery-codes': { method: 'POST', url: '/auth/factors/recovery-codes' },
  'remove-factor': { method: 'DELETE', url: '/auth/factors/:id' },
}

const open = new Set(
  Object.values(routes).flatMap(({ method, url, isOpen }) => (isOpen ? [`${method} ${url}`] : [])),
)

/** Whether strangers may ask it: what somebody needs who has no session yet. */
export const isOpenAuth = (method: string, path: string): boolean => open.has(`${method} ${path}`)

/** Before the first officers have enrolled: their links, and nothing else. */
export const isEnrolment = (path: string): boolean =>
  path === '/auth/invitations' || path === '/auth/enrolment' || path === '/auth/enrolment/options'

/** A registration with all its certificates; nothing else comes near. */
const bodyBytesMax = 65_536
const json = 'application/json; charset=utf-8'

export function registerAuth(fastify: FastifyInstance, edge: Edge): void {
  void fastify.register(async (scope) => {
    scope.addContentTypeParser('application/json', bodyReader(edge, 'application/json', bodyBytesMax))
    for (const [name, { method, url }] of Object.entries(routes) as [RouteName, Route][])
      scope.route({ method, url, handler: (request, reply) => serve(edge, name, request, reply) })
  })
}

/** The code behind it is loaded when it is first asked for: a start does not wait for it. */
async function serve(
  edge: Edge,
  name: RouteName,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (edge.health().status === 'sealed') return answerRefusal(edge, reply, refuse('sealed'))
  const kind = request.method === 'GET' ? 'looks' : 'duties'
  const fault = faultOfSite(edge, request) ?? faultOfPace(edge, request, kind)
  if (fault) return answerRefusal(edge, reply, fault)
  const [{ faultOfShape }, { handlers }] = await Promise.all([import('./shape.ts'), import('./handlers.ts')])
  const body = bodyOf(request)
  if ('status' in body) return answerRefusal(edge, reply, body)
  const given = { body: body.value, params: request.params, headers: request.headers }
  const wrong = faultOfShape(name, given)
  if (wrong) return answerRefusal(edge, reply, wrong)
  const context = { edge, request, principal: request.principal } as Context
  const replied: Replied | Refusal = await handlers[name](context, given as never)
  if (isRefusal(replied)) return answerRefusal(edge, reply, replied)
  const { httpStatus, value, headers = [] } = replied
  answer(edge, reply, httpStatus, headers, value === undefined ? undefined : JSON.stringify(value), json)
}
