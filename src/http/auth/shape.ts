/** Whether what is sent is of the shape that a route takes, told by TypeBox. */
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { TSchema } from 'typebox'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { schemas, type RouteName, type Shape } from './schemas.ts'

type Part = 'body' | 'params' | 'headers'
type Check = (value: unknown) => { error?: { instancePath: string }[] }

const checks = new Map<string, Check>()

function checkOf(name: string, httpPart: Part, schema: TSchema): Check {
  const key = `${name} ${httpPart}`
  const known = checks.get(key)
  if (known) return known
  const made = TypeBoxValidatorCompiler({ schema, httpPart, method: '', url: '' }) as Check
  checks.set(key, made)
  return made
}

/** Of a body alone; `name` is of the schema. */
export function faultOfBody(name: string, schema: object | undefined, body: unknown): Refusal | undefined {
  if (!schema) return isNothing(body) ? undefined : refuse('invalid-member', { member: '/' })
  const { error } = checkOf(name, 'body', schema)(body)
  return error && refuse('invalid-member', { member: placeOf(error) })
}

/** Where a body has no schema, none is taken but an empty object. */
export function faultOfShape(name: RouteName, given: Record<Part, unknown>): Refusal | undefined {
  const shape: Shape = schemas[name]
  if (!shape.body && !isNothing(given.body)) return refuse('invalid-member', { member: '/' })
  for (const part of ['body', 'params', 'headers'] as const) {
    const schema = shape[part]
    const error = schema && checkOf(name, part, schema)(given[part]).error
    if (!error) continue
    if (part === 'headers') return refuse('link-invalid')
    return refuse('invalid-member', { member: placeOf(error) })
  }
  return undefined
}

const isNothing = (body: unknown): boolean =>
  body === undefined ||
  (typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0)

/** The deepest place that a fault names, by letters that names of members have; values are never told. */
function placeOf(errors: readonly { instancePath: string }[]): string {
  const places = errors.map(({ instancePath }) => instancePath).toSorted((a, b) => b.length - a.length)
  return (places[0] ?? '').replaceAll(/[^\w/-]/g, '?').slice(0, 100) || '/'
}
