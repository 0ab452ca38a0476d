/** `[type]/[id]/$move`: what was written to the wrong patient. docs/spec/merging.md, "Moved". */
import { isRefusal, type Refusal } from '#kernel/outcome.ts'
import type { Version } from '#records/index.ts'
import type { Edge } from '../edge.ts'
import { answered, asked, placeFault, placeOf } from './context.ts'
import type { Answer, Input } from './context.ts'
import { parametersOf, referenceOf } from './operations.ts'
import { badValue } from './parameters.ts'
import { layOut, shapeParameters } from './shape.ts'

const names = new Set(['patient', 'reason', 'without'])
const reasonMax = 1_000
const withoutMax = 20

/** `POST [base]/[type]/[id]/$move`. */
export async function move(_: Edge, input: Input): Promise<Answer | Refusal> {
  const { type, id } = placeOf(input)
  const ask = placeFault(type, id) ?? asked(input, new Set(shapeParameters))
  if ('status' in ask) return ask
  const given = parametersOf(input.body, names)
  if ('status' in given) return given
  const of = (name: string) => given.parameters.filter((each) => each.name === name)
  const [patient, second] = of('patient').map(({ valueReference }) => referenceOf(valueReference, 'Patient'))
  if (patient === undefined || second !== undefined)
    return badValue('patient', 'one reference, Patient/ID', 'una referencia, Patient/ID')
  const [reason] = of('reason').map(({ valueString }) => valueString)
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > reasonMax)
    return badValue('reason', `1 to ${reasonMax} characters`, `de 1 a ${reasonMax} caracteres`)
  const without = of('without').map(({ valueString }) => valueString)
  const isName = (each: unknown): each is string => typeof each === 'string' && /^[A-Za-z]{1,64}$/.test(each)
  if (!without.every(isName) || without.length > withoutMax)
    return badValue('without', 'names of members', 'nombres de miembros')
  const done = await input.acting.moving.move({ type, id, patient, reason, without })
  if (isRefusal(done)) return done
  const reference = ({ type, id, version }: Version) =>
    JSON.stringify({ reference: `${type}/${id}/_history/${version}` })
  const parameters = [
    `{"name":"left","valueReference":${reference(done.left)}}`,
    `{"name":"moved","valueReference":${reference(done.moved)}}`,
  ]
  return answered(layOut(`{"resourceType":"Parameters","parameter":[${parameters.join(',')}]}`, ask.shape))
}
