/** Everybody in the data sets is found by every name they have, whole, cut short, without accents and as it sounds. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createDirectory } from '#records/directory/index.ts'
import { newResourceKey } from '#records/place.ts'
import { fold, parseSearch } from '#records/search/index.ts'
import { corpusFiles, corpusLines, without } from '#test/kit/corpus.ts'
import { bodyOf, testVault, timeZone } from '#test/kit/vault.ts'

interface Person {
  id: string
  resourceType: string
  name?: { family?: string; given?: string[] }[]
}

const sets = ['synthea-smart', 'synthea-bulk-10', 'fhir-spanish'] as const

for (const set of sets) {
  describe(`names of ${set}`, { skip: without(set) }, () => {
    test('are found', async (t) => {
      const people = [...peopleOf(set)]
      assert(people.length > 0)
      const { sql, keys, store } = await testVault(t)
      const directory = createDirectory({ sql, keys, timeZone })
      for (let from = 0; from < people.length; from += 50) {
        const entry = people.slice(from, from + 50).map(({ id, resourceType, name }) => ({
          request: { method: 'PUT', url: `${resourceType}/${id}` },
          resource: { resourceType, id, name },
        }))
        const written = await store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), {})
        assert.equal(written.status, 'ok')
      }
      let asked = 0
      const finds = async ({ resourceType, id }: Person, query: string) => {
        if (fold(query).trim() === '') return
        const parsed = parseSearch({ type: resourceType, pairs: [['name', query]], timeZone, now: 0 })
        assert(parsed.status === 'ok')
        const batches = directory.candidates(resourceType, parsed.search.filters)
        if (!batches) return
        asked++
        const names = (await Array.fromAsync(batches)).flat()
        assert(
          names.includes(newResourceKey(keys.locator, resourceType, id)),
          `${resourceType}/${id}: ${query}`,
        )
      }
      const check = async () => {
        for (const person of people.slice(0, 60)) {
          for (const { family = '', given = [] } of person.name ?? []) {
            const whole = [...given, family].join(' ').replaceAll(/[,$|\\]/g, String.raw`\$&`)
            await finds(person, whole)
            await finds(person, whole.split(' ').toReversed().join(' '))
            await finds(person, fold(family).slice(0, 4))
            await finds(person, fold(family).toUpperCase())
            await finds(person, family.replaceAll('z', 's').replaceAll('v', 'b').replaceAll('ll', 'y'))
          }
        }
      }
      await check()
      await store.reindex()
      await check()
      assert(asked > Math.min(60, people.length) * 6, `${asked} asked`)
    })
  })
}

function* peopleOf(set: (typeof sets)[number]): Generator<Person> {
  const seen = new Set<string>()
  for (const resource of resourcesOf(set)) {
    const name = `${resource.resourceType}/${resource.id}`
    if (!['Patient', 'Practitioner'].includes(resource.resourceType) || seen.has(name)) continue
    if (resource.id === undefined || !resource.name?.some(({ family }) => family)) continue
    seen.add(name)
    yield resource
    if (seen.size === 150) return
  }
}

function* resourcesOf(set: string): Generator<Person> {
  for (const { text } of [...corpusFiles(set, '.json'), ...corpusFiles(set, '.json.gz')]) {
    const read = JSON.parse(text) as Person & { entry?: { resource?: Person }[] }
    if (!read.entry) yield read
    for (const { resource } of read.entry ?? []) if (resource) yield resource
  }
  for (const ending of ['.ndjson', '.ndjson.gz']) {
    for (const { text } of corpusLines(set, ending)) yield JSON.parse(text) as Person
  }
}
