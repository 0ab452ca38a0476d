import { isObject } from '#records/json/index.ts'
import type { Json, JsonObject } from '#records/json/index.ts'
import type { Site, Way } from './mutants.ts'

/** Ways to break one invariant each. */
const fields = (site: Site): JsonObject => site.value as JsonObject
const has = (site: Site, ...names: string[]): boolean =>
  isObject(site.value) && names.every((name) => fields(site)[name] !== undefined)

function way(
  rule: string,
  type: string | RegExp,
  fits: (site: Site, root: JsonObject) => boolean,
  apply: (value: JsonObject, root: JsonObject) => void | string,
): Way {
  const is = (site: Site) => (typeof type === 'string' ? site.type === type : type.test(site.type))
  return {
    how: rule,
    fits: (site, root) => isObject(site.value) && is(site) && fits(site, root),
    apply: (site, root) => {
      const below = apply(fields(site), root) ?? ''
      return { expression: site.path + below, code: 'invariant', rule }
    },
  }
}

const always = () => true
const isRoot = (site: Site) => site.element === undefined
// Every resource but those that are no DomainResource.
const domain = /^(?!(?:Bundle|Binary|Parameters)$)[A-Z]/
const concept = { text: 'x' }
const coded = (system: string, code: string): Json => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
})

export const breakers: Way[] = [
  way('ref-1', 'Reference', always, (value) => void (value['reference'] = '#no-such-resource')),
  way(
    'ext-1',
    'Extension',
    (site) => !has(site, 'extension'),
    (value) => void (value['extension'] = [{ url: 'http://example.org/x', valueString: 'x' }]),
  ),
  way('ext-1', 'Extension', always, (value) => {
    for (const name of Object.keys(value)) if (name !== 'url') delete value[name]
  }),
  way('per-1', 'Period', always, (value) => {
    value['start'] = '2020-05-01T10:00:00Z'
    value['end'] = '2019-05-01T10:00:00Z'
  }),
  way(
    'qty-3',
    /^(Quantity|Age|Duration)$/,
    (site) => site.type === 'Quantity',
    (value) => {
      value['code'] = 'mg'
      delete value['system']
    },
  ),
  way('rng-2', 'Range', always, (value) => {
    value['low'] = { value: 5 }
    value['high'] = { value: 4 }
  }),
  way('rat-1', 'Ratio', always, (value) => {
    value['numerator'] = { value: 1 }
    delete value['denominator']
  }),
  way('att-1', 'Attachment', always, (value) => {
    value['data'] = 'QUJD'
    delete value['contentType']
  }),
  way('cpt-2', 'ContactPoint', always, (value) => {
    value['value'] = 'x'
    delete value['system']
  }),
  way('tim-2', 'TimingRepeat', always, (value) => {
    value['period'] = 1
    delete value['periodUnit']
  }),
  way('tim-6', 'TimingRepeat', always, (value) => {
    delete value['period']
    delete value['periodUnit']
    value['periodMax'] = 2
  }),
  way('dom-2', domain, isRoot, (value) => {
    value['contained'] = [
      { resourceType: 'Patient', id: 'c', contained: [{ resourceType: 'Patient', id: 'd' }] },
    ]
  }),
  way('dom-4', domain, isRoot, (value) => {
    value['contained'] = [{ resourceType: 'Patient', id: 'c', meta: { versionId: '1' } }]
  }),
  way('dom-5', domain, isRoot, (value) => {
    value['contained'] = [{ resourceType: 'Patient', id: 'c', meta: { security: [{ code: 'R' }] } }]
  }),
  way(
    'dom-3',
    domain,
    (site) =>
      isRoot(site) &&
      site.type !== 'Bundle' &&
      site.type !== 'Binary' &&
      site.type !== 'Parameters' &&
      !has(site, 'contained'),
    (value) => {
      value['contained'] = [{ resourceType: 'Patient', id: 'not-referred-to' }]
      return '.contained[0]'
    },
  ),
  way('txt-1', 'Narrative', always, (value) => {
    value['div'] = '<div xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script>x</div>'
    return '.div'
  }),
  way('txt-1', 'Narrative', always, (value) => {
    value['div'] = '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x()">x</p></div>'
    return '.div'
  }),
  way(
    'obs-6',
    'Observation',
    (site) => Object.keys(fields(site)).some((name) => name.startsWith('value')),
    (value) => void (value['dataAbsentReason'] = concept),
  ),
  way('obs-7', 'Observation', always, (value) => {
    for (const name of Object.keys(value))
      if (name.startsWith('value') || name === 'dataAbsentReason') delete value[name]
    value['valueString'] = 'x'
    value['code'] = coded('x', 'y')
    value['component'] = [{ code: coded('x', 'y') }]
  }),
  way('obs-3', 'ObservationReferenceRange', always, (value) => {
    for (const name of ['low', 'high', 'text']) delete value[name]
    value['type'] = concept
  }),
  way('pat-1', 'PatientContact', always, (value) => {
    for (const name of ['name', 'telecom', 'address', 'organization']) delete value[name]
    value['gender'] = 'other'
  }),
  way('org-1', 'Organization', always, (value) => {
    for (const name of ['identifier', 'name', '_name']) delete value[name]
    value['active'] = true
  }),
  way('con-4', 'Condition', always, (value) => {
    for (const name of Object.keys(value)) if (name.startsWith('abatement')) delete value[name]
    value['abatementString'] = 'x'
    value['clinicalStatus'] = coded('condition-clinical', 'active')
    delete value['verificationStatus']
  }),
  way('con-5', 'Condition', always, (value) => {
    value['verificationStatus'] = coded('condition-ver-status', 'entered-in-error')
    value['clinicalStatus'] = coded('condition-clinical', 'resolved')
  }),
  way('ait-1', 'AllergyIntolerance', always, (value) => {
    delete value['verificationStatus']
    delete value['clinicalStatus']
  }),
  way('ait-2', 'AllergyIntolerance', always, (value) => {
    value['verificationStatus'] = coded('allergyintolerance-verification', 'entered-in-error')
    value['clinicalStatus'] = coded('allergyintolerance-clinical', 'active')
  }),
  way('cpl-3', 'CarePlanActivity', always, (value) => {
    value['detail'] = { status: 'unknown' }
    value['reference'] = { display: 'x' }
  }),
  way('gol-1', 'GoalTarget', always, (value) => {
    for (const name of Object.keys(value)) if (name.startsWith('detail')) delete value[name]
    value['detailString'] = 'x'
    delete value['measure']
  }),
  way('imm-1', 'ImmunizationEducation', always, (value) => {
    delete value['documentType']
    delete value['reference']
    value['publicationDate'] = '2020'
  }),
  way('app-2', 'Appointment', always, (value) => {
    delete value['end']
    value['start'] = '2020-05-01T10:00:00Z'
    value['status'] = 'proposed'
  }),
  way('lst-1', 'List', always, (value) => {
    value['emptyReason'] = concept
    value['entry'] = [{ item: { display: 'x' } }]
  }),
  way(
    'que-3',
    'QuestionnaireItem',
    (site) => !has(site, 'item'),
    (value) => {
      for (const name of Object.keys(value)) if (name !== 'linkId') delete value[name]
      value['type'] = 'display'
      value['code'] = [{ code: 'x' }]
    },
  ),
  way('que-2', 'Questionnaire', always, (value) => {
    value['item'] = [
      { linkId: '1', type: 'string' },
      { linkId: '1', type: 'string' },
    ]
  }),
  way('qrs-1', 'QuestionnaireResponseItem', always, (value) => {
    value['answer'] = [{ valueString: 'x' }]
    value['item'] = [{ linkId: 'x' }]
  }),
  way('ppc-1', 'Consent', always, (value) => {
    delete value['policy']
    delete value['policyRule']
  }),
  way('inv-1', 'Task', always, (value) => {
    value['authoredOn'] = '2020-05-02'
    value['lastModified'] = '2020-05-01'
  }),
  way(
    'bdl-7',
    'Bundle',
    (site) => fields(site)['type'] !== 'history' && Array.isArray(fields(site)['entry']),
    (value) => {
      const entry = (value['entry'] as JsonObject[])[0]!
      entry['fullUrl'] ??= 'urn:uuid:0'
      value['entry'] = [...(value['entry'] as JsonObject[]), structuredClone(entry)]
    },
  ),
  way(
    'bdl-1',
    'Bundle',
    (site) => !['searchset', 'history'].includes(String(fields(site)['type'])),
    (value) => void (value['total'] = 1),
  ),
  way('cmp-2', 'CompositionSection', always, (value) => {
    value['emptyReason'] = concept
    value['entry'] = [{ display: 'x' }]
  }),
  way('mad-1', 'MedicationAdministrationDosage', always, (value) => {
    for (const name of Object.keys(value)) if (/^(dose|rate)/.test(name)) delete value[name]
    value['text'] = 'x'
  }),
  way('prr-1', 'ServiceRequest', always, (value) => {
    delete value['code']
    value['orderDetail'] = [concept]
  }),
  way('vsd-1', 'ValueSetComposeInclude', always, (value) => {
    for (const name of Object.keys(value)) delete value[name]
    value['version'] = '1'
  }),
]
