/**
 * `Patient/$match` (FHIR R4 patient-operation-match.html); `$duplicates`, the work list of whoever keeps the records apart and together; and
 * `$not-duplicate`, by which two are proposed no more. docs/spec/merging.md, "Duplicates".
 */
import { isRefusal, languageOf, type Language, type Refusal } from '#kernel/outcome.ts'
import { reasonTexts, type Scored, type Version } from '#records/index.ts'
import type { Edge } from '../edge.ts'
import { answered, asked } from './context.ts'
import type { Answer, Input } from './context.ts'
import { badValue, countOf } from './parameters.ts'
import { isRecord, parametersOf, referenceOf } from './operations.ts'
import { layOut, shapeParameters } from './shape.ts'

const matchNames = new Set(['resource', 'onlyCertainMatches', 'count'])
const matchesOnPage = { default: 20, max: 100 }

/** `POST [base]/Patient/$match`. */
export async function match(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const ask = asked(input, new Set(shapeParameters))
  if ('status' in ask) return ask
  const given = parametersOf(input.body, matchNames)
  if ('status' in given) return given
  const resource = given.parameters.find(({ name }) => name === 'resource')?.['resource']
  if (!isRecord(resource) || resource['resourceType'] !== 'Patient')
    return badValue('resource', 'a Patient', 'un Patient')
  const valueOf = (name: string, member: string) =>
    given.parameters.find((each) => each.name === name)?.[member]
  const wanted = valueOf('count', 'valueInteger')
  const count = countOf(
    typeof wanted === 'number' ? String(wanted) : undefined,
    matchesOnPage.default,
    matchesOnPage.max,
  )
  if (typeof count !== 'number') return count
  const found = await input.acting.matching.match(resource as never, count)
  if (isRefusal(found)) return found
  const isCertainOnly = valueOf('onlyCertainMatches', 'valueBoolean') === true
  const language = languageOf(input.headers['accept-language'])
  const entries = found.matches
    .filter(({ grade }) => !isCertainOnly || grade === 'certain')
    .map(({ version, ...scored }) => {
      const { id, json } = version
      return `{"fullUrl":"${edge.base}/Patient/${id}","resource":${json},"search":${searchOf(scored, language)}}`
    })
  const list = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`
  return answered(
    layOut(`{"resourceType":"Bundle","type":"searchset","total":${entries.length}${list}}`, ask.shape),
  )
}

function searchOf({ score, grade, reasons }: Scored, language: Language): string {
  return JSON.stringify({
    extension: [
      { url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: grade },
      ...reasons.map((reason) => ({
        url: 'urn:x-sigilo:match-reason',
        valueCoding: {
          system: 'urn:x-sigilo:match-reason',
          code: reason,
          display: reasonTexts[reason][language],
        },
      })),
    ],
    mode: 'match',
    score,
  })
}

/** `GET [base]/Patient/$duplicates`: each pair with both Patients, so that whoever decides sees what they go by. */
export async function duplicates(_: Edge, input: Input): Promise<Answer | Refusal> {
  const ask = asked(input, new Set([...shapeParameters, '_page']))
  if ('status' in ask) return ask
  const found = await input.acting.matching.duplicates(ask.values.get('_page')?.[0])
  if (isRefusal(found)) return found
  const language = languageOf(input.headers['accept-language'])
  const pairs = found.proposals.map(({ one, other, ...scored }) => pairText(one, other, scored, language))
  const looked = JSON.stringify({ name: 'looked', valueInteger: found.looked })
  const next = found.next === undefined ? [] : [JSON.stringify({ name: 'next', valueString: found.next })]
  return answered(
    layOut(`{"resourceType":"Parameters","parameter":[${[...pairs, looked, ...next].join(',')}]}`, ask.shape),
  )
}

function pairText(
  one: Version,
  other: Version,
  { score, grade, reasons }: Scored,
  language: Language,
): string {
  const said = [
    { name: 'score', valueDecimal: score },
    { name: 'grade', valueCode: grade },
    ...reasons.map((reason) => ({
      name: 'reason',
      valueCoding: {
        system: 'urn:x-sigilo:match-reason',
        code: reason,
        display: reasonTexts[reason][language],
      },
    })),
  ]
  const parts = [
    ...[one, other].map(({ json }) => `{"name":"patient","resource":${json}}`),
    ...said.map((each) => JSON.stringify(each)),
  ]
  return `{"name":"pair","part":[${parts.join(',')}]}`
}

/** `POST [base]/Patient/$not-duplicate`: `patient`, twice. */
export async function notDuplicate(_: Edge, input: Input): Promise<Answer | Refusal> {
  const ask = asked(input, new Set(shapeParameters))
  if ('status' in ask) return ask
  const given = parametersOf(input.body, new Set(['patient']))
  if ('status' in given) return given
  const [source, target, third] = given.parameters.map(({ valueReference }) =>
    referenceOf(valueReference, 'Patient'),
  )
  if (source === undefined || target === undefined || third !== undefined || given.parameters.length !== 2)
    return badValue('patient', 'two references to Patients', 'dos referencias a pacientes')
  const done = await input.acting.matching.setApart({ source, target })
  return isRefusal(done) ? done : { status: 'answer', httpStatus: 204 }
}
