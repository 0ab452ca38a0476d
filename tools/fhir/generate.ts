import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from './build.ts'
import { buildSearch } from './search.ts'

/** Writes the folders generated/ of src/records/fhir and src/records/search from the R4 definitions: `npm run generate:fhir`. */
for (const [room, files] of [
  ['fhir', build()],
  ['search', buildSearch()],
] as const) {
  const folder = fileURLToPath(new URL(`../../src/records/${room}/generated/`, import.meta.url))
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of files) writeFileSync(folder + name, text)
}
