import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pretty } from './pretty.ts'

test('it lays text out as JSON.stringify does', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const value: unknown = JSON.parse(text)
      assert.equal(pretty(JSON.stringify(value)), JSON.stringify(value, null, 2))
    }),
  )
})

test('it keeps every literal', () => {
  const text = '{"a":1.0,"b":[1e2,-0.50],"c":"\\u00e9 {\\"x\\":1}","d":{},"e":[]}'
  const laid = pretty(text)
  for (const literal of ['1.0', '1e2', '-0.50', '"\\u00e9 {\\"x\\":1}"', '{}', '[]'])
    assert.ok(laid.includes(literal), literal)
})
