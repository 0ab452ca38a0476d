import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createPacker, floors, sha256 } from '#kernel/crypto/index.ts'
import { dictionaries } from './index.ts'

const golden: { id: number; sha256: string }[] = JSON.parse(
  readFileSync(new URL('../../../test/golden/dictionaries.json', import.meta.url), 'utf8'),
)

test('no dictionary ever changes: records packed with it could not be read', () => {
  const now = dictionaries.map(({ id, bytes }) => ({
    id,
    sha256: Buffer.from(sha256(bytes)).toString('hex'),
  }))
  // New ones may follow; what is in the golden file stays.
  assert.deepEqual(now.slice(0, golden.length), golden)
  assert.equal(now.length, golden.length, 'add new dictionaries to the golden file')
})

test('an ordinary Observation fits the floor with its dictionary, and not without', () => {
  const packer = createPacker(dictionaries)
  const observation = Buffer.from(
    JSON.stringify({
      resourceType: 'Observation',
      id: '0b5ac5d8-9c7c-4e3b-8f36-1c8a7e6b8f11',
      status: 'final',
      category: [
        {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/observation-category',
              code: 'vital-signs',
              display: 'vital-signs',
            },
          ],
        },
      ],
      code: {
        coding: [{ system: 'http://loinc.org', code: '8302-2', display: 'Body Height' }],
        text: 'Body Height',
      },
      subject: { reference: 'Patient/6d2eba67-1111-4a3f-a29f-e6da3f1ea963' },
      encounter: { reference: 'Encounter/5d2eba67-2222-4a3f-a29f-e6da3f1ea963' },
      effectiveDateTime: '2019-05-04T11:02:03-06:00',
      issued: '2019-05-04T11:02:03.123-06:00',
      valueQuantity: { value: 171.2, unit: 'cm', system: 'http://unitsofmeasure.org', code: 'cm' },
      note: [
        { text: 'measured standing, without shoes, by the nurse in the morning, twice; the mean of both' },
      ],
    }),
  )
  const withDictionary = dictionaries.map(({ id }) =>
    packer.pack(observation, { floor: floors.version, dictionary: id }),
  )
  const smallest = withDictionary.reduce((a, b) => (b.length < a.length ? b : a))
  assert.equal(smallest.length, floors.version)
  for (const plaintext of withDictionary) assert.deepEqual(packer.unpack(plaintext), observation)
})
