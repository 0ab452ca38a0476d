import assert from 'node:assert/strict'
import { test } from 'node:test'
import { intervalOf } from './dates.ts'

const at = (text: string): number => Date.parse(text)

const dates = [
  { text: '2026', want: [at('2026-01-01T00:00:00Z'), at('2027-01-01T00:00:00Z')] },
  { text: '2026-12', want: [at('2026-12-01T00:00:00Z'), at('2027-01-01T00:00:00Z')] },
  { text: '2024-02-29', want: [at('2024-02-29T00:00:00Z'), at('2024-03-01T00:00:00Z')] },
  { text: '2026-03-01T10:30:00-06:00', want: [at('2026-03-01T16:30:00Z'), at('2026-03-01T16:30:01Z')] },
  { text: '2026-03-01T10:30Z', want: [at('2026-03-01T10:30:00Z'), at('2026-03-01T10:31:00Z')] },
  { text: '2026-03-01T10:30:00 01:00', want: [at('2026-03-01T09:30:00Z'), at('2026-03-01T09:30:01Z')] },
  {
    text: '2026-03-01T10:30:00.123Z',
    want: [at('2026-03-01T10:30:00.123Z'), at('2026-03-01T10:30:00.124Z')],
  },
  { text: '2026-02-29', want: undefined },
  { text: '2026-13', want: undefined },
  { text: '2026-03-01T10:30:00', want: undefined },
  { text: '2026-03-01T24:00:00Z', want: undefined },
  { text: '', want: undefined },
  { text: 'yesterday', want: undefined },
]

test('a FHIR date stands for an interval', () => {
  for (const { text, want } of dates) {
    const found = intervalOf(text)
    assert.deepEqual(found && [found.from, found.to], want, text)
  }
})
