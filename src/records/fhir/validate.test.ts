import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseDocument } from '#records/json/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { invariants } from './generated/invariants.ts'
import { issuesMax, resourceTypes, validate } from './index.ts'
import { notEnumerable, planNames, planOf } from './plan.ts'
import { ruleText } from './rule-texts.ts'

const observation = (more: JsonObject): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...more,
})
const patient = (more: JsonObject): JsonObject => ({ resourceType: 'Patient', ...more })

/** Resource, and each fault as `expression code` or `expression code rule`. */
const cases: [string, JsonObject, string[]][] = [
  ['nothing wrong', observation({ valueQuantity: { value: 1 } }), []],
  ['no type', { id: 'x' }, ['Resource.resourceType required']],
  ['a type that R4 lacks', { resourceType: 'SubscriptionStatus' }, ['Resource.resourceType not-supported']],
  ['an abstract type', { resourceType: 'DomainResource' }, ['Resource.resourceType not-supported']],
  ['unknown element', patient({ contact: [{ name: { x: 1 } }] }), ['Patient.contact[0].name.x structure']],
  ['a name that is no name is not repeated', patient({ 'María Pérez': 1 }), ['Patient structure']],
  [
    'an element of the maker of the definitions',
    patient({ meta: { project: 'x' } }),
    ['Patient.meta.project structure'],
  ],
  [
    '__proto__',
    JSON.parse('{"resourceType":"Patient","__proto__":{}}') as JsonObject,
    ['Patient.__proto__ structure'],
  ],
  ['missing', { resourceType: 'Observation', code: { text: 'x' } }, ['Observation.status required']],
  [
    'missing choice',
    { resourceType: 'Medication', ingredient: [{ isActive: true }] },
    ['Medication.ingredient[0].item required'],
  ],
  ['two of a choice', observation({ valueString: 'x', valueBoolean: true }), ['Observation.value structure']],
  ['one of a choice in two parts', observation({ valueString: 'x', _valueString: { id: 'a' } }), []],
  [
    'a choice by its extension alone',
    observation({ _valueString: { extension: [{ url: 'u', valueCode: 'x' }] } }),
    [],
  ],
  ['list for one', patient({ birthDate: ['2020'] }), ['Patient.birthDate structure']],
  ['one for a list', patient({ name: { family: 'x' } }), ['Patient.name structure']],
  ['empty list', patient({ name: [] }), ['Patient.name structure']],
  ['empty object', patient({ name: [{}] }), ['Patient.name[0] structure']],
  ['an object with an id only', patient({ name: [{ id: 'x' }] }), ['Patient.name[0] structure']],
  ['null', patient({ active: null }), ['Patient.active structure']],
  ['null in a list', patient({ name: [{ given: ['x', null] }] }), ['Patient.name[0].given[1] structure']],
  [
    'null with an extension beside it',
    patient({
      name: [{ given: ['x', null], _given: [null, { extension: [{ url: 'u', valueCode: 'x' }] }] }],
    }),
    [],
  ],
  [
    'extensions with values missing',
    patient({ name: [{ _given: [{ extension: [{ url: 'u', valueCode: 'x' }] }, null] }] }),
    ['Patient.name[0].given[1] structure'],
  ],
  [
    'fault in an extension of a primitive',
    patient({ birthDate: '2020', _birthDate: { extension: [{ url: 'u' }] } }),
    ['Patient.birthDate.extension[0] invariant ext-1'],
  ],
  ['wrong JSON type', patient({ active: 'true' }), ['Patient.active value']],
  ['object for a primitive', patient({ birthDate: { a: 1 } }), ['Patient.birthDate structure']],
  ['primitive for an object', patient({ name: ['x'] }), ['Patient.name[0] structure']],
  ['no such day', patient({ birthDate: '2023-02-29' }), ['Patient.birthDate value']],
  ['leap day', patient({ birthDate: '2024-02-29' }), []],
  [
    'dateTime without a zone',
    observation({ effectiveDateTime: '2020-01-02T03:04:05' }),
    ['Observation.effective value'],
  ],
  ['id', patient({ id: 'a_b' }), ['Patient.id value']],
  ['positiveInt', patient({ telecom: [{ rank: 0 }] }), ['Patient.telecom[0].rank value']],
  ['integer beyond 32 bits', observation({ valueInteger: 2147483648 }), ['Observation.value value']],
  ['control character', patient({ name: [{ family: 'a\u0000b' }] }), ['Patient.name[0].family value']],
  ['code', patient({ gender: 'varón' }), ['Patient.gender code-invalid']],
  [
    'concept',
    { resourceType: 'Condition', subject: { display: 'x' }, clinicalStatus: { text: 'x' } },
    ['Condition.clinicalStatus code-invalid'],
  ],
  [
    'invariant',
    observation({ valueString: 'x', dataAbsentReason: { text: 'x' } }),
    ['Observation invariant obs-6'],
  ],
  [
    'invariant of an element',
    { resourceType: 'Organization', name: 'x', telecom: [{ use: 'home' }] },
    ['Organization.telecom[0] invariant org-3'],
  ],
  [
    'period',
    observation({ effectivePeriod: { start: '2020-02', end: '2020-01' } }),
    ['Observation.effective invariant per-1'],
  ],
  ['period that cannot be compared', observation({ effectivePeriod: { start: '2020-02', end: '2020' } }), []],
  [
    'reference to nothing contained',
    observation({ subject: { reference: '#x' } }),
    ['Observation.subject invariant ref-1'],
  ],
  ['contained', observation({ contained: [patient({ id: 'x' })], subject: { reference: '#x' } }), []],
  [
    'contained and not referred to',
    observation({ contained: [patient({ id: 'x' })] }),
    ['Observation.contained[0] invariant dom-3'],
  ],
  [
    'fault in what is contained',
    observation({ contained: [patient({ id: 'x', foo: 1 })], subject: { reference: '#x' } }),
    ['Observation.contained[0].foo structure'],
  ],
  [
    'SimpleQuantity',
    observation({ referenceRange: [{ low: { value: 1, comparator: '<' } }] }),
    [
      'Observation.referenceRange[0].low.comparator structure',
      'Observation.referenceRange[0].low invariant sqty-1',
    ],
  ],
  [
    'Bundle',
    { resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient({ gender: 'x' }) }] },
    ['Bundle.entry[0].resource.gender code-invalid'],
  ],
  [
    'Bundle rules',
    { resourceType: 'Bundle', type: 'batch', entry: [{ resource: patient({}) }] },
    ['Bundle invariant bdl-3'],
  ],
  [
    'EvidenceVariable is R4’s',
    {
      resourceType: 'EvidenceVariable',
      status: 'draft',
      characteristic: [{ definitionCanonical: 'u', groupMeasure: 'mean' }],
    },
    [],
  ],
]

test('each fault is named at its place', () => {
  for (const [name, resource, want] of cases) {
    const got = validate(resource).map(({ expression, code, text }) => {
      const rule = /\((\w+-\w+)\)\.$/.exec(text.en)?.[1]
      return [expression, code, ...(code === 'invariant' ? [rule] : [])].join(' ')
    })
    assert.deepEqual(got, want, name)
  }
})

test('1.0 is a decimal and no integer', () => {
  const judge = (text: string) => {
    const parsed = parseDocument(Buffer.from(text))
    assert.equal(parsed.status, 'ok')
    return parsed.status === 'ok' ? validate(parsed.value, parsed).map(({ expression }) => expression) : []
  }
  const start = '{"resourceType":"Observation","status":"final","code":{"text":"x"},'
  assert.deepEqual(judge(`${start}"valueQuantity":{"value":1.0}}`), [])
  assert.deepEqual(judge(`${start}"valueInteger":1.0}`), ['Observation.value'])
  assert.deepEqual(judge(`${start}"valueInteger":1}`), [])
})

test('narratives: formatting stays, what could run does not', () => {
  const judge = (div: string) =>
    validate(patient({ text: { status: 'generated', div } })).map(({ code }) => code)
  const open = '<div xmlns="http://www.w3.org/1999/xhtml">'
  const right = [
    'x',
    '<p>a<br/>b &amp; &#233; &nbsp;</p>',
    '<table class="x"><tr><td colspan="2">1</td></tr></table>',
    '<!-- c --><a href="#x">y</a>',
    '<img src="a.png" alt="x"/>',
    '',
  ]
  for (const inner of right) assert.deepEqual(judge(`${open}${inner}</div>`), [], inner)
  const runs = [
    '<script>alert(1)</script>',
    '<SCRIPT>1</SCRIPT>',
    '<p onclick="x()">x</p>',
    '<a href="javascript:x()">x</a>',
    '<a href=" JaVa&#x53;cript:x()">x</a>',
    '<a href="java&#10;script:x()">x</a>',
    '<a href="java\tscript&colon;x()">x</a>',
    '<iframe src="x">x</iframe>',
    '<svg>x</svg>',
    '<p style="width: expression (x)">x</p>',
    '<form><input name="x"/></form>',
    '<?php x ?>',
    '<![CDATA[<script>x</script>]]>',
  ]
  for (const inner of runs) assert.deepEqual(judge(`${open}${inner}</div>`), ['invariant'], inner)
  const broken = [
    '<p>x',
    '</p>x',
    '<p>x</b>',
    'a & b',
    'a < b',
    '<p class=x>x</p>',
    '<p class="x" class="y">x</p>',
    '<p hidden>x</p>',
  ]
  for (const inner of broken) assert.deepEqual(judge(`${open}${inner}</div>`), ['structure'], inner)
  for (const whole of ['x', `${open}x</div>y`, `${open}x</div>${open}x</div>`, '<p>x</p>', '<div']) {
    assert.deepEqual(judge(whole), ['structure'], whole)
  }
})

test('warnings come only when asked for, and are no errors', () => {
  const found = validate(patient({}), { warnings: true })
  assert.deepEqual(
    found.map(({ severity, code }) => [severity, code]),
    [['warning', 'invariant']],
  )
  assert.deepEqual(validate(patient({})), [])
})

test('texts hold no values, in either language', () => {
  const secret = 'Guadalupe9'
  const resource = patient({
    gender: secret,
    birthDate: secret,
    active: secret,
    name: [{ given: [{ [secret]: 1 } as unknown as string], family: `${secret}\u0000` }],
    telecom: [{ value: secret, system: secret }],
    managingOrganization: { reference: `#${secret}` },
  })
  const issues = validate(resource)
  assert.ok(issues.length >= 6)
  for (const { text, expression } of issues) {
    assert.ok(!JSON.stringify([text, expression]).includes(secret), text.en)
    assert.notEqual(text.es, text.en)
  }
})

test('a flood of faults is cut', () => {
  const name = Array.from({ length: 10_000 }, () => ({ foo: 1 }))
  assert.equal(validate(patient({ name })).length, issuesMax)
})

test('every type has a plan, and every plan what it refers to', () => {
  for (const type of resourceTypes) assert.equal(planOf(type)?.kind, 'resource', type)
  for (const name of planNames()) {
    for (const [json, { element }] of planOf(name)!.members) {
      assert.ok(element.primitive !== undefined || element.plan() !== undefined, `${name}.${json}`)
    }
  }
})

test('every rule that refuses says why in Spanish', () => {
  for (const name of planNames()) {
    const plan = planOf(name)!
    const rules = [...plan.rules, ...[...plan.members.values()].flatMap(({ element }) => element.rules)]
    for (const { key, severity, human } of rules) {
      if (severity === 'error') assert.doesNotMatch(ruleText(key, human).es, /«/, key)
    }
  }
})

test('no rule throws, whatever it meets', () => {
  const text = {
    url: 'http://hl7.org/fhir/StructureDefinition/x',
    path: 'a.b',
    type: 'x',
    name: 'X',
    code: 'x',
  }
  const samples = [
    {},
    [],
    'x',
    1,
    null,
    text,
    { element: [text], snapshot: { element: [text] }, differential: { element: [text] } },
  ]
  for (const run of invariants) {
    for (const sample of samples) {
      for (const item of [
        sample,
        {
          element: sample,
          item: sample,
          code: sample,
          low: sample,
          high: sample,
          type: sample,
          path: sample,
        },
      ]) {
        assert.ok([true, false, undefined].includes(run(item, { resource: item, rootResource: item })))
      }
    }
  }
})

test('rules of definitions', () => {
  const definition = (element: JsonObject): JsonObject => ({
    resourceType: 'StructureDefinition',
    url: 'http://example.org/x',
    name: 'X',
    status: 'draft',
    kind: 'resource',
    abstract: false,
    type: 'Patient',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    derivation: 'constraint',
    differential: {
      element: [
        { id: 'Patient', path: 'Patient' },
        { id: 'a', ...element },
      ],
    },
  })
  const rules = (resource: JsonObject) =>
    validate(resource).map(({ text }) => /\((\w+-\w+)\)/.exec(text.en)?.[1])
  assert.deepEqual(rules(definition({ path: 'Patient.name', sliceName: 'a/b' })), [])
  assert.deepEqual(rules(definition({ path: 'Patient.name', sliceName: 'a b' })), ['eld-16'])
  assert.deepEqual(rules(definition({ path: 'Other.name' })), ['sdf-8a'])
  assert.deepEqual(rules(definition({ path: 'Patient.name', min: 2, max: '1' })), ['eld-2'])
})

test('value sets that R4 does not list are those of docs/spec/validation.md', () => {
  const text = readFileSync(new URL('../../../docs/spec/validation.md', import.meta.url), 'utf8')
  const section = text.split(/^## /m).find((part) => part.startsWith('Value sets'))!
  assert.deepEqual(
    [...section.matchAll(/`(http[^`]+)`/g)].map((match) => match[1]).sort(),
    [...notEnumerable()].sort(),
  )
})
