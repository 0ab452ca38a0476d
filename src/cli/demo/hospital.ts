import { conditions, measures, visits, type Measure } from './clinical.ts'
import { inventedCurp } from './curp.ts'
import { patients, practitioners, type InventedPatient } from './people.ts'

/** FHIR JSON, ready to be written out. */
type Resource = { resourceType: string; id: string; [element: string]: unknown }

export interface DemoBundle {
  /** The first resource: where it is in the store, the whole Bundle is, because a transaction is atomic. */
  first: { type: string; id: string }
  json: string
}

declare global {
  // ECMAScript 2026, in Node since 22; TypeScript's library does not have it yet.
  interface JSON {
    rawJSON: (text: string) => object
  }
}

const base = 'https://santa-elena.example'
const hospital = { reference: 'Organization/santa-elena', display: 'Hospital Santa Elena' }
/** CURP, in the registry of OIDs of HL7. */
const curpSystem = 'urn:oid:2.16.840.1.113883.4.629'

/**
 * The invented hospital, the same at every start: the organisation and its staff in one transaction, then a
 * transaction for each patient.
 */
export function hospitalBundles(): DemoBundle[] {
  return [transaction([organization(), ...practitioners.map(practitioner)]), ...patients.map(recordOf)]
}

function transaction(resources: Resource[]): DemoBundle {
  const [first] = resources
  if (!first) throw new RangeError('a transaction needs a resource')
  const entry = resources.map((resource) => ({
    fullUrl: `${base}/fhir/${resource.resourceType}/${resource.id}`,
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }))
  const json = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })
  return { first: { type: first.resourceType, id: first.id }, json }
}

function organization(): Resource {
  return {
    resourceType: 'Organization',
    id: 'santa-elena',
    identifier: [{ system: `${base}/clues`, value: 'DFSSA099999' }],
    active: true,
    type: [coded('http://terminology.hl7.org/CodeSystem/organization-type', 'prov', 'Healthcare Provider')],
    name: 'Hospital Santa Elena',
    telecom: [{ system: 'phone', value: '+52 55 5550 0100', use: 'work' }],
    address: [
      {
        use: 'work',
        line: ['Calzada de los Ahuehuetes 1'],
        city: 'Ciudad de México',
        postalCode: '03990',
        country: 'MX',
      },
    ],
  }
}

function practitioner(person: (typeof practitioners)[number]): Resource {
  return {
    resourceType: 'Practitioner',
    id: person.id,
    identifier: [
      { type: identifierType('MD', 'Cédula profesional'), system: `${base}/cedula`, value: person.licence },
    ],
    active: true,
    name: [{ ...nameOf(person), prefix: [person.prefix] }],
    gender: person.gender,
  }
}

function recordOf(person: InventedPatient, seat: number): DemoBundle {
  const id = `paciente-${String(seat + 1).padStart(2, '0')}`
  const name = nameOf(person)
  const subject = { reference: `Patient/${id}`, display: name.text }
  const doctor = practitioners[seat % 2] ?? practitioners[0]
  const performer = { reference: `Practitioner/${doctor?.id}` }
  const encounters = visits.map((visit, i) => encounter(`${id}-consulta-${i + 1}`, subject, performer, visit))
  return transaction([
    patient(id, person),
    ...encounters,
    ...person.conditions.map((key, i) => condition(`${id}-diagnostico-${i + 1}`, subject, key)),
    ...visits.flatMap((visit, i) =>
      measures.map((measure) =>
        observation(
          `${id}-medida-${measure.code}-${i + 1}`,
          subject,
          `Encounter/${id}-consulta-${i + 1}`,
          performer,
          {
            measure,
            at: `${visit.date}T${visit.hour}:20:00-06:00`,
            value: measure.value({ ...person, seat, visit: i }).toFixed(measure.decimals),
          },
        ),
      ),
    ),
  ])
}

function patient(id: string, person: InventedPatient): Resource {
  return {
    resourceType: 'Patient',
    id,
    identifier: [
      {
        use: 'usual',
        type: identifierType('MR', 'Número de expediente'),
        system: `${base}/expediente`,
        value: person.record,
        assigner: hospital,
      },
      {
        use: 'official',
        type: identifierType('NI', 'CURP'),
        system: curpSystem,
        value: inventedCurp(person),
      },
    ],
    active: true,
    name: [nameOf(person)],
    telecom: [{ system: 'phone', value: person.phone, use: 'mobile' }],
    gender: person.gender,
    birthDate: person.birthDate,
    address: [
      {
        use: 'home',
        text: `${person.street}, ${person.colony}, ${person.postalCode} ${person.city}, ${person.region}`,
        line: [person.street, person.colony],
        city: person.city,
        state: person.region,
        postalCode: person.postalCode,
        country: 'MX',
      },
    ],
    managingOrganization: hospital,
  }
}

function encounter(
  id: string,
  subject: object,
  individual: object,
  visit: (typeof visits)[number],
): Resource {
  return {
    resourceType: 'Encounter',
    id,
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB', display: 'ambulatory' },
    subject,
    participant: [{ individual }],
    period: {
      start: `${visit.date}T${visit.hour}:00:00-06:00`,
      end: `${visit.date}T${visit.hour}:40:00-06:00`,
    },
    reasonCode: [{ text: visit.reason }],
    serviceProvider: hospital,
  }
}

function condition(id: string, subject: object, key: string): Resource {
  const found = conditions[key]
  if (!found) throw new RangeError(`no condition ${key}`)
  return {
    resourceType: 'Condition',
    id,
    clinicalStatus: coded('http://terminology.hl7.org/CodeSystem/condition-clinical', 'active', 'Active'),
    verificationStatus: coded(
      'http://terminology.hl7.org/CodeSystem/condition-ver-status',
      'confirmed',
      'Confirmed',
    ),
    code: { ...coded('http://hl7.org/fhir/sid/icd-10', found.code, found.display), text: found.display },
    subject,
    onsetDateTime: String(found.onsetYear),
  }
}

function observation(
  id: string,
  subject: object,
  encounterReference: string,
  performer: object,
  { measure, at, value }: { measure: Measure; at: string; value: string },
): Resource {
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    category: [coded('http://terminology.hl7.org/CodeSystem/observation-category', measure.category)],
    code: { ...coded('http://loinc.org', measure.code, measure.display), text: measure.display },
    subject,
    encounter: { reference: encounterReference },
    effectiveDateTime: at,
    performer: [performer],
    valueQuantity: {
      // FHIR decimals keep their precision: 60.0 kg is not 60 kg.
      value: JSON.rawJSON(value),
      unit: measure.unit,
      system: 'http://unitsofmeasure.org',
      code: measure.ucum,
    },
  }
}

/** Two family names in one element, and each apart: FHIR's extensions for them. */
function nameOf(person: { given: string; fathersFamily: string; mothersFamily: string }) {
  const family = `${person.fathersFamily} ${person.mothersFamily}`
  const extension = [
    {
      url: 'http://hl7.org/fhir/StructureDefinition/humanname-fathers-family',
      valueString: person.fathersFamily,
    },
    {
      url: 'http://hl7.org/fhir/StructureDefinition/humanname-mothers-family',
      valueString: person.mothersFamily,
    },
  ]
  return {
    use: 'official',
    text: `${person.given} ${family}`,
    family,
    _family: { extension },
    given: person.given.split(' '),
  }
}

const identifierType = (code: string, text: string) => ({
  ...coded('http://terminology.hl7.org/CodeSystem/v2-0203', code),
  text,
})

const coded = (system: string, code: string, display?: string) => ({
  coding: [{ system, code, ...(display === undefined ? {} : { display }) }],
})
