import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDocument } from '#records/json/index.ts'
import type { Json, JsonObject } from '#records/json/index.ts'
import { patientsOf, references, resourceTypes, rewriteReferences, subset, validate } from './index.ts'
import { planOf } from './plan.ts'

/** Any tree, leaning towards the names that a type knows, with any values. */
const tree = fc.constantFrom(...resourceTypes).chain((type) => {
  const known = [...planOf(type)!.members.keys()]
  const inner = [
    'id',
    'extension',
    'url',
    'valueString',
    'coding',
    'code',
    'system',
    'reference',
    'contained',
    'div',
    'start',
    'end',
    'value',
    'item',
    'resourceType',
    'element',
    'type',
    '_value',
  ]
  const leaf = fc.constantFrom<Json>(
    '',
    'x',
    '#x',
    '#',
    'Patient/1',
    '2020',
    0,
    1.5,
    -1,
    true,
    null,
    'Observation',
    '<div>',
    '\u0000',
  )
  const value = fc.letrec<{ any: Json }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...inner), tie('any'), { maxKeys: 5 }),
    ),
  })).any
  return fc
    .dictionary(fc.constantFrom(...known), value, { maxKeys: 6 })
    .map((members) => ({ resourceType: type, ...members }) as JsonObject)
})

test('nothing throws, whatever the tree', () => {
  const map = new Map([['Patient/1', 'Patient/2']])
  fc.assert(
    fc.property(tree, (resource) => {
      const parsed = parseDocument(Buffer.from(JSON.stringify(resource)))
      assert.equal(parsed.status, 'ok')
      if (parsed.status !== 'ok') return
      const type = resource['resourceType'] as string
      validate(parsed.value, { ...parsed, warnings: true })
      patientsOf(parsed.value)
      references(parsed.value)
      JSON.parse(rewriteReferences(parsed.text, type, map))
      for (const summary of ['true', 'text', 'data'] as const)
        JSON.parse(subset(parsed.text, type, { summary }))
    }),
    { numRuns: 2000 },
  )
})

test('a resource of many parts takes no time that grows with their square', () => {
  const many = 50_000
  const codings = Array.from({ length: many }, (_, at) => ({ code: `c${at}` }))
  const start = performance.now()
  validate({
    resourceType: 'Observation',
    status: 'final',
    code: { coding: codings },
    valueString: 'x',
    contained: Array.from({ length: many }, (_, at) => ({ resourceType: 'Patient', id: `p${at}` })),
    performer: Array.from({ length: many }, (_, at) => ({ reference: `#p${at}` })),
    component: [{ code: { coding: codings.map(({ code }) => ({ code: `d${code}` })) } }],
  })
  assert.ok(performance.now() - start < 5000)
})
