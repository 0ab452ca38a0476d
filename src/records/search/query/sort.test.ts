import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSorter, decodeTuple, encodeTuple, extract, parseSearch } from '../index.ts'
import type { Sortable } from '../index.ts'

const timeZone = 'America/Mexico_City'

/** The ids of resources in the order of `_sort`. */
function sorted(sort: string, resources: ({ resourceType: string; id: string } & object)[]): string[] {
  const parsed = parseSearch({ type: resources[0]!.resourceType, pairs: [['_sort', sort]], timeZone, now: 0 })
  assert.ok(parsed.status === 'ok', JSON.stringify(parsed))
  const sorter = createSorter(parsed.search.sort)
  return resources
    .map((resource, at): Sortable => {
      const tuple = decodeTuple(encodeTuple(extract(resource as never, { timeZone })))
      return { name: resource.id, values: sorter.valuesOf({ tuple, updatedAt: at }) }
    })
    .sort(sorter.compare)
    .map(({ name }) => name)
}

const person = (id: string, families: string[], birthDate?: string) => ({
  resourceType: 'Patient',
  id,
  ...(families.length > 0 ? { name: families.map((family) => ({ family })) } : {}),
  ...(birthDate === undefined ? {} : { birthDate }),
})

test('the first value counts in either direction, and nobody without one comes before those with', () => {
  const people = [
    person('1', ['Zúñiga', 'Ávila'], '1980-01-01'),
    person('2', []),
    person('3', ['Núñez'], '1980'),
    person('4', ['Nuno']),
    person('5', ['nunz'], '1970-05'),
    person('6', ['Muñoz'], '1980-01-01'),
  ]
  assert.deepEqual(sorted('family', people), ['1', '6', '4', '5', '3', '2'])
  assert.deepEqual(sorted('-family', people), ['1', '3', '5', '4', '6', '2'])
  // Of one moment three: a year begins when its first day does.
  assert.deepEqual(sorted('birthdate,-family', people), ['5', '1', '3', '6', '4', '2'])
  assert.deepEqual(sorted('-birthdate', people), ['1', '3', '6', '5', '2', '4'])
  assert.deepEqual(sorted('-_lastUpdated', people), ['6', '5', '4', '3', '2', '1'])
  assert.deepEqual(sorted('-_id', people), ['6', '5', '4', '3', '2', '1'])
})

test('amounts, codes and references have an order', () => {
  const observation = (id: string, value: object, code: string, subject: string) => ({
    resourceType: 'Observation',
    id,
    valueQuantity: value,
    code: { coding: [{ code }] },
    subject: { reference: subject },
  })
  const all = [
    observation('a', { value: 10 }, 'b', 'Patient/2'),
    observation('b', { value: 9.5 }, 'C', 'Patient/10'),
    observation('c', { value: 100, comparator: '<' }, 'a', 'Group/3'),
  ]
  assert.deepEqual(sorted('value-quantity', all), ['b', 'a', 'c'])
  assert.deepEqual(sorted('-value-quantity', all), ['c', 'a', 'b'])
  assert.deepEqual(sorted('code', all), ['c', 'a', 'b'])
  assert.deepEqual(sorted('subject', all), ['c', 'b', 'a'])
})

test('the order is one: of any two, and whichever way they come', () => {
  const value = fc.option(fc.oneof(fc.constantFrom('a', 'b', 'ñ'), fc.integer({ min: 0, max: 3 })), {
    nil: undefined,
  })
  const item = fc.record({ values: fc.tuple(value, value), name: fc.constantFrom('x', 'y', 'z') })
  const sorter = createSorter([
    { parameter: 'family', kind: 'string', isDescending: false },
    { parameter: 'birthdate', kind: 'date', isDescending: true },
  ])
  const alike = fc
    .constantFrom('string', 'number')
    .chain((kind) =>
      fc.array(
        item.filter(({ values }) => values.every((each) => each === undefined || typeof each === kind)),
      ),
    )
  fc.assert(
    fc.property(alike, (items) => {
      const forth = items.toSorted(sorter.compare)
      const back = items.toReversed().toSorted(sorter.compare)
      assert.equal(JSON.stringify(forth), JSON.stringify(back))
      for (let at = 1; at < forth.length; at++) assert.ok(sorter.compare(forth[at - 1]!, forth[at]!) <= 0)
    }),
  )
})
