/** A FHIR Consent (R4, consent.html) as a rule, with rules within it that are its exceptions. */
import { boundsOf, type Bounds } from './times.ts'

type Fields = Readonly<Record<string, unknown>>

export interface Rule {
  /** Undefined: it does not say, or says what nobody knows. */
  type: 'permit' | 'deny' | undefined
  /** Of each list that is there one value has to fit; `undefined` in it is a value that nobody can read. */
  actors: readonly (string | undefined)[]
  actions: readonly (string | undefined)[]
  purposes: readonly (string | undefined)[]
  /** Resource types. */
  classes: readonly (string | undefined)[]
  labels: readonly (string | undefined)[]
  codes: readonly (Coding | undefined)[]
  data: readonly (Part | undefined)[]
  /** When the rule holds, and of what time the data are. */
  period: Bounds | 'unread' | undefined
  dataPeriod: Bounds | 'unread' | undefined
  /** It has members that nothing here reads. */
  isStrange: boolean
  within: readonly Rule[]
}

export interface Coding {
  system: string | undefined
  code: string
}

/** One resource; `isAround`: what refers to it as well. */
export interface Part {
  reference: string
  isAround: boolean
}

/** Of no effect yet, or any more. */
const silent: ReadonlySet<unknown> = new Set([
  'draft',
  'proposed',
  'rejected',
  'inactive',
  'entered-in-error',
])
/** consentscope: of these it is not about who sees the record. */
const otherScopes: ReadonlySet<string> = new Set(['research', 'treatment', 'adr'])
/** v3-ActCode, ActConsentDirective: what holds where no rule says anything. */
const base: ReadonlyMap<string, 'permit' | 'deny'> = new Map([
  ['OPTIN', 'permit'],
  ['OPTINR', 'permit'],
  ['OPTOUT', 'deny'],
  ['OPTOUTE', 'deny'],
])

/**
 * Conditions in all Consents of one record: each thing in it is held to all of them, and a search asks of a thousand. Nobody says so many,
 * and whoever sends a list of a hundred thousand names would hold up everybody's searches.
 */
export const valuesMax = 5_000

/** What all of them say; where that is more than can be judged, that everything is closed. */
export function rulesOf(consents: readonly Fields[]): readonly Rule[] {
  const rules = consents.flatMap((each) => ruleOf(each) ?? [])
  return rules.reduce((sum, rule) => sum + valuesIn(rule), 0) > valuesMax ? [bare] : rules
}

function valuesIn({ actors, actions, purposes, classes, labels, codes, data, within }: Rule): number {
  const own = [actors, actions, purposes, classes, labels, codes, data]
  const values = own.reduce((sum, { length }) => sum + length, 1)
  return within.reduce((sum, rule) => sum + valuesIn(rule), values)
}

/** Undefined: it says nothing here, as it is no more, or is about something else, or only tells of a paper. */
export function ruleOf(consent: Fields): Rule | undefined {
  if (silent.has(consent['status'])) return undefined
  const scope = codesIn(consent['scope'])
  if (scope.length > 0 && scope.every((code) => otherScopes.has(code))) return undefined
  const isStrange = has(consent, 'modifierExtension') || has(consent, 'implicitRules')
  const stated = codesIn(consent['policyRule']).flatMap((code) => base.get(code) ?? [])[0]
  const root = has(consent, 'provision') ? read(consent['provision']) : { ...bare, isStrange: false }
  // In R4 the base is the policy's and the root has no type; most say it at the root.
  const isUntyped = !has(asFields(consent['provision']), 'type')
  const type = root.type ?? (isUntyped ? stated : undefined)
  const rule = { ...root, type, isStrange: root.isStrange || isStrange }
  if (type !== undefined || rule.isStrange || !isUntyped) return rule
  // It says no more than in what frame its exceptions stand.
  if (rule.within.length > 0) return { ...rule, type: 'permit' }
  return isConditional(rule) ? rule : undefined
}

const bare: Rule = {
  type: undefined,
  actors: [],
  actions: [],
  purposes: [],
  classes: [],
  labels: [],
  codes: [],
  data: [],
  period: undefined,
  dataPeriod: undefined,
  isStrange: true,
  within: [],
}

const members: ReadonlySet<string> = new Set(
  'id extension type period actor action securityLabel purpose class code dataPeriod data provision'.split(
    ' ',
  ),
)

function read(value: unknown): Rule {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bare
  const rule = value as Fields
  const { type } = rule
  return {
    type: type === 'permit' || type === 'deny' ? type : undefined,
    actors: actorsOf(rule),
    actions: each(rule, 'action', (concept) => codesIn(concept)[0]),
    purposes: each(rule, 'purpose', codeOf),
    classes: each(rule, 'class', classOf),
    labels: each(rule, 'securityLabel', codeOf),
    codes: each(rule, 'code', codingsIn).flatMap((codings) => (codings.length > 0 ? codings : [undefined])),
    data: each(rule, 'data', dataOf),
    period: has(rule, 'period') ? (boundsOf(rule['period']) ?? 'unread') : undefined,
    dataPeriod: has(rule, 'dataPeriod') ? (boundsOf(rule['dataPeriod']) ?? 'unread') : undefined,
    isStrange: Object.keys(rule).some((name) => !members.has(name)),
    within: each(rule, 'provision', read),
  }
}

function isConditional(rule: Rule): boolean {
  const lists = [rule.actors, rule.actions, rule.purposes, rule.classes, rule.labels, rule.codes, rule.data]
  return lists.some(({ length }) => length > 0) || rule.period !== undefined || rule.dataPeriod !== undefined
}

/** Of an element that repeats; what is no list has one value, which nobody can read. */
function each<Value>(rule: Fields, name: string, of: (value: unknown) => Value): Value[] {
  if (!has(rule, name)) return []
  const list = rule[name]
  return Array.isArray(list) && list.length > 0 ? list.map((value) => of(value)) : [of(undefined)]
}

/** v3-ParticipationType CST, who keeps the record: named beside those whom the rule is about. */
function actorsOf(rule: Fields): Rule['actors'] {
  const all = each(rule, 'actor', (actor) => {
    const { role, reference } = asFields(actor)
    const text = asFields(reference)['reference']
    return { isKeeper: codesIn(role).includes('CST'), text: typeof text === 'string' ? text : undefined }
  })
  const others = all.filter(({ isKeeper }) => !isKeeper)
  return (others.length > 0 ? others : all).map(({ text }) => text)
}

function classOf(value: unknown): string | undefined {
  const { system, code } = asFields(value)
  const isType = system === undefined || system === 'http://hl7.org/fhir/resource-types'
  return isType && typeof code === 'string' && /^[A-Z][A-Za-z]+$/.test(code) ? code : undefined
}

function dataOf(value: unknown): Part | undefined {
  const { meaning, reference } = asFields(value)
  const text = asFields(reference)['reference']
  return typeof text === 'string' ? { reference: text, isAround: meaning !== 'instance' } : undefined
}

function codeOf(value: unknown): string | undefined {
  const { code } = asFields(value)
  return typeof code === 'string' ? code : undefined
}

function codingsIn(concept: unknown): Coding[] {
  const { coding } = asFields(concept)
  return (Array.isArray(coding) ? coding : []).flatMap((one: unknown) => {
    const { system, code } = asFields(one)
    return typeof code === 'string' ? [{ system: typeof system === 'string' ? system : undefined, code }] : []
  })
}

const codesIn = (concept: unknown): string[] => codingsIn(concept).map(({ code }) => code)

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

const has = (object: Fields, name: string): boolean => Object.hasOwn(object, name)
