/** Of which kind a resource is, as policies speak of it. What no list has is clinical: the narrowest. */
import type { JsonObject } from '#records/json/index.ts'
import type { Tuple } from '../search/index.ts'

/** `vault`: what is about all of it; `ledger`: what was recorded. The others are of resources. */
export const kinds = [
  'facility',
  'identity',
  'schedule',
  'visit',
  'consent',
  'clinical',
  'laboratory',
  'billing',
  'ledger',
  'vault',
] as const

export type Kind = (typeof kinds)[number]

const types: Partial<Record<Kind, string>> = {
  // Who and what there is, and what is known in general: of no patient.
  facility: `
    ActivityDefinition CapabilityStatement CatalogEntry ChargeItemDefinition CodeSystem CompartmentDefinition ConceptMap
    DeviceDefinition EffectEvidenceSynthesis Endpoint EventDefinition Evidence EvidenceVariable ExampleScenario GraphDefinition
    HealthcareService ImplementationGuide InsurancePlan Library Location Measure Medication MedicationKnowledge MedicinalProduct
    MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient
    MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
    MedicinalProductUndesirableEffect MessageDefinition NamingSystem ObservationDefinition OperationDefinition Organization
    OrganizationAffiliation PlanDefinition Practitioner PractitionerRole Questionnaire ResearchDefinition
    ResearchElementDefinition ResearchStudy RiskEvidenceSynthesis SearchParameter SpecimenDefinition StructureDefinition
    StructureMap Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation
    SubstanceSourceMaterial SubstanceSpecification TerminologyCapabilities TestReport TestScript ValueSet`,
  identity: 'Patient Person RelatedPerson',
  schedule: 'Appointment AppointmentResponse Schedule Slot',
  consent: 'Consent',
  visit: 'CareTeam Encounter EpisodeOfCare',
  laboratory: 'Specimen',
  billing: `
    Account ChargeItem Claim ClaimResponse Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse
    EnrollmentRequest EnrollmentResponse ExplanationOfBenefit Invoice PaymentNotice PaymentReconciliation`,
}

const byType = new Map<string, Kind>()
for (const [kind, names] of Object.entries(types))
  for (const name of names.trim().split(/\s+/)) byType.set(name, kind as Kind)

/** Types of which some are of the laboratory, as their category says. */
const divided: ReadonlySet<string> = new Set(['DiagnosticReport', 'Observation', 'ServiceRequest'])

/**
 * Of observation-category, of HL7's table 0074 (diagnostic services) those that are done on specimens, and of SNOMED CT "Laboratory
 * procedure".
 */
const laboratory: ReadonlySet<string> = new Set(
  'laboratory LAB BLB CH CP CTH GE HM IMM MB MCB MYC PAR SP SR TX VR 108252007'.split(' '),
)

/** Those that resources of a type may be of. */
export function kindsOf(type: string): readonly Kind[] {
  if (divided.has(type)) return ['clinical', 'laboratory']
  return [byType.get(type) ?? 'clinical']
}

/** `categories`: the codes of its `category`; asked for where they matter. */
export function kindOf(type: string, categories: () => Iterable<string>): Kind {
  if (!divided.has(type)) return byType.get(type) ?? 'clinical'
  // One that is both is the narrower.
  const codes = [...categories()]
  return codes.length > 0 && codes.every((code) => laboratory.has(code)) ? 'laboratory' : 'clinical'
}

export function* categoriesOf(tuple: Tuple): Generator<string> {
  for (const value of tuple.values('category') ?? [])
    if (value.kind === 'token' && value.code !== undefined) yield value.code
}

/** The same of a resource as it is written. */
export function* categoriesIn({ category }: JsonObject): Generator<string> {
  for (const concept of Array.isArray(category) ? category : []) {
    const { coding } = concept as { coding?: { code?: unknown }[] }
    for (const { code } of Array.isArray(coding) ? coding : []) if (typeof code === 'string') yield code
  }
}
