import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isValueSet, valueSetOf } from './value-sets.ts'

const codesOf = (url: string, system: string): string[] => [...(valueSetOf(url).get(system) ?? [])]

test('value sets of R4: listed, whole, by hierarchy, and none that R4 does not list', () => {
  const gender = 'http://hl7.org/fhir/ValueSet/administrative-gender'
  assert.deepEqual(codesOf(gender, 'http://hl7.org/fhir/administrative-gender'), [
    'male',
    'female',
    'other',
    'unknown',
  ])
  const encounters = codesOf(
    'http://terminology.hl7.org/ValueSet/v3-ActEncounterCode',
    'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  )
  assert.ok(encounters.includes('IMP') && encounters.includes('ACUTE') && !encounters.includes('ABC'))
  assert.ok(!isValueSet('http://hl7.org/fhir/ValueSet/condition-code'))
  assert.throws(() => valueSetOf('http://hl7.org/fhir/ValueSet/condition-code'))
})
