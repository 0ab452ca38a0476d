/** When campaigns open and are due, by the calendar, and whose access is open. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  begun,
  begunNow,
  campaignAt,
  dayMs,
  dueDaysMax,
  dueDaysMin,
  isOpen,
  monthsLater,
  monthsMax,
  monthsMin,
  nextOpeningMs,
  withTerm,
  type Schedule,
} from './campaign.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const told = (schedule: Schedule, text: string) => {
  const campaign = campaignAt(schedule, at(text))
  return campaign && [campaign.openedMs, campaign.dueMs].map((ms) => new Date(ms).toISOString().slice(0, 16))
}

test('a quarter after the vault was founded the first campaign opens, and then each quarter', () => {
  const schedule = begun(at('2026-11-30T12:00'))
  for (const [when, want] of [
    ['2026-12-24T00:00', undefined],
    ['2027-02-28T11:59', undefined],
    ['2027-02-28T12:00', ['2027-02-28T12:00', '2027-03-14T12:00']],
    ['2027-05-28T11:59', ['2027-02-28T12:00', '2027-03-14T12:00']],
    ['2027-05-28T12:00', ['2027-05-28T12:00', '2027-06-11T12:00']],
    ['2030-03-01T00:00', ['2030-02-28T12:00', '2030-03-14T12:00']],
  ] as const)
    assert.deepEqual(told(schedule, when), want, when)
  assert.equal(nextOpeningMs(schedule, at('2027-03-01T00:00')), at('2027-05-28T12:00'))
})

test('of a day that a month has not, its last', () => {
  assert.equal(monthsLater(at('2026-01-31T08:00'), 1), at('2026-02-28T08:00'))
  assert.equal(monthsLater(at('2028-01-31T08:00'), 1), at('2028-02-29T08:00'))
  assert.equal(monthsLater(at('2026-11-30T08:00'), -3), at('2026-08-30T08:00'))
})

test('access is open until a campaign is due in which nobody answered', () => {
  const schedule = begunNow(at('2026-01-10T09:00'))
  const since = { sinceMs: at('2025-12-01T09:00') }
  for (const [certified, when, want] of [
    [undefined, '2026-01-24T08:59', true],
    [undefined, '2026-01-24T09:00', false],
    ['2026-01-10T09:00', '2026-01-24T09:00', true],
    ['2026-01-10T08:59', '2026-01-24T09:00', false],
    ['2026-01-12T09:00', '2026-04-24T08:59', true],
    ['2026-01-12T09:00', '2026-04-24T09:00', false],
    // Answered late: from then on, and through what is open now.
    ['2026-03-01T09:00', '2026-03-01T09:00', true],
    ['2026-04-11T09:00', '2026-04-24T09:00', true],
    // A campaign that nobody answered stays so in the next, until somebody does.
    [undefined, '2026-04-12T09:00', false],
  ] as const) {
    const certifiedMs = certified === undefined ? undefined : at(certified)
    assert.equal(isOpen(schedule, { ...since, certifiedMs }, at(when)), want, `${certified} ${when}`)
  }
  // Whoever came since was approved then.
  assert.equal(isOpen(schedule, { sinceMs: at('2026-01-11T00:00') }, at('2026-02-01T00:00')), true)
  assert.equal(isOpen(schedule, { sinceMs: at('2026-01-11T00:00') }, at('2026-04-24T09:00')), false)
  // Of whom it is not known, as if they had always been here.
  assert.equal(isOpen(schedule, { sinceMs: undefined }, at('2026-01-24T09:00')), false)
})

test('without a schedule, which somebody took away, nobody has more time than one could give', () => {
  const sinceMs = at('2026-01-10T09:00')
  assert.equal(isOpen(undefined, { sinceMs }, at('2026-05-01T08:59')), true)
  assert.equal(isOpen(undefined, { sinceMs }, at('2026-05-01T09:00')), false)
})

test('how often is changed from the next campaign on; the one that is open stays as it is', () => {
  const schedule = begunNow(at('2026-01-10T09:00'))
  const changed = withTerm(schedule, { months: 1, dueDays: 21 }, at('2026-01-15T00:00'))
  assert.deepEqual(told(changed, '2026-01-20T00:00'), ['2026-01-10T09:00', '2026-01-24T09:00'])
  assert.deepEqual(told(changed, '2026-02-10T09:00'), ['2026-02-10T09:00', '2026-03-03T09:00'])
  // Changed once more before it counts, the first change is none.
  const again = withTerm(changed, { months: 2, dueDays: 7 }, at('2026-01-16T00:00'))
  assert.deepEqual(told(again, '2026-02-15T00:00'), ['2026-01-10T09:00', '2026-01-24T09:00'])
  assert.deepEqual(told(again, '2026-03-10T09:00'), ['2026-03-10T09:00', '2026-03-17T09:00'])
  // Sooner than now it opens now.
  const late = withTerm(schedule, { months: 1, dueDays: 7 }, at('2026-03-20T00:00'))
  assert.deepEqual(told(late, '2026-03-20T00:00'), ['2026-03-20T00:00', '2026-03-27T00:00'])
  // Before the first, no later than it would have been.
  const early = withTerm(begun(at('2026-01-10T09:00')), { months: 1, dueDays: 7 }, at('2026-01-15T00:00'))
  assert.deepEqual(told(early, '2026-02-15T00:00'), ['2026-02-15T00:00', '2026-02-22T00:00'])
})

test('whatever is set, and however often: nobody goes longer than a quarter and three weeks without being certified', () => {
  const change = fc.record({
    afterDays: fc.integer({ min: 0, max: 120 }),
    months: fc.integer({ min: monthsMin, max: monthsMax }),
    dueDays: fc.integer({ min: dueDaysMin, max: dueDaysMax }),
  })
  const from = at('2026-01-31T23:30')
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), fc.integer({ min: 0, max: 900 }), (changes, day) => {
      let nowMs = from
      let schedule = begun(from)
      for (const { afterDays, ...term } of changes) {
        nowMs += afterDays * dayMs
        schedule = withTerm(schedule, term, nowMs)
      }
      const askedMs = nowMs + day * dayMs
      const lateMs = monthsLater(askedMs, -monthsMax) - (dueDaysMax + 3) * dayMs
      const is = isOpen(schedule, { sinceMs: 0, certifiedMs: lateMs }, askedMs)
      assert.equal(is, askedMs < firstDueMs(schedule))
      const campaign = campaignAt(schedule, askedMs)
      if (campaign) assert.ok(campaign.openedMs <= askedMs && nextOpeningMs(schedule, askedMs) > askedMs)
    }),
  )
})

function firstDueMs({ terms: [first] }: Schedule): number {
  return first ? first.fromMs + first.dueDays * dayMs : 0
}
