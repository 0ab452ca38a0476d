import type { FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import { typeCode } from '#records/fhir/index.ts'
import type { Edge } from '../edge.ts'
import { idPattern } from '../limits.ts'
import { pairsOf, supported } from './parameters.ts'
import type { Pairs } from './parameters.ts'
import { acceptsJson, plain, shapeOf } from './shape.ts'
import type { Shape } from './shape.ts'

/** A handler answers by itself, or gives back the refusal that is to be answered. */
export type Handler = (
  edge: Edge,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<Refusal | undefined> | Refusal | undefined

export interface Params {
  type: string
  id: string
  version: string
}

export function paramsOf(request: FastifyRequest): Params {
  return request.params as Params
}

/** The raw text after `?`; server.ts has Fastify leave it unparsed. */
export function queryTextOf(request: FastifyRequest): string {
  return (request.query as { text: string }).text
}

/** The refusal for a type that R4 does not have or an id that is none. */
export function placeFault(type: string, id?: string): Refusal | undefined {
  if (typeCode(type) === undefined) return refuse('unknown-type')
  if (id !== undefined && !idPattern.test(id)) return refuse('invalid-id')
  return undefined
}

/** The parameters of a request, once all are known to be supported, and the shape they ask for. */
export interface Asked {
  pairs: Pairs
  values: ReadonlyMap<string, string[]>
  shape: Shape
}

const nothingAsked: Asked = { pairs: [], values: new Map(), shape: plain }

export function asked(
  request: FastifyRequest,
  names: ReadonlySet<string>,
  more?: { pairs?: Pairs; repeatable?: ReadonlySet<string> },
): Asked | Refusal {
  const text = queryTextOf(request)
  const { accept } = request.raw.headers
  // The hot path: a read without parameters, for whoever takes JSON.
  if (text === '' && more?.pairs === undefined && acceptsJson(accept)) return nothingAsked
  const inAddress = pairsOf(text)
  if ('status' in inAddress) return inAddress
  const pairs = [...inAddress, ...(more?.pairs ?? [])]
  const values = supported(pairs, names, more?.repeatable)
  if (!(values instanceof Map)) return values
  const shape = shapeOf(values, accept)
  return 'status' in shape ? shape : { pairs, values, shape }
}
