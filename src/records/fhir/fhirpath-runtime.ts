/** All that compiled FHIRPath (generated/) calls. */
export * from './fhirpath-collections.ts'
export * from './fhirpath-operators.ts'
