/** What a program may be registered for: SMART App Launch 2.0, "Scopes for requesting FHIR Resources", system scopes alone. */

/** All of every record. */
export const scopeOfAll = 'system/*.cruds'

/** The resource types of FHIR R4 (4.0.1). */
const types = `
  Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary
  BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem
  ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest
  CompartmentDefinition Composition ConceptMap Condition Consent Contract Coverage CoverageEligibilityRequest
  CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement
  DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest
  EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit
  FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization
  ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice Library Linkage List Location
  Measure MeasureReport Media Medication MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest
  MedicationStatement MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication
  MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured
  MedicinalProductPackaged MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition MessageHeader
  MolecularSequence NamingSystem NutritionOrder Observation ObservationDefinition OperationDefinition OperationOutcome
  Organization OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation Person PlanDefinition
  Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup
  ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule
  SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap Subscription Substance
  SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial
  SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport TestScript ValueSet
  VerificationResult VisionPrescription
`

/** Every way of taking some of them, in this order. */
const letters = 'cruds'
const some = Array.from({ length: 2 ** letters.length - 1 }, (_, n) =>
  [...letters].filter((_each, at) => (n + 1) & (1 << at)).join(''),
)

/** Each word that there is; `*` is of every type. */
export const scopeWords: ReadonlySet<string> = new Set(
  ['*', ...types.trim().split(/\s+/)].flatMap((type) => some.map((what) => `system/${type}.${what}`)),
)

const scopeCharsMax = 256

export function isScope(scope: string): boolean {
  const words = scope.split(' ')
  return (
    scope.length <= scopeCharsMax &&
    words.every((each) => scopeWords.has(each)) &&
    new Set(words).size === words.length
  )
}

/** Nobody is given what they were not registered for. */
export function isWithin(asked: string, registered: string): boolean {
  const own = new Set(registered.split(' '))
  return asked.split(' ').every((each) => own.has(each))
}
