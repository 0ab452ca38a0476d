import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isRefusal, sentenceOf } from '#kernel/outcome.ts'
import { resourceTypes } from '#records/fhir/index.ts'
import { parametersOf, parseSearch } from '../index.ts'
import type { Parsed, Search } from '../index.ts'
import { escapeText, plainText, splitAt, wholeOf } from './pieces.ts'

const fixed = { timeZone: 'America/Mexico_City', base: 'https://vault.example/fhir/R4', now: 0 }

function parsed(type: string | undefined, query: string, isLenient = false): Parsed {
  return parseSearch({ type, pairs: [...new URLSearchParams(query)], isLenient, ...fixed })
}

function searchOf(type: string | undefined, query: string, isLenient = false): Search {
  const result = parsed(type, query, isLenient)
  assert.ok(result.status === 'ok', `${query}: ${JSON.stringify(result)}`)
  return result.search
}

const unsupported: [type: string | undefined, query: string, named: string][] = [
  ['Patient', 'nombre=x', 'nombre'],
  ['Patient', 'name:foo=x', 'name:foo'],
  ['Patient', 'gender:exact=male', 'gender:exact'],
  ['Patient', 'birthdate:contains=2000', 'birthdate:contains'],
  ['Patient', 'gender:above=male', 'gender:above'],
  ['Patient', 'gender:below=male', 'gender:below'],
  ['Patient', 'identifier:of-type=a|b|c', 'identifier:of-type'],
  ['Patient', 'name:text=x', 'name:text'],
  ['Patient', 'name:missing:exact=true', 'name:missing:exact'],
  ['Observation', 'code-value-quantity:missing=true', 'code-value-quantity:missing'],
  ['Observation', 'subject:Medication=1', 'subject:Medication'],
  ['Observation', 'subject:Patient.nombre=1', 'subject:Patient.nombre'],
  ['Observation', 'code.name=1', 'code.name'],
  ['Observation', 'subject:identifier.name=1', 'subject:identifier.name'],
  ['Procedure', 'location:below=42', 'location:below'],
  ['QuestionnaireResponse', 'questionnaire:identifier=1', 'questionnaire:identifier'],
  ['Patient', '_has:Observation:code:code=1', '_has:Observation:code:code'],
  ['Organization', '_has:Observation:patient:code=1', '_has:Observation:patient:code'],
  ['Patient', '_has:Nada:patient:code=1', '_has:Nada:patient:code'],
  ['Location', 'near=1|2', 'near'],
  ['Patient', '_type=Patient', '_type'],
  ['Patient', '_sort=nombre', '_sort=nombre'],
  ['Observation', '_sort=-code-value-quantity', '_sort=-code-value-quantity'],
  ['Patient', '_include=Patient:name', '_include=Patient:name'],
  ['Patient', '_include=Patient:organization:Location', '_include=Patient:organization:Location'],
  ['Patient', '_revinclude=Nada:patient', '_revinclude=Nada:patient'],
  ['Patient', '_include:recurse=Patient:link', '_include:recurse'],
  [undefined, 'name=x', 'name'],
  [undefined, '_type=Patient,Observation&name=x', 'name'],
  ...['_filter', '_contained', '_containedType', '_text', '_content', '_list', '_query', '_score'].map(
    (name): [string, string, string] => ['Patient', `${name}=x`, name],
  ),
]

test('what is not supported is named, or left out where the caller is lenient', () => {
  for (const [type, query, named] of unsupported) {
    const result = parsed(type, query)
    assert.equal(result.status, 'unsupported-parameter', query)
    assert.ok(
      isRefusal(result) && result.slots?.['parameter'] === named,
      `${query}: ${JSON.stringify(result)}`,
    )
    assert.deepEqual(searchOf(type, query, true).ignored, [named])
  }
  assert.deepEqual(searchOf('Patient', 'a=1&name=x&b=2', true).ignored, ['a', 'b'])
  assert.equal(searchOf('Patient', 'a=1&name=x', true).filters.length, 1)
})

const wrong: [type: string | undefined, query: string, at: number][] = [
  ['Patient', 'name=', 1],
  ['Patient', 'name=Ana,,Eva', 5],
  ['Patient', 'name=Ana,', 5],
  ['Patient', 'name=Ana,..', 5],
  ['Patient', 'birthdate=2000-13', 1],
  ['Patient', 'birthdate=2000-02-30', 1],
  ['Patient', 'birthdate=ge2000,geabc', 10],
  ['Patient', 'birthdate=2000-01-01T10', 1],
  ['Patient', String.raw`gender=ma\le`, 3],
  ['Patient', String.raw`gender=male,fe\le`, 8],
  ['Patient', 'gender=male\\', 5],
  ['Patient', 'identifier=a|b|c', 4],
  ['Patient', 'identifier=|', 1],
  ['Patient', 'gender:missing=yes', 1],
  ['Patient', 'organization=Organización/1', 1],
  ['Patient', 'organization=Nada/1', 1],
  ['Patient', 'organization=Organization/1/2', 1],
  ['Observation', 'subject:Patient=Group/1', 1],
  ['RiskAssessment', 'probability=high', 1],
  ['RiskAssessment', 'probability=ge', 3],
  ['RiskAssessment', 'probability=1..2', 1],
  ['Observation', 'value-quantity=5|mg', 3],
  ['Observation', 'value-quantity=5|s|', 5],
  ['Observation', 'value-quantity=5|s|c|d', 3],
  ['Observation', 'code-value-quantity=1', 1],
  ['Observation', 'code-value-quantity=1$x', 3],
  ['Observation', 'code-value-quantity=1$2$3', 5],
  ['ValueSet', 'url:below=urn:oid:1.2', 1],
  ['DocumentReference', 'contenttype:below=text', 1],
  ['Patient', '_count=-1', 1],
  ['Patient', '_count=ten', 1],
  ['Patient', '_total=all', 1],
  ['Patient', '_sort=name,+birthdate', 6],
  ['Patient', '_include=Patient', 1],
  [undefined, '_type=Patient,Nada', 9],
]

test('what is wrong in a value is told by its place, never by what it is', () => {
  for (const [type, query, at] of wrong) {
    for (const isLenient of [false, true]) {
      const result = parsed(type, query, isLenient)
      assert.ok(isRefusal(result) && result.status === 'invalid-search-value', query)
      assert.equal(result.slots?.['at'], at, `${query}: ${JSON.stringify(result)}`)
      assert.notEqual(sentenceOf(result, 'es'), sentenceOf(result, 'en'))
    }
  }
})

test('names that are no names are not told', () => {
  for (const name of ['Ana María', 'GARCÍA', 'a'.repeat(200), "x';--", 'a/b']) {
    const result = parseSearch({ type: 'Patient', pairs: [[name, '1']], ...fixed })
    assert.ok(isRefusal(result) && result.slots?.['parameter'] === '?', name)
  }
})

test('what has no place: use twice, kinds that differ, links without end, value sets', () => {
  const statusOf = (type: string | undefined, query: string): string => parsed(type, query).status
  assert.equal(statusOf('Patient', '_count=1&_count=2'), 'invalid-parameter')
  assert.equal(statusOf('Patient', '_has:Observation:patient=1'), 'invalid-parameter')
  assert.equal(statusOf('Observation', `${'focus.'.repeat(6)}status=final`), 'invalid-parameter')
  assert.equal(statusOf(undefined, '_type=Observation,Composition&_sort=date&date=2026'), 'ok')
  assert.equal(statusOf(undefined, '_type=Communication,Observation&subject=1'), 'ok')
  const refused = parsed('Condition', 'code:in=http://acme.org/fhir/ValueSet/cardiac-conditions')
  assert.ok(isRefusal(refused) && refused.status === 'unknown-value-set')
  assert.equal(refused.slots?.['url'], 'http://acme.org/fhir/ValueSet/cardiac-conditions')
  assert.equal(
    statusOf('Patient', 'gender:in=http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1'),
    'ok',
  )
})

test('a search is told apart into its parts', () => {
  const search = searchOf(
    'Observation',
    'code=a,b&_sort=-date,_id&_count=0&_total=accurate&_include=Observation:subject:Patient&_include:iterate=Patient:*&_revinclude=Provenance:target&_summary=count&_elements=id&_format=json',
  )
  assert.equal(search.filters.length, 1)
  assert.deepEqual(search.sort, [
    { parameter: 'date', kind: 'date', isDescending: true },
    { parameter: '_id', kind: 'token', isDescending: false },
  ])
  assert.deepEqual(
    [search.count, search.total, search.summary, search.elements],
    [0, 'accurate', 'count', 'id'],
  )
  assert.deepEqual(search.includes, [
    { type: 'Observation', parameter: 'subject', target: 'Patient', isIterated: false },
    { type: 'Patient', parameter: undefined, target: undefined, isIterated: true },
  ])
  assert.deepEqual(search.revincludes, [
    { type: 'Provenance', parameter: 'target', target: undefined, isIterated: false },
  ])
  assert.deepEqual(searchOf(undefined, '_type=Patient,Patient,Group&_id=1').types, ['Patient', 'Group'])
  assert.deepEqual(searchOf(undefined, '').types, [])
})

test('chains go to every type that has the parameter; reverse chains nest', () => {
  const [chain] = searchOf('Observation', 'subject.identifier=1').filters
  assert.ok(chain?.is === 'chain')
  assert.deepEqual(chain.targets, ['Device', 'Group', 'Location', 'Patient'])
  const [deep] = searchOf(
    'Observation',
    'subject:Patient.general-practitioner:Practitioner.name:exact=x',
  ).filters
  assert.ok(deep?.is === 'chain' && deep.filter.is === 'chain')
  assert.deepEqual(deep.filter.targets, ['Practitioner'])
  const [has] = searchOf(
    'Patient',
    '_has:Observation:patient:_has:AuditEvent:entity:agent=Practitioner/1',
  ).filters
  assert.ok(has?.is === 'has' && has.filter.is === 'has' && has.filter.filter.is === 'value')
  const [mixed] = searchOf('Observation', 'subject:Patient._has:Condition:patient:code=1').filters
  assert.ok(mixed?.is === 'chain' && mixed.filter.is === 'has')
})

test('escapes come back as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (texts) => {
      for (const separator of [',', '|', '$'] as const) {
        const pieces = splitAt(wholeOf(texts.map(escapeText).join(separator)), separator)
        assert.deepEqual(
          pieces.map(plainText),
          texts.map((text) => ({ text })),
        )
      }
    }),
  )
  const [filter] = searchOf('Patient', String.raw`identifier=http://a\|b|c\,d\$\\`).filters
  assert.ok(filter?.is === 'value')
  assert.deepEqual(filter.operands, [
    { kind: 'token', system: 'http://a|b', code: String.raw`c,d$\ `.trim(), isExact: true },
  ])
})

const anyName = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom(...'_:.|-$,\\aZ9 *', 'Patient', '_has:', 'subject', 'name', 'code') }),
)
const anyValue = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(...'|,$\\ge0123456789-:.TZ+/ #ñ', 'Patient/', 'http://', 'urn:', '2026', 'true'),
  }),
)

test('any text is a search or a refusal that does not repeat it', () => {
  const parameters = resourceTypes.flatMap((type) =>
    parametersOf(type).map(({ name }) => [type, name] as const),
  )
  const suffix = fc.constantFrom(
    '',
    ':missing',
    ':not',
    ':text',
    ':in',
    ':exact',
    ':contains',
    ':above',
    ':below',
    ':identifier',
    ':Patient',
    '.name',
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...parameters),
      suffix,
      anyName,
      anyValue,
      fc.boolean(),
      ([type, name], tail, other, value, isOther) => {
        const pairs: [string, string][] = [[isOther ? other : name + tail, value]]
        const result = parseSearch({ type: isOther && value.length % 2 ? undefined : type, pairs, ...fixed })
        if (!isRefusal(result)) return
        const marker = `${value}#marker`
        const again = parseSearch({ type, pairs: [[name + tail, marker]], ...fixed })
        if (isRefusal(again) && again.status !== 'unknown-value-set')
          assert.ok(!sentenceOf(again, 'en').includes('#marker'))
      },
    ),
    { numRuns: 3_000 },
  )
})

test('what one search may ask for is bounded', () => {
  const statusOf = (query: string) => parsed('Observation', query).status
  assert.equal(statusOf(Array<string>(200).fill('status=final').join('&')), 'ok')
  assert.equal(statusOf(Array<string>(201).fill('status=final').join('&')), 'invalid-parameter')
  assert.equal(statusOf(`code=${Array<string>(10_000).fill('x').join()}`), 'ok')
  assert.equal(statusOf(`code=${Array<string>(10_000).fill('x').join()}&status=final`), 'invalid-parameter')
  assert.equal(statusOf(Array<string>(20).fill('patient.name=x').join('&')), 'ok')
  assert.equal(statusOf(Array<string>(21).fill('patient.name=x').join('&')), 'invalid-parameter')
})

test('of several sort keys the lenient lose those that are not supported, and no others', () => {
  const search = searchOf('Patient', 'name=x&_sort=-birthdate,nombre,_id,apellido', true)
  assert.deepEqual(
    search.sort.map(({ parameter, isDescending }) => [parameter, isDescending]),
    [
      ['birthdate', true],
      ['_id', false],
    ],
  )
  assert.deepEqual(search.ignored, ['_sort=nombre', '_sort=apellido'])
  assert.deepEqual(search.understood, [
    ['name', 'x'],
    ['_sort', '-birthdate,_id'],
  ])
  assert.deepEqual(searchOf('Patient', '_sort=nombre', true).understood, [])
  assert.equal(parsed('Patient', '_sort=-birthdate,nombre').status, 'unsupported-parameter')
  assert.equal(parsed('Patient', '_sort=nombre&_sort=_id', true).status, 'invalid-parameter')
})

test('a search is sorted by eight keys at most', () => {
  const keys = (count: number) => `_sort=${Array.from({ length: count }, () => '_id').join()}`
  assert.equal(parsed('Patient', keys(8)).status, 'ok')
  for (const isLenient of [false, true])
    assert.equal(parsed('Patient', keys(9), isLenient).status, 'invalid-parameter')
})
