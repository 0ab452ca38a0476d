import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { resourceTypes } from '#records/fhir/index.ts'
import { buildSearch } from '../../../tools/fhir/search.ts'
import { words } from './extract/words.ts'
import { parametersOf } from './index.ts'

test('generated files are current: npm run generate:fhir', () => {
  const folder = new URL('generated/', import.meta.url)
  const files = buildSearch()
  assert.deepEqual(readdirSync(folder).sort(), [...files.keys()].sort())
  for (const [name, text] of files) {
    assert.ok(
      readFileSync(new URL(name, folder), 'utf8') === text,
      `${name} differs: run npm run generate:fhir`,
    )
  }
})

test('names in tuples are frozen: parameters by type and number, words by place', () => {
  const golden = JSON.parse(
    readFileSync(new URL('../../../test/golden/tuples.json', import.meta.url), 'utf8'),
  ) as { parameters: Record<string, string>; words: string[] }
  const now = Object.fromEntries(
    resourceTypes.map((type) => [
      type,
      parametersOf(type)
        .map(({ number, name }) => `${number} ${name}`)
        .join(', '),
    ]),
  )
  assert.deepEqual(now, golden.parameters)
  assert.deepEqual(words, golden.words)
  assert.equal(new Set(words).size, words.length)
  for (const type of resourceTypes) {
    for (const { number } of parametersOf(type)) assert.ok(number > 0 && number < 128)
  }
})
