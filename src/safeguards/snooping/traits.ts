/** What of a Patient or a Practitioner tells that two people may have to do with one another. */
import type { Colleague, Known } from './types.ts'

type Json = Readonly<Record<string, unknown>>

const particles: ReadonlySet<string> = new Set('de del la las los y da do dos von van'.split(' '))
/** HL7 v3 Confidentiality and ActCode: celebrity, restricted, very restricted; and the words that are used. */
const vipCodes: ReadonlySet<string> = new Set(['CEL', 'VIP', 'R', 'V'])
const staffCodes: ReadonlySet<string> = new Set(['EMP', 'STAFF'])

export function colleagueOf(actor: string, resources: readonly object[]): Colleague {
  const each = resources as readonly Json[]
  const all = <Value>(of: (one: Json) => readonly Value[]) => [...new Set(each.flatMap(of))]
  return { actor, families: all(families), homes: all(homes), streets: all(streets), phones: all(phones) }
}

export function knownOf(patient: object, colleague: string | undefined): Known {
  const json = patient as Json
  const number = numberOf(json)
  const labels = listOf(objectOf(json['meta'])['security']).map(({ code }) => String(code))
  const isStaff = labels.some((code) => staffCodes.has(code))
  return {
    families: families(json),
    homes: homes(json),
    streets: streets(json),
    phones: phones(json),
    isVip: labels.some((code) => vipCodes.has(code)),
    ...(colleague === undefined ? (isStaff ? { colleague: true } : {}) : { colleague }),
    ...(number === undefined ? {} : { number }),
  }
}

/** By which one finds that a Practitioner and a Patient are one human: national ids, or name and birth date. */
export function namesakesOf(resource: object): string[] {
  const json = resource as Json
  const ids = listOf(json['identifier'])
    .filter((each) => !isRecordNumber(each))
    .flatMap(({ system, value }) => (typeof value === 'string' ? [`${String(system)}|${value}`] : []))
  const { birthDate } = json
  if (typeof birthDate !== 'string') return ids
  const names = listOf(json['name']).map(({ given, family }) =>
    wordsOf([...textsOf(given), String(family ?? '')].join(' ')).join(' '),
  )
  return [...ids, ...names.map((name) => `${name} ${birthDate}`)]
}

function families(json: Json): string[] {
  const words = listOf(json['name']).flatMap(({ family }) =>
    typeof family === 'string' ? wordsOf(family) : [],
  )
  return [...new Set(words)].filter((word) => !particles.has(word))
}

function homes(json: Json): string[] {
  return places(json).flatMap((place) => (/\d/.test(place.split('|')[0] ?? '') ? [place] : []))
}

/** Without the number of the house. */
function streets(json: Json): string[] {
  return places(json).flatMap((place) => {
    const [line = '', code = ''] = place.split('|')
    const [outside = ''] = line.split(/ (?:int|interior|depto|departamento|dep|apt|piso|lote|local)(?: |$)/)
    const street = outside.replace(/(?: (?:no|num|numero|ext|\d+[a-z]?))+$/, '')
    return street === '' || code === '' ? [] : [`${street}|${code}`]
  })
}

function places(json: Json): string[] {
  return listOf(json['address']).flatMap(({ line, postalCode }) => {
    const text = wordsOf(textsOf(line).join(' ')).join(' ')
    return text === '' ? [] : [`${text}|${String(postalCode ?? '')}`]
  })
}

/** The last ten digits: with the country's code or without. */
function phones(json: Json): string[] {
  return listOf(json['telecom']).flatMap(({ system, value }) => {
    if (system !== 'phone' && system !== 'sms') return []
    const digits = String(value ?? '').replaceAll(/\D/g, '')
    return digits.length < 7 ? [] : [digits.slice(-10)]
  })
}

function numberOf(json: Json): number | undefined {
  const number = listOf(json['identifier']).find(isRecordNumber)
  const digits = String(number?.['value'] ?? '')
    .match(/\d+/g)
    ?.at(-1)
  return digits === undefined || digits.length > 12 ? undefined : Number(digits)
}

function isRecordNumber({ type }: Json): boolean {
  return listOf(objectOf(type)['coding']).some(({ code }) => code === 'MR')
}

function wordsOf(text: string): string[] {
  const plain = text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
  return plain.split(/[^a-z0-9ñ]+/).filter((word) => word !== '')
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : []
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
