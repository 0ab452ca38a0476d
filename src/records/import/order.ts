/** What is brought first, so that what is referred to by criteria is there: the house, its people, the patients, the rest. */
import { inPatientCompartment, typeCode } from '#records/fhir/index.ts'
import { parseDocument } from '#records/json/index.ts'
import type { Source } from './types.ts'

const ranks: Record<string, number> = {
  Organization: 0,
  Location: 1,
  Practitioner: 1,
  HealthcareService: 2,
  PractitionerRole: 2,
  Patient: 4,
  Person: 5,
  RelatedPerson: 5,
  Coverage: 5,
  EpisodeOfCare: 6,
  Encounter: 7,
}
const ofTheHouse = 3
const ofPatients = 8

export function rankOf(type: string): number {
  return ranks[type] ?? (inPatientCompartment(type) ? ofPatients : ofTheHouse)
}

/** As much of the beginning of a file as `look` wants. */
export const headBytes = 65_536

/** What a file is by its beginning, and its name where that says it; undefined where it is no JSON. */
export function look(head: Uint8Array, name: string): Pick<Source, 'form' | 'rank'> | undefined {
  const text = latin1(head)
  if (!/^(?:\xef\xbb\xbf)?\s*\{/.test(text)) return undefined
  const form = /\.(?:ndjson|jsonl)(?:\.gz)?$/i.test(name) || hasSecondLine(head) ? 'lines' : 'document'
  const type = typeIn(text, form)
  return { form, rank: type === undefined ? ofPatients : rankOf(type) }
}

/** Whether `look` sees no more in any longer beginning: the first line ends in it and is no whole object, and a type is named. */
export function isTold(head: Uint8Array): boolean {
  const end = head.indexOf(lineFeed)
  return end >= 0 && !isWhole(head.subarray(0, end)) && typeIn(latin1(head), 'document') !== undefined
}

/** Of a Bundle, what its first entry is. */
function typeIn(text: string, form: Source['form']): string | undefined {
  return text
    .matchAll(/"resourceType"\s*:\s*"([A-Za-z]+)"/g)
    .map(([, each = '']) => each)
    .find((each) => typeCode(each) !== undefined && (form === 'lines' || each !== 'Bundle'))
}

/** Whether the first line is a whole object, and another begins after it: NDJSON by another name. */
function hasSecondLine(head: Uint8Array): boolean {
  const end = head.indexOf(lineFeed)
  if (end < 0 || !isWhole(head.subarray(0, end))) return false
  return head.subarray(end).some((byte) => byte > 32)
}

function isWhole(line: Uint8Array): boolean {
  return parseDocument(line).status === 'ok'
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

const lineFeed = 10
