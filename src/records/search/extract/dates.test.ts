import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { spanOf, zoneOf } from '../index.ts'

const hour = 3_600_000
const at = (text: string) => Date.parse(text)

const cases: [text: string, timeZone: string, low: string, high: string][] = [
  ['2020', 'UTC', '2020-01-01T00:00Z', '2021-01-01T00:00Z'],
  ['2020-02', 'UTC', '2020-02-01T00:00Z', '2020-03-01T00:00Z'],
  ['2020-12', 'UTC', '2020-12-01T00:00Z', '2021-01-01T00:00Z'],
  ['2020-02-29', 'UTC', '2020-02-29T00:00Z', '2020-03-01T00:00Z'],
  ['2020-12-31', 'UTC', '2020-12-31T00:00Z', '2021-01-01T00:00Z'],
  ['2020', 'America/Mexico_City', '2020-01-01T06:00Z', '2021-01-01T06:00Z'],
  // Mexico's last summer time: from 3 April to 30 October 2022.
  ['2022-04', 'America/Mexico_City', '2022-04-01T06:00Z', '2022-05-01T05:00Z'],
  ['2022-04-03', 'America/Mexico_City', '2022-04-03T06:00Z', '2022-04-04T05:00Z'],
  ['2022-10-30', 'America/Mexico_City', '2022-10-30T05:00Z', '2022-10-31T06:00Z'],
  ['2023-07-01', 'America/Mexico_City', '2023-07-01T06:00Z', '2023-07-02T06:00Z'],
  // Before there were time zones, Mexico City went by the sun.
  ['1900-01-01', 'America/Mexico_City', '1900-01-01T06:36:36Z', '1900-01-02T06:36:36Z'],
  // Days that have no midnight.
  ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00Z', '2018-11-05T02:00Z'],
  ['2022-09-11', 'America/Santiago', '2022-09-11T04:00Z', '2022-09-12T03:00Z'],
  // Samoa had no 30 December 2011 at all.
  ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00Z', '2011-12-30T10:00Z'],
  ['2020-03-29', 'Europe/Madrid', '2020-03-28T23:00Z', '2020-03-29T22:00Z'],
  ['2015-02-07T13:28:17-05:00', 'Europe/Madrid', '2015-02-07T18:28:17Z', '2015-02-07T18:28:18Z'],
  ['2015-02-07T13:28:17.239-05:00', 'UTC', '2015-02-07T18:28:17.239Z', '2015-02-07T18:28:17.240Z'],
  ['2015-02-07T13:28:17.2Z', 'UTC', '2015-02-07T13:28:17.200Z', '2015-02-07T13:28:17.300Z'],
  ['2015-02-07T13:28:17.123456Z', 'UTC', '2015-02-07T13:28:17.123Z', '2015-02-07T13:28:17.124Z'],
  ['2015-02-07T13:28:17+05:45', 'UTC', '2015-02-07T07:43:17Z', '2015-02-07T07:43:18Z'],
  ['2015-02-07T13:28', 'America/Mexico_City', '2015-02-07T19:28Z', '2015-02-07T19:29Z'],
  ['2016-12-31T23:59:60Z', 'UTC', '2017-01-01T00:00:00Z', '2017-01-01T00:00:01Z'],
  // Comes twice: the first. Is skipped: an hour on.
  ['2022-10-30T01:30:00', 'America/Mexico_City', '2022-10-30T06:30:00Z', '2022-10-30T06:30:01Z'],
  ['2022-04-03T02:30:00', 'America/Mexico_City', '2022-04-03T08:30:00Z', '2022-04-03T08:30:01Z'],
]

test('a date covers the time that its precision leaves open, in the time zone given', () => {
  for (const [text, timeZone, low, high] of cases) {
    assert.deepEqual(
      spanOf(text, zoneOf(timeZone)),
      { low: at(low), high: at(high) },
      `${text} in ${timeZone}`,
    )
  }
})

test('years before the hundredth', () => {
  const span = spanOf('0050-01-01T00:00:00Z', zoneOf('UTC'))
  assert.equal(span?.low, new Date('0050-01-01T00:00:00Z').getTime())
})

test('what is no date has no span', () => {
  const wrong = ['', '20', '2020-13', '2020-00', '2020-02-30', '2021-02-29', '2020-01-32', '2020-1-1', 'once']
  wrong.push(
    '2020-01-01T25:00:00Z',
    '2020-01-01T10:60:00Z',
    '2020-01-01T10Z',
    '2020-01-01 10:00:00',
    '1900-02-29',
  )
  for (const text of wrong) assert.equal(spanOf(text, zoneOf('UTC')), undefined, text)
  assert.throws(() => zoneOf('America/Atlantis'), RangeError)
})

test('property: the days of a zone follow each other without gap or overlap', () => {
  const zones = [
    'America/Mexico_City',
    'America/Tijuana',
    'America/Santiago',
    'Africa/Casablanca',
    'Australia/Lord_Howe',
  ]
  const day = fc.date({ min: new Date('1950-01-01'), max: new Date('2037-12-30'), noInvalidDate: true })
  fc.assert(
    fc.property(day, fc.constantFrom(...zones), (date, timeZone) => {
      const zone = zoneOf(timeZone)
      const [today, tomorrow] = [date, new Date(date.getTime() + 24 * hour)].map((each) =>
        spanOf(each.toISOString().slice(0, 10), zone),
      )
      assert.equal(today?.high, tomorrow?.low)
      const length = today!.high - today!.low
      assert.ok(length >= 22 * hour && length <= 26 * hour, `${length}`)
    }),
  )
})
