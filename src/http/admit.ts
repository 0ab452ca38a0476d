import type { FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingHttpHeaders } from 'node:http'
import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { Admission, Credentials, Principal } from '#people/index.ts'
import type { By } from '#records/index.ts'
import { answerRefusal } from './answer.ts'
import { isEnrolment, isOpenAuth } from './auth/routes.ts'
import { cookieOf } from './cookies.ts'
import type { Edge } from './edge.ts'
import { isOauth } from './oauth.ts'
import { isPage } from './page/page.ts'
import { isAway } from './standing.ts'
import { witnessPath } from './witness.ts'

/**
 * The first thing done with every request, known route or not, so that a stranger learns nothing from the
 * difference: is it for us, and does it come with a valid token. Only `/health` needs none, what people and programs
 * sign in with, and a ledger that has its checkpoint cosigned. Before the first officers have enrolled there is their enrolment, and nothing else.
 */
export function admit(edge: Edge, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  request.startedMs = performance.now()
  const { raw } = request
  const url = raw.url ?? ''
  const fault = faultOfTarget(edge, raw.rawHeaders, raw.headers.host, url)
  if (fault !== undefined) return turnAway(edge, reply, fault)
  const { method = '' } = raw
  const path = pathOf(url)
  if (isAlways(method, path)) return done()
  const isFounded = edge.people.isFounded()
  if (isFounded === true) return admitKnown(edge, request, reply, done)
  later(edge, reply, isFounded, (is) => {
    if (is) admitKnown(edge, request, reply, done)
    else turnAway(edge, reply, refuse('not-founded'))
  })
}

function admitKnown(edge: Edge, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { method = '', url = '' } = request.raw
  if (isOpen(method, pathOf(url))) return done()
  const credentials = credentialsOf(edge, request)
  if (credentials === undefined) return turnAway(edge, reply, refuse('unauthorized'))
  const admission = edge.people.admit(credentials)
  if (!(admission instanceof Promise)) return settle(edge, request, reply, admission, done)
  later(edge, reply, admission, (is) => settle(edge, request, reply, is, done))
}

function later<Value>(
  edge: Edge,
  reply: FastifyReply,
  asked: Value | Promise<Value>,
  then: (value: Value) => void,
): void {
  Promise.resolve(asked).then(then, (error: unknown) => {
    // Who it is cannot be known: nobody is served.
    if (isAway(error)) return answerRefusal(edge, reply, refuse('database-away'))
    reply.send(error)
  })
}

function settle(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
  admission: Admission,
  done: () => void,
): void {
  if (admission.status === 'sealed') return turnAway(edge, reply, refuse('sealed'))
  if (admission.status === 'invalid') {
    const { challenge, nonce } = admission
    const slots = challenge === undefined || nonce === undefined ? {} : { challenge, nonce }
    return turnAway(edge, reply, refuse('unauthorized', slots))
  }
  request.principal = admission.principal
  request.stands = admission.stands
  request.acting = edge.store.as(byOf(request, admission.principal))
  done()
}

/** Of whoever comes unknown, only how many they were is kept. */
function turnAway(edge: Edge, reply: FastifyReply, refusal: Refusal): void {
  if (refusal.status !== 'sealed') edge.strangers.count(reply.request.socket.remoteAddress, refusal.status)
  answerRefusal(edge, reply, refusal)
}

/** `Sigilo-View`, `Sigilo-Purpose`, `Sigilo-Use`: docs/spec/http.md, "What is recorded". */
function byOf({ raw }: FastifyRequest, principal: Principal): By {
  const { headers, socket } = raw
  const { actor, client, person } = principal
  const by: By = { actor, client, address: socket.remoteAddress ?? 'unknown', principal }
  if (person?.device !== undefined) by.device = person.device
  const view = headers['sigilo-view']
  const purpose = headers['sigilo-purpose']
  if (view !== undefined && isWord(view)) by.view = view
  if (purpose !== undefined && isWord(purpose)) by.purpose = purpose
  if (headers['sigilo-use'] === 'print') by.use = 'print'
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
  if (sentAs('host', rawHeaders).length > 1) return refuse('bad-request')
  if (url.length > edge.limits.urlBytesMax) return refuse('uri-too-long', { limit: edge.limits.urlBytesMax })
  // The absolute form (`GET http://other/ HTTP/1.1`) names a host of its own: not taken.
  if (!url.startsWith('/')) return refuse('bad-request')
  return undefined
}

const pathOf = (url: string): string => {
  const question = url.indexOf('?')
  return question === -1 ? url : url.slice(0, question)
}

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD'

/** What is served before anybody has enrolled, and to anybody. */
function isAlways(method: string, path: string): boolean {
  if (isReading(method) && (path === '/health' || isPage(path))) return true
  return isEnrolment(path) && isOpenAuth(method, path)
}

/** What strangers may ask. */
function isOpen(method: string, path: string): boolean {
  if (path.startsWith('/auth/')) return isOpenAuth(method, path)
  return method === 'POST' && (path === witnessPath || isOauth(path))
}

/** RFC 9110 §11.1: the scheme is compared without case. */
const schemes: Readonly<Record<string, Credentials['scheme']>> = { bearer: 'bearer', dpop: 'dpop' }

function credentialsOf({ origin }: Edge, { raw }: FastifyRequest): Credentials | undefined {
  const { headers, method = '', url = '', socket } = raw
  const shown = shownBy(origin, headers)
  if (!shown) return undefined
  const question = url.indexOf('?')
  return {
    ...shown,
    proofs: shown.scheme === 'bearer' || headers['dpop'] === undefined ? [] : sentAs('dpop', raw.rawHeaders),
    method,
    url: origin + (question === -1 ? url : url.slice(0, question)),
    origin,
    page: pageOf(origin, headers),
    address: socket.remoteAddress,
    isForwarded: headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined,
  }
}

/** Each header of that name: Node joins them, and would have a list of each name made to tell them apart. */
function sentAs(name: string, rawHeaders: readonly string[]): string[] {
  const sent: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const each = rawHeaders[index] as string
    if (each.length === name.length && each.toLowerCase() === name) sent.push(rawHeaders[index + 1] as string)
  }
  return sent
}

/** Who sends `Authorization` is known by that alone. */
function shownBy(
  origin: string,
  { authorization, cookie }: IncomingHttpHeaders,
): Pick<Credentials, 'scheme' | 'token'> | undefined {
  if (authorization === undefined) {
    const session = cookieOf(cookie, 'session', origin)
    return session === undefined ? undefined : { scheme: 'cookie', token: session }
  }
  if (authorization.length > authorizationBytesMax) return undefined
  const space = authorization.indexOf(' ')
  const scheme = schemes[authorization.slice(0, space).toLowerCase()]
  const token = authorization.slice(space + 1).trim()
  return scheme === undefined || token === '' ? undefined : { scheme, token }
}

/** RFC 6454 §7; Fetch Metadata §2.1 where a browser leaves the origin out. */
function pageOf(origin: string, headers: IncomingHttpHeaders): Credentials['page'] {
  const site = headers['sec-fetch-site']
  if (headers.origin !== undefined) return headers.origin === origin ? 'own' : 'foreign'
  if (site === undefined) return 'unsaid'
  return site === 'same-origin' ? 'own' : 'foreign'
}

/** Room for a signed token of later; nothing longer is worth a comparison. */
const authorizationBytesMax = 4_096
