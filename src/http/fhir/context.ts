import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import { typeCode } from '#records/fhir/index.ts'
import type { Asking } from '#people/index.ts'
import type { Acting, Version } from '#records/index.ts'
import type { Edge } from '../edge.ts'
import { idPattern } from '../limits.ts'
import { pairsOf, supported } from './parameters.ts'
import type { Pairs } from './parameters.ts'
import { acceptsJson, plain, shapeOf } from './shape.ts'
import type { Shape } from './shape.ts'

/** What an interaction is asked with, whether by a request or by an entry of a batch. */
export interface Input {
  /** Whoever asks. */
  acting: Acting
  /** As approvals know them; of an entry of a batch, nobody. */
  asking?: Asking
  params: Partial<Record<'type' | 'id' | 'version' | 'job' | 'file' | '*', string>>
  /** The raw text after `?`. */
  query: string
  headers: IncomingHttpHeaders
  body: Buffer | undefined
  /** In place of `body`, content of a Binary that is not JSON. */
  stream?: IncomingMessage
  /** HEAD: only what GET's headers would be. */
  isHead?: boolean
  /** Aborted when whoever asks has gone; made when asked for. */
  signal?: () => AbortSignal
}

/**
 * `version`: the one that the answer is about, which gives ETag and Last-Modified. `headers`: further ones, flat. `stream`: the
 * body, in place of `text`.
 */
export interface Answer {
  status: 'answer'
  httpStatus: number
  text?: string
  version?: Version
  location?: string
  headers?: readonly string[]
  mediaType?: string
  stream?: Readable
  /** Bytes of `stream`, or of what HEAD leaves out. */
  length?: number
  /** In place of the one that every answer has. */
  contentSecurityPolicy?: string
  cacheControl?: string
  /** Nothing was found, or nothing that is seen: which of both is not told by the time either. */
  isNothing?: boolean
}

export type Handler = (edge: Edge, input: Input) => Promise<Answer | Refusal> | Answer | Refusal

export function answered(text: string): Answer {
  return { status: 'answer', httpStatus: 200, text }
}

/** The type and id of an address. Where the route has none, placeFault refuses the empty name. */
export function placeOf({ params }: Input): { type: string; id: string } {
  return { type: params.type ?? '', id: params.id ?? '' }
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
  { query, headers }: Input,
  names: ReadonlySet<string>,
  more?: { pairs?: Pairs },
): Asked | Refusal {
  // The hot path: a read without parameters, for whoever takes JSON.
  if (query === '' && more?.pairs === undefined && acceptsJson(headers.accept)) return nothingAsked
  const inAddress = pairsOf(query)
  if ('status' in inAddress) return inAddress
  const pairs = [...inAddress, ...(more?.pairs ?? [])]
  const values = supported(pairs, names)
  if (!(values instanceof Map)) return values
  const shape = shapeOf(values, headers.accept)
  return 'status' in shape ? shape : { pairs, values, shape }
}
