/** Binaries as bytes: FHIR R4 binary.html and http.html#read. docs/spec/attachments.md. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isRefusal, refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { Version } from '#records/index.ts'
import type { Edge } from '../edge.ts'
import { httpDate, preferenceOf, writeOptions } from './conditions.ts'
import { asked, placeFault } from './context.ts'
import type { Answer, Input } from './context.ts'
import { pairsOf } from './parameters.ts'
import { rangeOf } from './range.ts'
import { read, vread } from './read.ts'
import { generalParameters } from './shape.ts'
import { answerWritten, create, update } from './write.ts'

/** `POST [base]/Binary`: a Binary in FHIR JSON, or whatever else it is, as bytes. */
export async function createBinary(edge: Edge, input: Input): Promise<Answer | Refusal> {
  return isResource(input) ? create(edge, input) : upload(edge, input, undefined)
}

/** `PUT [base]/Binary/[id]`: the same. */
export async function updateBinary(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const { id = '' } = input.params
  return isResource(input) ? update(edge, input) : (placeFault('Binary', id) ?? upload(edge, input, id))
}

/**
 * R4 binary.html: content of FHIR's own media types is content like any other, unless it is a Binary. What is no JSON at
 * all goes the way of resources too, which tells what is wrong with it.
 */
function isResource({ body, stream, headers }: Input): boolean {
  if (stream !== undefined) return false
  if (body === undefined || body.length === 0) return headers['content-type']?.includes('json') ?? true
  try {
    const { resourceType } = JSON.parse(body.toString('utf8')) as { resourceType?: unknown }
    return typeof resourceType !== 'string' || resourceType === 'Binary'
  } catch {
    return true
  }
}

async function upload(edge: Edge, input: Input, id: string | undefined): Promise<Answer | Refusal> {
  const { headers, body, stream } = input
  const ask = asked({ ...input, headers: { ...headers, accept: undefined } }, new Set(generalParameters))
  if ('status' in ask) return ask
  const options = writeOptions(headers)
  if ('status' in options) return options
  if (options.ifNoneExist !== undefined)
    return refuse('invalid-header', {
      header: 'If-None-Exist',
      expected: { en: 'none beside raw content', es: 'ninguna junto a contenido sin envolver' },
    })
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    return refuse('unsupported-media', { expected: '*/*' })
  const declared = Number(headers['content-length'] ?? 0)
  const limit = edge.limits.uploadBytesMax
  if (declared > limit) return refuse('too-large', { limit })
  const context = securityContextOf(headers)
  if (typeof context === 'object') return context
  const { actor = '', client = '' } = input.asking?.principal ?? {}
  const leave = enter(edge, `${actor} ${client}`)
  if (leave === undefined) return refuse('too-many-uploads', { limit: edge.limits.uploadsEachMax })
  const watched = stream ? watch(edge, stream) : undefined
  try {
    const written = await input.acting.upload({
      ...options,
      id,
      contentType: contentTypeOf(headers),
      securityContext: context,
      content: watched?.content ?? once(body ?? Buffer.alloc(0)),
    })
    // Whoever sent bytes has no use for them in base64, unless it says so.
    const prefer = preferenceOf(headers) === undefined ? 'return=minimal' : headers['prefer']
    return answerWritten(edge, { ...input, headers: { ...headers, prefer } }, written, ask.shape)
  } catch (error) {
    // It went away, or stood still: nobody reads this but the log.
    if (watched?.broken() === true) return refuse('timeout')
    throw error
  } finally {
    watched?.end()
    leave()
  }
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body
}

/** R4's `code`, which a media type with its parameters is too; what is none is kept as bytes of no known type. */
function contentTypeOf(headers: IncomingHttpHeaders): string {
  const given = (headers['content-type'] ?? '').trim()
  return /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(given) && given.length <= 200
    ? given
    : 'application/octet-stream'
}

/** R4 binary.html: `X-Security-Context` names the resource whose reader may read the Binary. */
function securityContextOf(headers: IncomingHttpHeaders): string | Refusal | undefined {
  const given = headers['x-security-context']
  if (given === undefined) return undefined
  const text = String(given).trim()
  if (/^[\x21-\x7e]{1,1000}$/.test(text) && text.includes('/')) return text
  return refuse('invalid-header', { header: 'X-Security-Context', expected: 'Patient/1' })
}

/** Counts an upload of a client in, by who it is: a browser sends no token, and a program's changes; undefined where there are too many. Whoever leaves is counted out. */
function enter({ uploads, limits }: Edge, client: string): (() => void) | undefined {
  const own = uploads.get(client) ?? 0
  let all = 0
  for (const each of uploads.values()) all += each
  if (own >= limits.uploadsEachMax || all >= limits.uploadsMax) return undefined
  uploads.set(client, own + 1)
  return () => {
    const left = (uploads.get(client) ?? 1) - 1
    if (left === 0) uploads.delete(client)
    else uploads.set(client, left)
  }
}

/**
 * The body as it comes. A sender may be slow for as long as `requestTimeoutMs` of the server allows, and silent for
 * `uploadIdleMs`.
 */
function watch(edge: Edge, stream: IncomingMessage) {
  let isBroken = false
  const idle = setTimeout(() => {
    isBroken = true
    stream.destroy(new Error('the sender fell silent'))
  }, edge.limits.uploadIdleMs)
  const onError = (): void => void (isBroken = true)
  stream.on('error', onError)
  async function* content(): AsyncGenerator<Uint8Array> {
    // What is refused in the middle is read on and dropped for a moment, so that its sender reads the refusal.
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      idle.refresh()
      yield chunk as Uint8Array
      // While PostgreSQL works off what came, nobody asks the sender for more.
      idle.refresh()
    }
  }
  return {
    content: content(),
    broken: () => isBroken || (stream.destroyed && !stream.complete),
    end: () => clearTimeout(idle),
  }
}

/** `GET [base]/Binary/[id]`. */
export async function readBinary(edge: Edge, input: Input): Promise<Answer | Refusal> {
  if (wantsResource(input)) return read(edge, input)
  const { id = '' } = input.params
  const fault = placeFault('Binary', id)
  if (fault !== undefined) return fault
  const found = await input.acting.read('Binary', id)
  return found.status === 'ok' ? answerBytes(edge, input, found.version) : found
}

/** `GET [base]/Binary/[id]/_history/[vid]`. */
export async function vreadBinary(edge: Edge, input: Input): Promise<Answer | Refusal> {
  if (wantsResource(input)) return vread(edge, input)
  const { id = '', version = '' } = input.params
  const fault = placeFault('Binary', id)
  if (fault !== undefined) return fault
  if (!/^[1-9]\d{0,8}$/.test(version)) return refuse('not-found')
  const found = await input.acting.vread('Binary', id, Number(version))
  if (found.status !== 'ok') return found
  return found.version.deleted ? refuse('gone') : answerBytes(edge, input, found.version)
}

/** R4 binary.html: bytes, unless FHIR's own media type is asked for in as many words; or what only a resource has. */
function wantsResource({ headers, query }: Input): boolean {
  const { accept } = headers
  if (accept !== undefined && /(?:fhir\+json|fhir\+xml|application\/json|text\/json)/i.test(accept))
    return true
  const pairs = pairsOf(query)
  return isRefusal(pairs as { status: string }) || (pairs as readonly unknown[]).length > 0
}

async function answerBytes(
  edge: Edge,
  { acting, headers, isHead = false }: Input,
  version: Version,
): Promise<Answer | Refusal> {
  const content = await edge.store.attachments.content(version)
  const { bytes, sha256, contentType, securityContext } = content
  // The version too: another version of the same bytes may be of another type.
  const etag = `"${version.version}-${sha256.slice(0, 32)}"`
  const about = [
    'ETag',
    etag,
    'Last-Modified',
    httpDate(version.lastUpdated),
    'Accept-Ranges',
    'bytes',
    'Vary',
    'Accept',
    ...(securityContext !== undefined && /^[\x21-\x7e]+$/.test(securityContext)
      ? ['X-Security-Context', securityContext]
      : []),
  ]
  if (isUnmodified(headers, etag, version)) return { status: 'answer', httpStatus: 304, headers: about }
  // RFC 9110 §14.2: of GET alone.
  const range = isHead ? undefined : rangeOf(headers, { etag, bytes })
  if (range === 'unsatisfiable') return refuse('range-unsatisfiable', { bytes })
  const { start, end } = range ?? { start: 0, end: bytes }
  return {
    status: 'answer',
    httpStatus: range ? 206 : 200,
    mediaType: isMediaType(contentType) ? contentType : 'application/octet-stream',
    headers: [
      ...about,
      ...(range ? ['Content-Range', `bytes ${start}-${end - 1}/${bytes}`] : []),
      'Content-Disposition',
      'attachment',
      'Cross-Origin-Resource-Policy',
      'same-origin',
    ],
    contentSecurityPolicy: "sandbox; default-src 'none'; frame-ancestors 'none'",
    length: end - start,
    ...(isHead ? {} : { stream: acting.sending(content.read(start, end)) }),
  }
}

/** What a header can carry. */
function isMediaType(text: string): boolean {
  return /^[\w.+-]+\/[\w.+-]+(?: ?;[\x20-\x7e]*)?$/.test(text)
}

/** RFC 9110 §13.1.2, §13.1.3: strong tags are compared weakly here. */
function isUnmodified(headers: IncomingHttpHeaders, etag: string, version: Version): boolean {
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch !== undefined) {
    return ifNoneMatch.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')))
  }
  const since = headers['if-modified-since']
  if (since === undefined) return false
  return Math.floor(version.lastUpdated.getTime() / 1000) * 1000 <= Date.parse(since)
}
