import type { FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { By } from '#records/index.ts'
import { answerRefusal } from './answer.ts'
import type { Edge, TokenVerdict } from './edge.ts'
import { witnessPath } from './witness.ts'

/**
 * The first thing done with every request, known route or not, so that a stranger learns nothing from the
 * difference: is it for us, and does it come with a valid token. Only `/health` needs none, and a ledger
 * that has its checkpoint cosigned.
 */
export function admit(edge: Edge, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  request.startedMs = performance.now()
  const { raw } = request
  const url = raw.url ?? ''
  const fault = faultOfTarget(edge, raw.rawHeaders, raw.headers.host, url)
  if (fault !== undefined) return turnAway(edge, reply, fault)
  if (isOpen(raw.method, url)) return done()
  const token = bearerOf(raw.headers.authorization)
  if (token === undefined) return turnAway(edge, reply, refuse('unauthorized'))
  const verdict = edge.verifyToken(token)
  if (typeof verdict === 'string') return settle(edge, request, reply, verdict, done)
  verdict.then(
    (later) => settle(edge, request, reply, later, done),
    (error: unknown) => {
      reply.send(error)
    },
  )
}

function settle(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
  verdict: TokenVerdict,
  done: () => void,
): void {
  if (verdict !== 'valid')
    return turnAway(edge, reply, refuse(verdict === 'sealed' ? 'sealed' : 'unauthorized'))
  request.acting = edge.store.as(byOf(request))
  done()
}

/** Of whoever comes unknown, only how many they were is kept. */
function turnAway(edge: Edge, reply: FastifyReply, refusal: Refusal): void {
  if (refusal.status !== 'sealed') edge.strangers.count(reply.request.socket.remoteAddress, refusal.status)
  answerRefusal(edge, reply, refusal)
}

/** People have no names here yet: whoever bears the token asks. */
export const actor = 'bearer'

/** `Sigilo-View`, `Sigilo-Purpose`: docs/spec/http.md, "What is recorded". */
function byOf({ raw }: FastifyRequest): By {
  const { headers, socket } = raw
  const by: By = { actor, client: 'token', address: socket.remoteAddress ?? 'unknown' }
  const view = headers['sigilo-view']
  const purpose = headers['sigilo-purpose']
  if (view !== undefined && isWord(view)) by.view = view
  if (purpose !== undefined && isWord(purpose)) by.purpose = purpose
  return by
}

const isWord = (value: string | string[]): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(value)

function faultOfTarget(
  edge: Edge,
  rawHeaders: readonly string[],
  host: string | undefined,
  url: string,
): Refusal | undefined {
  // A name that an attacker made to point at 127.0.0.1 arrives here as a foreign Host (DNS rebinding).
  if (host === undefined) return refuse('bad-request')
  if (!edge.hosts.has(host) && !edge.hosts.has(host.toLowerCase())) return refuse('wrong-host')
  // RFC 9112 §3.2: more than one Host is refused. Node keeps the first and drops the others silently.
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  if (hosts > 1) return refuse('bad-request')
  if (url.length > edge.limits.urlBytesMax) return refuse('uri-too-long', { limit: edge.limits.urlBytesMax })
  // The absolute form (`GET http://other/ HTTP/1.1`) names a host of its own: not taken.
  if (!url.startsWith('/')) return refuse('bad-request')
  return undefined
}

/** What strangers may ask. */
function isOpen(method: string | undefined, url: string): boolean {
  if (method === 'POST') return url === witnessPath
  return (method === 'GET' || method === 'HEAD') && (url === '/health' || url.startsWith('/health?'))
}

function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length > authorizationBytesMax) return undefined
  const scheme = authorization.slice(0, 7)
  // RFC 9110 §11.1: the scheme is compared without case.
  if (scheme !== 'Bearer ' && scheme.toLowerCase() !== 'bearer ') return undefined
  const token = authorization.slice(7).trim()
  return token === '' ? undefined : token
}

/** Room for a signed token of later; nothing longer is worth a comparison. */
const authorizationBytesMax = 4_096
