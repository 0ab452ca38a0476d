/** FHIR R4 as compiled from its definitions: types, validation, references, compartments, subsets. */
export { resourceTypes, typeCode, typeName } from './types.ts'
export { planOf } from './plan.ts'
export type { ElementPlan, TypePlan } from './plan.ts'
export { validate, issuesMax } from './validate.ts'
export type { ValidateOptions } from './validate.ts'
export type { Issue } from './faults.ts'
export { compartmentParameters, inPatientCompartment, patientsOf, references } from './references.ts'
export type { LocalReference, ReferenceOptions } from './references.ts'
export { rewriteReferences } from './rewrite.ts'
export { subset } from './subset.ts'
export type { SubsetMode } from './subset.ts'
/** What expressions compiled by tools/fhir call: those of the search parameters are another room's. */
export * as fhirpath from './fhirpath-runtime.ts'
