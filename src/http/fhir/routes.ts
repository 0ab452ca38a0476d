import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { Asking, Principal } from '#people/index.ts'
import type { Acting } from '#records/index.ts'
import { answer, answerRefusal, answerStream } from '../answer.ts'
import {
  anyReader,
  bodyReader,
  formMedia,
  jsonMedia,
  jsonPatchMedia,
  patchReader,
  streamReader,
} from '../body.ts'
import type { Edge } from '../edge.ts'
import { entriesIn, faultOfPace } from '../pace.ts'
import { readAuditEvent, searchAuditEvents, searchAuditEventsOf } from './audit.ts'
import { createBinary, readBinary, updateBinary, vreadBinary } from './binary.ts'
import { versionHeaders } from './conditions.ts'
import type { Answer, Handler, Input } from './context.ts'
import { hush, isNothing } from './hushed.ts'
import {
  exportGroup,
  exportPatients,
  exportSystem,
  fetchExport,
  lookAtExport,
  removeExport,
} from './export.ts'
import { everything, instanceHistory, typeHistory } from './lists.ts'
import { duplicates, match, notDuplicate } from './match.ts'
import { mergeOf } from './merge.ts'
import { move } from './move.ts'
import { metadata, read, vread } from './read.ts'
import { searchCompartment, searchSystem, searchType } from './search.ts'
import { bundle, create, patch, patchWhere, remove, removeWhere, update, updateWhere } from './write.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The FHIR API, FHIR R4 http.html. HEAD is answered wherever GET is. */
const routes: Record<string, Partial<Record<Method, Handler>>> = {
  '/': { GET: searchSystem, POST: bundle },
  '': { GET: searchSystem, POST: bundle },
  '/metadata': { GET: metadata },
  '/:type': { GET: searchType, POST: create, PUT: updateWhere, PATCH: patchWhere, DELETE: removeWhere },
  '/:type/_history': { GET: typeHistory },
  '/:type/:id': { GET: read, PUT: update, PATCH: patch, DELETE: remove },
  '/:type/:id/_history': { GET: instanceHistory },
  '/:type/:id/$move': { POST: move },
  '/:type/:id/_history/:version': { GET: vread },
  '/Patient/:id/_history': { GET: (edge, input) => instanceHistory(edge, ofPatient(input)) },
  '/Patient/:id/:type': { GET: searchCompartment },
  '/Patient/:id/AuditEvent': { GET: searchAuditEventsOf },
  '/Patient/:id/$everything': { GET: everything, POST: everything },
  '/Patient/$match': { POST: match },
  '/Patient/$duplicates': { GET: duplicates },
  '/Patient/$not-duplicate': { POST: notDuplicate },
  '/Patient/$merge': { POST: mergeOf('merge') },
  '/Patient/$unmerge': { POST: mergeOf('unmerge') },
  '/$export': { GET: exportSystem, POST: exportSystem },
  '/Patient/$export': { GET: exportPatients, POST: exportPatients },
  '/Group/:id/$export': { GET: exportGroup, POST: exportGroup },
  '/$export/:job': { GET: lookAtExport, DELETE: removeExport },
  '/$export/:job/:file': { GET: fetchExport },
}

/** Apart, because nobody writes one: FHIR R4 auditevent.html. */
const auditRoutes: Record<string, Partial<Record<Method, Handler>>> = {
  '/AuditEvent': { GET: searchAuditEvents },
  '/AuditEvent/_history': { GET: () => refuse('not-found') },
  '/AuditEvent/:id': { GET: readAuditEvent },
  '/AuditEvent/:id/_history': { GET: () => refuse('not-found') },
  '/AuditEvent/:id/_history/:version': { GET: readAuditEvent },
}

/** Apart, because it takes bodies of any type. */
const binaryRoutes: Record<string, Partial<Record<Method, Handler>>> = {
  '/Binary': {
    GET: ofBinary(searchType),
    POST: ofBinary(createBinary),
    PUT: ofBinary(updateWhere),
    PATCH: ofBinary(patchWhere),
    DELETE: ofBinary(removeWhere),
  },
  '/Binary/_history': { GET: ofBinary(typeHistory) },
  '/Binary/:id': {
    GET: ofBinary(readBinary),
    PUT: ofBinary(updateBinary),
    PATCH: ofBinary(patch),
    DELETE: ofBinary(remove),
  },
  '/Binary/:id/_history': { GET: ofBinary(instanceHistory) },
  '/Binary/:id/_history/:version': { GET: ofBinary(vreadBinary) },
}

/** Apart, because it takes forms and nothing else. */
const formRoutes: Record<string, Partial<Record<Method, Handler>>> = {
  '/_search': { POST: searchSystem },
  '/Binary/_search': { POST: ofBinary(searchType) },
  '/:type/_search': { POST: searchType },
  '/AuditEvent/_search': { POST: searchAuditEvents },
  '/Patient/:id/AuditEvent/_search': { POST: searchAuditEventsOf },
  '/Patient/:id/_search': { POST: searchCompartment },
  '/Patient/:id/:type/_search': { POST: searchCompartment },
}

/** The router prefers the longest fixed beginning, and there the type is no parameter. */
function ofPatient(input: Input): Input {
  return { ...input, params: { ...input.params, type: 'Patient' } }
}

function ofBinary(handler: Handler): Handler {
  return (edge, input) => handler(edge, { ...input, params: { ...input.params, type: 'Binary' } })
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'QUERY']

/** Criteria and paging in a form; the same bound as an address would have, several times over. */
const formBytesMax = 65_536

export function registerFhir(app: FastifyInstance, edge: Edge): void {
  app.register((scope, _, done) => {
    const reader = bodyReader(edge, 'application/fhir+json', edge.limits.bodyBytesMax)
    scope.addContentTypeParser(jsonMedia, reader)
    scope.addContentTypeParser(jsonPatchMedia, patchReader(edge, edge.limits.bodyBytesMax))
    for (const [url, handlers] of Object.entries(routes))
      registerRoute(scope, edge, `/fhir/R4${url}`, handlers)
    for (const [url, handlers] of Object.entries(auditRoutes))
      registerRoute(scope, edge, `/fhir/R4${url}`, handlers, refuse('audit-computed'))
    done()
  })
  app.register((scope, _, done) => {
    scope.addContentTypeParser(jsonMedia, bodyReader(edge, 'application/fhir+json', edge.limits.bodyBytesMax))
    scope.addContentTypeParser(jsonPatchMedia, anyReader(edge, edge.limits.bodyBytesMax))
    scope.addContentTypeParser('*', streamReader)
    for (const [url, handlers] of Object.entries(binaryRoutes))
      registerRoute(scope, edge, `/fhir/R4${url}`, handlers)
    done()
  })
  app.register((scope, _, done) => {
    scope.addContentTypeParser(formMedia, bodyReader(edge, formMedia.join(), formBytesMax))
    for (const [url, handlers] of Object.entries(formRoutes))
      registerRoute(scope, edge, `/fhir/R4${url}`, handlers)
    done()
  })
}

/** `other`: what any other method is told. */
export function registerRoute(
  app: FastifyInstance,
  edge: Edge,
  url: string,
  handlers: Partial<Record<Method, Handler>>,
  other?: Refusal,
): void {
  const allowed: string[] = ['OPTIONS']
  for (const [method, handler] of Object.entries(handlers)) {
    const served = method === 'GET' ? ['GET', 'HEAD'] : [method]
    allowed.push(...served)
    // A page of proposals compares thousands: no person looks at more than one a second.
    const isReading =
      (method === 'GET' && !url.endsWith('/$duplicates')) || /\/(_search|\$everything|\$export)$/.test(url)
    const isBundle = url === '/fhir/R4/' || url === '/fhir/R4'
    app.route({
      method: served,
      url,
      handler: async (request, reply) => {
        const fault = isReading
          ? undefined
          : faultOfPace(edge, request, 'records', isBundle ? entriesIn(request.body) : 1)
        const result = fault ?? (await handler(edge, inputOf(request, reply)))
        if (isNothing(result)) await hush(edge, request)
        answerWith(edge, request, reply, result)
      },
    })
  }
  registerRest(app, edge, url, allowed, other)
}

function inputOf(request: FastifyRequest, { raw }: FastifyReply): Input {
  const { acting, principal } = request
  if (!acting) throw new Error('a request came past the door')
  return {
    acting,
    ...(principal ? { asking: askingOf(request, principal) } : {}),
    params: request.params as Input['params'],
    // server.ts has Fastify leave the query unparsed.
    query: (request.query as { text: string }).text,
    headers: request.raw.headers,
    ...(request.body instanceof Readable
      ? { body: undefined, stream: request.raw }
      : { body: request.body as Buffer | undefined }),
    isHead: request.method === 'HEAD',
    signal() {
      const gone = new AbortController()
      raw.once('close', () => {
        if (!raw.writableFinished) gone.abort()
      })
      return gone.signal
    },
  }
}

function askingOf({ raw }: FastifyRequest, principal: Principal): Asking {
  const { actor, client } = principal
  return { principal, who: { actor, client, address: raw.socket.remoteAddress ?? 'unknown' } }
}

function answerWith(
  edge: Edge,
  { acting, raw }: FastifyRequest,
  reply: FastifyReply,
  result: Answer | Refusal,
): void {
  if (result.status !== 'answer') return answerRefusal(edge, reply, result)
  const { httpStatus, text, version, location, mediaType, stream } = result
  const headers = version === undefined ? [] : versionHeaders(version)
  if (location !== undefined) headers.push('Location', location)
  if (result.headers !== undefined) headers.push(...result.headers)
  const isFile = stream !== undefined || result.length !== undefined
  if (acting && (isFile || raw.headers['sigilo-use'] === 'print')) headers.push(...watermarkHeader(acting))
  const { attachments } = edge.store
  if (text !== undefined && attachments.isApart(text)) {
    // Large values go out by the stream, whatever the text around them is.
    const whole = attachments.stream(text)
    answerStream(edge, reply, headers, acting?.sending(whole) ?? whole, {
      status: httpStatus,
      length: attachments.lengthOf(text),
    })
  } else if (stream === undefined && result.length === undefined)
    answer(edge, reply, httpStatus, headers, text, mediaType)
  else {
    const { length, contentSecurityPolicy, cacheControl } = result
    const how = { status: httpStatus, mediaType, length, contentSecurityPolicy, cacheControl }
    answerStream(edge, reply, headers, stream ?? Readable.from([]), how)
  }
}

/** RFC 8941, a dictionary: who, when, as which act. Checkpoints, keys and tiles of the ledger have none. */
function watermarkHeader({ watermark }: Acting): string[] {
  if (!watermark) return []
  const { who, login, when, act } = watermark
  const members = [
    ['who', who],
    ...(login === undefined ? [] : [['login', login]]),
    ['when', when.toISOString()],
    ['act', act],
  ]
  // Names of users and programs may have letters that a header cannot.
  const said = members.map(([name, value = '']) => `${name}="${encodeURI(value).replaceAll('"', '%22')}"`)
  return ['Sigilo-Watermark', said.join(', ')]
}

/** The other methods: 405, before any body is read. No CORS: a preflight bears no token and ends at 401. */
function registerRest(
  app: FastifyInstance,
  edge: Edge,
  url: string,
  allowed: readonly string[],
  other?: Refusal,
): void {
  const allow = allowed.join(', ')
  const refusal = other ?? refuse('method-not-allowed', { allow })
  app.route({
    method: methods.filter((method) => !allowed.includes(method)),
    url,
    onRequest: (_, reply) => answerRefusal(edge, reply, refusal),
    handler: unreachable,
  })
  app.route({
    method: 'OPTIONS',
    url,
    onRequest: (_, reply) => answer(edge, reply, 204, ['Allow', allow]),
    handler: unreachable,
  })
}

function unreachable(): never {
  throw new Error('answered before')
}
