/** What may be moved from the record of the wrong patient: types that R4 lets be entered in error, and what is left of one there. */
import type { JsonObject } from '#records/json/index.ts'

interface Movable {
  /** The member that says it; a code, or a concept of these systems. */
  says: JsonObject
  /** Members that are kept as they were: who it was about, and what is no content. */
  keeps?: readonly string[]
  /** What R4 asks for, without what it said. */
  instead?: JsonObject
}

const error = 'entered-in-error'
const status = { status: error }
const concept = { text: error }
const verification = (system: string): JsonObject => ({
  verificationStatus: {
    coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code: error }],
  },
})

/** Visits are not among them: with them care begins, and whoever wrote one in the wrong record cares for that patient until it is corrected there. */
const movable: Readonly<Record<string, Movable>> = {
  AllergyIntolerance: { says: verification('allergyintolerance-verification'), keeps: ['patient'] },
  CarePlan: { says: status, keeps: ['subject', 'intent'] },
  ClinicalImpression: { says: status, keeps: ['subject'] },
  Communication: { says: status, keeps: ['subject'] },
  Condition: { says: verification('condition-ver-status'), keeps: ['subject'] },
  DiagnosticReport: { says: status, keeps: ['subject'], instead: { code: concept } },
  DocumentReference: {
    says: status,
    keeps: ['subject'],
    instead: { content: [{ attachment: { title: error } }] },
  },
  FamilyMemberHistory: { says: status, keeps: ['patient'], instead: { relationship: concept } },
  Immunization: {
    says: status,
    keeps: ['patient'],
    instead: { vaccineCode: concept, occurrenceString: error },
  },
  Media: { says: status, keeps: ['subject'], instead: { content: { title: error } } },
  MedicationAdministration: {
    says: status,
    keeps: ['subject', 'effectiveDateTime', 'effectivePeriod'],
    instead: { medicationCodeableConcept: concept },
  },
  MedicationRequest: {
    says: status,
    keeps: ['subject', 'intent'],
    instead: { medicationCodeableConcept: concept },
  },
  MedicationStatement: {
    says: status,
    keeps: ['subject'],
    instead: { medicationCodeableConcept: concept },
  },
  NutritionOrder: { says: status, keeps: ['patient', 'intent', 'dateTime'] },
  Observation: { says: status, keeps: ['subject'], instead: { code: concept } },
  Procedure: { says: status, keeps: ['subject'] },
  QuestionnaireResponse: { says: status, keeps: ['subject'] },
  RiskAssessment: { says: status, keeps: ['subject'] },
  ServiceRequest: { says: status, keeps: ['subject', 'intent'] },
}

export const isMovable = (type: string): boolean => Object.hasOwn(movable, type)

/** What it is, who may see it, and what changes what it means: without these it would be something else (R4 extensibility.html#modifierExtension). */
const kept: readonly string[] = ['resourceType', 'id', 'meta', 'implicitRules', 'modifierExtension']

/** Whether that member goes along with whatever is moved. */
export const isKept = (member: string): boolean => kept.includes(member)

/** Whether it is entered in error already. */
export function isInError(resource: JsonObject): boolean {
  if (resource['status'] === error) return true
  const { coding } = (resource['verificationStatus'] ?? {}) as { coding?: { code?: string }[] }
  return Array.isArray(coding) && coding.some(({ code }) => code === error)
}

/** Where it went: of what is left of it. */
const movedTo = 'urn:x-sigilo:moved-to'

/** What stays in the wrong patient's record in place of it: that it was an error, and where it went. Labels are kept. */
export function leftOf(resource: JsonObject, to: string): JsonObject {
  const { resourceType, id, meta } = resource
  const { says, keeps = [], instead = {} } = movable[String(resourceType)] as Movable
  const { security } = (meta ?? {}) as { security?: unknown }
  return {
    ...(resourceType === undefined ? {} : { resourceType }),
    ...(id === undefined ? {} : { id }),
    ...(security === undefined ? {} : { meta: { security } as JsonObject }),
    extension: [{ url: movedTo, valueReference: { reference: to } }],
    ...says,
    ...instead,
    ...Object.fromEntries(
      keeps.flatMap((name) => (resource[name] === undefined ? [] : [[name, resource[name]]])),
    ),
  } as JsonObject
}

/** `Type/id` of where it went, of what is left of something that was moved. */
export function wentTo(text: string): { type: string; id: string } | undefined {
  if (!text.includes(movedTo)) return undefined
  const { extension } = JSON.parse(text) as {
    extension?: { url?: string; valueReference?: { reference?: string } }[]
  }
  const found = extension?.find(({ url }) => url === movedTo)?.valueReference?.reference
  const [type, id] = found?.split('/') ?? []
  return type === undefined || id === undefined ? undefined : { type, id }
}
