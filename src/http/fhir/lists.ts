import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { Edge } from '../edge.ts'
import { pageCount } from '../limits.ts'
import { historyBundle, searchBundle } from './bundles.ts'
import type { PagePlace } from './bundles.ts'
import { answered, asked, placeFault, placeOf } from './context.ts'
import type { Answer, Asked, Input } from './context.ts'
import { instantOf } from './dates.ts'
import { badValue, countOf } from './parameters.ts'
import type { Pairs } from './parameters.ts'
import { layOut, shapeParameters } from './shape.ts'

const historyParameters = new Set([...shapeParameters, '_count', '_since', '_page'])
const everythingParameters = new Set([...shapeParameters, '_count', '_since', '_page'])

/** `GET [base]/[type]/[id]/_history`. */
export async function instanceHistory(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const { type, id } = placeOf(input)
  const ask = placeFault(type, id) ?? asked(input, historyParameters)
  if ('status' in ask) return ask
  const options = sinceOptions(ask)
  if ('status' in options) return options
  const page = await input.acting.instanceHistory(type, id, options)
  if (page.status !== 'ok') return page
  const place = { base: edge.base, path: `${type}/${id}/_history`, pairs: ask.pairs }
  return answered(layOut(historyBundle(page, place, ask.shape), ask.shape))
}

/** `GET [base]/[type]/_history`. */
export async function typeHistory(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const { type } = placeOf(input)
  const ask = placeFault(type) ?? asked(input, historyParameters)
  if ('status' in ask) return ask
  const options = sinceOptions(ask)
  if ('status' in options) return options
  const page = await input.acting.typeHistory(type, { ...options, signal: input.signal?.() })
  if (page.status !== 'ok') return page
  const place = { base: edge.base, path: `${type}/_history`, pairs: ask.pairs }
  return answered(layOut(historyBundle(page, place, ask.shape), ask.shape))
}

/** `GET` or `POST [base]/Patient/[id]/$everything`. */
export async function everything(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const { id } = placeOf(input)
  const posted = input.body === undefined ? undefined : pairsOfParameters(input.body)
  if (posted !== undefined && 'status' in posted) return posted
  const more = posted === undefined ? {} : { pairs: posted }
  const ask = placeFault('Patient', id) ?? asked(input, everythingParameters, more)
  if ('status' in ask) return ask
  const options = sinceOptions(ask)
  if ('status' in options) return options
  const page = await input.acting.everything(id, options)
  if (page.status !== 'ok') return page
  const place: PagePlace = { base: edge.base, path: `Patient/${id}/$everything`, pairs: ask.pairs }
  return answered(layOut(searchBundle(page, place, ask.shape), ask.shape))
}

/** The parameters of an operation that came as a Parameters resource. FHIR R4 operations.html#executing. */
function pairsOfParameters(body: Buffer): Pairs | Refusal {
  if (body.length === 0) return []
  let parameters: unknown
  try {
    parameters = JSON.parse(body.toString('utf8'))
  } catch {
    return notParameters
  }
  if (!isRecord(parameters) || parameters['resourceType'] !== 'Parameters') return notParameters
  const list = parameters['parameter'] ?? []
  if (!Array.isArray(list)) return notParameters
  const pairs: [string, string][] = []
  for (const each of list as unknown[]) {
    if (!isRecord(each) || typeof each['name'] !== 'string') return notParameters
    const value = each['valueInteger'] ?? each['valueInstant'] ?? each['valueString'] ?? each['valueCode']
    pairs.push([each['name'], String(value)])
  }
  return pairs
}

const notParameters = badValue('Parameters', 'a Parameters resource', 'un recurso Parameters')

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sinceOptions({ values, shape }: Asked): { count: number; since?: number; after?: string } | Refusal {
  if (shape.summary === 'count')
    return badValue('_summary', 'true, text, data or false', 'true, text, data o false')
  const count = countOf(values.get('_count')?.[0], pageCount.default, pageCount.max)
  if (typeof count !== 'number') return count
  if (count === 0) return badValue('_count', 'a whole number from 1', 'un número entero desde 1')
  const since = values.get('_since')?.[0]
  if (since === undefined) return withPage({ count }, values)
  const instant = instantOf(since)
  return instant === undefined ? badDate('_since') : withPage({ count, since: instant }, values)
}

function withPage<Options extends object>(
  options: Options,
  values: ReadonlyMap<string, string[]>,
): (Options & { after?: string }) | Refusal {
  const after = values.get('_page')?.[0]
  if (after === undefined) return options
  return after === '' ? refuse('page-expired') : { ...options, after }
}

function badDate(parameter: string): Refusal {
  return badValue(parameter, 'a date such as 2026-11-22T10:00:00Z', 'una fecha como 2026-11-22T10:00:00Z')
}
