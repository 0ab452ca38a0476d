import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resourceTypes } from '#records/fhir/index.ts'
import { decodeTuple, encodeTuple, extract, parametersOf } from '#records/search/index.ts'
import { readShapes } from '../../tools/fhir/definitions.ts'
import { invent, variants } from './invented.ts'
import { compareSets, compareWithMedplum, listedDifferences } from './search-comparison.ts'
import { fhirSets, hasData, samplesOf } from './validation-corpus.ts'

const skip = hasData ? false : 'needs ../shared/data, which is not here'

test('elements of search parameters are those that Medplum evaluates', { skip, timeout: 300_000 }, () => {
  // Every resource: the same in test/long.
  const comparison = compareSets(5)
  assert.ok(comparison.filled > 20_000, `${comparison.filled} parameters with elements`)
  assert.deepEqual([...comparison.found].sort(), listedDifferences().sort())
})

test('the same of invented resources, in which every parameter finds something', { timeout: 300_000 }, () => {
  const comparison = compareWithMedplum()
  const shapes = readShapes()
  for (const type of resourceTypes) {
    for (let variant = 0; variant < variants; variant++) comparison.add(invent(shapes, type, variant))
  }
  const all = resourceTypes.flatMap((type) => parametersOf(type).map(({ name }) => `${type} ${name}`))
  assert.deepEqual(
    all.filter((name) => !comparison.seen.has(name)),
    [],
  )
  assert.deepEqual([...comparison.found].sort(), [])
})

test('what is extracted from every resource survives its tuple', { skip, timeout: 120_000 }, () => {
  for (const set of fhirSets) {
    for (const { value } of samplesOf(set)) {
      const extracted = extract(value, { timeZone: 'America/Mexico_City' })
      assert.deepEqual(decodeTuple(encodeTuple(extracted)).all(), extracted)
    }
  }
})
