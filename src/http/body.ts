import type { FastifyRequest } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { Edge } from './edge.ts'
import { faultOfStanding, isSlow } from './standing.ts'

/** Carries a refusal through the places where Fastify takes only an Error. */
export class RefusalError extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.status)
    this.refusal = refusal
  }
}

type Done = (error: Error | null, body?: Buffer | IncomingMessage) => void

export const jsonMedia = ['application/fhir+json', 'application/json']
export const jsonPatchMedia = 'application/json-patch+json'
export const formMedia = ['application/x-www-form-urlencoded']

/**
 * Reads a body into one Buffer, within the limits, whatever Content-Length says or leaves unsaid. Parsing is the
 * store's. `expected` is what an unsupported body is told to be.
 */
export function bodyReader(edge: Edge, expected: string, bytesMax: number) {
  return function readBody(request: FastifyRequest, payload: AwaitingRequest, done: Done): void {
    const { headers } = payload
    if (!isPlainUtf8(headers['content-type'] ?? '', headers['content-encoding'])) {
      return done(new RefusalError(refuse('unsupported-media', { expected })))
    }
    const declared = Number(headers['content-length'] ?? 0)
    if (declared > bytesMax) return done(new RefusalError(refuse('too-large', { limit: bytesMax })))
    collect(payload, bytesMax, openAccount(edge, payload), stillFrom(edge, request, done))
  }
}

/** What came slowly is taken where whoever sent it would be let in now as well. */
function stillFrom(edge: Edge, request: FastifyRequest, take: Done): Done {
  return (fault, body) => {
    if (fault !== null || !isSlow(request)) return take(fault, body)
    faultOfStanding(edge, request).then(
      (refused) => (refused ? take(new RefusalError(refused)) : take(null, body)),
      take,
    )
  }
}

/** A JSON Patch is a body of PATCH and of nothing else. */
export function patchReader(edge: Edge, bytesMax: number) {
  const read = bodyReader(edge, jsonPatchMedia, bytesMax)
  return function readPatch(request: FastifyRequest, payload: AwaitingRequest, done: Done): void {
    if (request.method === 'PATCH') return read(request, payload, done)
    done(new RefusalError(unsupportedMedia(request.method)))
  }
}

/** Of a Binary a JSON Patch changes it, and is content by any other method. */
export function anyReader(edge: Edge, bytesMax: number) {
  const read = bodyReader(edge, jsonPatchMedia, bytesMax)
  return function readAny(request: FastifyRequest, payload: AwaitingRequest, done: Done): void {
    if (request.method === 'PATCH') read(request, payload, done)
    else streamReader(request, payload, done)
  }
}

/** Content of a Binary: read by its handler, as it comes. Any other method has a body of JSON. */
export function streamReader({ method }: FastifyRequest, payload: AwaitingRequest, done: Done): void {
  if (method === 'POST' || method === 'PUT') done(null, payload)
  else done(new RefusalError(unsupportedMedia(method)))
}

/** Names the media that a method takes. */
export function unsupportedMedia(method: string): Refusal {
  if (method !== 'PATCH') return refuse('unsupported-media', { expected: 'application/fhir+json' })
  const [json, parameters] = [jsonPatchMedia, 'application/fhir+json']
  return refuse('unsupported-media', {
    expected: { en: `${json} or ${parameters}`, es: `${json} o ${parameters}` },
  })
}

function collect(payload: IncomingMessage, bytesMax: number, account: Account, done: Done): void {
  const chunks: Buffer[] = []
  let receivedBytes = 0
  const settle = (error: Error | null): void => {
    payload.off('data', onData).off('end', onEnd).off('error', onError)
    if (error === null) done(null, Buffer.concat(chunks, receivedBytes))
    else done(error)
  }
  const onData = (chunk: Buffer): void => {
    receivedBytes += chunk.length
    if (receivedBytes > bytesMax) return settle(new RefusalError(refuse('too-large', { limit: bytesMax })))
    if (!account.reserve(receivedBytes)) return settle(new RefusalError(refuse('busy')))
    chunks.push(chunk)
  }
  const onEnd = (): void => settle(null)
  // The sender went away, or was too slow: the socket is gone and nobody reads this.
  const onError = (): void => settle(new RefusalError(refuse('timeout')))
  payload.on('data', onData).on('end', onEnd).on('error', onError)
}

interface Account {
  /** False when the server already holds as much as it bears. */
  reserve(bytes: number): boolean
}

/**
 * What this request holds of `bodiesBytesMax`, given back when its answer is over. Counted as it comes, not as
 * declared: a sender who announces 50 MB and sends nothing must not keep others out.
 */
function openAccount(edge: Edge, request: AwaitingRequest): Account {
  let held = 0
  const release = (): void => {
    edge.bodiesBytes -= held
    held = 0
  }
  const reserve = (bytes: number): boolean => {
    if (bytes < accountedBytesMin) return true
    if (edge.bodiesBytes + bytes - held > edge.limits.bodiesBytesMax) return false
    if (held === 0) request.awaits?.once('close', release)
    edge.bodiesBytes += bytes - held
    held = bytes
    return true
  }
  return { reserve }
}

/** Below this a body is not counted: connectionsMax of them fit in bodiesBytesMax. */
const accountedBytesMin = 50_000

/** A request with the answer that it awaits, as server.ts notes it. */
export interface AwaitingRequest extends IncomingMessage {
  awaits?: ServerResponse
}

/** FHIR R4 http.html#mime-type: UTF-8 always, and R4 where a version is named. Compressed bodies are not taken. */
function isPlainUtf8(contentType: string, contentEncoding: string | undefined): boolean {
  if (contentEncoding !== undefined && contentEncoding !== 'identity') return false
  const separator = contentType.indexOf(';')
  if (separator === -1) return true
  return contentType
    .slice(separator + 1)
    .split(';')
    .every((parameter) => {
      const [name = '', value = ''] = parameter.trim().toLowerCase().split('=')
      const bare = value.replaceAll('"', '')
      if (name === 'charset') return bare === 'utf-8' || bare === 'utf8'
      if (name === 'fhirversion') return bare === '4.0' || bare === '4.0.1'
      return true
    })
}
