/**
 * References by search criteria in a transaction, such as `Patient?identifier=urn:x|1`: to whatever the criteria find,
 * which must be exactly one (FHIR R4 http.html#trules).
 */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { typeCode } from '#records/fhir/index.ts'
import type { Finder } from './criteria.ts'

/** By the reference as it is written, what it stands for; of one transaction. */
export type Sought = Map<string, string>

/** Members of this name are Reference.reference or hold a uri wherever R4 has them hold a text. Of compact text. */
const pattern = /"reference":("(?:[A-Z][A-Za-z]+)\?(?:[^"\\]|\\.)+")/g

/** Looks for what the text refers to by criteria and is not known yet. */
export async function seek(finder: Finder, text: string, sought: Sought): Promise<Refusal | undefined> {
  for (const reference of criteriaIn(text)) {
    if (sought.has(reference)) continue
    const mark = reference.indexOf('?')
    const type = reference.slice(0, mark)
    if (typeCode(type) === undefined) return refuse('unknown-type')
    const found = await finder.find(type, reference.slice(mark + 1))
    if (found.status !== 'found') return found
    const [match, other] = found.matches
    if (!match) return refuse('no-match')
    if (other) return refuse('multiple-matches')
    sought.set(reference, `${type}/${match.id}`)
  }
  return undefined
}

/** Every reference by criteria, as it is written. */
export function* criteriaIn(text: string): Generator<string> {
  if (!text.includes('?')) return
  for (const [, written = '""'] of text.matchAll(pattern)) yield JSON.parse(written) as string
}

/** The text with those references in place. */
export function putSought(text: string, sought: Sought): string {
  if (sought.size === 0) return text
  return text.replace(pattern, (whole, written: string) => {
    const place = sought.get(JSON.parse(written) as string)
    return place === undefined ? whole : `"reference":${JSON.stringify(place)}`
  })
}
