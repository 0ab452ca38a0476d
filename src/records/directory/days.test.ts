import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { daysMax, daysOf, monthsOf } from './days.ts'

const zones = [
  'America/Mexico_City',
  'Europe/Madrid',
  'Pacific/Apia',
  'Africa/Casablanca',
  'UTC',
  'Asia/Kolkata',
]
const hourMs = 3_600_000
const year1 = Date.parse('0001-01-02T00:00:00Z')
const year9999 = Date.parse('9999-06-01T00:00:00Z')
const today = Date.parse('2026-11-23T00:00:00Z')

test('property: days and months are those of the calendar, wherever the clocks are changed', () => {
  const low = fc.oneof(
    fc.integer({ min: year1, max: year9999 }),
    fc.integer({ min: -80 * 365 * 24, max: 40 * 365 * 24 }).map((hours) => today + hours * hourMs),
  )
  const length = fc.oneof(fc.constant(0), fc.integer({ max: 250 * 24 * hourMs, min: 1 }))
  fc.assert(
    fc.property(low, length, fc.constantFrom(...zones), (from, ms, zone) => {
      const span = { low: from, high: from + ms }
      const dates = datesOf(span, zone)
      assert.deepEqual(daysOf(span, zone), dates.length > daysMax ? undefined : dates)
      const months = [...new Set(dates.map((date) => date.slice(0, -3)))]
      assert.deepEqual(monthsOf(span, zone), months.length > 6 ? undefined : months)
    }),
    { numRuns: 300 },
  )
})

test('what has no end has no days', () => {
  for (const span of [
    { low: -Infinity, high: today },
    { low: today, high: Infinity },
    { low: -Infinity, high: Infinity },
  ]) {
    assert.deepEqual([daysOf(span, 'UTC'), monthsOf(span, 'UTC')], [undefined, undefined])
  }
})

function datesOf({ low, high }: { low: number; high: number }, zone: string): string[] {
  const dateAt = (ms: number) =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate()
  const last = dateAt(Math.max(low, high - 1))
  const dates: string[] = []
  for (let date = dateAt(low); Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 }))
    dates.push(date.toString())
  return dates
}
