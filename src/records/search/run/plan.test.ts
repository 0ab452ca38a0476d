import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resourceTypes } from '#records/fhir/index.ts'
import { searched } from '#test/kit/searched.ts'
import { timeZone } from '#test/kit/vault.ts'
import { createDirectory } from '../../directory/index.ts'
import { parseSearch } from '../query/parse.ts'
import { createPlanner } from './plan.ts'

const none = () => new Set<string>()

/** The chain that an address begins with: the types it leads to, and what is asked of them. */
function chainOf(type: string, query: string) {
  const parsed = parseSearch({ type, pairs: [...new URLSearchParams(query)], timeZone, now: 0 })
  assert(parsed.status === 'ok')
  const [filter] = parsed.search.filters
  assert(filter?.is === 'chain')
  return { types: filter.targets, filters: [filter.filter] }
}

test('the types of a chain are looked for together', async (t) => {
  const { sql, keys, note, put } = await searched(t)
  const { planParts } = createPlanner(sql, keys, createDirectory({ sql, keys, timeZone }))
  await put('Device', 'd', { patient: { reference: 'Patient/p' } })
  await note('o', 'p', 'x')
  const partsOf = async (type: string, query: string) => {
    const asked = chainOf(type, query)
    const parts = await planParts(asked, none)
    assert.deepEqual(parts.flatMap(({ types }) => types).toSorted(), asked.types.toSorted())
    return parts.map(({ types, candidates }) => [candidates.from, types.length])
  }
  // To whatever has such a parameter, Patients among it: all in one scan.
  assert.deepEqual(await partsOf('Provenance', 'target._source=urn:x'), [['scan', resourceTypes.length - 1]])
  // People by the directory, type by type, and the facility's Organizations.
  assert.deepEqual(await partsOf('Observation', 'performer.name=ruiz'), [
    ['directory', 1],
    ['directory', 1],
    ['directory', 1],
    ['shelves', 1],
  ])
  // What is of the patient's compartment in it, and in the facility's what is of no patient's.
  assert.deepEqual(await partsOf('Provenance', 'target.patient=p'), [
    ['shelves', 58],
    ['shelves', 7],
  ])
  assert.deepEqual(await partsOf('Observation', 'subject._id=1,2'), [['names', 4]])
})

test('a chain without a type finds what it leads to, of whatever type', async (t) => {
  const { note, put, all } = await searched(t)
  await put('Patient', 'p', { identifier: [{ system: 'urn:i', value: '1' }], gender: 'female' })
  await put('Device', 'd', { identifier: [{ system: 'urn:i', value: '1' }] })
  await put('Location', 'l', { identifier: [{ system: 'urn:i', value: '2' }] })
  await note('of-p', 'p', 'x')
  await note('of-d', 'p', 'x', { subject: { reference: 'Device/d' } })
  await note('of-l', 'p', 'x', { subject: { reference: 'Location/l' } })
  const found = (await all('Observation?subject.identifier=urn:i|1')).names
  assert.deepEqual(found.toSorted(), ['Observation/of-d', 'Observation/of-p'])
  for (const [id, target] of [
    ['p', 'Patient/p'],
    ['l', 'Location/l'],
  ] as const)
    await put('Provenance', id, {
      target: [{ reference: target }],
      recorded: '2026-01-01T00:00:00Z',
      agent: [{ who: { display: 'x' } }],
    })
  assert.deepEqual((await all('Provenance?target.identifier=urn:i|2')).names, ['Provenance/l'])
})
