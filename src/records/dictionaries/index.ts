/** The frozen compression dictionaries of the resource types. */
import { readFileSync } from 'node:fs'
import type { Dictionary } from '#kernel/crypto/index.ts'
import { resourceTypes, typeCode } from '#records/fhir/index.ts'

/**
 * The compression dictionary of each resource type, under the type's code as its id. FROZEN: records packed with
 * a dictionary cannot be read without it. A better one is a new file under a new id, 1,000 more. Made by
 * tools/dictionaries.ts.
 */
export const dictionaries: readonly Dictionary[] = resourceTypes.map((type) => ({
  id: typeCode(type) as number,
  bytes: readFileSync(new URL(`./${type}.txt`, import.meta.url)),
}))
