/** Restrict access to data; the fewer people, the better: need to know, by role, relation and purpose. README.md. */
import { readFileSync } from 'node:fs'
import type { Safeguard } from '#kernel/safeguard.ts'
import type { Asking, CompartmentId, Request, PolicyThing } from '#records/index.ts'
import { purposeOf, purposes } from './purpose.ts'
import { isActive, relations, type Relation } from './relation.ts'
import { scopeOf, scopes } from './scope.ts'

export { saidPurpose } from './purpose.ts'

export const access: Safeguard<Asking, Request, CompartmentId, PolicyThing> = {
  name: 'access',
  duties: [2, 4],
  places: placesOf,
  policy: readFileSync(new URL('policy.cedar', import.meta.url), 'utf8'),
  facts: {
    relation: { of: 'subject', values: relations, tell: relationTo },
    purpose: { of: 'actor', values: purposes, tell: ({ by }) => purposeOf(by.purpose) },
    scope: {
      of: 'request',
      values: scopes,
      tell: ({ principal }, request) =>
        principal.program ? scopeOf(principal.program.scope, request) : 'none',
    },
  },
}

/** Patients, and those who represent them, have their records; what others see is in nobody's alone. */
async function placesOf({ principal, sources }: Asking): Promise<readonly CompartmentId[] | undefined> {
  const { person } = principal
  const own = [...(person?.patient === undefined ? [] : [person.patient]), ...(person?.represents ?? [])]
  return own.length === 0 ? undefined : own.map((patient) => sources.compartmentOf(patient))
}

async function relationTo({ principal, sources, now }: Asking, subject: CompartmentId): Promise<Relation> {
  if (subject === sources.facility()) return 'nobody'
  const { person } = principal
  if (!person) return 'none'
  const isOf = (patient: string) => sources.compartmentOf(patient) === subject
  // A physician is no physician of their own: their record is read as a patient reads it.
  if (person.patient !== undefined && isOf(person.patient)) return 'own'
  if (person.represents.some(isOf)) return 'represented'
  const { practitioner } = person
  if (practitioner === undefined) return 'none'
  const links = await sources.linksOf(subject, practitioner)
  return links.some((link) => isActive(link, now)) ? 'care' : 'none'
}
