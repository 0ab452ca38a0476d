import type { FastifyReply, FastifyRequest } from 'fastify'
import { languageOf, refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { Written } from '#records/types.ts'
import { answer } from '../answer.ts'
import type { Edge } from '../edge.ts'
import { preferenceOf, versionHeaders, writeOptions } from './conditions.ts'
import { asked, paramsOf, placeFault, queryTextOf } from './context.ts'
import { pairsOf, queryOf } from './parameters.ts'
import type { Pairs } from './parameters.ts'
import { generalParameters, layOut, shapeOf } from './shape.ts'
import type { Shape } from './shape.ts'

type WriteResult = Written | { status: 'ok'; outcome: 'unchanged' } | Refusal

const writeParameters = new Set<string>(generalParameters)
const empty = Buffer.alloc(0)

/** `POST [base]/[type]`. */
export async function create(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Refusal | undefined> {
  const { type } = paramsOf(request)
  const ask = placeFault(type) ?? asked(request, writeParameters)
  if ('status' in ask) return ask
  const options = writeOptions(request.raw.headers)
  if ('status' in options) return options
  return answerWritten(
    edge,
    request,
    reply,
    await edge.store.create(type, bodyOf(request), options),
    ask.shape,
  )
}

/** `PUT [base]/[type]/[id]`. */
export async function update(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Refusal | undefined> {
  const { type, id } = paramsOf(request)
  const ask = placeFault(type, id) ?? asked(request, writeParameters)
  if ('status' in ask) return ask
  const options = writeOptions(request.raw.headers)
  if ('status' in options) return options
  return answerWritten(
    edge,
    request,
    reply,
    await edge.store.update(type, id, bodyOf(request), options),
    ask.shape,
  )
}

/** `DELETE [base]/[type]/[id]`. */
export async function remove(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Refusal | undefined> {
  const { type, id } = paramsOf(request)
  const ask = placeFault(type, id) ?? asked(request, writeParameters)
  if ('status' in ask) return ask
  const options = writeOptions(request.raw.headers)
  if ('status' in options) return options
  return answerWritten(edge, request, reply, await edge.store.delete(type, id, options), ask.shape)
}

/** `PUT [base]/[type]?criteria`. */
export async function updateWhere(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Refusal | undefined> {
  const { type } = paramsOf(request)
  const ask = placeFault(type) ?? criteriaAsked(request)
  if ('status' in ask) return ask
  const options = writeOptions(request.raw.headers)
  if ('status' in options) return options
  const result = await edge.store.updateWhere(type, ask.criteria, bodyOf(request), options)
  return answerWritten(edge, request, reply, result, ask.shape)
}

/** `DELETE [base]/[type]?criteria`. */
export async function removeWhere(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Refusal | undefined> {
  const { type } = paramsOf(request)
  const ask = placeFault(type) ?? criteriaAsked(request)
  if ('status' in ask) return ask
  return answerWritten(edge, request, reply, await edge.store.deleteWhere(type, ask.criteria), ask.shape)
}

/** `POST [base]`: a batch or a transaction. */
export async function bundle(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Refusal | undefined> {
  const ask = asked(request, writeParameters)
  if ('status' in ask) return ask
  const { headers } = request.raw
  const prefer = preferenceOf(headers)
  const result = await edge.store.bundle(bodyOf(request), {
    base: edge.base,
    language: languageOf(headers['accept-language']),
    ...(prefer === undefined ? {} : { prefer }),
  })
  if (result.status !== 'ok') return result
  answer(edge, reply, 200, [], layOut(result.json, ask.shape))
  return undefined
}

/** The body as it came; without one, nothing, which the store calls malformed. */
function bodyOf(request: FastifyRequest): Uint8Array {
  return (request.body as Buffer | undefined) ?? empty
}

/** The criteria of a conditional write: all of the query but what is about the answer. The store judges them. */
function criteriaAsked(request: FastifyRequest): { criteria: string; shape: Shape } | Refusal {
  const pairs = pairsOf(queryTextOf(request))
  if ('status' in pairs) return pairs
  const general: Pairs = pairs.filter(([name]) => writeParameters.has(name))
  const shape = shapeOf(new Map(general.map(([name, value]) => [name, [value]])), request.raw.headers.accept)
  if ('status' in shape) return shape
  const criteria = queryOf(pairs.filter(([name]) => !writeParameters.has(name)))
  return criteria === '' ? refuse('criteria-missing') : { criteria, shape }
}

function answerWritten(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
  result: WriteResult,
  shape: Shape,
): Refusal | undefined {
  if (result.status !== 'ok') return result
  const preference = preferenceOf(request.raw.headers) ?? 'representation'
  if (!('version' in result) || result.outcome === 'deleted' || result.version.deleted) {
    const headers = 'version' in result ? versionHeaders(result.version) : []
    if (preference === 'OperationOutcome')
      answer(edge, reply, 200, headers, layOut(done(request, result.outcome), shape))
    else answer(edge, reply, 204, headers)
    return undefined
  }
  const { version, outcome } = result
  const location = `${edge.base}/${version.type}/${version.id}/_history/${version.version}`
  // FHIR R4 http.html#create, #update: Location, ETag and Last-Modified.
  const headers = ['Location', location, ...versionHeaders(version)]
  const status = outcome === 'created' ? 201 : 200
  if (preference === 'minimal') answer(edge, reply, status, headers)
  else if (preference === 'representation') answer(edge, reply, status, headers, layOut(version.json, shape))
  else answer(edge, reply, status, headers, layOut(done(request, outcome), shape))
  return undefined
}

/** The OperationOutcome of a success, for who prefers one. */
function done(request: FastifyRequest, outcome: Written['outcome']): string {
  const text = successTexts[outcome][languageOf(request.raw.headers['accept-language'])]
  const issue = [{ severity: 'information', code: 'informational', details: { text } }]
  return JSON.stringify({ resourceType: 'OperationOutcome', issue })
}

const successTexts = {
  created: { en: 'The resource was created.', es: 'Se creó el recurso.' },
  updated: { en: 'The resource was updated.', es: 'Se actualizó el recurso.' },
  deleted: { en: 'The resource was deleted.', es: 'Se borró el recurso.' },
  unchanged: { en: 'Nothing had to be changed.', es: 'No hizo falta cambiar nada.' },
}
