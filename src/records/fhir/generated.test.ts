import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { build } from '../../../tools/fhir/build.ts'

test('generated files are current: npm run generate:fhir', () => {
  const folder = new URL('generated/', import.meta.url)
  const files = build()
  assert.deepEqual(readdirSync(folder).sort(), [...files.keys()].sort())
  for (const [name, text] of files) {
    assert.ok(
      readFileSync(new URL(name, folder), 'utf8') === text,
      `${name} differs: run npm run generate:fhir`,
    )
  }
})
