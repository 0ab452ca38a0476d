/** A question to the ledger as it is typed: `actor=Practitioner/ana`, `from=2026-11-01`. */
import { actions, type Action } from '#kernel/ledger/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { spanOf, zoneOf } from '#records/search/index.ts'
import { isId } from '../documents.ts'
import type { LedgerQuestion, LedgerSought } from './types.ts'

/** Who, by which program, from where, and when: of entries, and of how far somebody came. */
export const soughtTerms = ['actor', 'client', 'address', 'device', 'from', 'to'] as const
/** Beside these, of entries. */
export const entryTerms = [...soughtTerms, 'patient', 'action', 'order', '_count', '_page'] as const

export type Terms = Readonly<Partial<Record<(typeof entryTerms)[number], string>>>

const countUsual = 50
const countMax = 1000

/** The span of a date or a time: a day is the facility's. */
export function timeOf(text: string, timeZone: string): { low: number; high: number } | undefined {
  // A plus sign that was not percent-encoded arrives as a space.
  return spanOf(text.replace(' ', '+'), zoneOf(timeZone))
}

export function questionOf(terms: Terms, timeZone: string): LedgerQuestion | Refusal {
  const sought = soughtOf('entries', terms, timeZone)
  if ('status' in sought) return sought
  const { patient, action, order = 'newest', _count: count, _page: page } = terms
  const question: LedgerQuestion = { ...sought, newestFirst: order === 'newest', count: countUsual }
  if (order !== 'newest' && order !== 'oldest') return badTerm('order', 'newest or oldest', 'newest u oldest')
  if (patient !== undefined) {
    question.patient = patient.replace(/^Patient\//, '')
    if (!isId(question.patient)) return badTerm('patient', 'Patient/ID', 'Patient/ID')
  }
  if (action !== undefined) {
    const names = action.split(',')
    if (!names.every(isAction)) {
      const known = Object.keys(actions).join(', ')
      return badTerm('action', `some of ${known}`, `alguno de ${known}`)
    }
    question.actions = names
  }
  if (count !== undefined) {
    if (!/^[1-9]\d{0,8}$/.test(count))
      return badTerm('_count', 'a whole number from 1', 'un número entero desde 1')
    question.count = Math.min(Number(count), countMax)
  }
  if (page === '') return refuse('page-expired')
  if (page !== undefined) question.page = page
  return question
}

/** `what`: how the ledger names the question. */
export function soughtOf(
  what: string,
  terms: Terms,
  timeZone: string,
): (LedgerSought & { said: string }) | Refusal {
  const { actor, client, address, device, from, to } = terms
  const sought: LedgerSought & { said: string } = { said: saidOf(what, terms) }
  if (actor !== undefined) sought.actor = actor
  if (client !== undefined) sought.client = client
  if (address !== undefined) sought.address = address
  if (device !== undefined) sought.device = device
  for (const [name, text] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (text === undefined) continue
    const span = timeOf(text, timeZone)
    if (!span) return badTerm(name, 'a date such as 2026-11-22', 'una fecha como 2026-11-22')
    // Until the end of the day, or whatever was written.
    if (name === 'from') sought.fromMs = span.low
    else sought.toMs = span.high
  }
  return sought
}

function saidOf(what: string, terms: Terms): string {
  const said = entryTerms.flatMap((name) => {
    const value = name === '_page' ? undefined : terms[name]
    return value === undefined ? [] : [`${name}=${value}`]
  })
  if (terms['_page'] !== undefined) said.push('_page=…')
  return said.length === 0 ? what : `${what}?${said.join('&')}`
}

function isAction(name: string): name is Action {
  return Object.hasOwn(actions, name)
}

export function badTerm(parameter: string, en: string, es: string): Refusal {
  return refuse('invalid-parameter', { parameter, expected: { en, es } })
}
