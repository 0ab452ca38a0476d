/** Who is in the vault: Synthea's patients with their records, and invented people with Mexican names. */
import type { JsonObject } from '#records/json/index.ts'
import { corpusFiles } from '../corpus.ts'
import { at } from '../tree.ts'

export type Resource = JsonObject & { resourceType: string; id: string }

/** A resource, and which of the population it is about. */
export interface Fact {
  resource: Resource
  person: number
}

export interface Admission {
  person: number
  /** The transaction Bundle that brings the patient. */
  text: string
  resources: readonly Resource[]
}

/** In the order of their names: an import may come so. */
export function syntheaAdmissions(): Admission[] {
  return [...corpusFiles('synthea-smart', '.json.gz')].map(({ text }, person) => {
    const { entry } = JSON.parse(text) as { entry: { resource: Resource }[] }
    return { person, text, resources: entry.map(({ resource }) => resource) }
  })
}

/** The code that a clinical resource is about. */
export function codeOf(resource: Resource): string | undefined {
  const paths = codePaths[resource.resourceType] ?? []
  return paths.map((path) => at(resource, path)).find((code) => typeof code === 'string')
}

const codePaths: Record<string, string[]> = {
  CarePlan: ['category.0.coding.0.code'],
  Claim: ['item.0.productOrService.coding.0.code'],
  Condition: ['code.coding.0.code'],
  DiagnosticReport: ['code.coding.0.code'],
  Encounter: ['type.0.coding.0.code'],
  ExplanationOfBenefit: ['item.0.productOrService.coding.0.code'],
  Immunization: ['vaccineCode.coding.0.code'],
  MedicationRequest: ['medicationCodeableConcept.coding.0.code'],
  Observation: ['code.coding.0.code'],
  Procedure: ['code.coding.0.code'],
}
export const codedTypes = Object.keys(codePaths)

export function nameOf(patient: Resource): string {
  const given = at(patient, 'name.0.given')
  return [...(Array.isArray(given) ? given : []), at(patient, 'name.0.family')].join(' ')
}

/** The same numbers in every run. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const mixed = [...items]
  for (let n = mixed.length - 1; n > 0; n--) {
    const other = Math.floor(random() * (n + 1))
    ;[mixed[n], mixed[other]] = [mixed[other] as Item, mixed[n] as Item]
  }
  return mixed
}

/** Patients with two family names and one or two given ones, as common as they are: a few names are everybody's. */
export function inventedPatients(count: number, random: () => number): Resource[] {
  const pick = (names: readonly string[]) => {
    // Zipf's law, about: the tenth name is a tenth as common as the first.
    const total = names.reduce((sum, _, rank) => sum + 1 / (rank + 2), 0)
    let left = random() * total
    return names.find((_, rank) => (left -= 1 / (rank + 2)) < 0) ?? (names[0] as string)
  }
  const digits = (length: number) => String(Math.floor(random() * 10 ** length)).padStart(length, '0')
  return Array.from({ length: count }, (_, n) => {
    const isFemale = random() < 0.5
    const givenNames = isFemale ? female : male
    const given = [...new Set([pick(givenNames), ...(random() < 0.5 ? [pick(givenNames)] : [])])]
    const family = `${pick(families)} ${pick(families)}`
    const birthDate = new Date(Date.UTC(1930, 0, 1) + Math.floor(random() * 34_000) * 86_400_000)
    return {
      resourceType: 'Patient',
      id: `invented-${n}`,
      identifier: [
        {
          type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
          system: 'urn:example:records',
          value: `EXP-${digits(6)}`,
        },
        { system: 'urn:oid:2.16.840.1.113883.4.629', value: `XEXX${digits(6)}HNEXXX${digits(2)}` },
      ],
      name: [{ use: 'official', family, given }],
      gender: isFemale ? 'female' : 'male',
      birthDate: birthDate.toISOString().slice(0, 10),
      telecom: [{ system: 'phone', value: `55${digits(8)}` }],
      address: [{ city: pick(cities), postalCode: digits(5) }],
    }
  })
}

const words = (text: string) => text.split(/\s+/u)
const families =
  words(`Hernández García Martínez López González Pérez Rodríguez Sánchez Ramírez Cruz Flores Gómez
  Morales Vázquez Jiménez Reyes Díaz Torres Gutiérrez Ruiz Mendoza Aguilar Ortiz Moreno Castillo Romero Álvarez Méndez
  Chávez Rivera Juárez Ramos Domínguez Herrera Medina Castro Vargas Guzmán Velázquez Rojas Contreras Salazar Luna Ortega
  Santiago Guerrero Estrada Bautista Cortés Soto Alvarado Espinoza Lara Ávila Ríos Cervantes Silva Delgado Vega Márquez
  Sandoval Carrillo León Mejía Solís Núñez Rosas Valdez Ibarra Campos Santos Camacho Peña Maldonado Rosales Navarro
  Miranda Robles Fuentes Valencia Zavala Cabrera Padilla Orozco Molina Acosta Ochoa Cárdenas Trejo Salas Pacheco Serrano
  Meza Nava Ayala Franco Esquivel Valenzuela Barrera Cano Montes Olvera Arellano Duarte Zamora Galván Villegas Suárez`)
const female =
  words(`María Guadalupe Juana Margarita Verónica Leticia Rosa Elizabeth Martha Patricia Gabriela Alejandra
  Ana Teresa Adriana Carmen Silvia Yolanda Laura Josefina Claudia Sofía Daniela Fernanda Andrea Lucía Mariana Valeria
  Elena Irma Alicia Norma Beatriz Lourdes Rocío Ximena Regina Camila Isabel Esperanza`)
const male =
  words(`José Juan Luis Francisco Antonio Jesús Miguel Pedro Alejandro Manuel Carlos Fernando Jorge Roberto
  Daniel Ricardo Javier Eduardo Raúl Arturo Sergio Rafael Armando Gerardo Enrique Mario Víctor Alberto Ángel Martín
  Óscar Diego Santiago Mateo Leonardo Emiliano Gustavo Salvador Ramón Hugo`)
const cities = words('Puebla Toluca Mérida León Oaxaca Morelia Xalapa Saltillo Durango Tepic Colima Pachuca')
