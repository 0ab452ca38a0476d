import { addDays } from './calendar.ts'
import { base, hospital, house } from './house.ts'
import { humanName } from './names.ts'
import { careTeamIdOf, type Resident } from './people.ts'
import { specialties } from './staff.ts'
import type { Contact, Day, Marital, Resource, Specialty, Staff } from './types.ts'

const hl7 = 'http://terminology.hl7.org/CodeSystem'
const extensions = 'http://hl7.org/fhir/StructureDefinition'
/** CURP, in HL7's registry of OIDs. */
const curpSystem = 'urn:oid:2.16.840.1.113883.4.629'

export function patientOf(person: Resident, physician: Staff): Resource {
  return {
    resourceType: 'Patient',
    id: person.id,
    extension: [
      {
        url: `${extensions}/patient-birthPlace`,
        valueAddress: person.birthplace.state
          ? { state: person.birthplace.state, country: 'MX' }
          : { text: 'En el extranjero' },
      },
    ],
    identifier: [
      { use: 'usual', ...recordNumber(person.record) },
      { use: 'official', type: identifierType('NI', 'CURP'), system: curpSystem, value: person.curp },
    ],
    active: true,
    name: [humanName(person)],
    telecom: [
      { system: 'phone', value: person.phone, use: person.age < 12 ? 'home' : 'mobile' },
      ...(person.email === undefined ? [] : [{ system: 'email', value: person.email }]),
    ],
    gender: person.sex,
    birthDate: person.birthDate,
    address: [
      {
        use: 'home',
        text: addressText(person),
        ...person.address,
        country: 'MX',
      },
    ],
    ...(person.marital === undefined
      ? {}
      : {
          maritalStatus: {
            coding: [{ system: `${hl7}/v3-MaritalStatus`, code: person.marital }],
            text: maritalText[person.marital][person.sex === 'female' ? 0 : 1],
          },
        }),
    contact: [contactElement(person.contact)],
    communication: [
      {
        language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'es-MX' }], text: 'Español' },
        preferred: true,
      },
      ...(person.tongue === undefined
        ? []
        : [
            {
              language: {
                coding: [{ system: 'urn:ietf:bcp:47', code: person.tongue }],
                text: tongueText[person.tongue]!,
              },
            },
          ]),
    ],
    generalPractitioner: [{ reference: physician.practitioner, display: physician.display }],
    managingOrganization: hospital,
  }
}

function addressText({ address }: Resident): string {
  const { line, district, city, state, postalCode } = address
  const town = [district, city, state === city ? undefined : state].filter(Boolean).join(', ')
  return `${line.join(', ')}, ${postalCode} ${town}`
}

const recordNumber = (value: string) => ({
  type: identifierType('MR', 'Número de expediente'),
  system: `${base}/expediente`,
  value,
  assigner: hospital,
})

const identifierType = (code: string, text: string) => ({
  coding: [{ system: `${hl7}/v2-0203`, code }],
  text,
})

/** HL7's v3-MaritalStatus in Spanish: by sex. */
const maritalText: Readonly<Record<Marital, readonly [female: string, male: string]>> = {
  S: ['Soltera', 'Soltero'],
  M: ['Casada', 'Casado'],
  T: ['Unión libre', 'Unión libre'],
  D: ['Divorciada', 'Divorciado'],
  W: ['Viuda', 'Viudo'],
}

const tongueText: Readonly<Record<string, string>> = {
  zap: 'Zapoteco',
  tzo: 'Tsotsil',
  yua: 'Maya',
  nah: 'Náhuatl',
}

const kinship: Readonly<
  Record<Contact['relationship'], readonly [code: string, female: string, male: string]>
> = {
  mother: ['MTH', 'Madre', 'Madre'],
  father: ['FTH', 'Padre', 'Padre'],
  spouse: ['SPS', 'Esposa', 'Esposo'],
  partner: ['DOMPART', 'Pareja', 'Pareja'],
  child: ['CHILD', 'Hija', 'Hijo'],
  sibling: ['SIB', 'Hermana', 'Hermano'],
}

/** Who answers for a child, and may ask for its record: as a resource of its own. */
export function guardiansOf(person: Resident): Resource[] {
  if (person.age >= 18) return []
  const { name, gender, telecom, relationship } = contactElement(person.contact)
  return [
    {
      resourceType: 'RelatedPerson',
      id: `${person.id}-responsable`,
      ...(person.mother ? { identifier: [{ ...recordNumber(person.mother.record), use: 'secondary' }] } : {}),
      active: true,
      patient: { reference: `Patient/${person.id}`, display: person.text },
      relationship,
      name: [name],
      telecom,
      gender,
    },
  ]
}

function contactElement({ relationship, sex, given, family, secondFamily, phone }: Contact) {
  const [code, female, male] = kinship[relationship]
  return {
    relationship: [
      {
        coding: [
          { system: `${hl7}/v2-0131`, code: 'C' },
          { system: `${hl7}/v3-RoleCode`, code },
        ],
        text: sex === 'female' ? female : male,
      },
    ],
    name: humanName({ given, family, secondFamily, text: [...given, family, secondFamily].join(' ') }),
    telecom: [{ system: 'phone', value: phone, use: 'mobile' }],
    gender: sex,
  }
}

/** Who saw a patient is of the team, and may be who answers for the patient, for so long. */
const teamDaysMax = 2 * 365

const generalists: readonly (Specialty | undefined)[] = [
  'family-medicine',
  'internal-medicine',
  'paediatrics',
]

/**
 * Who cares for the patient: the physician who answers, a nurse, and whoever saw the patient at an encounter of the last
 * two years. It is what the right to see the record rests on.
 */
export interface Carers {
  responsible: Staff
  nurse: Staff
  others: readonly Staff[]
}

/** The generalist who saw the patient most often answers; of a patient whom none saw, one chosen by age. */
export function carersOf({ age, seat }: Resident, chart: readonly Resource[], today: Day): Carers {
  const since = addDays(today, -teamDaysMax)
  const visits = new Map<string, number>()
  for (const who of chart.flatMap((resource) => participantsOf(resource, since))) {
    visits.set(who, (visits.get(who) ?? 0) + 1)
  }
  const visitsTo = ({ practitioner }: Staff) => visits.get(practitioner) ?? 0
  const seen = house.byRole('physician').filter((each) => visitsTo(each) > 0)
  const [most] = seen
    .filter(({ specialty }) => generalists.includes(specialty))
    .toSorted((a, b) => visitsTo(b) - visitsTo(a))
  const byAge = house.byRole(
    'physician',
    age < 15 ? 'paediatrics' : age >= 70 ? 'internal-medicine' : 'family-medicine',
  )
  const nurses = house.byRole('nurse')
  const responsible = most ?? byAge[seat % byAge.length]!
  return {
    responsible,
    nurse: nurses[seat % nurses.length]!,
    others: seen.filter((each) => each !== responsible),
  }
}

export function careTeamOf(person: Resident, { responsible, nurse, others }: Carers): Resource {
  const member = (staff: Staff, role: string) => ({
    role: [{ text: role }],
    member: { reference: staff.practitioner, display: staff.display },
    onBehalfOf: hospital,
  })
  return {
    resourceType: 'CareTeam',
    id: careTeamIdOf(person.id),
    status: 'active',
    name: 'Equipo tratante',
    subject: { reference: `Patient/${person.id}`, display: person.text },
    participant: [
      member(responsible, 'Médico responsable'),
      member(nurse, 'Enfermería'),
      ...others.map((each) => member(each, specialties[each.specialty ?? 'family-medicine'].name)),
    ],
    managingOrganization: [hospital],
  }
}

function participantsOf(resource: Resource, since: Day): string[] {
  if (resource.resourceType !== 'Encounter') return []
  const { participant = [], period } = resource as {
    participant?: { individual?: { reference?: string } }[]
    period?: { start?: string }
  }
  if ((period?.start ?? '') < since) return []
  return participant.flatMap(({ individual }) => individual?.reference ?? [])
}
