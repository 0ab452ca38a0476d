import { resourceTypes } from '#records/fhir/index.ts'

/** What `metadata` says: this, and nothing that does not work. FHIR R4 capabilitystatement.html. */
export function capabilityStatement(base: string, version: string): string {
  return JSON.stringify({
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-22',
    kind: 'instance',
    software: { name: 'Sigilo', version },
    implementation: { description: 'A sealed vault for medical records', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    patchFormat: ['application/json-patch+json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        documentation: 'Search parameters other than those listed are refused with 400, never ignored.',
        security: { cors: false, description: 'A bearer token in the Authorization header.' },
        resource: resourceTypes.map(resourceOf),
        interaction: [{ code: 'transaction' }, { code: 'batch' }],
      },
    ],
  })
}

function resourceOf(type: string): object {
  return {
    type,
    interaction: interactions.map((code) => ({ code })),
    versioning: 'versioned-update',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: true,
    conditionalRead: 'full-support',
    conditionalUpdate: true,
    conditionalDelete: 'single',
    referencePolicy: ['literal', 'logical', 'local'],
    searchParam: [
      {
        name: '_lastUpdated',
        definition: 'http://hl7.org/fhir/SearchParameter/Resource-lastUpdated',
        type: 'date',
        documentation: 'With the prefixes eq, gt, ge, lt, le, sa and eb; may be given more than once.',
      },
    ],
    ...(type === 'Patient' ? { operation: [everything] } : {}),
  }
}

const interactions = [
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type',
]

const everything = {
  name: 'everything',
  definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything',
  documentation: 'On one patient, with _count and _since.',
}
