/** A ward for tests of policy: people of every role, and four patients of whom none of them may see everything. */
import type { PersonAsking, Principal } from '#people/index.ts'
import type { Role } from '#people/roles.ts'

export interface Resource {
  resourceType: string
  id: string
  [member: string]: unknown
}

/** By what each is called in these tests; whoever may do everything is not among them. */
export type Staff = Readonly<Record<string, Principal>>

/** In the care of Ana and Luis are `p1` and `p3`; `p1` is somebody's own record, and `p3` a child's. */
export const patients = ['p1', 'p2', 'p3', 'p4'] as const
export type PatientId = (typeof patients)[number]

const inCare: ReadonlySet<string> = new Set(['p1', 'p3'])

function person(role: Role, more: Partial<PersonAsking> = {}): Principal {
  const actor = `person/${role}`
  const common = { account: role, person: role, login: role, name: role, represents: [], session: 's' }
  return { actor, client: 'web', person: { ...common, roles: [role], ...more } }
}

function program(id: string, scope: string): Principal {
  return { actor: id, client: id, program: { id, scope } }
}

export const staff: Staff = {
  physician: person('physician', { practitioner: 'Practitioner/ana' }),
  nurse: person('nurse', { practitioner: 'Practitioner/luis' }),
  reception: person('reception', { practitioner: 'Practitioner/rosa' }),
  archivist: person('archivist'),
  laboratory: person('laboratory'),
  billing: person('billing'),
  'privacy-officer': person('privacy-officer'),
  'security-officer': person('security-officer'),
  director: person('director'),
  auditor: person('auditor'),
  patient: person('patient', { patient: 'Patient/p1' }),
  representative: person('representative', { represents: ['Patient/p3'] }),
  'scoped program': program('wards', 'system/Observation.crus system/Patient.rs system/Encounter.r'),
}

const hourMs = 3_600_000
/** Begins with what is of nobody. All of it has `mark-…` of its own, which nothing else has. */
export function wardRecords(now: number): Resource[] {
  const ago = (hours: number) => new Date(now - hours * hourMs).toISOString()
  const facility: Resource[] = [
    ...['ana', 'luis', 'rosa', 'otto'].map((id) => ({
      ...marked('Practitioner', id),
      name: [{ family: id === 'otto' ? 'García' : 'Ruiz', given: [id] }],
    })),
    ...['org', 'insurer-p1', 'insurer-p2'].map((id) => ({
      ...marked('Organization', id),
      name: `Clínica ${id}`,
    })),
    { ...marked('Location', 'room'), name: 'Cama 4', managingOrganization: ref('Organization/org') },
    { ...marked('Schedule', 'agenda'), actor: [ref('Practitioner/ana')] },
    {
      ...marked('Slot', 'nine'),
      schedule: ref('Schedule/agenda'),
      status: 'free',
      start: ago(-3),
      end: ago(-4),
    },
    { ...marked('Medication', 'm1'), code: { text: 'hidden by nobody' } },
  ]
  return [...facility, ...patients.flatMap((id, n) => recordOf(id, n, ago)), ...ofSeveral(ago)]
}

/** Each with the numbers, names and codes that queries of the tests ask for. */
function recordOf(id: PatientId, n: number, ago: (hours: number) => string): Resource[] {
  const carer = (name: string) => ref(`Practitioner/${inCare.has(id) ? name : 'otto'}`)
  const subject = ref(`Patient/${id}`)
  const hours = 30 * (n + 1)
  return [
    {
      ...marked('Patient', id),
      name: [{ family: n % 2 === 0 ? 'García' : 'Pérez', given: [`María ${id}`, mark('Patient', id)] }],
      gender: n % 2 === 0 ? 'female' : 'male',
      birthDate: `19${80 + n}-01-02`,
      telecom: [{ system: 'phone', value: `55-${id}` }],
      managingOrganization: ref('Organization/org'),
      identifier: [
        {
          type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
          value: `MR-${id}`,
        },
        { system: 'urn:curp', value: `CURP-${id}` },
      ],
    },
    {
      ...marked('RelatedPerson', `r-${id}`),
      patient: subject,
      name: [{ family: 'García', given: [mark('RelatedPerson', `r-${id}`)] }],
    },
    {
      ...marked('Encounter', `e-${id}`),
      status: 'in-progress',
      class: { code: 'AMB' },
      subject,
      participant: [{ individual: carer('ana') }, { individual: carer('luis') }],
      period: { start: ago(hours) },
      serviceProvider: ref('Organization/org'),
    },
    {
      ...marked('Appointment', `a-${id}`),
      status: 'booked',
      start: ago(hours),
      end: ago(hours - 1),
      participant: [
        { actor: subject, status: 'accepted' },
        { actor: carer('ana'), status: 'accepted' },
      ],
    },
    ...['weight', 'height', 'pulse'].map((what, m) => ({
      ...marked('Observation', `${what}-${id}`),
      status: n % 2 === 0 ? 'final' : 'preliminary',
      code: { coding: [{ system: 'urn:codes', code: what }] },
      subject,
      encounter: ref(`Encounter/e-${id}`),
      performer: [carer('ana')],
      effectiveDateTime: ago(hours + m),
      valueQuantity: { value: 10 * (4 - n) + m, unit: 'x' },
    })),
    {
      ...marked('Observation', `glucose-${id}`),
      status: 'final',
      category: [{ coding: [{ code: 'laboratory' }] }],
      code: { coding: [{ system: 'urn:codes', code: 'glucose' }] },
      subject,
      effectiveDateTime: ago(hours),
      hasMember: [ref(`Observation/weight-${id}`)],
      valueQuantity: { value: 90 + n, unit: 'mg/dL' },
    },
    { ...marked('Specimen', `s-${id}`), subject, receivedTime: ago(hours) },
    {
      ...marked('DiagnosticReport', `lab-${id}`),
      status: 'final',
      category: [{ coding: [{ code: 'LAB' }] }],
      code: { text: 'chemistry' },
      subject,
      result: [ref(`Observation/glucose-${id}`)],
      specimen: [ref(`Specimen/s-${id}`)],
    },
    {
      ...marked('Condition', `c-${id}`),
      subject,
      recordedDate: ago(hours),
      evidence: [{ detail: patients.map((each) => ref(`Observation/weight-${each}`)) }],
    },
    { ...marked('Invoice', `i-${id}`), status: 'issued', subject, issuer: ref('Organization/org') },
    {
      ...marked('Coverage', `v-${id}`),
      status: 'active',
      beneficiary: subject,
      payor: [ref(`Organization/insurer-${id === 'p2' ? 'p2' : 'p1'}`)],
    },
    {
      ...marked('DocumentReference', `d-${id}`),
      status: 'current',
      subject,
      content: [{ attachment: { contentType: 'text/plain', url: `Binary/b-${id}` } }],
    },
    {
      resourceType: 'Binary',
      id: `b-${id}`,
      contentType: 'text/plain',
      securityContext: subject,
      data: Buffer.from(mark('Binary', `b-${id}`)).toString('base64'),
    },
  ]
}

function ofSeveral(ago: (hours: number) => string): Resource[] {
  return [
    ['p1', 'p2'],
    ['p1', 'p3'],
    ['p4', 'p2'],
  ].map(([one = '', other = '']) => ({
    ...marked('Communication', `${one}-${other}`),
    status: 'completed',
    sent: ago(5),
    subject: ref(`Patient/${one}`),
    recipient: [ref(`Patient/${other}`), ref('Practitioner/ana')],
  }))
}

/** What only this resource has; of those with an identity capsule, what is not in it. */
export const mark = (type: string, id: string): string => `mark-${type}-${id}-`
/** What only the identity capsule has. */
export const markOfCapsule = (type: string, id: string): string => `capsule-${type}-${id}-`

const identities: ReadonlySet<string> = new Set(['Patient', 'RelatedPerson'])

const marked = (resourceType: string, id: string): Resource => {
  const own = identities.has(resourceType) ? markOfCapsule(resourceType, id) : mark(resourceType, id)
  const div = `<div xmlns="http://www.w3.org/1999/xhtml">${own}</div>`
  return { resourceType, id, text: { status: 'generated', div } }
}

const ref = (reference: string) => ({ reference })
