/** What a row says about a patient that FHIR keeps in resources of their own. */
import { fold } from '../search/index.ts'
import type { JsonObject } from '#records/json/index.ts'

/** Whom the resources beside a patient are about, within one transaction. */
export const patientUrn = 'urn:uuid:6f1c2f0e-0c5b-4e0c-9f0b-3d6f1b1a7c11'

/** LOINC 882-1 with SNOMED CT's eight groups. */
const groups: Record<string, string> = {
  'O+': '278147001',
  'O-': '278148006',
  'A+': '278149003',
  'B+': '278150003',
  'AB+': '278151004',
  'A-': '278152006',
  'B-': '278153001',
  'AB-': '278154007',
}

/** «O Rh positivo», `A (+)`, `AB NEG`; undefined where it is none of the eight. */
export function bloodGroupOf(text: string): string | undefined {
  const found =
    /^(?:grupo |tipo )?(ab|a|b|o|0)(?: rh| factor rh)? ?(positivo|positive|pos|negativo|negative|neg|\+|-)$/.exec(
      fold(text)
        .replace(/[()."“”]/g, ' ')
        .replace(/[−–—]/g, '-')
        .replace(/\brh(?=\S)/, 'rh ')
        .replace(/\s+/g, ' ')
        .trim(),
    )
  if (!found) return undefined
  return found[1]!.toUpperCase().replace('0', 'O') + (/^(p|\+)/.test(found[2]!) ? '+' : '-')
}

/** Status `unknown`: a spreadsheet is no laboratory, and nobody transfuses on its word. */
export function bloodObservation(group: string): JsonObject {
  return {
    resourceType: 'Observation',
    status: 'unknown',
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' },
        ],
      },
    ],
    code: {
      coding: [{ system: 'http://loinc.org', code: '882-1', display: 'ABO and Rh group [Type] in Blood' }],
      text: 'Grupo sanguíneo y Rh',
    },
    subject: { reference: patientUrn },
    valueCodeableConcept: {
      coding: [{ system: 'http://snomed.info/sct', code: groups[group] ?? '' }],
      text: group,
    },
    note: [{ text: 'Tomado de una hoja de cálculo, sin comprobación de laboratorio.' }],
  }
}

/** Undefined for «ninguna», which is no coverage. */
export function coverageOf(insurer: string, policy: string): JsonObject | undefined {
  if (
    policy === '' &&
    (insurer === '' ||
      /^(ninguna?|no|sin (seguro|derechohabiencia|seguridad social)|none|no tiene)$/.test(fold(insurer)))
  )
    return undefined
  return {
    resourceType: 'Coverage',
    status: 'active',
    ...(policy === '' ? {} : { subscriberId: policy }),
    beneficiary: { reference: patientUrn },
    payor: [{ display: insurer === '' ? 'No registrado' : insurer }],
  }
}
