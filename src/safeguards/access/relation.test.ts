import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isActive } from './relation.ts'

const day = 86_400_000
const now = Date.UTC(2026, 10, 23)

test('when a resource ties somebody to the patient', () => {
  const cases: [type: string, status: string | undefined, from: number, to: number, isIt: boolean][] = [
    ['Encounter', 'in-progress', now - day, Infinity, true],
    ['Encounter', 'in-progress', now - 400 * day, Infinity, false],
    ['Encounter', 'finished', now - 40 * day, now - 29 * day, true],
    ['Encounter', 'finished', now - 40 * day, now - 31 * day, false],
    ['Encounter', 'cancelled', now - day, Infinity, false],
    ['Encounter', 'entered-in-error', now - day, Infinity, false],
    ['Encounter', 'planned', now + day, Infinity, true],
    ['Encounter', 'planned', now + 3 * day, Infinity, false],
    ['Encounter', undefined, now - day, Infinity, false],
    // Nothing says since when.
    ['Encounter', 'in-progress', -Infinity, Infinity, false],
    ['Encounter', 'in-progress', NaN, NaN, false],
    ['Appointment', 'booked', now + day, now + day, true],
    ['Appointment', 'booked', now - 15 * day, now - 15 * day, false],
    ['Appointment', 'noshow', now, now, false],
    ['CareTeam', 'active', now - 300 * day, Infinity, true],
    ['CareTeam', 'active', now - 300 * day, now - 31 * day, false],
    ['ServiceRequest', 'active', now - 89 * day, now - 89 * day, true],
    ['ServiceRequest', 'revoked', now - day, now - day, false],
    ['Patient', undefined, -Infinity, Infinity, true],
    ['Observation', 'final', now - day, now, false],
  ]
  for (const [type, status, from, to, isIt] of cases)
    assert.equal(
      isActive({ type, status, from, to }, now),
      isIt,
      `${type} ${status} ${from - now} ${to - now}`,
    )
})
