import { resourceTypes } from '#records/fhir/index.ts'
import { parametersOf } from '#records/search/index.ts'
import type { Parameter } from '#records/search/index.ts'

/** What `metadata` says: this, and nothing that does not work. FHIR R4 capabilitystatement.html. */
export function capabilityStatement(base: string, version: string): string {
  if (made?.base !== base || made.version !== version) made = { base, version, text: make(base, version) }
  return made.text
}

/** Half a megabyte, of which 70 ms go into the first. */
let made: { base: string; version: string; text: string } | undefined

function make(base: string, version: string): string {
  return JSON.stringify({
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-22',
    kind: 'instance',
    instantiates: ['http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data'],
    software: { name: 'Sigilo', version },
    implementation: { description: 'A sealed vault for medical records', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    patchFormat: ['application/json-patch+json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        documentation:
          'Search parameters other than those listed are refused with 400, never ignored, unless Prefer says handling=lenient. ' +
          'Chains and _has up to five links, _include and _revinclude with :iterate and *.',
        security: { cors: false, description: 'A bearer token in the Authorization header.' },
        resource: resourceTypes.map(resourceOf),
        interaction: [{ code: 'transaction' }, { code: 'batch' }, { code: 'search-system' }],
        searchParam: parametersOf('Basic')
          .filter(({ name }) => isCommon(name))
          .map(searchParamOf),
        compartment: ['http://hl7.org/fhir/CompartmentDefinition/patient'],
        operation: [exporting('export')],
      },
    ],
  })
}

function resourceOf(type: string): object {
  if (type === 'AuditEvent') return auditEvent
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
    searchInclude: ['*', ...referencesOf(type).map(({ name }) => `${type}:${name}`)],
    searchRevInclude: ['*', ...(revincludesOf().get(type) ?? [])],
    searchParam: parametersOf(type).filter(isServed).map(searchParamOf),
    ...(operations[type] ? { operation: operations[type] } : {}),
  }
}

/** Computed from the ledger: nobody writes one. */
const auditEvent = {
  type: 'AuditEvent',
  documentation:
    'Made of the ledger when it is read; in no export, $everything or search of other types. Reading one is recorded, too.',
  interaction: [{ code: 'read' }, { code: 'vread' }, { code: 'search-type' }],
  versioning: 'versioned',
  readHistory: false,
  updateCreate: false,
  searchParam: [
    { name: 'patient', type: 'reference' },
    { name: 'agent', type: 'reference', documentation: 'Who acted, as the ledger has it; :identifier' },
    { name: 'altid', type: 'token', documentation: 'The same' },
    { name: 'agent-name', type: 'string', documentation: 'The program: :exact alone' },
    { name: 'address', type: 'string', documentation: ':exact alone' },
    { name: 'entity', type: 'reference' },
    { name: 'date', type: 'date', documentation: 'eq, ge, gt, le, lt, sa, eb' },
    { name: '_lastUpdated', type: 'date', documentation: 'The same as date' },
    { name: 'action', type: 'token' },
    { name: 'type', type: 'token' },
    { name: 'subtype', type: 'token' },
    { name: 'outcome', type: 'token' },
  ],
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

/** http://hl7.org/fhir/uv/bulkdata/STU2 */
function exporting(name: string): object {
  return {
    name: 'export',
    definition: `http://hl7.org/fhir/uv/bulkdata/OperationDefinition/${name}`,
    documentation:
      '_outputFormat, _since, _type, _typeFilter, _elements; of Patients and Groups by POST, patient.',
  }
}

const match = {
  name: 'match',
  definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match',
  documentation: 'With onlyCertainMatches and count; the reasons are extensions of each match.',
}

/** Of FHIR R5, over R4: docs/spec/merging.md. */
const merge = {
  name: 'merge',
  definition: 'http://hl7.org/fhir/OperationDefinition/Patient-merge',
  documentation:
    '202: another person approves it. By reference or identifiers, with preview; without result-patient.',
}

const operations: Partial<Record<string, object[]>> = {
  Patient: [everything, match, merge, exporting('patient-export')],
  Group: [exporting('group-export')],
}

function isServed({ kind }: Parameter): boolean {
  return kind !== 'special'
}

function isCommon(name: string): boolean {
  return name.startsWith('_')
}

function referencesOf(type: string): Parameter[] {
  return parametersOf(type).filter(({ kind }) => kind === 'reference')
}

function searchParamOf({ name, kind }: Parameter): object {
  return { name, type: kind, documentation: modifiers[kind] }
}

const modifiers: Record<Parameter['kind'], string> = {
  token: ':not, :text, :in, :not-in, :missing',
  reference: ':[type], :identifier, :missing, chains',
  date: 'eq, ne, gt, lt, ge, le, sa, eb, ap; :missing',
  string: ':exact, :contains, :missing',
  uri: ':above, :below, :missing',
  number: 'eq, ne, gt, lt, ge, le, sa, eb, ap; :missing',
  quantity: 'eq, ne, gt, lt, ge, le, sa, eb, ap; :missing',
  composite: ':missing',
  special: '',
}

/** More than these are nearly all types. */
const targetsMax = 100

let revincludes: Map<string, string[]> | undefined

/** By type, the parameters of other types that may refer to it. */
function revincludesOf(): Map<string, string[]> {
  if (revincludes) return revincludes
  revincludes = new Map()
  for (const type of resourceTypes) {
    if (type === 'AuditEvent') continue
    for (const { name, targets } of referencesOf(type)) {
      // Of what may refer to anything, each type would list hundreds.
      if (targets.length > targetsMax) continue
      for (const target of targets) {
        const known = revincludes.get(target) ?? []
        known.push(`${type}:${name}`)
        revincludes.set(target, known)
      }
    }
  }
  return revincludes
}
