/** Fills a vault as an import would, through the store; what came of each resource is for the judge. */
import { resourceKey } from '#records/place.ts'
import type { TestVault } from '../vault.ts'
import type { Admission, Fact, Resource } from './population.ts'

/** By the names of the resources on disk. */
export type FactOf = Map<string, Fact>

/** A transaction Bundle for each patient. The directory's rows are written as soon as the vault would. */
export async function importBundles(
  { store, keys }: TestVault,
  admissions: readonly Admission[],
): Promise<FactOf> {
  const facts: FactOf = new Map()
  for (const { person, text, resources } of admissions) {
    const done = await store.bundle(Buffer.from(text), {})
    if (done.status !== 'ok') throw new Error(`a Bundle was refused: ${done.status}`)
    const { entry } = JSON.parse(done.json) as { entry: { response: { location: string } }[] }
    for (const [n, resource] of resources.entries()) {
      const [type = '', id = ''] = (entry[n]?.response.location ?? '').split('/')
      facts.set(resourceKey(keys.locator, type, id), { person, resource })
    }
    await store.tend()
  }
  return facts
}

/**
 * One write after the other, each by itself, in the order of the records: what a program does that knows no Bundles. Untended, blocks
 * of one entry still lie beside what they are of.
 */
export async function importOneByOne(
  { store, keys }: TestVault,
  people: readonly { person: number; resources: readonly Resource[] }[],
  { tended }: { tended: boolean },
): Promise<FactOf> {
  const facts: FactOf = new Map()
  for (const { person, resources } of people) {
    const types = new Map(resources.map(({ id, resourceType }) => [id, resourceType]))
    for (const resource of resources) {
      const { resourceType: type, id } = resource
      const text = JSON.stringify(resource).replaceAll(
        /urn:uuid:([0-9a-f-]+)/g,
        (_, named: string) => `${types.get(named)}/${named}`,
      )
      const done = await store.update(type, id, Buffer.from(text), {})
      if (done.status !== 'ok') throw new Error(`${type} was refused: ${done.status}`)
      facts.set(resourceKey(keys.locator, type, id), { person, resource })
    }
    if (tended) await store.tend()
  }
  return facts
}
