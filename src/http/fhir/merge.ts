/**
 * `Patient/$merge` of FHIR R5 (https://hl7.org/fhir/R5/patient-operation-merge.html) over R4, and `$unmerge`, which is its way back. Both
 * wait for another person. Departures: docs/spec/merging.md.
 */
import { isRefusal, languageOf, refuse, type Refusal } from '#kernel/outcome.ts'
import type { Foreseen, Joining, Pair } from '#records/index.ts'
import type { Edge } from '../edge.ts'
import { asked } from './context.ts'
import type { Answer, Handler, Input } from './context.ts'
import { badValue } from './parameters.ts'
import { parametersOf, referenceOf, type Parameter } from './operations.ts'
import { layOut, shapeParameters } from './shape.ts'

const names = new Set([
  'source-patient',
  'target-patient',
  'source-patient-identifier',
  'target-patient-identifier',
  'preview',
  'reason',
])
const reasonMax = 1_000

/** `POST [base]/Patient/$merge`, `…/$unmerge`. */
export function mergeOf(joining: Joining): Handler {
  return async (edge, input) => {
    const ask = asked(input, new Set(shapeParameters))
    if ('status' in ask) return ask
    const given = parametersOf(input.body, names)
    if ('status' in given) return given
    const pair = await pairOf(input, given.parameters)
    if ('status' in pair) return pair
    const isPreview = given.parameters.some(
      ({ name, valueBoolean }) => name === 'preview' && valueBoolean === true,
    )
    const reason = given.parameters.find(({ name }) => name === 'reason')?.valueString
    if (reason !== undefined && (typeof reason !== 'string' || reason === '' || reason.length > reasonMax))
      return badValue('reason', `1 to ${reasonMax} characters`, `de 1 a ${reasonMax} caracteres`)
    const looked = await input.acting.merging.look(joining, pair)
    if (isRefusal(looked)) return looked
    const language = languageOf(input.headers['accept-language'])
    const answer = (httpStatus: number, text: { es: string; en: string }, more: string[] = []): Answer => ({
      status: 'answer',
      httpStatus,
      text: layOut(parametersText(input.body, looked, text[language], more), ask.shape),
    })
    if (isPreview) return answer(200, previewed[joining])
    const approval = await approvalFor(edge, input, {
      kind: joining,
      ...references(pair),
      ...(reason ? { reason } : {}),
    })
    if (isRefusal(approval)) return approval
    const { id, at } = approval
    return answer(202, waiting, [
      `{"name":"task","resource":${JSON.stringify(taskOf(joining, id, at, pair))}}`,
    ])
  }
}

const references = ({ source, target }: Pair) => ({
  source: `Patient/${source}`,
  target: `Patient/${target}`,
})

async function approvalFor(
  edge: Edge,
  { asking }: Input,
  act: { kind: Joining; source: string; target: string; reason?: string },
): Promise<{ status: 'asked'; id: string; at: number } | Refusal> {
  // Programs have no account that could ask for anything.
  if (!asking?.principal.person) return refuse('forbidden')
  const done = await edge.people.approvals.ask(asking, act)
  return isRefusal(done) ? done : { status: 'asked', id: done.approval.id, at: done.approval.askedBy.at }
}

const previewed = {
  merge: {
    es: 'Vista previa: nada cambió. «result» es el paciente de destino como quedaría.',
    en: 'Preview: nothing has changed. `result` is the target as it would be.',
  },
  unmerge: {
    es: 'Vista previa: nada cambió. «result» es el paciente de destino como quedaría, sin el otro.',
    en: 'Preview: nothing has changed. `result` is the target as it would be, without the other.',
  },
}
const waiting = {
  es: 'Espera a que otra persona lo apruebe; hasta entonces nada cambia.',
  en: 'It waits for another person to approve it; nothing changes before.',
}

/** What was asked with, what came of it, and the target as it would be. */
function parametersText(
  body: Buffer | undefined,
  { result }: Foreseen,
  diagnostics: string,
  more: readonly string[],
): string {
  const outcome = {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'information', code: 'informational', diagnostics }],
  }
  const parameters = [
    `{"name":"input","resource":${JSON.stringify(JSON.parse(body?.toString('utf8') ?? '{}'))}}`,
    `{"name":"outcome","resource":${JSON.stringify(outcome)}}`,
    `{"name":"result","resource":${result}}`,
    ...more,
  ]
  return `{"resourceType":"Parameters","parameter":[${parameters.join(',')}]}`
}

/** Known by the approval's id; it is no resource of this server. */
function taskOf(joining: Joining, id: string, at: number, pair: Pair): object {
  const { source, target } = references(pair)
  return {
    resourceType: 'Task',
    id,
    status: 'requested',
    intent: 'order',
    code: { text: joining },
    focus: { reference: source },
    for: { reference: target },
    authoredOn: new Date(at * 1000).toISOString(),
  }
}

async function pairOf(input: Input, parameters: readonly Parameter[]): Promise<Pair | Refusal> {
  const source = await patientOf('source-patient', input, parameters)
  if (typeof source !== 'string') return source
  const target = await patientOf('target-patient', input, parameters)
  return typeof target === 'string' ? { source, target } : target
}

/** By reference, by identifiers, or by both, which then have to mean one. */
async function patientOf(
  name: 'source-patient' | 'target-patient',
  input: Input,
  parameters: readonly Parameter[],
): Promise<string | Refusal> {
  const references = parameters.filter((each) => each.name === name)
  const identifiers = parameters.filter((each) => each.name === `${name}-identifier`)
  if (
    references.length > 1 ||
    references.length + identifiers.length === 0 ||
    identifiers.length > identifiersMax
  )
    return badValue(name, 'one reference, or identifiers', 'una referencia, o identificadores')
  const found = new Set<string>()
  for (const { valueReference } of references) {
    const id = referenceOf(valueReference, 'Patient')
    if (id === undefined) return badValue(name, 'Patient/ID', 'Patient/ID')
    found.add(id)
  }
  for (const { valueIdentifier } of identifiers) {
    const { system, value } = (valueIdentifier ?? {}) as { system?: unknown; value?: unknown }
    if (typeof value !== 'string') return badValue(`${name}-identifier`, 'a value', 'un valor')
    const one = await byIdentifier(input, typeof system === 'string' ? system : undefined, value)
    if (typeof one !== 'string') return one
    found.add(one)
  }
  const [id, other] = found
  if (id === undefined || other !== undefined) return refuse('multiple-matches')
  return id
}

const identifiersMax = 20

async function byIdentifier(
  { acting }: Input,
  system: string | undefined,
  value: string,
): Promise<string | Refusal> {
  const escaped = [system, value].map((each) => each?.replaceAll(/[\\,|$]/g, (sign) => `\\${sign}`))
  const token = system === undefined ? escaped[1]! : escaped.join('|')
  const found = await acting.search({
    type: 'Patient',
    pairs: [
      ['identifier', token],
      ['_count', '2'],
    ],
    view: 'full',
    actor: acting.actor,
  })
  if (isRefusal(found)) return found
  const [first, second] = found.entries
  if (second) return refuse('multiple-matches')
  return first ? first.version.id : refuse('not-found')
}
