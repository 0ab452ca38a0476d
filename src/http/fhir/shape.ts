import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import { subset } from '#records/fhir/index.ts'
import { badValue } from './parameters.ts'
import { pretty } from './pretty.ts'

/** How a caller wants resources shown. FHIR R4 http.html#parameters, search.html#summary. */
export interface Shape {
  pretty: boolean
  summary?: 'true' | 'text' | 'data' | 'count'
  elements?: string[]
}

export const plain: Shape = { pretty: false }

/** Parameters that any interaction with an answer takes. */
export const generalParameters = ['_format', '_pretty'] as const
export const shapeParameters = [...generalParameters, '_summary', '_elements'] as const

/** The shape that is asked for; `_format` goes before the Accept header. */
export function shapeOf(values: ReadonlyMap<string, string[]>, accept: string | undefined): Shape | Refusal {
  const format = values.get('_format')?.[0]
  if (format === undefined ? !acceptsJson(accept) : !isJsonFormat(format)) return refuse('not-acceptable')
  const shape: Shape = { pretty: false }
  const prettyValue = values.get('_pretty')?.[0]
  if (prettyValue === 'true') shape.pretty = true
  else if (prettyValue !== undefined && prettyValue !== 'false')
    return badValue('_pretty', 'true or false', 'true o false')
  const summary = values.get('_summary')?.[0]
  if (summary === 'true' || summary === 'text' || summary === 'data' || summary === 'count')
    shape.summary = summary
  else if (summary !== undefined && summary !== 'false') {
    return badValue('_summary', 'true, text, data, count or false', 'true, text, data, count o false')
  }
  const elements = values.get('_elements')?.[0]
  if (elements !== undefined) {
    shape.elements = elements.split(',').map((each) => each.trim())
    if (!shape.elements.every((each) => /^[A-Za-z]\w*$/.test(each))) {
      return badValue('_elements', 'names of top-level elements', 'nombres de elementos del primer nivel')
    }
    if (shape.summary !== undefined)
      return badValue('_elements', 'no _summary beside it', 'que no haya _summary')
  }
  return shape
}

/** The part of a resource that was asked for, as text that keeps every literal. */
export function cut(json: string, type: string, shape: Shape): string {
  if (shape.elements !== undefined) return subset(json, type, { elements: shape.elements })
  if (shape.summary === undefined || shape.summary === 'count') return json
  return subset(json, type, { summary: shape.summary })
}

export function layOut(json: string, shape: Shape): string {
  return shape.pretty ? pretty(json) : json
}

/** Whether an Accept header takes FHIR JSON. RFC 9110 §12.5.1; a named FHIR version must be R4's. */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept === '*/*' || accept === 'application/fhir+json') return true
  return accept.split(',').some((range) => {
    const [media = '', ...parameters] = range.toLowerCase().split(';')
    if (!acceptable.has(media.trim())) return false
    return parameters.every((parameter) => {
      const [name = '', value = ''] = parameter.trim().split('=')
      if (name === 'q') return Number(value) > 0
      if (name === 'fhirversion') return value === '4.0' || value === '4.0.1'
      return true
    })
  })
}

const acceptable = new Set(['application/fhir+json', 'application/json', 'text/json', 'application/*', '*/*'])

/** `_format`: the short name or a media type, whose plus sign may have become a space. */
function isJsonFormat(format: string): boolean {
  return (
    format === 'json' ||
    (format.includes('/') && !format.includes('*') && acceptsJson(format.replace('fhir json', 'fhir+json')))
  )
}
