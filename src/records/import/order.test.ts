import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isTold, look } from './order.ts'

const pieces = [
  '{',
  '}',
  '\n',
  ' ',
  ',',
  '"resourceType": "Patient"',
  '"resourceType":"Organization"',
  '"resourceType" : "Bundle"',
  '"resourceType":"Unheard"',
  '{"resourceType":"Encounter"}',
  '\ufeff',
]

test('a beginning that tells what a file is tells the same as any longer one', () => {
  let told = 0
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 12 }),
      fc.constantFrom('a.json', 'a.ndjson', 'a.ndjson.gz'),
      (parts, name) => {
        const whole = Buffer.from(parts.join(''))
        for (let end = 0; end <= whole.length; end++) {
          const head = whole.subarray(0, end)
          if (!isTold(head)) continue
          told++
          assert.deepEqual(look(head, name), look(whole, name), JSON.stringify([head.toString(), parts]))
        }
      },
    ),
    { numRuns: 500 },
  )
  assert(told > 100, `${told}`)
})
