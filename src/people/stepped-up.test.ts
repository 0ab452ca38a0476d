import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSteppedUp, steppedUpSeconds } from './stepped-up.ts'

test('both factors, shown again: a short time ago, and from here', () => {
  const at = 1_800_000_000
  const cases: [from: string | undefined, address: string, later: number, want: boolean][] = [
    ['192.0.2.1', '192.0.2.1', 0, true],
    ['192.0.2.1', '192.0.2.1', steppedUpSeconds - 1, true],
    ['192.0.2.1', '192.0.2.1', steppedUpSeconds, false],
    ['192.0.2.1', '192.0.2.2', 0, false],
    ['192.0.2.1', 'unknown', 0, false],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::2', 0, true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', 0, false],
    ['127.0.0.1', '::1', 0, true],
    ['127.0.0.1', '192.0.2.1', 0, false],
    [undefined, '192.0.2.1', 0, true],
  ]
  for (const [steppedUpFrom, address, later, want] of cases) {
    const stepped = { steppedUpAt: at, ...(steppedUpFrom === undefined ? {} : { steppedUpFrom }) }
    assert.equal(isSteppedUp(stepped, address, at + later), want, `${steppedUpFrom} ${address} ${later}`)
  }
  assert.equal(isSteppedUp({}, '192.0.2.1', at), false)
})
