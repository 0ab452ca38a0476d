import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#records/json/index.ts'
import { amountOf, decodeTuple, encodeTuple, extract, fold } from '../index.ts'
import type { Value } from '../index.ts'

const timeZone = 'America/Mexico_City'
const base = 'https://vault.example/fhir/R4'

/** The values of a parameter as the tables below write them: without what is undefined. */
function read(resource: JsonObject, name: string, text?: string): object[] | undefined {
  const options = { timeZone, base, ...(text === undefined ? {} : { text }) }
  return extract(resource, options).values.get(name)?.map(plain)
}

function plain(value: Value): object {
  const { kind: _, ...members } = value
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined))
}

interface Case {
  name: string
  resource: JsonObject
  parameter: string
  want: object[] | undefined
}

const loinc = 'http://loinc.org'
const of = (type: string, parameter: string, members: JsonObject, want: object[] | undefined): Case => ({
  name: `${type} ${parameter} of ${JSON.stringify(members)}`,
  resource: { resourceType: type, ...members },
  parameter,
  want,
})

const tokens = [
  of('Observation', 'status', { status: 'final' }, [
    { system: 'http://hl7.org/fhir/observation-status', code: 'final' },
  ]),
  of('Observation', '_id', { id: 'x1' }, [{ code: 'x1' }]),
  of('Observation', '_tag', { meta: { tag: [{ system: 'urn:s', code: 'c', display: 'd' }] } }, [
    { system: 'urn:s', code: 'c', text: 'd' },
  ]),
  of('Observation', '_security', { meta: { security: [{ code: 'R' }] } }, [{ code: 'R' }]),
  // A concept's text is a value of its own, unless a coding says the same.
  of(
    'Observation',
    'code',
    { code: { coding: [{ system: loinc, code: '1-8', display: 'One' }, { code: 'uno' }], text: 'Uno' } },
    [{ system: loinc, code: '1-8', text: 'One' }, { code: 'uno' }, { text: 'Uno' }],
  ),
  of('Observation', 'code', { code: { coding: [{ code: 'a', display: 'A' }], text: 'A' } }, [
    { code: 'a', text: 'A' },
  ]),
  of('Observation', 'code', { code: { text: 'only words' } }, [{ text: 'only words' }]),
  of('Patient', 'identifier', { identifier: [{ system: 'urn:mx', value: '1', type: { text: 'CURP' } }] }, [
    { system: 'urn:mx', code: '1', text: 'CURP' },
  ]),
  of(
    'Patient',
    'identifier',
    { identifier: [{ value: '1', type: { coding: [{ display: 'Medical record' }] } }] },
    [{ code: '1', text: 'Medical record' }],
  ),
  of('Patient', 'identifier', { identifier: [{ use: 'official' }] }, []),
  of(
    'Patient',
    'phone',
    {
      telecom: [
        { system: 'phone', value: '55 1' },
        { system: 'email', value: 'a@b' },
      ],
    },
    [{ code: '55 1' }],
  ),
  of('Patient', 'telecom', { telecom: [{ system: 'email', value: 'a@b' }] }, [{ code: 'a@b' }]),
  of('Patient', 'active', { active: false }, [
    { system: 'http://hl7.org/fhir/special-values', code: 'false' },
  ]),
  of('Patient', 'deceased', { deceasedDateTime: '2020' }, [
    { system: 'http://hl7.org/fhir/special-values', code: 'true' },
  ]),
  of('Patient', 'deceased', {}, [{ system: 'http://hl7.org/fhir/special-values', code: 'false' }]),
  of('Patient', 'gender', { _gender: { extension: [{ url: 'urn:x', valueCode: 'y' }] } }, undefined),
  of('ImagingStudy', 'instance', { series: [{ instance: [{ uid: '1.2' }] }] }, [{ code: '1.2' }]),
  of('CodeSystem', 'version', { version: '4' }, [{ code: '4' }]),
]

const references = [
  of('Observation', 'subject', { subject: { reference: 'Patient/p' } }, [{ type: 'Patient', id: 'p' }]),
  of('Observation', 'patient', { subject: { reference: 'Group/g' } }, undefined),
  of('Observation', 'subject', { subject: { reference: 'Patient/p/_history/3' } }, [
    { type: 'Patient', id: 'p', version: '3' },
  ]),
  of('Observation', 'subject', { subject: { reference: `${base}/Patient/p` } }, [
    { type: 'Patient', id: 'p' },
  ]),
  of('Observation', 'subject', { subject: { reference: 'http://else/Patient/p/_history/3' } }, [
    { type: 'Patient', version: '3', url: 'http://else/Patient/p' },
  ]),
  of('Observation', 'subject', { subject: { reference: 'urn:uuid:1', type: 'Patient' } }, [
    { type: 'Patient', url: 'urn:uuid:1' },
  ]),
  of('Observation', 'subject', { subject: { reference: 'Nobody/p' } }, [{ url: 'Nobody/p' }]),
  of(
    'Observation',
    'subject',
    { subject: { type: 'Patient', identifier: { system: 'urn:s', value: 'v' } } },
    [{ type: 'Patient', identifier: { system: 'urn:s', value: 'v' } }],
  ),
  // There, yet nothing that a search could name.
  of('Observation', 'subject', { subject: { reference: '#p' } }, []),
  of('Observation', 'subject', { subject: { display: 'The patient' } }, []),
  of('CarePlan', 'instantiates-canonical', { instantiatesCanonical: ['http://x/y|1.0#z', 'http://x/y'] }, [
    { version: '1.0', url: 'http://x/y' },
    { url: 'http://x/y' },
  ]),
  of('CarePlan', 'instantiates-canonical', { instantiatesCanonical: ['PlanDefinition/d'] }, [
    { type: 'PlanDefinition', id: 'd' },
  ]),
  of('ConceptMap', 'source-uri', { sourceUri: 'urn:a' }, [{ url: 'urn:a' }]),
  of('Bundle', 'composition', { entry: [{ resource: { resourceType: 'Composition', id: 'c' } }] }, [
    { type: 'Composition', id: 'c' },
  ]),
]

const at = (text: string) => Date.parse(text)
const dates = [
  of('Patient', 'birthdate', { birthDate: '1980-05-05' }, [
    { low: at('1980-05-05T06:00Z'), high: at('1980-05-06T06:00Z') },
  ]),
  of('Observation', 'date', { effectiveInstant: '2020-01-01T00:00:00.5Z' }, [
    { low: at('2020-01-01T00:00:00.5Z'), high: at('2020-01-01T00:00:00.6Z') },
  ]),
  of('Observation', 'date', { effectivePeriod: { start: '2020', end: '2020-02' } }, [
    { low: at('2020-01-01T06:00Z'), high: at('2020-03-01T06:00Z') },
  ]),
  of('Observation', 'date', { effectivePeriod: { start: '2020' } }, [
    { low: at('2020-01-01T06:00Z'), high: Infinity },
  ]),
  of('Observation', 'date', { effectivePeriod: { end: '2020' } }, [
    { low: -Infinity, high: at('2021-01-01T06:00Z') },
  ]),
  of('Observation', 'date', { effectivePeriod: {} }, []),
  of('Observation', 'date', { effectiveTiming: { event: ['2020-03-01', '2020-01-01'] } }, [
    { low: at('2020-01-01T06:00Z'), high: at('2020-03-02T06:00Z') },
  ]),
  of('Observation', 'date', { effectiveTiming: { repeat: { boundsPeriod: { start: '2020' } } } }, [
    { low: at('2020-01-01T06:00Z'), high: Infinity },
  ]),
  of('Observation', 'date', { effectiveTiming: { code: { text: 'BID' } } }, []),
  of('Procedure', 'date', { performedString: '2020' }, []),
  of('Procedure', 'date', { performedAge: { value: 3 } }, []),
  of('Observation', '_lastUpdated', { meta: { lastUpdated: '2020-01-01T00:00:00.001Z' } }, [
    { low: at('2020-01-01T00:00:00.001Z'), high: at('2020-01-01T00:00:00.002Z') },
  ]),
]

const strings = [
  of(
    'Patient',
    'name',
    { name: [{ text: 'T', family: 'F', given: ['A', 'B'], prefix: ['P'], suffix: ['S'] }] },
    [{ text: 'T' }, { text: 'F' }, { text: 'A' }, { text: 'B' }, { text: 'P' }, { text: 'S' }],
  ),
  of('Patient', 'family', { name: [{ family: 'Núñez' }] }, [{ text: 'Núñez' }]),
  of('Patient', 'address', { address: [{ line: ['L1', 'L2'], city: 'C', postalCode: '0', country: 'MX' }] }, [
    { text: 'L1' },
    { text: 'L2' },
    { text: 'C' },
    { text: '0' },
    { text: 'MX' },
  ]),
  of('Observation', 'value-string', { valueString: 'words' }, [{ text: 'words' }]),
  of('CodeSystem', 'description', { description: '# words' }, [{ text: '# words' }]),
]

const uris = [
  of('CodeSystem', 'url', { url: 'http://x' }, [{ uri: 'http://x' }]),
  of('Observation', '_profile', { meta: { profile: ['http://x|1', 'http://y'] } }, [
    { uri: 'http://x|1' },
    { uri: 'http://y' },
  ]),
  of('Observation', '_source', { meta: { source: 'urn:a' } }, [{ uri: 'urn:a' }]),
]

const amount = (value: number, decimals: number, low: number, high: number) => ({
  value,
  decimals,
  low,
  high,
})
const range = (low: number, high: number) => ({ decimals: 0, low, high })
const ucum = { system: 'http://unitsofmeasure.org', code: 'kg' }
const amounts = [
  of('Observation', 'value-quantity', { valueQuantity: { value: 72.5, unit: 'kilo', ...ucum } }, [
    { ...amount(72.5, 1, 72.45, 72.55), ...ucum, unit: 'kilo' },
  ]),
  of('Observation', 'value-quantity', { valueQuantity: { value: -3 } }, [amount(-3, 0, -3.5, -2.5)]),
  of('Observation', 'value-quantity', { valueQuantity: { value: 5, comparator: '<' } }, [
    range(-Infinity, 5),
  ]),
  of('Observation', 'value-quantity', { valueQuantity: { value: 5, comparator: '>=' } }, [
    range(5, Infinity),
  ]),
  of('Observation', 'value-quantity', { valueQuantity: { unit: 'kg' } }, []),
  of(
    'Observation',
    'value-quantity',
    {
      valueSampledData: {
        origin: { value: 10, ...ucum },
        period: 1,
        dimensions: 1,
        factor: 2,
        data: '1 E -2 U',
        upperLimit: 9,
      },
    },
    [{ ...range(6, 28.000000000000007), ...ucum }],
  ),
  of('Encounter', 'length', { length: { value: 2, code: 'h' } }, [{ ...amount(2, 0, 1.5, 2.5), code: 'h' }]),
  of('Condition', 'onset-age', { onsetAge: { value: 40, code: 'a' } }, [
    { ...amount(40, 0, 39.5, 40.5), code: 'a' },
  ]),
  of('Condition', 'onset-age', { onsetRange: { low: { value: 40, code: 'a' } } }, [
    { ...range(39.5, Infinity), code: 'a' },
  ]),
  of('Invoice', 'totalnet', { totalNet: { value: 9.99, currency: 'MXN' } }, [
    { ...amount(9.99, 2, 9.985, 9.995), system: 'urn:iso:std:iso:4217', code: 'MXN' },
  ]),
  of('RiskAssessment', 'probability', { prediction: [{ probabilityDecimal: 0.3 }] }, [
    amount(0.3, 1, 0.25, 0.35),
  ]),
  of(
    'RiskAssessment',
    'probability',
    { prediction: [{ probabilityRange: { low: { value: 1 }, high: { value: 2 } } }] },
    [range(0.5, 2.5)],
  ),
  of('MolecularSequence', 'variant-start', { variant: [{ start: 7 }] }, [amount(7, 0, 6.5, 7.5)]),
  of('Location', 'near', { position: { latitude: 19.4, longitude: -99.1 } }, [
    { latitude: 19.4, longitude: -99.1 },
  ]),
]

test('values of every kind from every data type', () => {
  for (const { name, resource, parameter, want } of [
    tokens,
    references,
    dates,
    strings,
    uris,
    amounts,
  ].flat()) {
    assert.deepEqual(read(resource, parameter), want, name)
  }
})

test('composites pair what stands in one element', () => {
  const part = (code: string, value: number) => ({ code: { text: code }, valueQuantity: { value } })
  const resource = {
    resourceType: 'Observation',
    ...part('a', 1),
    component: [part('b', 2), { code: { text: 'c' } }],
  }
  const pairs = (name: string) =>
    extract(resource, { timeZone })
      .values.get(name)
      ?.map((value) => value.kind === 'composite' && value.components.map((list) => list.map(plain)))
  const pair = (text: string, value: number) => [[{ text }], [amount(value, 0, value - 0.5, value + 0.5)]]
  assert.deepEqual(pairs('code-value-quantity'), [pair('a', 1)])
  assert.deepEqual(pairs('component-code-value-quantity'), [pair('b', 2)])
  assert.deepEqual(pairs('combo-code-value-quantity'), [pair('a', 1), pair('b', 2)])
  const dated = { resourceType: 'Observation', code: { text: 'a' }, valueDateTime: '2020' }
  assert.equal(extract(dated, { timeZone }).values.get('code-value-date')?.length, 1)
  const related = {
    resourceType: 'DocumentReference',
    relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/d' } }],
  }
  const [value] = extract(related, { timeZone }).values.get('relationship')!
  assert.deepEqual(value?.kind === 'composite' && value.components.map((list) => list[0]?.kind), [
    'token',
    'reference',
  ])
})

test('a number as it was written, where its text is given', () => {
  const texts: [number: string, want: object][] = [
    ['1.0', amount(1, 1, 0.95, 1.05)],
    ['72.50', amount(72.5, 2, 72.495, 72.505)],
    ['1e2', amount(100, -2, 50, 150)],
    ['1.5E-3', amount(0.0015, 4, 0.00145, 0.00155)],
    ['100', amount(100, 0, 99.5, 100.5)],
    ['-0.0', amount(-0, 1, -0.05, 0.05)],
    ['173.45484138767452', amount(173.45484138767452, 127, 173.45484138767452, 173.45484138767455)],
  ]
  for (const [number, want] of texts) {
    const text = `{"resourceType":"Observation","valueQuantity":{"value":${number}}}`
    assert.deepEqual(read(JSON.parse(text) as JsonObject, 'value-quantity', text), [want], number)
    const risk = `{"resourceType":"RiskAssessment","prediction":[{"probabilityDecimal":${number}}]}`
    assert.deepEqual(read(JSON.parse(risk) as JsonObject, 'probability', risk), [want], number)
  }
  for (const wrong of ['', 'x', '1.', '.5', '+1', '0x10', '1e', 'NaN'])
    assert.equal(amountOf(wrong), undefined, wrong)
})

test('what has not the shape of its type gives no value and no fault', () => {
  const odd: JsonObject = {
    resourceType: 'Observation',
    id: 1,
    meta: 'x',
    status: { a: 1 },
    code: 'x',
    subject: 'Patient/p',
    effectiveDateTime: 5,
    valueQuantity: [{ value: 'x' }, null],
    component: [null, 1, { code: [null], valueSampledData: { origin: null } }],
  }
  const { values } = extract(odd, { timeZone })
  assert.deepEqual(
    [...values.values()].flat().filter(({ kind }) => kind !== 'composite'),
    [],
  )
  assert.equal(extract({}, { timeZone }).values.size, 0)
  assert.equal(extract({ resourceType: 'Nothing', id: 'a' }, { timeZone }).values.size, 0)
})

test('lists longer than a call has room for', () => {
  const many = <T>(item: (at: number) => T): T[] => Array.from({ length: 200_000 }, (_, at) => item(at))
  const counts: [JsonObject, string, number][] = [
    [
      { resourceType: 'Observation', code: { coding: many((at) => ({ code: `${at}` })) } },
      'combo-code',
      200_000,
    ],
    [{ resourceType: 'Patient', name: [{ given: many(String) }, { given: many(String) }] }, 'given', 400_000],
    [{ resourceType: 'Observation', effectiveTiming: { event: many(() => '2020') } }, 'date', 1],
  ]
  for (const [resource, name, count] of counts) {
    const extracted = extract(resource, { timeZone })
    assert.equal(extracted.values.get(name)?.length, count, name)
    assert.equal(decodeTuple(encodeTuple(extracted)).values(name)?.length, count, name)
  }
})

test('folding leaves no accent and no case', () => {
  const texts: [string, string][] = [
    ['Muñoz', 'munoz'],
    ['JOSÉ Ángel', 'jose angel'],
    ['n\u0303andu\u0301', 'nandu'],
    ['Übergröße', 'ubergroße'],
    ['İstanbul', 'istanbul'],
    ['abc', 'abc'],
  ]
  for (const [text, want] of texts) assert.equal(fold(text), want)
})
