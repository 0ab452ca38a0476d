import { refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { Found } from '#records/index.ts'
import type { Edge } from '../edge.ts'
import { capabilityStatement } from './capability.ts'
import { isUnmodified } from './conditions.ts'
import { answered, asked, placeFault, placeOf } from './context.ts'
import type { Answer, Input } from './context.ts'
import { badValue } from './parameters.ts'
import { cut, generalParameters, layOut, shapeParameters } from './shape.ts'
import type { Shape } from './shape.ts'

const readParameters = new Set<string>(shapeParameters)
const metadataParameters = new Set<string>([...generalParameters, 'mode'])

/** `GET [base]/[type]/[id]`. */
export async function read(_: Edge, input: Input): Promise<Answer | Refusal> {
  const { type, id } = placeOf(input)
  const fault = placeFault(type, id)
  if (fault !== undefined) return fault
  const ask = readAsked(input)
  if ('status' in ask) return ask
  return answerFound(input, await input.acting.read(type, id), ask.shape)
}

/** `GET [base]/[type]/[id]/_history/[vid]`. */
export async function vread(_: Edge, input: Input): Promise<Answer | Refusal> {
  const { type, id } = placeOf(input)
  const version = input.params.version ?? ''
  const fault = placeFault(type, id)
  if (fault !== undefined) return fault
  const ask = readAsked(input)
  if ('status' in ask) return ask
  // Versions are numbers from 1; any other name was never one.
  if (!/^[1-9]\d{0,8}$/.test(version)) return refuse('not-found')
  return answerFound(input, await input.acting.vread(type, id, Number(version)), ask.shape)
}

function readAsked(input: Input): ReturnType<typeof asked> {
  const ask = asked(input, readParameters)
  if (!('status' in ask) && ask.shape.summary === 'count') {
    return badValue('_summary', 'true, text, data or false', 'true, text, data o false')
  }
  return ask
}

function answerFound(input: Input, found: Found | Refusal, shape: Shape): Answer | Refusal {
  if (found.status !== 'ok') return found
  const { version } = found
  if (version.deleted) return refuse('gone')
  if (isUnmodified(input.headers, version)) return { status: 'answer', httpStatus: 304, version }
  return {
    status: 'answer',
    httpStatus: 200,
    text: layOut(cut(version.json, version.type, shape), shape),
    version,
  }
}

/** `GET [base]/metadata`. */
export function metadata(edge: Edge, input: Input): Answer | Refusal {
  const ask = asked(input, metadataParameters)
  if ('status' in ask) return ask
  const mode = ask.values.get('mode')?.[0]
  if (mode !== undefined && mode !== 'full') return badValue('mode', 'full', 'full')
  return answered(layOut(capabilityStatement(edge.base, edge.version), ask.shape))
}
