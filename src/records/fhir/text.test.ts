import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  inPatientCompartment,
  patientsOf,
  references,
  rewriteKnown,
  rewriteParsed,
  rewriteReferences,
  subset,
  validate,
} from './index.ts'
import type { SubsetMode } from './index.ts'
import type { JsonObject } from '#records/json/index.ts'

test('patients in the compartment’s order, then the document’s', () => {
  const base = 'https://vault.example/fhir/R4'
  const cases: [JsonObject, string[]][] = [
    [
      {
        resourceType: 'Observation',
        subject: { reference: 'Patient/1' },
        performer: [
          { reference: 'Practitioner/2' },
          { reference: 'Patient/3/_history/4' },
          { reference: 'Patient/1' },
        ],
      },
      ['1', '3'],
    ],
    [{ resourceType: 'Observation', subject: { reference: `${base}/Patient/1` } }, ['1']],
    [{ resourceType: 'Observation', subject: { reference: 'https://other.example/Patient/1' } }, []],
    [
      { resourceType: 'Observation', subject: { reference: 'Group/1' }, focus: [{ reference: 'Patient/2' }] },
      [],
    ],
    [
      {
        resourceType: 'Appointment',
        participant: [
          { actor: { reference: 'Location/1' } },
          { actor: { reference: 'Patient/b' } },
          { actor: { reference: 'Patient/a' } },
        ],
      },
      ['b', 'a'],
    ],
    [{ resourceType: 'Patient', link: [{ other: { reference: 'Patient/9' }, type: 'seealso' }] }, ['9']],
    [{ resourceType: 'Group', member: [{ entity: { reference: 'Patient/1' } }] }, ['1']],
    [{ resourceType: 'Provenance', target: [{ reference: 'Patient/1' }] }, ['1']],
    [{ resourceType: 'Organization' }, []],
    [{ resourceType: 'Observation', subject: { reference: 'urn:uuid:1' } }, []],
  ]
  for (const [resource, want] of cases)
    assert.deepEqual(patientsOf(resource, { base }), want, JSON.stringify(resource))
  assert.ok(inPatientCompartment('Observation'))
  assert.ok(!inPatientCompartment('Organization'))
})

test('references with where they stand', () => {
  const found = references({
    resourceType: 'Observation',
    contained: [{ resourceType: 'Patient', id: 'p', generalPractitioner: [{ reference: 'Practitioner/1' }] }],
    subject: { reference: '#p' },
    _issued: { extension: [{ url: 'u', valueReference: { reference: 'Group/2/_history/3' } }] },
    note: [{ text: 'Patient/4' }],
    performer: [{ display: 'x' }, { reference: 'NoSuchType/1' }, { reference: 'Patient?identifier=1' }],
  })
  assert.deepEqual(found, [
    { type: 'Practitioner', id: '1', expression: 'Observation.contained[0].generalPractitioner[0]' },
    { type: 'Group', id: '2', version: '3', expression: 'Observation.issued.extension[0].value' },
  ])
})

test('rewrites addresses and nothing else', () => {
  const map = new Map([
    ['urn:uuid:1', 'Patient/new'],
    ['Practitioner?identifier=7', 'Practitioner/p'],
  ])
  const text =
    '{"resourceType":"Observation","id":"o","identifier":[{"system":"urn:uuid:1","value":"urn:uuid:1"}],' +
    '"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><a href=\\"urn:uuid:1#x\\">urn:uuid:1</a></div>"},' +
    '"subject":{"reference":"urn:uuid:1","display":"urn:uuid:1"},"performer":[{"reference":"Practitioner?identifier=7"}],' +
    '"valueQuantity":{"value":1.0},"instantiatesCanonical":["urn:uuid:1|2"],"_status":{"extension":[{"url":"urn:uuid:1","valueReference":{"reference":"urn:uuid:\\u0031"}}]},' +
    '"contained":[{"resourceType":"Patient","managingOrganization":{"reference":"urn:uuid:1/x"}}]}'
  const want =
    '{"resourceType":"Observation","id":"o","identifier":[{"system":"Patient/new","value":"urn:uuid:1"}],' +
    '"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><a href=\\"Patient/new#x\\">urn:uuid:1</a></div>"},' +
    '"subject":{"reference":"Patient/new","display":"urn:uuid:1"},"performer":[{"reference":"Practitioner/p"}],' +
    '"valueQuantity":{"value":1.0},"instantiatesCanonical":["urn:uuid:1|2"],"_status":{"extension":[{"url":"Patient/new","valueReference":{"reference":"Patient/new"}}]},' +
    '"contained":[{"resourceType":"Patient","managingOrganization":{"reference":"urn:uuid:1/x"}}]}'
  // Observation of R4 has no instantiatesCanonical: what is unknown is left alone.
  assert.equal(rewriteReferences(text, 'Observation', map), want)
  assert.equal(rewriteReferences(text, 'Observation', new Map()), text)
  const plan =
    '{"resourceType":"CarePlan","instantiatesCanonical":["urn:uuid:1|2"],"instantiatesUri":["urn:uuid:1"]}'
  assert.equal(
    rewriteReferences(plan, 'CarePlan', map),
    '{"resourceType":"CarePlan","instantiatesCanonical":["Patient/new|2"],"instantiatesUri":["Patient/new"]}',
  )
})

test('a tree is rewritten as its text is', () => {
  const map = new Map([
    ['urn:uuid:1', 'Patient/new'],
    ['urn:uuid:2', 'Encounter/new'],
  ])
  const texts: [text: string, references: number][] = [
    [
      '{"resourceType":"Observation","subject":{"reference":"urn:uuid:1"},"derivedFrom":[{"reference":"urn:uuid:3"},{"reference":"urn:uuid:2"}]}',
      2,
    ],
    [
      '{"resourceType":"Observation","subject":{"reference":"urn:uuid:1"},"focus":[{"reference":"urn:uuid:\\u0032"}]}',
      0,
    ],
    [
      '{"resourceType":"Observation","subject":{"reference":"urn:uuid:1"},"identifier":[{"system":"urn:uuid:2"}]}',
      0,
    ],
    ['{"resourceType":"Observation","subject":{"reference":"urn:uuid:1#x"},"code":{"text":"urn:uuid:2"}}', 0],
    ['{"resourceType":"Observation","subject":{"reference":"Patient/1"}}', 0],
  ]
  for (const [text, put] of texts) {
    const read = { text, value: JSON.parse(text) as JsonObject, more: 1 }
    const { read: now, references } = rewriteParsed(read, 'Observation', map)
    assert.equal(now.text, rewriteReferences(text, 'Observation', map))
    assert.deepEqual(now.value, JSON.parse(now.text))
    assert.equal(now.more, 1)
    assert.equal(references, put, text)
    // Where something is not known yet, or is told by the types, nothing is touched.
    const isKnown =
      put === (text.match(/"reference":"urn:uuid:\d"/g) ?? []).length && !/\\u|#x|"system"/.test(text)
    const untouched = { text, value: JSON.parse(text) as JsonObject }
    const known = rewriteKnown(untouched, map)
    assert.equal(known !== undefined, isKnown, text)
    if (known) assert.deepEqual(known, { read: { text: now.text, value: now.value }, references })
    else assert.deepEqual(untouched.value, JSON.parse(text))
  }
})

const tag = '{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}'

test('subsets keep bytes, mandatory elements and validity', () => {
  const text =
    '{"resourceType":"Observation","id":"o","text":{"status":"generated","div":"<div>x</div>"},"status":"final",' +
    '"code":{"text":"x"},"valueQuantity":{"value":1.0},"note":[{"text":"n"}],"component":[{"code":{"text":"c"},"interpretation":[{"text":"i"}],"valueQuantity":{"value":2.50}}]}'
  const start = `{"resourceType":"Observation","id":"o","meta":{"tag":[${tag}]},`
  const cases: [SubsetMode, string][] = [
    [
      { summary: 'true' },
      `${start}"status":"final","code":{"text":"x"},"valueQuantity":{"value":1.0},"component":[{"code":{"text":"c"},"valueQuantity":{"value":2.50}}]}`,
    ],
    [
      { summary: 'text' },
      `${start}"text":{"status":"generated","div":"<div>x</div>"},"status":"final","code":{"text":"x"}}`,
    ],
    [{ summary: 'data' }, `${start}${text.slice(text.indexOf('"status":"final"'))}`],
    [
      { elements: ['note', 'nothing'] },
      `${start}"status":"final","code":{"text":"x"},"note":[{"text":"n"}]}`,
    ],
    [{ elements: ['value'] }, `${start}"status":"final","code":{"text":"x"},"valueQuantity":{"value":1.0}}`],
  ]
  for (const [mode, want] of cases) {
    const got = subset(text, 'Observation', mode)
    assert.equal(got, want)
    if (!('summary' in mode && mode.summary === 'text'))
      assert.deepEqual(validate(JSON.parse(got) as JsonObject), [])
  }
})

test('SUBSETTED joins the tags that are there, once', () => {
  const cases: [string, string][] = [
    ['{"versionId":"1"}', `{"versionId":"1","tag":[${tag}]}`],
    ['{"tag":[{"code":"x"}],"source":"u"}', `{"tag":[{"code":"x"},${tag}],"source":"u"}`],
    [`{"tag":[${tag}]}`, `{"tag":[${tag}]}`],
  ]
  for (const [meta, want] of cases) {
    const got = subset(`{"resourceType":"Patient","meta":${meta},"gender":"male"}`, 'Patient', {
      elements: [],
    })
    assert.equal(got, `{"resourceType":"Patient","meta":${want}}`)
  }
})
