import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createServer as createNodeServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import { admit } from './admit.ts'
import { answer, answerRefusal } from './answer.ts'
import { registerAuth } from './auth/routes.ts'
import { RefusalError, unsupportedMedia } from './body.ts'
import type { AwaitingRequest } from './body.ts'
import { answerClientError } from './client-error.ts'
import type { OwingSocket } from './client-error.ts'
import { registerDuties } from './duties/routes.ts'
import { headersFor, hostsFor } from './edge.ts'
import type { Edge, ServerOptions } from './edge.ts'
import { faultOf } from './fault.ts'
import { registerFhir } from './fhir/routes.ts'
import { registerLedger } from './ledger.ts'
import { defaultLimits } from './limits.ts'
import { registerOauth } from './oauth.ts'
import { createPaces } from './pace.ts'
import { registerPage } from './page/page.ts'
import { createStrangers } from './strangers.ts'
import type { Limits } from './limits.ts'
import { registerWitness } from './witness.ts'

export interface App {
  fastify: FastifyInstance
  /** Node's server, for connections that arrive on further addresses (listen.ts). */
  node: Server
  edge: Edge
}

/** The whole edge, not yet listening. listen.ts tells it under which names it is reached. */
export function createApp(options: ServerOptions): App {
  const { limits: given, origin = 'http://localhost', ...rest } = options
  const limits = { ...defaultLimits, ...given }
  const edge: Edge = {
    ...rest,
    limits,
    witness: rest.witness ?? (async () => ({ status: 'unknown-log' })),
    headers: headersFor(origin),
    base: `${origin}/fhir/R4`,
    origin,
    hosts: hostsFor(origin, 0),
    logsAll: rest.log.isLevelEnabled('debug'),
    bodiesBytes: 0,
    uploads: new Map(),
    paces: createPaces(),
    strangers: createStrangers((counts) => rest.store.strangers(counts), rest.log),
  }
  let node: Server | undefined
  const fastify = Fastify({
    logger: false,
    serverFactory: (handler) => (node = nodeServer(edge, handler)),
    clientErrorHandler: (error, socket) => answerClientError(edge, error, socket as OwingSocket),
    bodyLimit: limits.bodyBytesMax,
    genReqId: () => edge.randomId(),
    requestIdHeader: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    routerOptions: {
      // The handlers decode what they take, and refuse what they do not; most requests have no query.
      querystringParser: (text) => (text === '' ? noQuery : { text }),
      // Ids of passkeys, of up to 1,023 bytes (WebAuthn Level 3 §4); what is no FHIR id its handler says.
      maxParamLength: 1_400,
    },
    frameworkErrors: (error, request, reply) => {
      // A path that cannot be decoded never met the hooks; strangers learn no more from it than from others.
      const refusal = error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? refuse('invalid-id') : refuse('bad-request')
      const known = request as unknown as FastifyRequest
      const answers = reply as unknown as FastifyReply
      admit(edge, known, answers, () => answerRefusal(edge, answers, refusal))
    },
  })
  fastify.decorateRequest('startedMs', 0)
  fastify.decorateRequest('principal', undefined)
  fastify.decorateRequest('stands', undefined)
  fastify.decorateRequest('acting', undefined)
  fastify.removeAllContentTypeParsers()
  fastify.addHook('onRequest', (request, reply, done) => admit(edge, request, reply, done))
  fastify.setNotFoundHandler((_, reply) => answerRefusal(edge, reply, refuse('not-found')))
  fastify.setErrorHandler((error, request, reply) =>
    answerRefusal(edge, reply, refusalOf(edge, request.method, error)),
  )
  fastify.get('/health', (_, reply) => answerHealth(edge, reply))
  registerWitness(fastify, edge)
  registerFhir(fastify, edge)
  registerLedger(fastify, edge)
  registerOauth(fastify, edge)
  registerAuth(fastify, edge)
  registerDuties(fastify, edge)
  registerPage(fastify, edge)
  if (node === undefined) throw new Error('Fastify did not ask for its server')
  return { fastify, node, edge }
}

const noQuery = Object.freeze({ text: '' })

function nodeServer(edge: Edge, handler: RequestListener): Server {
  const { limits } = edge
  const server = createNodeServer({
    insecureHTTPParser: false,
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    // Of bodies that are no uploads `accept` sees to it.
    requestTimeout: Math.max(limits.uploadTimeoutMs, limits.requestTimeoutMs),
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.timeoutCheckMs,
    requireHostHeader: false, // admit() does, and answers with an OperationOutcome.
    noDelay: true,
  })
  server.maxConnections = limits.connectionsMax
  const accept: RequestListener = (request, response) => {
    ;(request as AwaitingRequest).awaits = response
    ;(request.socket as OwingSocket).owes = response
    if (hasBody(request) && !isUpload(request)) boundTime(server, limits, request)
    handler(request, response)
  }
  server.on('request', accept)
  server.on('checkContinue', (request, response) => {
    // RFC 9110 §10.1.1: who asks first is told before sending 50 MB in vain.
    const bytesMax = isUpload(request) ? limits.uploadBytesMax : limits.bodyBytesMax
    if (!(Number(request.headers['content-length'] ?? 0) > bytesMax)) response.writeContinue()
    accept(request, response)
  })
  return server
}

/** Whether the body is content of a Binary, which may take hours on a bad line. */
function isUpload({ method, url = '', headers }: IncomingMessage): boolean {
  if (method !== 'POST' && method !== 'PUT') return false
  const isJson = /^\s*application\/(?:fhir\+)?json/i.test(headers['content-type'] ?? '')
  return !isJson && /^\/fhir\/R4\/Binary(?:\/|\?|$)/.test(url)
}

function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/** As Node does by its `requestTimeout`: whoever is still sending by then gets 408, and the connection ends. */
function boundTime(server: Server, { requestTimeoutMs }: Limits, request: IncomingMessage): void {
  const timer = setTimeout(() => {
    if (request.complete) return
    const error = Object.assign(new Error('the body is not whole'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
    server.emit('clientError', error, request.socket)
  }, requestTimeoutMs)
  timer.unref()
  const end = (): void => clearTimeout(timer)
  request.once('end', end).once('close', end)
}

/** An error of Fastify's, or a fault of our own. */
function refusalOf(edge: Edge, method: string, error: unknown): Refusal {
  if (error instanceof RefusalError) return error.refusal
  const { code, statusCode } = error as Error & { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedMedia(method)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return refuse('bad-request')
  return faultOf(edge, error)
}

function answerHealth(edge: Edge, reply: FastifyReply): void {
  const health = edge.health()
  const status = health.status === 'ok' || health.status === 'sealed' ? 200 : 503
  const { status: state, version } = health
  const text = JSON.stringify({ status: state, version })
  answer(edge, reply, status, [], text, 'application/json; charset=utf-8')
}
