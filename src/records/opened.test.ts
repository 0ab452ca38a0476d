import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPacker, randomKey, randomUuid, SealBroken, sha256 } from '#kernel/crypto/index.ts'
import type { CompartmentKeys } from '#kernel/keys/index.ts'
import { typeCode } from '#records/fhir/index.ts'
import { createOpenedCache } from './opened.ts'
import type { CompartmentId, ResourceKey } from './place.ts'
import type { VersionRow } from './rows.ts'
import { partsOf } from './parts.ts'
import { createSealing } from './sealing.ts'
import { dictionaries } from './dictionaries/index.ts'
import { createWorkshop } from './workshop/index.ts'

const sealing = createSealing(createPacker(dictionaries))
const workshop = createWorkshop({ timeZone: 'America/Mexico_City' })

function keysOf(): CompartmentKeys {
  return {
    generation: 1,
    record: randomKey(),
    identity: randomKey(),
    index: randomKey(),
    pseudonym: randomKey(),
    ledger: randomKey(),
    zero() {},
  }
}

function rowOf(keys: CompartmentKeys, text: string, version = 1): VersionRow {
  const compartment = randomUuid() as CompartmentId
  const resource = randomUuid() as ResourceKey
  const previous = version === 1 ? null : sha256(text)
  const place = {
    compartment,
    type: 'Patient',
    resource,
    version,
    generation: 1,
    previous: previous ?? new Uint8Array(),
  }
  return {
    compartment,
    resource,
    updated_at: new Date(0),
    version,
    type: typeCode('Patient') as number,
    generation: 1,
    deleted: false,
    posted: true,
    previous,
    ...sealing.seal(keys, place, workshop.prepareHere({ type: 'Patient', ...partsOf('Patient', 'p', text) })),
  }
}

const text = '{"resourceType":"Patient","name":[{"family":"Ñ"}],"telecom":[{"value":"5512345678"}]}'

test('the same ciphertext at the same place is opened once; a changed one is opened, and fails', () => {
  const cache = createOpenedCache(sealing)
  const keys = keysOf()
  const row = rowOf(keys, text)
  const first = cache.open(keys, row, 'full', true)
  assert.equal(cache.open(keys, { ...row }, 'full', true), first)
  const broken = Buffer.from(row.capsule as Uint8Array)
  broken[200] = (broken[200] as number) ^ 1
  const attacks: Partial<VersionRow>[] = [
    { capsule: broken },
    { version: 2 },
    { generation: 2 },
    { compartment: randomUuid() as CompartmentId },
    { type: typeCode('Person') as number },
    { previous: sha256('x') },
  ]
  for (const change of attacks) {
    assert.throws(
      () => cache.open(keys, { ...row, ...change }, 'full', true),
      SealBroken,
      Object.keys(change).join(),
    )
  }
  assert.throws(() => cache.open(keysOf(), row, 'full', true), SealBroken, 'other keys')
  assert.equal(cache.open(keys, { ...row, updated_at: new Date(1) }, 'full', false).lastUpdated.getTime(), 1)
})

test('the two views never answer for each other', () => {
  const cache = createOpenedCache(sealing)
  const keys = keysOf()
  const row = rowOf(keys, text)
  assert.match(cache.open(keys, row, 'full', true).json, /5512345678/)
  assert.doesNotMatch(cache.open(keys, row, 'clinical', true).json, /5512345678/)
  assert.match(cache.open(keys, row, 'full', true).json, /5512345678/)
})

test('it holds no more than its bytes, keeps what is used, and drops what is forgotten', () => {
  const cache = createOpenedCache(sealing, 64 * 1024)
  const keys = keysOf()
  const used = rowOf(keys, text)
  const first = cache.open(keys, used, 'full', true)
  for (let n = 0; n < 200; n++) {
    cache.open(keys, rowOf(keys, text), 'full', true)
    assert.ok(cache.bytes <= 64 * 1024)
    assert.equal(cache.open(keys, used, 'full', true), first)
  }
  const large = `{"resourceType":"Patient","name":[{"family":"${'x'.repeat(20_000)}"}]}`
  const before = cache.bytes
  cache.open(keys, rowOf(keys, large), 'full', true)
  assert.equal(cache.bytes, before, 'one that would push out the others is not kept')
  cache.drop(used.compartment)
  assert.notEqual(cache.open(keys, used, 'full', false), first)
  cache.drop()
  assert.equal(cache.bytes, 0)
})
