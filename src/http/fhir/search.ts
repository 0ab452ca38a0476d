import { languageOf, refuse } from '#kernel/outcome.ts'
import type { Language, Refusal } from '#kernel/outcome.ts'
import type { SearchOptions, SearchPage } from '#records/index.ts'
import type { Edge } from '../edge.ts'
import { searchsetBundle } from './bundles.ts'
import { answered, placeFault, placeOf } from './context.ts'
import type { Answer, Input } from './context.ts'
import { badValue, pairsOf } from './parameters.ts'
import type { Pairs } from './parameters.ts'
import { layOut, shapeOf } from './shape.ts'

type Place = Pick<SearchOptions, 'type' | 'compartment'>

/** `GET [base]/[type]?…`, and `POST [base]/[type]/_search` with parameters in the address, in a form, or in both. */
export function searchType(edge: Edge, input: Input): Promise<Answer | Refusal> | Refusal {
  const { type } = placeOf(input)
  return placeFault(type) ?? answerSearch(edge, input, { type }, type)
}

/** `GET [base]?…`, `POST [base]/_search`: every type, or those of `_type`. */
export function searchSystem(edge: Edge, input: Input): Promise<Answer | Refusal> {
  return answerSearch(edge, input, {}, '')
}

/** `GET [base]/Patient/[id]/[type]?…`, `POST …/_search`; the type may be `*`, or left out of a POST. */
export function searchCompartment(edge: Edge, input: Input): Promise<Answer | Refusal> | Refusal {
  const { type = '*', id = '' } = input.params
  const fault = placeFault(type === '*' ? 'Patient' : type, id)
  const compartment = { type: 'Patient', id } as const
  const place = type === '*' ? { compartment } : { compartment, type }
  return fault ?? answerSearch(edge, input, place, `Patient/${id}/${type}`)
}

async function answerSearch(edge: Edge, input: Input, place: Place, path: string): Promise<Answer | Refusal> {
  const { headers } = input
  const inAddress = pairsOf(input.query)
  if ('status' in inAddress) return inAddress
  const inForm = pairsOf(input.body?.toString('latin1') ?? '')
  if ('status' in inForm) return inForm
  const all = [...inAddress, ...inForm]
  const shape = shapeOf(firstOf(all), headers.accept)
  if ('status' in shape) return shape
  const pages = all.filter(([name]) => name === '_page')
  if (pages.length > 1) return badValue('_page', 'one value', 'un solo valor')
  const page = pages[0]?.[1]
  if (page === '') return refuse('page-expired')
  const pairs = all.filter(([name]) => name !== '_page')
  const signal = input.signal?.()
  const found = await input.acting.search({
    ...place,
    pairs,
    lenient: isLenient(headers['prefer']),
    view: 'full',
    actor: input.acting.actor,
    ...(page === undefined ? {} : { page }),
    ...(signal === undefined ? {} : { signal }),
  })
  if (found.status !== 'ok') return found
  const outcome = outcomeOf(found, languageOf(headers['accept-language']))
  const { understood } = found
  const at = {
    base: edge.base,
    path,
    pairs: page === undefined ? understood : [...understood, ['_page', page] as const],
  }
  const isNothing = found.entries.length === 0 && (found.total ?? 0) === 0
  return { ...answered(layOut(searchsetBundle(found, at, shape, outcome), shape)), isNothing }
}

function firstOf(pairs: Pairs): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (const [name, value] of pairs) if (!values.has(name)) values.set(name, [value])
  return values
}

/** `Prefer: handling=lenient`, RFC 7240 §4.4, FHIR R4 search.html#errors. Strict where nothing is said. */
export function isLenient(prefer: string | string[] | undefined): boolean {
  return prefer !== undefined && /(?:^|[,;\s])handling\s*=\s*"?lenient\b/i.test(String(prefer))
}

/** What was left out, and what was not looked for everywhere, for the Bundle. FHIR R4 search.html#errors. */
function outcomeOf({ ignored, partly = [] }: SearchPage, language: Language): string | undefined {
  if (ignored.length + partly.length === 0) return undefined
  const issueOf = (severity: string, code: string, texts: Record<Language, string>) => (name: string) => ({
    severity,
    code,
    details: { text: texts[language].replace('{name}', name) },
  })
  const issue = [
    ...ignored.map(issueOf('warning', 'not-supported', ignoredTexts)),
    ...partly.map(issueOf('information', 'incomplete', partlyTexts)),
  ]
  return JSON.stringify({ resourceType: 'OperationOutcome', issue })
}

const ignoredTexts: Record<Language, string> = {
  en: 'The parameter {name} is not supported here and was left out of the search.',
  es: 'El parámetro {name} no se admite aquí y se dejó fuera de la búsqueda.',
}

const partlyTexts: Record<Language, string> = {
  en: '_revinclude={name} looked in the records of the same patients and of the facility. What other patients have that refers to them is found by a search of its own.',
  es: '_revinclude={name} buscó en los expedientes de los mismos pacientes y del establecimiento. Lo que otros pacientes tengan que remita a ellos se encuentra con una búsqueda propia.',
}
