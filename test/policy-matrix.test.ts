/** What policy allows is what test/golden/policy.txt says: whoever changes the one shows it in the other. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { actions } from '#records/index.ts'
import { policyMatrix } from '../tools/policy-matrix.ts'

test('the matrix is the one of test/golden/policy.txt; every action has a line that allows it', () => {
  const golden = readFileSync(new URL('golden/policy.txt', import.meta.url), 'utf8')
  assert.equal(policyMatrix(), golden, 'node tools/policy-matrix.ts writes it anew')
  const allowing = golden.split('\n').filter((line) => line !== '' && !/^#|nothing$/.test(line))
  const named = new Set(allowing.map((line) => line.split(' ')[0]))
  assert.deepEqual(
    actions.filter((action) => !named.has(action)),
    [],
  )
})

test('nothing narrows what the program may do that is registered for everything', () => {
  const held = readFileSync(new URL('golden/policy.txt', import.meta.url), 'utf8')
  const narrowed = held.split('\n# Where ').filter((part) => /^(consent|sensitivity)\./.test(part))
  assert.ok(narrowed.length > 0)
  for (const part of narrowed) assert.ok(!part.includes('program system/*.cruds'), part)
})
