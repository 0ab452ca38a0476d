import assert from 'node:assert/strict'
import { test } from 'node:test'
import { censusOf } from '#demo/hospital.ts'
import { people } from '#demo/people.ts'
import { nameAgrees, readCurp } from '#records/csv/curp.ts'

test('who reads CURPs in spreadsheets finds nothing wrong with those that the demonstration invents', async () => {
  const plan = { made: '2026-11-22', timeZone: 'America/Mexico_City', patients: 2_000 }
  for await (const person of people(censusOf(plan))) {
    const { curp, birthDate, sex, birthplace, given, family, secondFamily, text } = person
    assert.deepEqual(readCurp(curp), { value: curp, birthDate, sex, state: birthplace.code }, text)
    assert.ok(nameAgrees(curp, family, secondFamily, given.join(' ')), `${text} ${curp}`)
  }
})
