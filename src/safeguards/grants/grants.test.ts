import assert from 'node:assert/strict'
import { test } from 'node:test'
import { covers, endOf, isOpen, withGrant, type Grant } from './grants.ts'

const hour = 3_600_000
const grant = (more: Partial<Grant> = {}): Grant => ({
  id: 'g1',
  patient: 'Patient/p1',
  reason: 'second opinion',
  types: [],
  writes: false,
  atMs: 1_000,
  endsAtMs: endOf(1_000, 2),
  approvedBy: [],
  ...more,
})

test('open from when it was approved until it ends, or is ended', () => {
  const ended = { person: 'p', name: 'P', atMs: 1_000 + hour }
  const cases: [grant: Grant, atMs: number, is: boolean][] = [
    [grant(), 999, false],
    [grant(), 1_000, true],
    [grant(), 999 + 2 * hour, true],
    [grant(), 1_000 + 2 * hour, false],
    [grant({ ended }), 999 + hour, true],
    [grant({ ended }), 1_000 + hour, false],
  ]
  for (const [given, atMs, is] of cases) assert.equal(isOpen(given, atMs), is, `${given.ended?.name} ${atMs}`)
})

test('what it covers', () => {
  const some = { types: ['Observation'], writes: false }
  const cases: [
    extent: Parameters<typeof covers>[0],
    action: string,
    type: string | undefined,
    is: boolean,
  ][] = [
    [grant(), 'read', 'Condition', true],
    [grant(), 'read', undefined, false],
    [grant(), 'create', 'Condition', false],
    [some, 'read', 'Observation', true],
    [some, 'read', 'Condition', false],
    // Whose it is.
    [some, 'read', 'Patient', true],
    [{ ...some, writes: true }, 'update', 'Patient', false],
    [{ ...some, writes: true }, 'create', 'Observation', true],
    [{ ...some, writes: true }, 'create', 'Condition', false],
    [grant({ writes: true }), 'create', 'Condition', true],
    // It would tie them to the patient for longer.
    [grant({ writes: true }), 'create', 'ServiceRequest', false],
    [grant({ writes: true }), 'read', 'ServiceRequest', true],
  ]
  for (const [extent, action, type, is] of cases)
    assert.equal(
      covers(extent, { action, ...(type === undefined ? {} : { type }) }),
      is,
      `${action} ${type} ${JSON.stringify(extent)}`,
    )
})

test('one of the same approval is the same; what ended a year ago is let go', () => {
  const known = [grant()]
  assert.equal(withGrant(known, grant({ reason: 'other' })), known)
  const later = grant({ id: 'g2', atMs: endOf(1_000, 2) + 367 * 24 * hour, endsAtMs: endOf(1_000, 9_000) })
  assert.deepEqual(withGrant(known, later), [later])
})
