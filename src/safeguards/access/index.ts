/** Restrict access to data; the fewer people, the better: need to know, by role, relation and purpose. README.md. */
import { readFileSync } from 'node:fs'
import { onceKnown, type Safeguard } from '#kernel/safeguard.ts'
import type { Role } from '#people/index.ts'
import type { Asking, Chart, CompartmentId, Request, PolicyThing } from '#records/index.ts'
import { isRegisteredFor, purposeOf, purposes } from './purpose.ts'
import { graceMsMax, isActive, leadMsMax, relations, type Relation } from './relation.ts'
import { scopeOf, scopes } from './scope.ts'

export { saidPurpose } from './purpose.ts'

export const access: Safeguard<Asking, Request, CompartmentId, PolicyThing> = {
  name: 'access',
  duties: [2, 4],
  places: placesOf,
  policy: ['policy.cedar', 'acts.cedar']
    .map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'))
    .join('\n'),
  facts: {
    relation: { of: 'subject', values: relations, tell: relationTo },
    purpose: { of: 'actor', values: purposes, tell: ({ by }) => purposeOf(by.purpose) },
    isRegistered: {
      of: 'actor',
      values: [true, false],
      tell: ({ by, principal }) => isRegisteredFor(principal, by.purpose),
    },
    scope: {
      of: 'request',
      values: scopes,
      tell: ({ principal }, request) =>
        principal.program ? scopeOf(principal.program.scope, request) : 'none',
    },
  },
}

/** Whose records they may see something of, where it is these and no others: their own, those they represent, those they care for. */
async function placesOf({ principal, sources, now }: Asking): Promise<readonly CompartmentId[] | undefined> {
  const { person } = principal
  // Desks see something of everybody's.
  if (!person || person.roles.some((role) => !tied.has(role))) return undefined
  const { patient, represents, practitioner } = person
  const own = [...(patient === undefined ? [] : [patient]), ...represents]
  const places = new Set(own.map((each) => sources.compartmentOf(each)))
  if (practitioner === undefined) return [...places]
  const span = { low: now - graceMsMax, high: now + leadMsMax }
  for (const [compartment, links] of await sources.linksBetween(practitioner, span))
    if (links.some((link) => isActive(link, now))) places.add(compartment)
  return [...places]
}

/** Of records they see nothing but of those whom they have to do with. */
const tied: ReadonlySet<Role> = new Set(['physician', 'nurse', 'patient', 'representative'])

function relationTo(
  { principal, sources, now }: Asking,
  subject: CompartmentId,
): Relation | Promise<Relation> {
  if (subject === sources.facility()) return 'nobody'
  const { person } = principal
  if (!person) return 'none'
  const { patient, represents, practitioner } = person
  // A physician is no physician of their own: their record is read as a patient reads it.
  const isOwn = patient !== undefined && sources.isOf(subject, [patient])
  if (isOwn === true) return 'own'
  const isRepresented = sources.isOf(subject, represents)
  if (isOwn === false && isRepresented === true) return 'represented'
  if (isOwn === false && isRepresented === false && practitioner === undefined) return 'none'
  const relationBy = (chart: Chart | undefined): Relation => {
    if (practitioner === undefined) return 'none'
    if (chart?.isAlso.has(practitioner)) return 'own'
    return chart?.linksOf(practitioner).some((link) => isActive(link, now)) ? 'care' : 'none'
  }
  // Nearly every search: at once.
  if (isOwn === false && isRepresented === false) return onceKnown(sources.chartOf(subject), relationBy)
  return relationByChart()

  async function relationByChart(): Promise<Relation> {
    if (await isOwn) return 'own'
    if (await isRepresented) return 'represented'
    return relationBy(await sources.chartOf(subject))
  }
}
