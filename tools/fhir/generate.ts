import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from './build.ts'

/** Writes src/records/fhir/generated/ from the R4 definitions: `npm run generate:fhir`. */
const folder = fileURLToPath(new URL('../../src/records/fhir/generated/', import.meta.url))
mkdirSync(folder, { recursive: true })
for (const [name, text] of build()) writeFileSync(folder + name, text)
