import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { resourceTypes, typeCode, typeName } from './index.ts'

test('type codes are frozen: they are on disk', () => {
  // Changing this digest orphans every stored row. Types may only be added at the end.
  const frozen = resourceTypes.slice(0, 146).join('\n')
  assert.equal(
    createHash('sha256').update(frozen).digest('hex'),
    '18342ce5738fdafab8ac3b41653c4d33b7ab35ce119d9c6798059228ec454937',
  )
  const samples: [string, number][] = [
    ['Account', 1],
    ['Observation', 96],
    ['Patient', 103],
    ['VisionPrescription', 146],
  ]
  for (const [type, code] of samples) assert.equal(typeCode(type), code, type)
})

test('codes and names are each other’s inverse', () => {
  for (const type of resourceTypes) assert.equal(typeName(typeCode(type)!), type)
  assert.equal(typeCode('DomainResource'), undefined)
  assert.equal(typeCode('__proto__'), undefined)
  assert.throws(() => typeName(0))
  assert.throws(() => typeName(resourceTypes.length + 1))
})
