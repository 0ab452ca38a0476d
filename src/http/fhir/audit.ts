/** FHIR R4's AuditEvent, made of the ledger's entries as they are asked for. */
import { isRefusal, refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import { typeCode } from '#records/fhir/index.ts'
import { auditEventOf, codings } from '#records/index.ts'
import type { LedgerQuestion } from '#records/index.ts'
import type { Edge } from '../edge.ts'
import { idPattern, pageCount } from '../limits.ts'
import { bundle } from './bundles.ts'
import { answered, asked, placeFault } from './context.ts'
import type { Answer, Input } from './context.ts'
import { badValue, countOf, pairsOf } from './parameters.ts'
import type { Pairs } from './parameters.ts'
import { cut, generalParameters, layOut, shapeOf, shapeParameters } from './shape.ts'
import type { Shape } from './shape.ts'

const shapes = new Set<string>(shapeParameters)

/** `GET [base]/AuditEvent/[id]`; there is one version of each. */
export async function readAuditEvent(_: Edge, input: Input): Promise<Answer | Refusal> {
  const { id = '', version = '1' } = input.params
  const ask = placeFault('AuditEvent', id) ?? asked(input, shapes)
  if ('status' in ask) return ask
  if (version !== '1') return refuse('not-found')
  const found = await input.acting.ledger.entry(id)
  if (isRefusal(found)) return found
  const text = JSON.stringify(auditEventOf(found.entry, input.acting.ledger.vault() ?? ''))
  return {
    ...answered(layOut(cut(text, 'AuditEvent', ask.shape), ask.shape)),
    headers: ['ETag', 'W/"1"', 'Last-Modified', found.entry.recorded.toUTCString()],
  }
}

/** `GET [base]/AuditEvent?…`, and `POST [base]/AuditEvent/_search`. */
export function searchAuditEvents(edge: Edge, input: Input): Promise<Answer | Refusal> {
  return search(edge, input, 'AuditEvent')
}

/** `GET [base]/Patient/[id]/AuditEvent?…`: those in the patient's compartment. */
export async function searchAuditEventsOf(edge: Edge, input: Input): Promise<Answer | Refusal> {
  const { id = '' } = input.params
  return placeFault('Patient', id) ?? search(edge, input, `Patient/${id}/AuditEvent`, id)
}

async function search(edge: Edge, input: Input, path: string, patient?: string): Promise<Answer | Refusal> {
  const inAddress = pairsOf(input.query)
  if ('status' in inAddress) return inAddress
  const inForm = pairsOf(input.body?.toString('latin1') ?? '')
  if ('status' in inForm) return inForm
  const pairs = [...inAddress, ...inForm]
  const shape = shapeOf(new Map(pairs.map(([name, value]) => [name, [value]])), input.headers.accept)
  if ('status' in shape) return shape
  if (shape.summary === 'count')
    return badValue('_summary', 'true, text, data or false', 'true, text, data o false')
  const question = questionOf(input, pairs, path, patient)
  if ('status' in question) return question
  const page = await input.acting.ledger.query(question)
  if (isRefusal(page)) return page
  const place = { base: edge.base, path, pairs }
  const vault = input.acting.ledger.vault() ?? ''
  const write = (entry: (typeof page.entries)[number]) =>
    writeEntry(edge, entry.id, JSON.stringify(auditEventOf(entry, vault)), shape)
  return answered(layOut(bundle('searchset', page, place, write), shape))
}

function writeEntry({ base }: Edge, id: string, text: string, shape: Shape): string {
  return `{"fullUrl":"${base}/AuditEvent/${id}","resource":${cut(text, 'AuditEvent', shape)},"search":{"mode":"match"}}`
}

type Question = { -readonly [Name in keyof LedgerQuestion]: LedgerQuestion[Name] }

function questionOf(
  { acting }: Input,
  pairs: Pairs,
  path: string,
  patient: string | undefined,
): LedgerQuestion | Refusal {
  const said = pairs.map(([name, value]) => (name === '_page' ? '_page=…' : `${name}=${value}`)).join('&')
  const question: Question = {
    newestFirst: true,
    count: pageCount.default,
    said: said === '' ? path : `${path}?${said}`,
    ...(patient === undefined ? {} : { patient }),
  }
  const seen = new Set<string>()
  for (const [name, value] of pairs) {
    if (general.has(name)) continue
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
    if (!reader) return refuse('unsupported-parameter', { parameter: printable(name) })
    if (seen.has(name) && name !== 'date' && name !== '_lastUpdated')
      return badValue(name, 'one value', 'un solo valor')
    seen.add(name)
    const fault = reader(question, value, name, acting.ledger)
    if (fault) return fault
  }
  return question
}

const general = new Set<string>([...generalParameters, '_summary', '_elements'])

function printable(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '?').slice(0, 64)
}

type Reader = (
  question: Question,
  value: string,
  name: string,
  ledger: Input['acting']['ledger'],
) => Refusal | undefined

/** R4 auditevent.html#search, as far as the ledger finds entries by it exactly. */
const readers: Record<string, Reader> = {
  patient(question, value, name) {
    const id = /^(?:Patient\/)?(.*)$/.exec(value)?.[1] ?? ''
    if (!idPattern.test(id)) return badValue(name, 'Patient/ID', 'Patient/ID')
    // In the compartment of another, both would have to hold.
    if (question.patient !== undefined && question.patient !== id) question.actions = []
    question.patient = id
    return undefined
  },
  agent: setActor,
  altid: setActor,
  'agent:identifier': (question, value, name) => {
    const bar = value.lastIndexOf('|')
    if (bar >= 0 && value.slice(0, bar) === codings.devices)
      return setDevice(question, value.slice(bar + 1), name)
    if (bar >= 0 && value.slice(0, bar) !== codings.people)
      return badValue(name, `${codings.people}|…`, `${codings.people}|…`)
    return setActor(question, value.slice(bar + 1), name)
  },
  'agent-name:exact': (question, value) => void (question.client = value),
  'address:exact': (question, value) => void (question.address = value),
  entity(question, value, name) {
    const [type = '', id = '', ...more] = value.replace(/\/_history\/\d+$/, '').split('/')
    if (typeCode(type) === undefined || !idPattern.test(id) || more.length > 0)
      return badValue(name, 'Type/ID', 'Tipo/ID')
    question.entity = { type, id }
    return undefined
  },
  action: (question, value) => narrow(question, 'action', value),
  type: (question, value) => narrow(question, 'type', value),
  subtype: (question, value) => narrow(question, 'subtype', value),
  outcome(question, value) {
    const wanted = value.split(',').map(tokenOf)
    question.outcomes = [...codings.outcome]
      .filter(([, code]) => wanted.some((each) => isToken(each, { system: codings.outcomeSystem, code })))
      .map(([outcome]) => outcome)
    return undefined
  },
  date: setDate,
  _lastUpdated: setDate,
  _sort(question, value, name) {
    if (value !== 'date' && value !== '-date') return badValue(name, 'date or -date', 'date o -date')
    question.newestFirst = value === '-date'
    return undefined
  },
  _count(question, value) {
    const count = countOf(value, pageCount.default, pageCount.max)
    if (typeof count !== 'number') return count
    if (count === 0) return badValue('_count', 'a whole number from 1', 'un número entero desde 1')
    question.count = count
    return undefined
  },
  _page(question, value) {
    if (value === '') return refuse('page-expired')
    question.page = value
    return undefined
  },
}

function setActor(question: Question, value: string, name: string): Refusal | undefined {
  if (value === '' || value.includes(',')) return badValue(name, 'one value', 'un solo valor')
  if (question.actor !== undefined && question.actor !== value) question.actions = []
  question.actor = value
  return undefined
}

function setDevice(question: Question, value: string, name: string): Refusal | undefined {
  if (value === '' || value.includes(',')) return badValue(name, 'one value', 'un solo valor')
  question.device = value
  return undefined
}

/** The actions that go by any of these codes, of those that are left. */
function narrow(question: Question, name: 'action' | 'type' | 'subtype', value: string): undefined {
  const wanted = value.split(',').map(tokenOf)
  const found = [...codings[name]]
    .filter(([, codes]) => codes.some((code) => wanted.some((each) => isToken(each, code))))
    .map(([action]) => action)
  const before = question.actions
  question.actions = before ? found.filter((action) => before.includes(action)) : found
}

interface Token {
  system: string | undefined
  code: string
}

/** FHIR R4 search.html#token. */
function tokenOf(text: string): Token {
  const bar = text.indexOf('|')
  return bar < 0
    ? { system: undefined, code: text }
    : { system: text.slice(0, bar), code: text.slice(bar + 1) }
}

function isToken({ system, code }: Token, coding: { system: string; code: string }): boolean {
  return (system === undefined || system === coding.system) && (code === '' || code === coding.code)
}

/** The moment of an entry is a millisecond: it lies in a span, before it or after it. R4 search.html#date. */
function setDate(
  question: Question,
  value: string,
  name: string,
  ledger: Input['acting']['ledger'],
): Refusal | undefined {
  const [, prefix = 'eq', text = ''] = /^(eq|ge|gt|le|lt|sa|eb)?(.*)$/.exec(value) ?? []
  const span = ledger.timeOf(text)
  if (!span) return badValue(name, 'a date such as ge2026-11-22', 'una fecha como ge2026-11-22')
  const from = prefix === 'gt' || prefix === 'sa' ? span.high : span.low
  const to = prefix === 'lt' || prefix === 'eb' ? span.low : span.high
  if (prefix === 'eq' || prefix === 'ge' || prefix === 'gt' || prefix === 'sa')
    question.fromMs = Math.max(question.fromMs ?? 0, from)
  if (prefix === 'eq' || prefix === 'le' || prefix === 'lt' || prefix === 'eb')
    question.toMs = Math.min(question.toMs ?? Number.MAX_SAFE_INTEGER, to)
  return undefined
}
