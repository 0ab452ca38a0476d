import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '#records/json/index.ts'
import { compileFilters, decodeTuple, encodeTuple, extract, parseSearch } from '../index.ts'
import type { Candidate, Search } from '../index.ts'

const timeZone = 'America/Mexico_City'
const base = 'https://vault.example/fhir/R4'
const now = Date.parse('2026-11-22T10:00:00Z')

function searchOf(type: string | undefined, query: string): Search {
  const parsed = parseSearch({ type, pairs: [...new URLSearchParams(query)], timeZone, base, now })
  assert.ok(parsed.status === 'ok', `${query}: ${JSON.stringify(parsed)}`)
  return parsed.search
}

function candidateOf(resource: object, updatedAt = now): Candidate {
  const json = resource as JsonObject
  const extracted = extract(json, { timeZone, base, text: JSON.stringify(json) })
  return { tuple: decodeTuple(encodeTuple(extracted)), updatedAt }
}

function isMatch(resource: object, query: string, found: Record<string, string[]> = {}): boolean {
  const { resourceType } = resource as { resourceType: string }
  const matcher = compileFilters(searchOf(resourceType, query).filters)
  return matcher(candidateOf(resource), (filter) => new Set(found[filter.is]))
}

/** Queries that a resource meets, and such that it does not. */
interface Row {
  of: object
  meets: string[]
  not: string[]
}

function check(rows: Record<string, Row>): void {
  for (const [name, { of, meets, not }] of Object.entries(rows)) {
    test(name, () => {
      for (const query of meets) assert.ok(isMatch(of, query), `meets ${query}`)
      for (const query of not) assert.ok(!isMatch(of, query), `does not meet ${query}`)
    })
  }
}

const procedure = (performed: object) => ({ resourceType: 'Procedure', id: 'p', ...performed })
const at = (performedDateTime: string) => procedure({ performedDateTime })
const from = (start?: string, end?: string) => procedure({ performedPeriod: { start, end } })
const risk = (probabilityDecimal: number) => ({
  resourceType: 'RiskAssessment',
  prediction: [{ probabilityDecimal }],
})
const amount = (value: number, more: object = {}) => ({
  resourceType: 'Observation',
  valueQuantity: { value, system: 'http://unitsofmeasure.org', code: 'mg', unit: 'milligram', ...more },
})

// The dates of R4 search.html#date are of no zone: those of the facility.
check({
  'date: a moment': {
    of: at('2013-01-14T10:00:00-06:00'),
    meets: [
      'date=2013-01-14',
      'date=eq2013-01-14',
      'date=2013',
      'date=2013-01',
      'date=ge2013-01-14',
      'date=le2013-01-14',
      'date=ap2013-01-14',
      'date=2013-01-14T16:00:00Z',
      'date=2013-01-15,2013-01-14',
    ],
    not: [
      'date=ne2013-01-14',
      'date=2013-01-15',
      'date=gt2013-01-14',
      'date=lt2013-01-14',
      'date=sa2013-01-14',
      'date=eb2013-01-14',
      'date=2013-01-14T10:00:00Z',
    ],
  },
  'date: midnight is of the day it begins': {
    of: at('2013-01-15T00:00:00-06:00'),
    meets: ['date=ne2013-01-14', 'date=2013-01-15', 'date=sa2013-01-14', 'date=gt2013-01-14'],
    not: ['date=2013-01-14', 'date=eq2013-01-14'],
  },
  'date: a day has parts before and after a time in it': {
    of: at('2013-01-14'),
    meets: [
      'date=lt2013-01-14T10:00',
      'date=gt2013-01-14T10:00',
      'date=2013-01-14',
      'date=ge2013-01-14T10:00',
      'date=le2013-01-14T10:00',
    ],
    not: ['date=2013-01-14T10:00', 'date=sa2013-01-14T10:00', 'date=eb2013-01-14T10:00'],
  },
  'date: from 21-Jan 2013 onwards': {
    of: from('2013-01-21'),
    meets: ['date=ge2013-03-14', 'date=le2013-03-14', 'date=ap2013-03-14', 'date=ne2013-03-14'],
    not: ['date=sa2013-03-14', 'date=eb2013-03-14', 'date=2013-03-14', 'date=2013'],
  },
  'date: from 15-Mar 2013 onwards': {
    of: from('2013-03-15'),
    meets: ['date=sa2013-03-14'],
    not: ['date=eb2013-03-14'],
  },
  'date: before and including 21-Jan 2013': {
    of: from(undefined, '2013-01-21'),
    meets: ['date=eb2013-03-14'],
    not: ['date=sa2013-03-14'],
  },
  'date: not near': { of: at('2015-06-15'), meets: [], not: ['date=ap2026-03-14'] },
  'date: two bounds are two conditions': {
    of: at('2011-06-01'),
    meets: ['date=ge2010-01-01&date=le2011-12-31'],
    not: ['date=ge2010-01-01&date=le2010-12-31'],
  },
  'number: 100 to three figures': {
    of: risk(100),
    meets: [
      'probability=100',
      'probability=100.00',
      'probability=1e2',
      'probability=le100',
      'probability=ge100',
      'probability=ap95',
      'probability=gt99.9',
      'probability=ne101',
    ],
    not: [
      'probability=lt100',
      'probability=gt100',
      'probability=ne100',
      'probability=101',
      'probability=sa100',
      'probability=eb100',
      'probability=ap80',
    ],
  },
  'number: the end of the range is not in it': {
    of: risk(100.5),
    meets: ['probability=101', 'probability=gt100', 'probability=ne100'],
    not: ['probability=100'],
  },
  'number: its begin is': { of: risk(99.5), meets: ['probability=100', 'probability=lt100'], not: [] },
  'number: exponents': {
    of: risk(0.9),
    meets: ['probability=gt8e-1', 'probability=9e-1'],
    not: ['probability=8e-1'],
  },
  'quantity: 5.4': {
    of: amount(5.4),
    meets: [
      'value-quantity=5.4',
      'value-quantity=5.4|http://unitsofmeasure.org|mg',
      'value-quantity=5.4||mg',
      'value-quantity=5.4||milligram',
      'value-quantity=le5.4|http://unitsofmeasure.org|mg',
      'value-quantity=ap5.1|http://unitsofmeasure.org|mg',
      'value-quantity=5||mg',
    ],
    not: [
      'value-quantity=5.4||g',
      'value-quantity=5.4|http://acme.org|mg',
      'value-quantity=5.40e-3|http://unitsofmeasure.org|g',
      'value-quantity=5.4|http://unitsofmeasure.org|milligram',
      'value-quantity=lt5.4||mg',
    ],
  },
  'quantity: less than 5': {
    of: amount(5, { comparator: '<' }),
    meets: ['value-quantity=lt5', 'value-quantity=lt4', 'value-quantity=le5'],
    not: ['value-quantity=gt5', 'value-quantity=5', 'value-quantity=ge5'],
  },
})

const eve = (given: string, family = 'Carreno Quinones') => ({
  resourceType: 'Patient',
  id: 'eve',
  name: [{ given: [given], family }],
})

check({
  'date: what reaches into the day is on it or later': {
    of: from('2013-03-10', '2013-03-14'),
    meets: [
      'date=ge2013-03-14',
      'date=le2013-03-14',
      'date=ge2013-03-14T12:00',
      'date=le2013-03-10',
      'date=lt2013-03-14',
    ],
    not: ['date=gt2013-03-14', 'date=2013-03-14', 'date=le2013-03-09', 'date=ge2013-03-15'],
  },
})

check({
  'string: begins, contains, is': {
    of: eve('Severine'),
    meets: ['given:contains=eve', 'given=Sev', 'given=sevérine', 'given:exact=Severine', 'name=severine'],
    not: ['given=eve', 'given:exact=severine', 'given:exact=Sever', 'given:contains=evx'],
  },
  'string: either of two family names, in any order': {
    of: eve('Eve'),
    meets: [
      'family=Carreno',
      'family=Quinones',
      'family=Quiñones Carreño',
      'name=Quinones Eve',
      'given=EVE',
      'family=karreno',
    ],
    not: ['family=Carreno Perez', 'name=Eva', 'family:exact=Quinones'],
  },
  'string: sounds of Spanish': {
    of: { resourceType: 'Patient', name: [{ family: 'González Jiménez', given: ['Ximena', 'Guadalupe'] }] },
    meets: [
      'family=Gonzales',
      'family=Yimenez',
      'name=Gonsales Jimena',
      'phonetic=Wadalupe',
      'name=gon jim',
      'name=González-Jiménez',
    ],
    not: ['family=Gómez', 'family:exact=Gonzales', 'family:contains=Gonzales', 'name=Gonzales Hernandez'],
  },
  'string: punctuation and space': {
    of: { resourceType: 'Organization', name: "Clínica  O'Higgins, S.A. de C.V.", alias: ['Niño'] },
    meets: [
      'name=clinica ohiggins sa de cv',
      "name=Clinica O'Higgins",
      'name:contains=SA DE',
      'name=nino',
      'name=niño',
    ],
    not: ['name=ohiggins', 'name=clinica  higgins'],
  },
  'token: identifiers': {
    of: {
      resourceType: 'Patient',
      id: 'Ab',
      identifier: [{ system: 'http://acme.org/patient', value: 'X2345' }, { value: 'n|1' }],
      gender: 'male',
      active: true,
      telecom: [{ system: 'email', value: 'Ana@acme.org' }],
    },
    meets: [
      'identifier=http://acme.org/patient|X2345',
      'identifier=X2345',
      'identifier=http://acme.org/patient|',
      String.raw`identifier=|n\|1`,
      'gender=male',
      'gender=MALE',
      'gender:not=female',
      'gender=http://hl7.org/fhir/administrative-gender|male',
      'active=true',
      'email=ana@acme.org',
      'birthdate:missing=true',
      'gender:missing=false',
      '_id=Ab',
      'gender:in=http://hl7.org/fhir/ValueSet/administrative-gender',
      'language:not=es',
      'gender=female,male',
    ],
    not: [
      'identifier=|X2345',
      'identifier=x2345',
      'identifier=http://acme.org|X2345',
      'gender:not=male',
      'gender:not=female,male',
      'active=false',
      '_id=ab',
      'gender:missing=true',
      'gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender',
      'gender:in=http://hl7.org/fhir/ValueSet/account-status',
      'gender=mal',
    ],
  },
  'token: the negation is of the whole list': {
    of: {
      resourceType: 'Composition',
      section: [{ code: { coding: [{ code: '48765-2' }] } }, { code: { coding: [{ code: '1' }] } }],
    },
    meets: ['section=48765-2', 'section=|1', 'section:not=2'],
    not: ['section:not=48765-2', 'section:not=2,1'],
  },
  'token: texts': {
    of: {
      resourceType: 'Condition',
      code: {
        text: 'Severe Headache',
        coding: [{ system: 'http://snomed.info/sct', code: '25064002', display: 'Cefaléa' }],
      },
    },
    meets: ['code:text=headache', 'code:text=severe head', 'code:text=cefalea', 'code:text=SEVERE'],
    not: ['code:text=ache', 'code:text=25064002', 'code=Severe Headache'],
  },
  'token: media types': {
    of: {
      resourceType: 'DocumentReference',
      content: [{ attachment: { contentType: 'text/xml; charset=UTF-8' } }],
    },
    meets: ['contenttype:below=text/xml'],
    not: ['contenttype=text/xml', 'contenttype:below=text/html'],
  },
  'token: many at once': {
    of: { resourceType: 'Patient', id: 'p7' },
    meets: [`_id=${Array.from({ length: 300 }, (_, number) => `p${number}`).join(',')}`],
    not: [`_id=${Array.from({ length: 300 }, (_, number) => `q${number}`).join(',')}`],
  },
})

const about = (reference: object) => ({ resourceType: 'Observation', id: 'o', subject: reference })
check({
  'reference: relative': {
    of: about({ reference: 'Patient/123' }),
    meets: [
      'subject=123',
      'subject=Patient/123',
      'subject:Patient=123',
      'patient=123',
      `subject=${base}/Patient/123`,
      'subject:missing=false',
      'patient:Patient=Patient/123',
    ],
    not: [
      'subject=12',
      'subject=Group/123',
      'subject:Group=123',
      'subject=http://other.org/fhir/Patient/123',
    ],
  },
  'reference: absolute, below our own address': {
    of: about({ reference: `${base}/Patient/123` }),
    meets: ['subject=Patient/123', `subject=${base}/Patient/123`],
    not: [],
  },
  'reference: elsewhere': {
    of: about({ reference: 'http://other.org/fhir/Patient/123' }),
    meets: ['subject=http://other.org/fhir/Patient/123', 'patient=http://other.org/fhir/Patient/123'],
    not: ['subject=123', 'subject=Patient/123'],
  },
  'reference: by identifier': {
    of: about({ identifier: { system: 'http://acme.org/mrn', value: '123456' } }),
    meets: ['subject:identifier=http://acme.org/mrn|123456', 'subject:identifier=123456'],
    not: ['subject:identifier=http://acme.org|123456', 'subject=123456'],
  },
  'reference: canonical': {
    of: { resourceType: 'QuestionnaireResponse', questionnaire: 'http://acme.com/some-profile|1.1' },
    meets: [
      'questionnaire=http://acme.com/some-profile',
      'questionnaire=http://acme.com/some-profile|1.1',
      'questionnaire:below=http://acme.com/some-profile|1',
      'questionnaire:below=http://acme.com/some-profile',
    ],
    not: [
      'questionnaire=http://acme.com/some-profile|1',
      'questionnaire=http://acme.com/some',
      'questionnaire:below=http://acme.com/some-profile|2',
    ],
  },
  uri: {
    of: {
      resourceType: 'ValueSet',
      url: 'http://acme.org/fhir/ValueSet/123',
      version: '1.0',
      meta: {
        profile: ['http://acme.org/p|2'],
        source: 'urn:oid:1.2.3',
        tag: [{ system: 'urn:t', code: 'ward-7' }],
        security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }],
      },
    },
    meets: [
      '_tag=WARD-7',
      '_tag=urn:t|ward-7',
      '_tag:not=ward-8',
      '_security=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R',
      'url=http://acme.org/fhir/ValueSet/123',
      'url:below=http://acme.org/fhir/',
      'url:below=http://acme.org/fhir',
      'url:above=http://acme.org/fhir/ValueSet/123/_history/5',
      'url=http://acme.org/fhir/ValueSet/123|1.0',
      '_profile=http://acme.org/p',
      '_profile=http://acme.org/p|2',
      '_source=urn:oid:1.2.3',
    ],
    not: [
      'url=http://acme.org/fhir/ValueSet/12',
      'url=HTTP://acme.org/fhir/ValueSet/123',
      'url:below=http://acme.org/fh',
      'url:above=http://acme.org/fhir',
      'url=http://acme.org/fhir/ValueSet/123|2',
      '_profile=http://acme.org/p|1',
      '_tag=ward-8',
      '_tag=urn:u|ward-7',
      '_tag:not=ward-7',
      '_security=N',
    ],
  },
  'composite: within one element': {
    of: {
      resourceType: 'Observation',
      component: [
        {
          code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
          valueQuantity: { value: 150, code: 'mm[Hg]' },
        },
        {
          code: { coding: [{ system: 'http://loinc.org', code: '8462-4' }] },
          valueQuantity: { value: 80, code: 'mm[Hg]' },
        },
      ],
    },
    meets: [
      'component-code-value-quantity=http://loinc.org|8480-6$gt140',
      'component-code-value-quantity=8462-4$80||mm[Hg]',
      'component-code-value-quantity=1$1,8462-4$lt90',
    ],
    not: [
      'component-code-value-quantity=http://loinc.org|8462-4$gt140',
      'component-code-value-quantity=8480-6$80',
    ],
  },
})

test('chains and reverse chains ask what was found before', () => {
  const observation = about({ reference: 'Patient/123' })
  assert.ok(isMatch(observation, 'subject:Patient.name=x', { chain: ['Patient/123'] }))
  assert.ok(!isMatch(observation, 'subject:Patient.name=x', { chain: ['Patient/12', 'Group/123'] }))
  const patient = { resourceType: 'Patient', id: '123' }
  assert.ok(isMatch(patient, '_has:Observation:patient:code=1', { has: ['Patient/123'] }))
  assert.ok(!isMatch(patient, '_has:Observation:patient:code=1', { has: ['Group/123'] }))
})

test('_lastUpdated is when the version was written', () => {
  const candidate = candidateOf({ resourceType: 'Patient', id: '1' }, Date.parse('2026-03-02T05:59:59Z'))
  const meets = (query: string) =>
    compileFilters(searchOf('Patient', query).filters)(candidate, () => new Set())
  // Six hours behind UTC: still the first of March.
  assert.ok(meets('_lastUpdated=2026-03-01'))
  assert.ok(meets('_lastUpdated=gt2026-02&_lastUpdated=lt2026-03-02'))
  assert.ok(!meets('_lastUpdated=2026-03-02'))
  assert.ok(meets('_lastUpdated:missing=false'))
})

const dateText = fc
  .tuple(
    fc.integer({ min: 1990, max: 1993 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
    fc.integer({ min: 0, max: 23 }),
    fc.integer({ min: 1, max: 4 }),
  )
  .map(([year, month, day, hour, precision]) => {
    const two = (number: number) => String(number).padStart(2, '0')
    const parts = [`${year}`, `-${two(month)}`, `-${two(day)}`, `T${two(hour)}:00:00Z`]
    return parts.slice(0, precision).join('')
  })

test('eq of dates is containment, by brute force over the hours; the others follow from their definitions', () => {
  const utc = 'UTC'
  const first = Date.parse('1989-12-31T00:00Z')
  const texts = Array.from({ length: 36_000 }, (_, at) => new Date(first + at * 3_600_000).toISOString())
  const hours = (text: string): Set<number> => {
    const wanted = text.slice(0, 13)
    return new Set(texts.keys().filter((at) => texts[at]!.startsWith(wanted)))
  }
  fc.assert(
    fc.property(dateText, dateText, (value, searched) => {
      const tuple = decodeTuple(
        encodeTuple(extract({ resourceType: 'Procedure', performedDateTime: value }, { timeZone: utc })),
      )
      const meets = (prefix: string): boolean => {
        const parsed = parseSearch({
          type: 'Procedure',
          pairs: [['date', `${prefix}${searched}`]],
          timeZone: utc,
          now,
        })
        assert.ok(parsed.status === 'ok')
        return compileFilters(parsed.search.filters)({ tuple, updatedAt: 0 }, () => new Set())
      }
      const [own, other] = [hours(value), hours(searched)]
      // A second of a time is within an hour; an hour within a second is not.
      const isContained = own.isSubsetOf(other) && (searched.length <= 10 || value.length > 10)
      assert.equal(meets('eq'), isContained)
      assert.equal(meets(''), isContained)
      assert.equal(meets('ne'), !isContained)
      assert.equal(meets('ge'), Math.max(...own) >= Math.min(...other))
      assert.equal(meets('le'), Math.min(...own) <= Math.max(...other))
      assert.equal(meets('sa'), Math.min(...own) > Math.max(...other))
      assert.equal(meets('eb'), Math.max(...own) < Math.min(...other))
    }),
    { numRuns: 150 },
  )
})
