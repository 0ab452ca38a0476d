import type { FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { Found } from '#records/types.ts'
import { answer } from '../answer.ts'
import type { Edge } from '../edge.ts'
import { capabilityStatement } from './capability.ts'
import { isUnmodified, versionHeaders } from './conditions.ts'
import { asked, paramsOf, placeFault } from './context.ts'
import { badValue } from './parameters.ts'
import { cut, generalParameters, layOut, shapeParameters } from './shape.ts'
import type { Shape } from './shape.ts'

const readParameters = new Set<string>(shapeParameters)
const metadataParameters = new Set<string>([...generalParameters, 'mode'])

/** `GET [base]/[type]/[id]`. */
export async function read(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Refusal | undefined> {
  const { type, id } = paramsOf(request)
  const fault = placeFault(type, id)
  if (fault !== undefined) return fault
  const ask = readAsked(request)
  if ('status' in ask) return ask
  return answerFound(edge, request, reply, await edge.store.read(type, id), ask.shape)
}

/** `GET [base]/[type]/[id]/_history/[vid]`. */
export async function vread(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Refusal | undefined> {
  const { type, id, version } = paramsOf(request)
  const fault = placeFault(type, id)
  if (fault !== undefined) return fault
  const ask = readAsked(request)
  if ('status' in ask) return ask
  // Versions are numbers from 1; any other name was never one.
  if (!/^[1-9]\d{0,8}$/.test(version)) return refuse('not-found')
  return answerFound(edge, request, reply, await edge.store.vread(type, id, Number(version)), ask.shape)
}

function readAsked(request: FastifyRequest): ReturnType<typeof asked> {
  const ask = asked(request, readParameters)
  if (!('status' in ask) && ask.shape.summary === 'count') {
    return badValue('_summary', 'true, text, data or false', 'true, text, data o false')
  }
  return ask
}

function answerFound(
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
  found: Found | Refusal,
  shape: Shape,
): Refusal | undefined {
  if (found.status !== 'ok') return found
  const { version } = found
  if (version.deleted) return refuse('gone')
  const headers = versionHeaders(version)
  if (isUnmodified(request.raw.headers, version)) answer(edge, reply, 304, headers)
  else answer(edge, reply, 200, headers, layOut(cut(version.json, version.type, shape), shape))
  return undefined
}

/** `GET [base]/metadata`. */
export function metadata(edge: Edge, request: FastifyRequest, reply: FastifyReply): Refusal | undefined {
  const ask = asked(request, metadataParameters)
  if ('status' in ask) return ask
  const mode = ask.values.get('mode')?.[0]
  if (mode !== undefined && mode !== 'full') return badValue('mode', 'full', 'full')
  answer(edge, reply, 200, [], layOut(capabilityStatement(edge.base, edge.version), ask.shape))
  return undefined
}
