/** Invented patients and what is written about them, the same at every run. */

import { inventedName } from './names.ts'

type Resource = { resourceType: string } & Record<string, unknown>

const measures = [
  { code: '8302-2', display: 'Estatura corporal', unit: 'cm', low: 45, high: 205 },
  { code: '29463-7', display: 'Peso corporal', unit: 'kg', low: 3, high: 140 },
  { code: '8867-4', display: 'Frecuencia cardiaca', unit: '/min', low: 48, high: 130 },
  { code: '8310-5', display: 'Temperatura corporal', unit: 'Cel', low: 35, high: 40 },
  { code: '2345-7', display: 'Glucosa en suero o plasma', unit: 'mg/dL', low: 60, high: 320 },
  { code: '2160-0', display: 'Creatinina en suero o plasma', unit: 'mg/dL', low: 0.4, high: 6 },
  { code: '718-7', display: 'Hemoglobina en sangre', unit: 'g/dL', low: 7, high: 18 },
  { code: '4548-4', display: 'Hemoglobina glucosilada A1c', unit: '%', low: 4, high: 13 },
]
const families = ['García', 'Hernández', 'Martínez', 'López', 'González', 'Pérez', 'Sánchez', 'Ramírez']
const givens = ['María', 'José', 'Guadalupe', 'Juan', 'Margarita', 'Francisco', 'Rosa', 'Antonio']
const notes = [
  'Toma realizada en ayuno de ocho horas; el paciente refiere buen apego al tratamiento indicado y a la dieta.',
  'Se repite la medición por valor fuera del intervalo esperado; se confirma el resultado y se avisa al médico tratante.',
  'Muestra ligeramente hemolizada; interpretar con reserva y correlacionar con la clínica; se sugiere repetir la toma.',
  'Sin síntomas al momento de la toma; se cita a control en cuatro semanas con resultados previos.',
]
const conditions = [
  { code: '44054006', display: 'Diabetes mellitus tipo 2' },
  { code: '38341003', display: 'Hipertensión arterial' },
  { code: '195967001', display: 'Asma' },
  { code: '10509002', display: 'Bronquitis aguda' },
]

/** Numbers in [0, 1) that follow from the seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function inventedPatient(seat: number, random: () => number): Resource {
  return {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:oid:2.16.840.1.113883.4.629', value: `EXP-${100_000 + seat}` }],
    name: [{ use: 'official', ...inventedName(random) }],
    telecom: [
      { system: 'phone', value: `55 ${1000 + seat} ${Math.floor(1000 + random() * 9000)}`, use: 'mobile' },
    ],
    gender: random() < 0.5 ? 'female' : 'male',
    birthDate: `${1930 + Math.floor(random() * 90)}-0${1 + Math.floor(random() * 9)}-1${Math.floor(random() * 10)}`,
    address: [{ line: [`Calle ${seat}`], city: 'Puebla', state: 'PUE', postalCode: '72000', country: 'MX' }],
  }
}

/** About 1.4 kB of compact JSON: the mean of a Synthea resource. */
export function inventedObservation(patient: string, random: () => number): Resource {
  const { code, display, unit, low, high } = pick(measures, random)
  const value = (at: number) => Number((low + at * (high - low)).toFixed(1))
  const quantity = (at: number) => ({
    value: value(at),
    unit,
    system: 'http://unitsofmeasure.org',
    code: unit,
  })
  const coding = { system: 'http://loinc.org', code, display }
  const level = random() < 0.7 ? { code: 'N', display: 'Normal' } : { code: 'H', display: 'Alto' }
  const at = moment(random)
  return {
    resourceType: 'Observation',
    meta: { tag: [{ system: 'https://sigilo.example/bench', code: 'invented' }] },
    status: 'final',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: 'laboratory',
            display: 'Laboratory',
          },
        ],
      },
    ],
    code: { coding: [coding], text: display },
    subject: { reference: patient },
    effectiveDateTime: at,
    issued: at.replace('-06:00', '.250-06:00'),
    performer: [{ display: `QFB ${pick(givens, random)} ${pick(families, random)}` }],
    valueQuantity: quantity(random()),
    interpretation: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', ...level }],
      },
    ],
    note: [{ text: pick(notes, random) }],
    method: { text: 'Espectrofotometría automatizada' },
    referenceRange: [
      { low: quantity(0.2), high: quantity(0.6), text: 'Intervalo de referencia del laboratorio' },
    ],
  }
}

/** For where the Synthea Bundles are not: fifty patients, transaction Bundles in their manner. */
export function inventedBundles(patients = 50): Uint8Array[] {
  const random = randomFrom(2026)
  return Array.from({ length: patients }, (_, seat) => {
    const patient = `urn:uuid:${uuidFrom(random)}`
    const entries = [entryOf(patient, inventedPatient(seat, random))]
    for (let visit = 0; visit < 24; visit++) {
      const encounter = `urn:uuid:${uuidFrom(random)}`
      const at = moment(random)
      const about = { subject: { reference: patient }, encounter: { reference: encounter } }
      entries.push(entryOf(encounter, inventedEncounter(patient, at)))
      for (let n = 0; n < 5; n++) {
        const observation = { ...inventedObservation(patient, random), encounter: { reference: encounter } }
        entries.push(entryOf(`urn:uuid:${uuidFrom(random)}`, observation))
      }
      const coding = [{ system: 'http://snomed.info/sct', ...pick(conditions, random) }]
      const code = { coding, text: coding[0]?.display }
      entries.push(
        entryOf(`urn:uuid:${uuidFrom(random)}`, {
          resourceType: 'Condition',
          code,
          ...about,
          onsetDateTime: at,
        }),
        entryOf(`urn:uuid:${uuidFrom(random)}`, {
          resourceType: 'Procedure',
          status: 'completed',
          code,
          ...about,
          performedDateTime: at,
        }),
      )
    }
    return Buffer.from(
      JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: entries }, null, 4),
    )
  })
}

/** A transaction Bundle that creates so many patients. */
export function patientsBundle(seat: number, count: number, random: () => number): Uint8Array {
  const entry = Array.from({ length: count }, (_, n) =>
    entryOf(`urn:uuid:${uuidFrom(random)}`, inventedPatient(seat + n, random)),
  )
  return Buffer.from(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }))
}

/** A transaction Bundle that creates one patient, and so many Observations of that patient. */
export function patientBundle(seat: number, observations: number, random: () => number): Uint8Array {
  const patient = `urn:uuid:${uuidFrom(random)}`
  const entry = [entryOf(patient, inventedPatient(seat, random))]
  for (let n = 0; n < observations; n++) {
    entry.push(entryOf(`urn:uuid:${uuidFrom(random)}`, inventedObservation(patient, random)))
  }
  return Buffer.from(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }))
}

function inventedEncounter(patient: string, at: string): Resource {
  return {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB', display: 'ambulatory' },
    type: [{ text: 'Consulta de medicina familiar' }],
    subject: { reference: patient },
    period: { start: at, end: at },
  }
}

function entryOf(fullUrl: string, resource: Resource) {
  return { fullUrl, resource, request: { method: 'POST', url: resource.resourceType } }
}

function pick<Item>(list: readonly Item[], random: () => number): Item {
  return list[Math.floor(random() * list.length)] as Item
}

function moment(random: () => number): string {
  const two = (from: number, count: number) => String(from + Math.floor(random() * count)).padStart(2, '0')
  return `20${two(10, 16)}-${two(1, 12)}-${two(1, 28)}T${two(7, 14)}:${two(0, 60)}:${two(0, 60)}-06:00`
}

function uuidFrom(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
