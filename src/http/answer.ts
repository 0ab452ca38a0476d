import type { FastifyReply } from 'fastify'
import { pipeline } from 'node:stream'
import type { Readable } from 'node:stream'
import { codeOf, httpStatusOf, languageOf, operationOutcome, refuse, sentenceOf } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { Principal } from '#people/index.ts'
import type { Acting } from '#records/index.ts'
import { fhirJson } from './edge.ts'
import type { Edge } from './edge.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** When it came, for its line in the log. */
    startedMs: number
    /** Whoever sent it, once that is known, and what is done in their name. */
    principal: Principal | undefined
    /** Whether they would be let in now as well. */
    stands: (() => Promise<boolean>) | undefined
    acting: Acting | undefined
  }
}

/**
 * Writes an answer, past Fastify's own serialisation: the text is final and the headers are flat, which is what
 * Node writes fastest. Every answer to a routed request leaves through here, so the log line is here too.
 */
export function answer(
  edge: Edge,
  reply: FastifyReply,
  status: number,
  own: readonly string[],
  text?: string,
  mediaType = fhirJson,
  contentSecurityPolicy?: string,
): void {
  reply.hijack()
  const headers = [...edge.headers, 'X-Request-Id', reply.request.id, ...own]
  if (contentSecurityPolicy !== undefined)
    headers[headers.indexOf('Content-Security-Policy') + 1] = contentSecurityPolicy
  if (text === undefined) {
    if (status !== 204 && status !== 304) headers.push('Content-Length', '0')
    reply.raw.writeHead(status, headers)
    reply.raw.end()
  } else {
    const bytes = Buffer.byteLength(text)
    headers.push('Content-Type', mediaType, 'Content-Length', String(bytes))
    reply.raw.writeHead(status, headers)
    // As many bytes as characters: all ASCII, which is copied faster than it is encoded.
    reply.raw.end(text, bytes === text.length ? 'latin1' : 'utf8')
  }
  if (edge.logsAll || status >= 400) logAnswer(edge, reply, status)
}

/** What is said of a stream. With its length a client sees an early end as one. */
interface Streamed {
  status?: number
  mediaType?: string | undefined
  length?: number | undefined
  contentSecurityPolicy?: string | undefined
  cacheControl?: string | undefined
}

/**
 * Writes an answer of any length, as fast as it is taken. Where the stream breaks, so does the connection, before the end of
 * the body: the client sees that it has not all.
 */
export function answerStream(
  edge: Edge,
  reply: FastifyReply,
  own: readonly string[],
  stream: Readable,
  { status = 200, mediaType = fhirJson, length, contentSecurityPolicy, cacheControl }: Streamed = {},
): void {
  reply.hijack()
  const common = [...edge.headers]
  if (contentSecurityPolicy !== undefined)
    common[common.indexOf('Content-Security-Policy') + 1] = contentSecurityPolicy
  if (cacheControl !== undefined) common[common.indexOf('Cache-Control') + 1] = cacheControl
  reply.raw.writeHead(status, [
    ...common,
    'X-Request-Id',
    reply.request.id,
    ...own,
    'Content-Type',
    mediaType,
    ...(length === undefined ? [] : ['Content-Length', String(length)]),
  ])
  if (reply.request.method === 'HEAD') {
    stream.destroy()
    reply.raw.end()
    return
  }
  pipeline(stream, reply.raw, (error) => {
    if (error)
      edge.log.info(
        { request: reply.request.id, code: (error as { code?: string }).code },
        'answer cut short',
      )
    else if (edge.logsAll) logAnswer(edge, reply, status)
  })
}

/**
 * Answers with the OperationOutcome of a refusal, in the language the request prefers. What is refused to somebody who is known
 * is recorded first, unless it was where it was refused.
 */
export function answerRefusal(edge: Edge, reply: FastifyReply, refusal: Refusal): void {
  const { acting, raw } = reply.request
  if (!acting || acting.isRecorded) return sendRefusal(edge, reply, refusal)
  reply.hijack()
  acting.refused(refusal, `${raw.method} ${raw.url}`).then(
    (recorded) => sendRefusal(edge, reply, recorded),
    (error: unknown) => {
      edge.log.error({ name: (error as Error).name }, 'a refusal was not recorded')
      sendRefusal(edge, reply, refuse('not-recorded'))
    },
  )
}

function sendRefusal(edge: Edge, reply: FastifyReply, refusal: Refusal): void {
  const { request } = reply
  const status = httpStatusOf(refusal)
  const headers = refusalHeaders(refusal)
  if (isPlain(request.raw.url)) answer(edge, reply, status, headers, plainRefusal(refusal), plainJson)
  else
    answer(
      edge,
      reply,
      status,
      headers,
      operationOutcome(refusal, languageOf(request.headers['accept-language'])),
    )
  lingerOverBody(edge, reply)
}

/** Of `/auth` and `/duties`, which are no FHIR: its code, and its sentence in both languages, since a page may change language. */
function plainRefusal(refusal: Refusal): string {
  const message = { es: sentenceOf(refusal, 'es'), en: sentenceOf(refusal, 'en') }
  return JSON.stringify({ error: codeOf(refusal), message })
}

const plainJson = 'application/json; charset=utf-8'
const isPlain = (url = ''): boolean => url.startsWith('/auth/') || url.startsWith('/duties/')

/** Headers that a refusal needs beside its OperationOutcome. */
function refusalHeaders(refusal: Refusal): string[] {
  switch (refusal.status) {
    case 'unauthorized':
      return challengeHeaders(refusal)
    case 'audit-computed':
      return ['Allow', 'OPTIONS, GET, HEAD']
    case 'method-not-allowed':
      return ['Allow', String(refusal.slots?.['allow'] ?? '')] // RFC 9110 §15.5.6
    case 'range-unsatisfiable':
      return ['Content-Range', `bytes */${String(refusal.slots?.['bytes'] ?? '*')}`] // RFC 9110 §15.5.17
    case 'usage-limit':
      // Criteria may have letters that a header cannot.
      return refusal.act === undefined ? [] : ['Sigilo-Act', encodeURIComponent(refusal.act)]
    case 'sealed':
    case 'scanner-away':
    case 'too-many-uploads':
    case 'busy':
    case 'database-away':
    case 'not-recorded':
    case 'outcome-unknown':
    case 'polled-too-often':
    case 'too-many-tries':
    case 'too-fast':
    case 'too-many-exports':
      return ['Retry-After', String(refusal.retryAfterSeconds ?? retryAfterSeconds[refusal.status])]
    default:
      return []
  }
}

/** RFC 6750 §3, or where a proof is what is missing RFC 9449 §§7.1, 8. */
function challengeHeaders({ slots }: Refusal): string[] {
  const { challenge, nonce } = slots ?? {}
  if (challenge === undefined) return ['WWW-Authenticate', 'Bearer realm="sigilo"']
  return ['WWW-Authenticate', String(challenge), 'DPoP-Nonce', String(nonce)]
}

/** An officer needs about half a minute to unseal; a busy second passes, and PostgreSQL is back within one. */
const retryAfterSeconds = {
  'scanner-away': 10,
  'too-many-uploads': 10,
  sealed: 30,
  busy: 1,
  'database-away': 1,
  'not-recorded': 1,
  'outcome-unknown': 1,
  'polled-too-often': 1,
  'too-many-tries': 1,
  'too-fast': 1,
  'too-many-exports': 60,
}

/**
 * Closing at once on a sender who is still sending resets the connection, and the refusal is lost with it. So the
 * rest is read and dropped for a moment, after which the connection goes.
 */
function lingerOverBody(edge: Edge, reply: FastifyReply): void {
  const { raw } = reply.request
  const length = raw.headers['content-length']
  if (raw.headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) return
  raw.resume()
  setTimeout(() => {
    if (!raw.complete) raw.socket.destroy()
  }, edge.limits.lingerMs).unref()
}

/** Method, pattern of the route, status, time: no address, no ids (they may be a CURP), no criteria, no body. */
function logAnswer(edge: Edge, reply: FastifyReply, status: number): void {
  const { request } = reply
  const line = {
    request: request.id,
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    status,
    ms: Math.round((performance.now() - request.startedMs) * 10) / 10,
  }
  if (status >= 500) edge.log.error(line, 'request failed')
  else if (status >= 400) edge.log.info(line, 'request refused')
  else edge.log.debug(line, 'request answered')
}
