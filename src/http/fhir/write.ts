import { languageOf, refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import { besideCriteria, type PatchForm, type Written } from '#records/index.ts'
import { jsonPatchMedia } from '../body.ts'
import type { Edge } from '../edge.ts'
import { faultOf } from '../fault.ts'
import { preferenceOf, writeOptions } from './conditions.ts'
import { answered, asked, placeFault, placeOf } from './context.ts'
import type { Answer, Input } from './context.ts'
import { entryReader } from './entries.ts'
import { pairsOf, queryOf } from './parameters.ts'
import type { Pairs } from './parameters.ts'
import { generalParameters, layOut, shapeOf } from './shape.ts'
import type { Shape } from './shape.ts'

const writeParameters = new Set<string>(generalParameters)
/** Without a body there is nothing, which the store calls malformed. */
const empty = Buffer.alloc(0)

/** `POST [base]/[type]`. */
export async function create(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const { type } = placeOf(input)
  const ask = placeFault(type) ?? asked(input, writeParameters)
  if ('status' in ask) return ask
  const options = writeOptions(input.headers)
  if ('status' in options) return options
  const conditions = options.ifNoneExist === undefined ? options : { ...options, ...endOf(input) }
  return answerWritten(
    edge,
    input,
    await input.acting.create(type, input.body ?? empty, conditions),
    ask.shape,
  )
}

/** `PUT [base]/[type]/[id]`. */
export async function update(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const { type, id } = placeOf(input)
  const ask = placeFault(type, id) ?? asked(input, writeParameters)
  if ('status' in ask) return ask
  const options = writeOptions(input.headers)
  if ('status' in options) return options
  return answerWritten(
    edge,
    input,
    await input.acting.update(type, id, input.body ?? empty, options),
    ask.shape,
  )
}

/** `PATCH [base]/[type]/[id]`. */
export async function patch(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const { type, id } = placeOf(input)
  const ask = placeFault(type, id) ?? asked(input, writeParameters)
  if ('status' in ask) return ask
  const options = patchOptions(input.headers)
  if ('status' in options) return options
  const result = await input.acting.patch(type, id, patchForm(input.headers), input.body ?? empty, options)
  return answerWritten(edge, input, result, ask.shape)
}

/** `DELETE [base]/[type]/[id]`. */
export async function remove(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const { type, id } = placeOf(input)
  const ask = placeFault(type, id) ?? asked(input, writeParameters)
  if ('status' in ask) return ask
  const options = writeOptions(input.headers)
  if ('status' in options) return options
  return answerWritten(edge, input, await input.acting.delete(type, id, options), ask.shape)
}

/** `PUT [base]/[type]?criteria`. */
export async function updateWhere(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const { type } = placeOf(input)
  const ask = placeFault(type) ?? criteriaAsked(input)
  if ('status' in ask) return ask
  const options = writeOptions(input.headers)
  if ('status' in options) return options
  // Ignored it would overwrite what the criteria find.
  if (options.ifNoneMatch !== undefined) return besideCriteria('If-None-Match')
  const conditions = { ...options, ...endOf(input) }
  const result = await input.acting.updateWhere(type, ask.criteria, input.body ?? empty, conditions)
  return answerWritten(edge, input, result, ask.shape)
}

/** `PATCH [base]/[type]?criteria`. */
export async function patchWhere(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const { type } = placeOf(input)
  const ask = placeFault(type) ?? criteriaAsked(input)
  if ('status' in ask) return ask
  const options = patchOptions(input.headers)
  if ('status' in options) return options
  const form = patchForm(input.headers)
  const conditions = { ...options, ...endOf(input) }
  const result = await input.acting.patchWhere(type, ask.criteria, form, input.body ?? empty, conditions)
  return answerWritten(edge, input, result, ask.shape)
}

/** A patch changes what is there: conditions that ask for nothing to be there contradict it. */
function patchOptions(headers: Input['headers']): ReturnType<typeof writeOptions> {
  const options = writeOptions(headers)
  if ('status' in options) return options
  const { ifNoneMatch, ifNoneExist } = options
  if (ifNoneMatch === undefined && ifNoneExist === undefined) return options
  return refuse('invalid-header', {
    header: ifNoneMatch === undefined ? 'If-None-Exist' : 'If-None-Match',
    expected: { en: 'none of a patch', es: 'ninguna en un parche' },
  })
}

/** The body reader lets no other media pass. */
function patchForm(headers: Input['headers']): PatchForm {
  const media = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  return media === jsonPatchMedia ? 'json' : 'fhirpath'
}

/** `DELETE [base]/[type]?criteria`. */
export async function removeWhere(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const { type } = placeOf(input)
  const ask = placeFault(type) ?? criteriaAsked(input)
  if ('status' in ask) return ask
  // Whichever the criteria find has a version that the caller cannot have meant; ignoring it would delete it.
  if (input.headers['if-match'] !== undefined) return besideCriteria('If-Match')
  const result = await input.acting.deleteWhere(type, ask.criteria, endOf(input))
  return answerWritten(edge, input, result, ask.shape)
}

/** Whoever has gone needs no search any more. */
function endOf({ signal }: Input): { signal?: AbortSignal } {
  return signal ? { signal: signal() } : {}
}

/** `POST [base]`: a batch or a transaction. */
export async function bundle(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const ask = asked(input, writeParameters)
  if ('status' in ask) return ask
  const { headers } = input
  const prefer = preferenceOf(headers)
  const { signal } = endOf(input)
  let isAnyNothing = false
  const result = await input.acting.bundle(input.body ?? empty, {
    base: edge.base,
    language: languageOf(headers['accept-language']),
    get: entryReader(edge, input, { signal, onNothing: () => (isAnyNothing = true) }),
    failed: (fault) => faultOf(edge, fault),
    ...(prefer === undefined ? {} : { prefer }),
    ...(signal === undefined ? {} : { signal }),
  })
  if (result.status !== 'ok') return result
  // Of entries that change something, too.
  const isNothing = isAnyNothing || result.json.includes('"status":"404')
  return { ...answered(layOut(result.json, ask.shape)), isNothing }
}

/** The criteria of a conditional write: all of the query but what is about the answer. The store judges them. */
function criteriaAsked({ query, headers }: Input): { criteria: string; shape: Shape } | Refusal {
  const pairs = pairsOf(query)
  if ('status' in pairs) return pairs
  const general: Pairs = pairs.filter(([name]) => writeParameters.has(name))
  const shape = shapeOf(new Map(general.map(([name, value]) => [name, [value]])), headers.accept)
  if ('status' in shape) return shape
  const criteria = queryOf(pairs.filter(([name]) => !writeParameters.has(name)))
  return criteria === '' ? refuse('criteria-missing') : { criteria, shape }
}

export function answerWritten(
  edge: Edge,
  { headers }: Input,
  result: Written | Refusal,
  shape: Shape,
): Answer | Refusal {
  if (result.status !== 'ok') return result
  const { outcome, version } = result
  const preference = preferenceOf(headers) ?? 'representation'
  const about = version === undefined ? {} : { version }
  if (version === undefined || version.deleted) {
    if (preference !== 'OperationOutcome') return { status: 'answer', httpStatus: 204, ...about }
    return { status: 'answer', httpStatus: 200, text: layOut(success(headers, outcome), shape), ...about }
  }
  // FHIR R4 http.html#create, #update: Location, ETag and Last-Modified.
  const location = `${edge.base}/${version.type}/${version.id}/_history/${version.version}`
  const answer: Answer = {
    status: 'answer',
    httpStatus: outcome === 'created' ? 201 : 200,
    version,
    location,
  }
  if (preference === 'representation') answer.text = layOut(version.json, shape)
  else if (preference === 'OperationOutcome') answer.text = layOut(success(headers, outcome), shape)
  return answer
}

/** The OperationOutcome of a success, for who prefers one. */
function success(headers: Input['headers'], outcome: Written['outcome']): string {
  const text = successTexts[outcome][languageOf(headers['accept-language'])]
  const issue = [{ severity: 'information', code: 'informational', details: { text } }]
  return JSON.stringify({ resourceType: 'OperationOutcome', issue })
}

const successTexts = {
  created: { en: 'The resource was created.', es: 'Se creó el recurso.' },
  updated: { en: 'The resource was updated.', es: 'Se actualizó el recurso.' },
  deleted: { en: 'The resource was deleted.', es: 'Se borró el recurso.' },
  unchanged: { en: 'Nothing had to be changed.', es: 'No hizo falta cambiar nada.' },
}
