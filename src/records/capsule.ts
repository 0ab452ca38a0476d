/**
 * Identity apart. Of Patient, RelatedPerson and Person the clinical row holds the person's name, sex, birth
 * date, the institution's own record number and what ties the resource to others; the identity capsule holds
 * the resource whole, under a key of its own. Nothing of the rest is in a clinical row.
 */
import { elements, members } from '#records/json/index.ts'

const identityTypes = new Set(['Patient', 'RelatedPerson', 'Person'])

/** Members of the three types that a clinical row may hold; any other, known or not, is identity. */
const clinicalMembers = new Set([
  'resourceType',
  'id',
  'meta',
  'language',
  'active',
  'name',
  '_name',
  'gender',
  '_gender',
  'birthDate',
  '_birthDate',
  'deceasedBoolean',
  '_deceasedBoolean',
  'deceasedDateTime',
  '_deceasedDateTime',
  'patient',
  'relationship',
  'period',
  'link',
  'generalPractitioner',
  'managingOrganization',
])

export function hasIdentity(type: string): boolean {
  return identityTypes.has(type)
}

/** The clinical part of a resource of one of the three types; `text` is compact JSON. */
export function clinicalPart(text: string): string {
  const kept: string[] = []
  for (const { name, keyStart, valueStart, valueEnd } of members(text)) {
    if (clinicalMembers.has(name)) kept.push(text.slice(keyStart, valueEnd))
    else if (name === 'identifier') {
      const own = elements(text, valueStart)
        .map((each) => text.slice(each.valueStart, each.valueEnd))
        .filter(isRecordNumber)
      if (own.length > 0) kept.push(`"identifier":[${own.join(',')}]`)
    }
  }
  return `{${kept.join(',')}}`
}

const identifierTypeSystem = 'http://terminology.hl7.org/CodeSystem/v2-0203'

function isRecordNumber(identifier: string): boolean {
  const { type } = JSON.parse(identifier) as { type?: { coding?: { system?: string; code?: string }[] } }
  return type?.coding?.some(({ system, code }) => system === identifierTypeSystem && code === 'MR') ?? false
}
