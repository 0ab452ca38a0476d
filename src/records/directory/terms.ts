/** What a resource can be found by across compartments: its terms, made from the values of its search parameters. */
import { keyedHash, uuidBytes, type SealKey } from '#kernel/crypto/index.ts'
import { fold, nameWordsOf, type Value } from '../search/index.ts'
import { uuidOf, type ResourceKey } from '../place.ts'
import { carers } from '../carers.ts'
import { daysOf, longPeriod, monthsOf } from './days.ts'

/** Raised with each kind of term that is added: a directory of an older edition lacks those, and is built anew. 2: `carer`. */
export const termsEdition = 2

export interface Term {
  kind: 'prefix' | 'sound' | 'identifier' | 'day' | 'owner' | 'tag' | 'carer'
  text: string
}

/** The values of a resource's search parameters, by name: of a tuple, or just extracted. */
export type ValuesOf = (parameter: string) => readonly Value[] | undefined

/** Types found by the words of their `name`. */
export const people: ReadonlySet<string> = new Set(['Patient', 'Person', 'Practitioner', 'RelatedPerson'])
/** Types found by the days of their `date`. */
export const dated: ReadonlySet<string> = new Set(['Appointment', 'Encounter'])

/**
 * Types found by their `_tag`: people, and what is worked through as a list. Not what comes in thousands, such as
 * Observations: importers tag everything they write, and a row for each took a fifth of a create
 * (docs/decisions/0007-tags-of-work-lists-alone.md).
 */
export const tagged: ReadonlySet<string> = new Set([
  ...people,
  ...dated,
  'Communication',
  'CommunicationRequest',
  'Composition',
  'DocumentReference',
  'Flag',
  'Group',
  'List',
  'QuestionnaireResponse',
  'ServiceRequest',
  'Task',
])

/** Each once. */
export function termsOf(type: string, valuesOf: ValuesOf, timeZone: string): Term[] {
  const terms: Term[] = []
  const add = (term: Term | undefined) => {
    if (term && !hasTerm(terms, term)) terms.push(term)
  }
  for (const value of valuesOf('identifier') ?? []) add(identifierTerm(value))
  if (tagged.has(type)) {
    for (const value of valuesOf('_tag') ?? []) if (value.kind === 'token') add(codeTerm('tag', value.code))
  }
  if (people.has(type)) {
    for (const value of valuesOf('name') ?? []) {
      if (value.kind !== 'string') continue
      for (const { folded, sound } of nameWordsOf(value.text)) {
        add(prefixTerm(folded))
        add(soundTerm(sound ?? ''))
      }
    }
  }
  if (dated.has(type)) {
    for (const value of valuesOf('date') ?? []) {
      if (value.kind !== 'date') continue
      for (const text of daysOf(value, timeZone) ?? [longPeriod]) add({ kind: 'day', text })
    }
  }
  if (type === 'Task') {
    for (const value of valuesOf('owner') ?? []) if (value.kind === 'reference') add(ownerTerm(value))
  }
  for (const term of carerTermsOf(type, valuesOf, timeZone)) add(term)
  return terms
}

/** They are few: a set of their names takes longer. */
export function hasTerm(terms: readonly Term[], { kind, text }: Term): boolean {
  return terms.some((each) => each.kind === kind && each.text === text)
}

/** Of whoever is named as one who cares for the patient, and each month in which they do. */
function* carerTermsOf(type: string, valuesOf: ValuesOf, timeZone: string): Generator<Term> {
  const carer = carers[type]
  if (!carer) return
  const [when] = (carer.when === undefined ? undefined : valuesOf(carer.when)) ?? []
  const span = when?.kind === 'date' ? when : { low: -Infinity, high: Infinity }
  for (const parameter of carer.by) {
    for (const who of valuesOf(parameter) ?? [])
      if (who.kind === 'reference' && who.type === 'Practitioner' && who.id !== undefined)
        for (const month of monthsOf(span, timeZone) ?? [longPeriod]) yield carerTerm(who.id, month)
  }
}

/** What names them as one who cares for the patient in one of these months, or for long. */
export function carerTerms(id: string, span: { low: number; high: number }, timeZone: string): Term[] {
  return [...(monthsOf(span, timeZone) ?? []), longPeriod].map((month) => carerTerm(id, month))
}

function carerTerm(id: string, month: string): Term {
  return { kind: 'carer', text: `${id}|${month}`.toWellFormed() }
}

const prefixLength = 3

/** Undefined for a word too short to have one. */
export function prefixTerm(folded: string): Term | undefined {
  return folded.length < prefixLength
    ? undefined
    : { kind: 'prefix', text: folded.slice(0, prefixLength).toWellFormed() }
}

/** Undefined for what half of all names have in them. */
export function soundTerm(sound: string): Term | undefined {
  return sound.length < 2 || particles.has(sound) ? undefined : { kind: 'sound', text: sound.toWellFormed() }
}

const particles = new Set(['de', 'la', 'el', 'da', 'di', 'do'])

/** By its value alone: systems are compared by whoever opens the resource. */
export function identifierTerm(value: Value): Term | undefined {
  return value.kind === 'token' ? codeTerm('identifier', value.code) : undefined
}

/** Folded, so that those who compare without regard to case find it too. */
export function codeTerm(kind: 'identifier' | 'tag', code: string | undefined): Term | undefined {
  return code === undefined ? undefined : { kind, text: fold(code).toWellFormed() }
}

/** By the id alone, or the address. */
export function ownerTerm(owner: { id: string | undefined; url: string | undefined }): Term | undefined {
  const text = owner.id ?? owner.url
  return text === undefined ? undefined : { kind: 'owner', text: text.toWellFormed() }
}

/** A term of a type as a place between 0 and 2³¹ − 1: its first bits are the tag. */
export function pointOf(key: SealKey, type: string, { kind, text }: Term): number {
  const hash = keyedHash(key, 'term', type, kind, text)
  return Buffer.from(hash.buffer, hash.byteOffset, 4).readUInt32BE() >>> 1
}

export const pointBits = 31

/** The name of the row that says that a resource has a term. */
export function entryOf(key: SealKey, type: string, { kind, text }: Term, resource: ResourceKey): string {
  return uuidOf(keyedHash(key, 'entry', type, kind, text, uuidBytes(resource)))
}
