import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { applyPatch, readPatch } from './index.ts'
import { applyFhirPathPatch } from './fhirpath-patch.ts'
import type { PathOperation } from './operations.ts'

type Part = Record<string, unknown>
const part = (name: string, value: Part): Part => ({ name, ...value })
const code = (type: string) => part('type', { valueCode: type })
const path = (text: string) => part('path', { valueString: text })
const add = (at: string, name: string, value: Part) => [
  code('add'),
  path(at),
  part('name', { valueString: name }),
  part('value', value),
]
const replace = (at: string, value: Part) => [code('replace'), path(at), part('value', value)]
const remove = (at: string) => [code('delete'), path(at)]
const insert = (at: string, index: number, value: Part) => [
  code('insert'),
  path(at),
  part('index', { valueInteger: index }),
  part('value', value),
]
const move = (at: string, source: number, destination: number) => [
  code('move'),
  path(at),
  part('source', { valueInteger: source }),
  part('destination', { valueInteger: destination }),
]

function operationsOf(...operations: Part[][]): PathOperation[] | string {
  const parameters = {
    resourceType: 'Parameters',
    ...(operations.length === 0
      ? {}
      : { parameter: operations.map((parts) => ({ name: 'operation', part: parts })) }),
  }
  const read = readPatch('fhirpath', Buffer.from(JSON.stringify(parameters)))
  if (read.status !== 'ok') return read.status
  return read.patch.form === 'fhirpath' ? [...read.patch.operations] : 'json'
}

/** What operations make of a resource given as text or as members of a Patient; of a refusal, its code. */
function patched(resource: string | object, ...operations: Part[][]): unknown {
  const text =
    typeof resource === 'string' ? resource : JSON.stringify({ resourceType: 'Patient', ...resource })
  const read = operationsOf(...operations)
  if (typeof read === 'string') return read
  const applied = applyFhirPathPatch(text, read)
  if (applied.status !== 'ok') return applied.status
  if (typeof resource === 'string') return applied.text
  const { resourceType: _, ...rest } = JSON.parse(applied.text) as Record<string, unknown>
  return rest
}

const ids = (...values: string[]) => ({
  identifier: values.map((value) => ({ system: 'http://example.org', value })),
})
const id = (value: string) => ({ valueIdentifier: { system: 'http://example.org', value } })
const contact = (more: object) => ({ contact: [{ name: { text: 'a name' }, ...more }] })

describe("what FHIR's own test cases for implementers try", () => {
  const cases: [name: string, before: object, operations: Part[][], want: unknown][] = [
    ['no difference', { birthDate: '1920-01-01' }, [], { birthDate: '1920-01-01' }],
    [
      'a primitive replaced',
      { birthDate: '1920-01-01' },
      [replace('Patient.birthDate', { valueDate: '1930-01-01' })],
      { birthDate: '1930-01-01' },
    ],
    ['a primitive deleted', { birthDate: '1920-01-01' }, [remove('Patient.birthDate')], {}],
    [
      'a primitive added',
      {},
      [add('Patient', 'birthDate', { valueDate: '1930-01-01' })],
      { birthDate: '1930-01-01' },
    ],
    [
      'a nested primitive replaced',
      contact({ gender: 'male' }),
      [replace('Patient.contact[0].gender', { valueCode: 'female' })],
      contact({ gender: 'female' }),
    ],
    [
      'a primitive two levels down replaced',
      contact({}),
      [replace('Patient.contact[0].name.text', { valueString: 'the name' })],
      { contact: [{ name: { text: 'the name' } }] },
    ],
    [
      'a nested primitive deleted',
      contact({ gender: 'male' }),
      [remove('Patient.contact[0].gender')],
      contact({}),
    ],
    [
      'the last member deleted, and what held it gone too',
      contact({ gender: 'male' }),
      [remove('Patient.contact[0].name.text')],
      { contact: [{ gender: 'male' }] },
    ],
    [
      'a nested primitive added',
      contact({}),
      [add('Patient.contact[0]', 'gender', { valueCode: 'male' })],
      contact({ gender: 'male' }),
    ],
    [
      'a complex element added',
      {},
      [add('Patient', 'maritalStatus', { valueCodeableConcept: { text: 'married' } })],
      { maritalStatus: { text: 'married' } },
    ],
    [
      'a complex element replaced, with its id',
      { maritalStatus: { id: '1', text: 'married' } },
      [replace('Patient.maritalStatus', { valueCodeableConcept: { id: '2', text: 'not married' } })],
      { maritalStatus: { id: '2', text: 'not married' } },
    ],
    ['a complex element deleted', { maritalStatus: { text: 'x' } }, [remove('Patient.maritalStatus')], {}],
    [
      'an element without a type of its own added',
      {},
      [add('Patient', 'contact', { part: [part('name', { valueHumanName: { text: 'a name' } })] })],
      contact({}),
    ],
    ['an element without a type of its own deleted', contact({}), [remove('Patient.contact[0]')], {}],
    [
      'the contents of a list changed',
      ids('1', '2'),
      [
        replace('Patient.identifier[0].value', { valueString: '2' }),
        replace('Patient.identifier[1].value', { valueString: '1' }),
      ],
      ids('2', '1'),
    ],
    ['the end of a list', ids('1', '2'), [insert('Patient.identifier', 2, id('3'))], ids('1', '2', '3')],
    ['the middle of a list', ids('1', '2'), [insert('Patient.identifier', 1, id('3'))], ids('1', '3', '2')],
    ['the start of a list', ids('1', '2'), [insert('Patient.identifier', 0, id('3'))], ids('3', '1', '2')],
    ['the first of a list deleted', ids('1', '2', '3'), [remove('Patient.identifier[0]')], ids('2', '3')],
    ['the last of a list deleted', ids('1', '2', '3'), [remove('Patient.identifier[2]')], ids('1', '2')],
    ['moved back', ids('1', '2', '3', '4'), [move('Patient.identifier', 3, 1)], ids('1', '4', '2', '3')],
    [
      'moved to the end',
      ids('1', '2', '3', '4'),
      [move('Patient.identifier', 0, 3)],
      ids('2', '3', '4', '1'),
    ],
    [
      'moved twice',
      ids('1', '2', '3', '4'),
      [move('Patient.identifier', 1, 0), move('Patient.identifier', 2, 1)],
      ids('2', '3', '1', '4'),
    ],
    [
      'a list turned round',
      ids('1', '2', '3', '4'),
      [move('Patient.identifier', 3, 0), move('Patient.identifier', 3, 1), move('Patient.identifier', 3, 2)],
      ids('4', '3', '2', '1'),
    ],
    [
      'something added to what is not there',
      { identifier: [{ use: 'official', value: '123' }] },
      [add("Patient.identifier.where(use = 'official').period", 'end', { valueDateTime: '2021-12-01' })],
      'patch-failed',
    ],
    ['the first of a list', {}, [add('Patient', 'identifier', id('3'))], ids('3')],
  ]
  for (const [name, before, operations, want] of cases) {
    test(name, () => assert.deepEqual(patched(before, ...operations), want))
  }
})

describe('paths', () => {
  const before = {
    active: true,
    name: [
      { use: 'official', family: 'Núñez', given: ['Ana', 'Sofía'] },
      { use: 'usual', given: ["O'Neil"] },
    ],
    identifier: [
      { system: 'urn:a', value: '1', type: { coding: [{ system: 's', code: 'MR' }] } },
      { system: 'urn:b', value: '2', period: { start: '2020-01-02' } },
    ],
    extension: [{ url: 'http://x', valueString: 'y' }],
    birthDate: '1974-12-25',
    _birthDate: { extension: [{ url: 'http://time', valueDateTime: '1974-12-25T14:35:45-05:00' }] },
    multipleBirthInteger: 2,
  }
  const deletes: [path: string, gone: (patient: typeof before) => void][] = [
    ['Patient.name[1]', (each) => each.name.splice(1)],
    ['name[1]', (each) => each.name.splice(1)],
    ['Patient . name [ 1 ]', (each) => each.name.splice(1)],
    ['Patient.name.last()', (each) => each.name.splice(1)],
    ['Patient.name.first()', (each) => each.name.splice(0, 1)],
    ["Patient.name.where(use = 'usual')", (each) => each.name.splice(1)],
    ["Patient.name.where(use != 'official')", (each) => each.name.splice(1)],
    ["Patient.name.where('usual' = use)", (each) => each.name.splice(1)],
    ['Patient.name.where(family.exists().not())', (each) => each.name.splice(1)],
    ['Patient.name.where(family.empty())', (each) => each.name.splice(1)],
    ['Patient.name.where((family.exists()).not())', (each) => each.name.splice(1)],
    ["Patient.name.where(given = 'O\\'Neil')", (each) => each.name.splice(1)],
    ["Patient.name.where(use = 'usual' or use = 'temp')", (each) => each.name.splice(1)],
    ["Patient.name.where(use = 'temp' or use = 'usual' and given.exists())", (each) => each.name.splice(1)],
    ["Patient.name.where(given.where($this = 'Sofía').exists())", (each) => each.name.splice(0, 1)],
    ["Patient.name.where(given.exists($this = 'Sofía'))", (each) => each.name.splice(0, 1)],
    ["Patient.identifier.where(system = 'urn:a' and value = '1')", (each) => each.identifier.splice(0, 1)],
    [
      "Patient.identifier.where(type.coding.where(system = 's' and code = 'MR').exists())",
      (each) => each.identifier.splice(0, 1),
    ],
    ['Patient.identifier.where(period.start = @2020-01-02)', (each) => each.identifier.splice(1)],
    ["Patient.name.where(use = 'official').given[1]", (each) => each.name[0]?.given.splice(1)],
    ["Patient.name[0].given.where($this = 'Ana')", (each) => each.name[0]?.given.splice(0, 1)],
    ["Patient.extension('http://x')", (each) => Reflect.deleteProperty(each, 'extension')],
    ["Patient.birthDate.extension('http://time')", (each) => Reflect.deleteProperty(each, '_birthDate')],
    ['Patient.birthDate.extension[0]', (each) => Reflect.deleteProperty(each, '_birthDate')],
    ['Patient.multipleBirth', (each) => Reflect.deleteProperty(each, 'multipleBirthInteger')],
    ['Patient.multipleBirth.ofType(integer)', (each) => Reflect.deleteProperty(each, 'multipleBirthInteger')],
    [
      'Patient.multipleBirth.ofType(FHIR.integer)',
      (each) => Reflect.deleteProperty(each, 'multipleBirthInteger'),
    ],
    [
      'Patient.multipleBirth.where($this = 2.0)',
      (each) => Reflect.deleteProperty(each, 'multipleBirthInteger'),
    ],
    ['Patient.where(active).active', (each) => Reflect.deleteProperty(each, 'active')],
    ['Patient.where(active = true).active', (each) => Reflect.deleteProperty(each, 'active')],
    ['Patient.`active`', (each) => Reflect.deleteProperty(each, 'active')],
    // What is not there need not be deleted.
    ['Patient.gender', () => {}],
    ['Patient.name[7]', () => {}],
    ["Patient.name.where(use = 'temp')", () => {}],
    ["Patient.name.where(period.start = '2020')", () => {}],
    ['Patient.multipleBirth.ofType(boolean)', () => {}],
    ['Patient.identifier.where(period.start = @2020-01)', () => {}],
  ]
  for (const [text, gone] of deletes) {
    test(text, () => {
      const want = structuredClone(before)
      gone(want)
      assert.deepEqual(patched(before, remove(text)), want)
    })
  }

  const refused: [path: string, want: string][] = [
    ['', 'invalid'],
    ['Patient.', 'patch-malformed'],
    ['Patient..name', 'patch-malformed'],
    ['Patient.name[-1]', 'patch-malformed'],
    ['Patient.name[1.5]', 'patch-malformed'],
    ['Patient.name[99999999999999999999]', 'patch-malformed'],
    ['Patient.name[x]', 'patch-malformed'],
    ['Patient.name.exists()', 'patch-malformed'],
    ['Patient.name.where(exists())', 'patch-malformed'],
    ['Patient.name.where(use)', 'patch-failed'],
    ["Patient.name.where('x')", 'patch-malformed'],
    ["Patient.name.where(use = 'x", 'patch-malformed'],
    ["Patient.name.where(use ~ 'x')", 'patch-malformed'],
    ["Patient.name.where(use = 'x' xor use = 'y')", 'patch-malformed'],
    ["Patient.name.where(use = 'x' = true)", 'patch-malformed'],
    ['Patient.name.select(use)', 'patch-malformed'],
    ['Patient.generalPractitioner.resolve()', 'patch-malformed'],
    ['Patient.descendants()', 'patch-malformed'],
    ['Patient.name | Patient.contact', 'patch-malformed'],
    ['%resource.name', 'patch-malformed'],
    ['$this.name', 'patch-malformed'],
    ['Patient.name.where(period.start = @2020-01-02T10:00:00Z)', 'patch-malformed'],
    ["Patient.name.where(use = '\\x')", 'patch-malformed'],
    [`Patient.name.where(${'('.repeat(40)}active${')'.repeat(40)})`, 'patch-malformed'],
    [`Patient.name${'.first()'.repeat(1_000)}`, 'patch-malformed'],
    ['Patient', 'patch-failed'],
    ['Patient.name', 'patch-failed'],
    ['Patient.surname', 'patch-failed'],
    ['Observation.name', 'patch-failed'],
    ['Patient.resourceType', 'patch-failed'],
    ['Patient.multipleBirthInteger', 'patch-failed'],
    ['Patient.__proto__', 'patch-failed'],
    ['Patient.constructor', 'patch-failed'],
    ["Patient.where(name.given = 'x' or name).active", 'patch-failed'],
  ]
  for (const [text, want] of refused) {
    test(`refused: ${text.slice(0, 70)}`, () => assert.equal(patched(before, remove(text)), want))
  }

  test('say where they cannot be read', () => {
    const body = {
      resourceType: 'Parameters',
      parameter: [{ name: 'operation', part: remove("Patient.name.where(use > 'x')") }],
    }
    const read = readPatch('fhirpath', Buffer.from(JSON.stringify(body)))
    assert.deepEqual(read.status !== 'ok' && read.slots?.['reason'], {
      en: 'its path has something at character 24 that is not taken there',
      es: 'su ruta tiene algo en el carácter 24 que no se admite ahí',
    })
  })
})

describe('elements', () => {
  const cases: [name: string, before: object, operations: Part[][], want: unknown][] = [
    [
      'a choice of another type changes its name',
      { multipleBirthInteger: 2 },
      [replace('Patient.multipleBirth', { valueBoolean: true })],
      { multipleBirthBoolean: true },
    ],
    [
      'a choice is added by its stem',
      {},
      [add('Patient', 'deceased', { valueBoolean: true })],
      { deceasedBoolean: true },
    ],
    [
      'a choice has one type',
      { deceasedBoolean: true },
      [add('Patient', 'deceased', { valueDateTime: '2020' })],
      'patch-failed',
    ],
    ['a choice takes its own types', {}, [add('Patient', 'deceased', { valueString: 'x' })], 'patch-failed'],
    [
      'an element that does not repeat',
      { gender: 'male' },
      [add('Patient', 'gender', { valueCode: 'female' })],
      'patch-failed',
    ],
    [
      'an element that R4 does not have',
      {},
      [add('Patient', 'surname', { valueString: 'x' })],
      'patch-failed',
    ],
    ['the name of all objects', {}, [add('Patient', '__proto__', { valueString: 'x' })], 'patch-failed'],
    [
      'a primitive where an object belongs',
      {},
      [add('Patient', 'maritalStatus', { valueString: 'x' })],
      'patch-failed',
    ],
    [
      'an object where a primitive belongs',
      {},
      [add('Patient', 'gender', { valueCoding: { code: 'x' } })],
      'patch-failed',
    ],
    [
      'parts where a primitive belongs',
      {},
      [add('Patient', 'gender', { part: [part('value', { valueCode: 'x' })] })],
      'patch-failed',
    ],
    [
      'a replaced primitive loses its extensions, and brings its own',
      { birthDate: '1974-12-25', _birthDate: { id: 'old' } },
      [replace('Patient.birthDate', { valueDate: '1975-01-01', _valueDate: { id: 'new' } })],
      { birthDate: '1975-01-01', _birthDate: { id: 'new' } },
    ],
    [
      'extensions of a list of primitives keep their element',
      { name: [{ given: ['A', 'B', 'C'], _given: [null, { id: 'b' }, null] }] },
      [
        remove('Patient.name[0].given[0]'),
        insert('Patient.name[0].given', 2, { valueString: 'D', _valueString: { id: 'd' } }),
        move('Patient.name[0].given', 0, 2),
      ],
      { name: [{ given: ['C', 'D', 'B'], _given: [null, { id: 'd' }, { id: 'b' }] }] },
    ],
    [
      'of a list of primitives the last extension goes with its element',
      { name: [{ given: ['A', 'B'], _given: [null, { id: 'b' }] }] },
      [remove('Patient.name[0].given[1]')],
      { name: [{ given: ['A'] }] },
    ],
    [
      'an extension is added in parts',
      { birthDate: '1974' },
      [
        add('Patient.birthDate', 'extension', {
          part: [part('url', { valueUri: 'http://x' }), part('value', { valueString: 'y' })],
        }),
      ],
      { birthDate: '1974', _birthDate: { extension: [{ url: 'http://x', valueString: 'y' }] } },
    ],
    [
      'the second of a list of primitives gets an extension',
      { name: [{ given: ['A', 'B'] }] },
      [add('Patient.name.given[1]', 'id', { valueString: 'b' })],
      { name: [{ given: ['A', 'B'], _given: [null, { id: 'b' }] }] },
    ],
    [
      'parts within parts, and a part that repeats',
      {},
      [
        add('Patient', 'contact', {
          part: [
            part('relationship', { valueCodeableConcept: { text: '1' } }),
            part('relationship', { valueCodeableConcept: { text: '2' } }),
            part('name', {
              part: [part('given', { valueString: 'A' }), part('given', { valueString: 'B' })],
            }),
          ],
        }),
      ],
      { contact: [{ relationship: [{ text: '1' }, { text: '2' }], name: { given: ['A', 'B'] } }] },
    ],
    [
      'a contained resource is added',
      {},
      [add('Patient', 'contained', { resource: { resourceType: 'Organization', id: 'o', name: 'x' } })],
      { contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }] },
    ],
    [
      'a member of a contained resource',
      {
        contained: [
          { resourceType: 'Organization', id: 'o', name: 'x' },
          { resourceType: 'Device', id: 'd' },
        ],
      },
      [replace("Patient.contained.ofType(Organization).where(id = 'o').name", { valueString: 'y' })],
      {
        contained: [
          { resourceType: 'Organization', id: 'o', name: 'y' },
          { resourceType: 'Device', id: 'd' },
        ],
      },
    ],
    [
      'a resource that is none of the elements',
      {},
      [add('Patient', 'name', { resource: { resourceType: 'Basic', code: { text: 'x' } } })],
      'patch-failed',
    ],
    ['the first of an empty list', {}, [insert('Patient.identifier', 0, id('1'))], ids('1')],
    ['past the end of a list', ids('1'), [insert('Patient.identifier', 2, id('2'))], 'patch-failed'],
    ['into what is no list', {}, [insert('Patient.gender', 0, { valueCode: 'male' })], 'patch-failed'],
    ['into one element', ids('1'), [insert('Patient.identifier[0]', 0, id('2'))], 'patch-failed'],
    ['from past the end of a list', ids('1', '2'), [move('Patient.identifier', 2, 0)], 'patch-failed'],
    ['to past the end of a list', ids('1', '2'), [move('Patient.identifier', 0, 2)], 'patch-failed'],
    ['what is not there, to replace', {}, [replace('Patient.gender', { valueCode: 'male' })], 'patch-failed'],
    ['several, to replace', ids('1', '2'), [replace('Patient.identifier', id('3'))], 'patch-failed'],
    [
      'the resource, to replace',
      {},
      [replace('Patient', { resource: { resourceType: 'Basic', code: { text: 'x' } } })],
      'patch-failed',
    ],
    [
      'emptied and filled again',
      contact({}),
      [remove('Patient.contact[0].name'), add('Patient.contact[0]', 'gender', { valueCode: 'male' })],
      { contact: [{ gender: 'male' }] },
    ],
    [
      'emptied, then pushed aside',
      contact({}),
      [
        remove('Patient.contact[0].name'),
        insert('Patient.contact', 0, { part: [part('gender', { valueCode: 'male' })] }),
      ],
      { contact: [{ gender: 'male' }] },
    ],
    ['emptied, all the way up', contact({}), [remove('Patient.contact.name.text')], {}],
  ]
  for (const [name, before, operations, want] of cases) {
    test(name, () => assert.deepEqual(patched(before, ...operations), want))
  }

  const malformed: [name: string, parts: Part[]][] = [
    ['no type', [path('Patient.gender')]],
    ['a type that is none', [code('upsert'), path('Patient.gender')]],
    ['a type that objects inherit', [code('toString'), path('Patient.gender')]],
    ['no path', [code('delete')]],
    ['a part too many', [...remove('Patient.gender'), part('index', { valueInteger: 0 })]],
    ['a part twice', [...remove('Patient.gender'), path('Patient.gender')]],
    ['an index below 0', insert('Patient.identifier', -1, id('1'))],
    [
      'an index of another kind',
      [
        ...insert('Patient.identifier', 0, id('1')).slice(0, 2),
        part('index', { valueString: '0' }),
        part('value', id('1')),
      ],
    ],
  ]
  for (const [name, parts] of malformed) {
    test(name, () => assert.equal(patched({}, parts), 'patch-malformed'))
  }
})

test('every literal that is not touched stays, and so do those that a patch brings', () => {
  const before =
    '{"status":"final","resourceType":"Observation","code":{"text":"\\u00e9"},"component":[{"code":{"text":"a"},"valueQuantity":{"value":1.0}},{"code":{"text":"b"},"valueQuantity":{"unit":"kg","value":72.50}}]}'
  const body =
    '{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Observation.component[1].value.value"},{"name":"value","valueDecimal":7.10}]}]}'
  const read = readPatch('fhirpath', Buffer.from(body))
  assert.ok(read.status === 'ok' && read.patch.form === 'fhirpath')
  const applied = applyFhirPathPatch(before, read.patch.operations)
  assert.equal(applied.status === 'ok' && applied.text, before.replace('72.50', '7.10'))
})

test('a thousand searches of a long list end', () => {
  const names = Array.from({ length: 20_000 }, () => ({ use: 'usual', text: 'x' }))
  const operations = Array.from({ length: 1_000 }, () => remove("Patient.name.where(use = 'temp')"))
  assert.equal(patched({ name: names }, ...operations), 'patch-too-costly')
})

test('what comes out is judged as a resource, with the id and type that it had', () => {
  const text = '{"resourceType":"Patient","id":"p","gender":"male"}'
  const outcome = (body: unknown) => {
    const read = readPatch('json', Buffer.from(JSON.stringify(body)))
    if (read.status !== 'ok') return read.status
    const applied = applyPatch(read.patch, { type: 'Patient', id: 'p', text })
    return applied.status === 'ok' ? applied.document.text : applied.status
  }
  const cases: [unknown, string][] = [
    [[{ op: 'replace', path: '/gender', value: 'female' }], text.replace('male', 'female')],
    [[{ op: 'replace', path: '/gender', value: 'woman' }], 'invalid'],
    [[{ op: 'replace', path: '/id', value: 'q' }], 'patch-identity'],
    [[{ op: 'remove', path: '/id' }], 'patch-identity'],
    [[{ op: 'replace', path: '/resourceType', value: 'Person' }], 'patch-identity'],
    [[{ op: 'replace', path: '', value: 5 }], 'patch-identity'],
    [[{ op: 'add', path: '/__proto__', value: { x: 1 } }], 'invalid'],
    [{ op: 'remove', path: '/gender' }, 'invalid-parameter'],
    [
      Array.from({ length: 1_001 }, () => ({ op: 'test', path: '/gender', value: 'male' })),
      'patch-too-costly',
    ],
    [
      [
        { op: 'add', path: '/text', value: JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`) as unknown },
        ...Array.from({ length: 9 }, () => ({
          op: 'copy',
          from: '/text',
          path: `/text${'/0'.repeat(50)}/-`,
        })),
      ],
      'too-deep',
    ],
  ]
  for (const [body, want] of cases) assert.equal(outcome(body), want, JSON.stringify(body).slice(0, 80))
})

test('no path, and no Parameters, throws', () => {
  const pieces = fc.constantFrom(
    'Patient',
    '.',
    'name',
    '[',
    '0',
    ']',
    'where(',
    ')',
    "'x'",
    '=',
    '!=',
    ' and ',
    ' or ',
    'exists()',
    'not()',
    '$this',
    '`',
    "'",
    '\\',
    '@2020',
    'ofType(',
    'given',
    'extension(',
    'é',
    '\n',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), fc.jsonValue(), (texts, value) => {
      patched({ name: [{ given: ['x', 'y'] }], birthDate: '2020' }, remove(texts.join('')))
      patched({ name: [{ given: ['x', 'y'] }] }, [
        code('add'),
        path('Patient.name'),
        part('value', { valueString: value }),
      ])
    }),
    { numRuns: 3_000 },
  )
})

test('a text is compared so often and no more', () => {
  const long = 'a\n'.repeat(500_000)
  const compared = (times: number) => {
    const criterion = Array.from({ length: times }, () => "family = 'x'").join(' or ')
    return patched({ name: [{ family: long }] }, remove(`name.where(${criterion})`))
  }
  assert.notEqual(compared(10), 'patch-too-costly')
  assert.equal(compared(100), 'patch-too-costly')
})
