import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { kitText, newKit, readKit, zeroKit } from './kit.ts'
import { readShare } from '../shares/index.ts'

test('a kit that was printed and typed again is the same', () => {
  fc.assert(
    fc.property(fc.constantFrom('KX7Q-2MPD', '0000-0000', 'ZZZZ-ZZZZ'), (house) => {
      const kit = newKit(house)
      assert.deepEqual(readKit(kitText(kit).toLowerCase()), { status: 'ok', kit })
    }),
  )
})

test('a kit is not taken for a share', () => {
  assert.partialDeepStrictEqual(readShare(kitText(newKit('KX7Q-2MPD'))), {
    status: 'code-of-other-kind',
    kind: 'kit',
  })
})

test('a kit that was used leaves no secret behind', () => {
  const kit = newKit('KX7Q-2MPD')
  zeroKit(kit)
  assert.ok([...kit.seed, ...kit.bond].every((byte) => byte === 0))
})
