/** Two Patients, why they may be one, and how likely it is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#records/json/index.ts'
import { scoreOf, traitsOf } from './scoring.ts'

type Given = [name: string, birthDate?: string, more?: JsonObject]

/** Family names before the comma, or all of the name as one text. */
function patientOf([name, birthDate, more]: Given): JsonObject {
  const [family, given] = name.split(', ')
  return {
    resourceType: 'Patient',
    name: [given === undefined ? { text: name } : { family: family!, given: given.split(' ') }],
    ...(birthDate === undefined ? {} : { birthDate }),
    ...more,
  }
}

const born = '1980-02-11'
const swapped = '1980-11-02'
const near = '1980-02-12'
const female = { gender: 'female' }
const male = { gender: 'male' }

/** Zero: they are not proposed. */
const cases: readonly (readonly [one: Given, other: Given, hundredths: number, reasons: string])[] = [
  [["O'Brián Núñez, Seán", born], ['OBrian Nuñez, Sean', swapped], 50, 'same-name swapped-birth-date'],
  [["O'Brián Núñez, Seán", born], ['O Brian Nunez, Sean', born], 55, 'same-name same-birth-date'],
  [['O’Brián Núñez, Seán', born], ['O‘BRIÁN NÚÑEZ, SEÁN', near], 42, 'same-name near-birth-date'],
  [['Pérez-Gil Soto, Ana', born], ['PerezGil Soto, Ana', swapped], 50, 'same-name swapped-birth-date'],
  [['Pérez-Gil Soto, Ana', born], ['Pérez Gil Soto, Ana', born], 55, 'same-name same-birth-date'],
  [['De la O Ruiz, Eva', born], ['Delao Ruiz, Eva', born], 0, ''],
  [['Mc Donald Ruiz, Eva', born], ['McDonald Ruiz, Eva', swapped], 50, 'same-name swapped-birth-date'],
  [['Núñez Báez, Elena', born], ['Nuñes Vaez, Elena', swapped], 45, 'name-sounds-alike swapped-birth-date'],
  [['Núñez Báez, Elena', born], ['Elena Núñez Báez', born], 55, 'same-name same-birth-date'],
  [['Hernández Ríos, Luz', born], ['Hernádez Ríos, Luz', born], 45, 'near-name same-birth-date'],
  [['Hernández Ríos, Luz', born], ['Hernádnez Ríos, Luz', swapped], 40, 'near-name swapped-birth-date'],
  [['Hernández Ríos, Luz', born], ['Hernádez Ríos, Luz', near], 0, ''],
  [['Hernández Ríos, Luz', born], ['Hernández, Luz', swapped], 35, 'part-of-name swapped-birth-date'],
  [['Hernández Ríos, Luz', born], ['Hernández, Luz', near], 0, ''],
  // Twins, and people of one name.
  [['García López, Luis', born, male], ['García López, Luisa', born, female], 0, ''],
  [['García López, Ana', born], ['García López, Ada', born], 0, ''],
  [['García López, Luis', born], ['García López, Luis', '1955-05-05'], 0, ''],
  [
    ['García López, Luis', born, male],
    ['García López, Luis', swapped, female],
    40,
    'same-name swapped-birth-date other-sex',
  ],
  [['García, Luis', born], ['López, Luis', born], 0, ''],
  // The first of January has no day and month to change over.
  [
    ['García López, Luis', '1980-01-01'],
    ['García López, Luis', '1980-01-01'],
    55,
    'same-name same-birth-date',
  ],
  [['García López, Luis', '1980'], ['García López, Luis', '1981'], 42, 'same-name near-birth-date'],
]

test('what two patients have in common, and what it counts', () => {
  const told = ([one, other]: (typeof cases)[number]) => {
    const scored = scoreOf(traitsOf(patientOf(one)), traitsOf(patientOf(other)))
    return [Math.round((scored?.score ?? 0) * 100), scored?.reasons.join(' ') ?? '']
  }
  for (const each of cases) {
    const [one, other, hundredths, reasons] = each
    assert.deepEqual(told(each), [hundredths, reasons], `${one.join()} and ${other.join()}`)
    assert.deepEqual(told([other, one, hundredths, reasons]), [hundredths, reasons], 'the other way round')
  }
})

test('what is sent as a Patient takes no time to compare, whatever is in it', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => ({ family: `a${n} `.repeat(50), given: [`b${n}`] }))
  const one = traitsOf({ resourceType: 'Patient', name: many, identifier: [{ value: 'x'.repeat(1e6) }] })
  const odd = traitsOf({
    resourceType: 'Patient',
    name: [null, 'x', 1, { family: { a: 1 }, given: 'x' }, { given: [null, 1] }],
    identifier: [null, 1, { value: 1 }, { value: null, type: 'x' }],
    birthDate: 1,
    gender: [],
  } as never)
  assert.ok(one.names.length <= 10 && one.names.every(({ words }) => words.length <= 40))
  assert.equal(scoreOf(one, odd), undefined)
})
