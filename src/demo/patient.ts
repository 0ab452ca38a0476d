import { addDays } from './calendar.ts'
import { base, hospital, house } from './house.ts'
import { humanName } from './names.ts'
import { careTeamIdOf, type Resident } from './people.ts'
import { specialties } from './staff.ts'
import type { Contact, Day, Marital, Resource, Staff } from './types.ts'

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

/** The physician who answers for a patient: by age, and by seat so that each has as many. */
export function responsibleFor({ age, seat }: Resident): Staff {
  const physicians = house.byRole(
    'physician',
    age < 15 ? 'paediatrics' : age >= 70 ? 'internal-medicine' : 'family-medicine',
  )
  return physicians[seat % physicians.length]!
}

/** How long a physician who saw the patient is still of the team. */
const teamDaysMax = 2 * 365

/**
 * Who cares for the patient: the responsible physician, a nurse, and whoever saw the patient at an encounter of the last
 * two years. It is what the right to see the record rests on.
 */
export function careTeamOf(
  person: Resident,
  physician: Staff,
  chart: readonly Resource[],
  today: Day,
): Resource {
  const since = addDays(today, -teamDaysMax)
  const nurses = house.byRole('nurse')
  const seen = new Set(chart.flatMap((resource) => participantsOf(resource, since)))
  const others = house.staff.filter(
    (each) => each.role === 'physician' && each !== physician && seen.has(each.practitioner),
  )
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
      member(physician, 'Médico responsable'),
      member(nurses[person.seat % nurses.length]!, 'Enfermería'),
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
