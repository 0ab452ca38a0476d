/** What merging writes into the two Patients (R4 patient-definitions.html#Patient.link), and takes out again. */
import type { JsonObject } from '#records/json/index.ts'

type LinkType = 'replaced-by' | 'replaces'

interface PatientLink {
  other?: { reference?: string }
  type?: string
}

const linksOf = ({ link }: JsonObject): readonly PatientLink[] =>
  Array.isArray(link) ? (link as PatientLink[]) : []

const placeOf = (patient: JsonObject, type: LinkType, other: string): number =>
  linksOf(patient).findIndex((each) => each.type === type && each.other?.reference === `Patient/${other}`)

export const isLinked = (patient: JsonObject, type: LinkType, other: string): boolean =>
  placeOf(patient, type, other) >= 0

/** Whether it says that it was merged with anything: only then it is asked with what. */
export const namesOther = (patient: JsonObject): boolean =>
  linksOf(patient).some(({ type }) => type === 'replaced-by' || type === 'replaces')

export type Operation =
  | { op: 'add' | 'replace'; path: string; value: unknown }
  | { op: 'remove'; path: string }

function linking(patient: JsonObject, type: LinkType, other: string): Operation[] {
  if (isLinked(patient, type, other)) return []
  const value = { other: { reference: `Patient/${other}` }, type }
  return Array.isArray(patient['link'])
    ? [{ op: 'add', path: '/link/-', value }]
    : [{ op: 'add', path: '/link', value: [value] }]
}

function unlinking(patient: JsonObject, type: LinkType, other: string): Operation[] {
  const place = placeOf(patient, type, other)
  if (place < 0) return []
  // A list without elements is none (R4 json.html).
  return [{ op: 'remove', path: linksOf(patient).length === 1 ? '/link' : `/link/${place}` }]
}

/** The source goes on being read, and is no record that anything new is written about. */
export function sourceMerged(patient: JsonObject, target: string): Operation[] {
  const links = linking(patient, 'replaced-by', target)
  if (patient['active'] === false) return links
  const op = patient['active'] === undefined ? 'add' : 'replace'
  return [...links, { op, path: '/active', value: false }]
}

/** `active`: as it was before; undefined where nothing was said. */
export function sourceParted(patient: JsonObject, target: string, active: unknown): Operation[] {
  const links = unlinking(patient, 'replaced-by', target)
  if (links.length === 0 || patient['active'] === active) return links
  if (active === undefined) return [...links, { op: 'remove', path: '/active' }]
  return [...links, { op: 'replace', path: '/active', value: active }]
}

export const targetMerged = (patient: JsonObject, source: string): Operation[] =>
  linking(patient, 'replaces', source)

export const targetParted = (patient: JsonObject, source: string): Operation[] =>
  unlinking(patient, 'replaces', source)
