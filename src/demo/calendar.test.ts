import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDays, ageOn, createCalendar, dayNumber, isWorkday } from './calendar.ts'

test('instants are written in the offset that the facility had on that day', () => {
  const { at } = createCalendar('America/Mexico_City')
  assert.equal(at('2026-03-11', 9 * 60 + 20), '2026-03-11T09:20:00-06:00')
  // Summer time ended for good in 2022.
  assert.equal(at('2021-07-01', 8 * 60), '2021-07-01T08:00:00-05:00')
  assert.equal(at('2026-12-31', 24 * 60 + 5), '2027-01-01T00:05:00-06:00')
  assert.equal(at('2026-01-01', -1), '2025-12-31T23:59:00-06:00')
  assert.equal(createCalendar('America/Tijuana').at('2026-07-01', 0), '2026-07-01T00:00:00-07:00')
})

test('the day is that of the facility', () => {
  const moment = Date.parse('2026-11-23T05:30:00Z')
  assert.equal(createCalendar('America/Mexico_City').dayOf(moment), '2026-11-22')
  assert.equal(createCalendar('America/Cancun').dayOf(moment), '2026-11-23')
})

test('days are counted across months and years', () => {
  assert.equal(addDays('2024-02-28', 1), '2024-02-29')
  assert.equal(addDays('2026-12-31', 1), '2027-01-01')
  assert.equal(addDays('2026-03-01', -1), '2026-02-28')
  assert.equal(dayNumber('1970-01-02'), 1)
  assert.equal(ageOn('2000-02-29', '2026-02-28'), 25)
  assert.equal(ageOn('2000-02-29', '2026-03-01'), 26)
})

test('consulting rooms are closed at weekends and on the days of the Ley Federal del Trabajo', () => {
  const closed = [
    '2026-11-22',
    '2026-11-21',
    '2026-11-16',
    '2026-12-25',
    '2027-02-01',
    '2027-03-15',
    '2030-10-01',
  ]
  for (const day of closed) assert.equal(isWorkday(day), false, day)
  for (const day of ['2026-11-23', '2026-11-20', '2027-02-08', '2027-10-01']) assert.ok(isWorkday(day), day)
})
