import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deletionOf, type Copies, type Deletion } from './date.ts'

const hour = 3_600_000
const day = 24 * hour
const own: Copies = { days: undefined, own: true, everySeconds: 24 * 3600 }

const cases: [string, Parameters<typeof deletionOf>[0], Partial<Copies>, Deletion][] = [
  [
    'before the batch: when it will have run',
    { destroyedAt: 0, unforced: [] },
    {},
    { status: 'expected', at: day },
  ],
  [
    'after it, in a database of its own',
    { destroyedAt: 0, purgedAt: hour, unforced: [] },
    {},
    { status: 'complete', at: hour },
  ],
  [
    'while copies are kept',
    { destroyedAt: 0, purgedAt: hour, unforced: [] },
    { days: 30 },
    { status: 'dated', at: hour + 30 * day },
  ],
  [
    'copies of somebody else’s database, of which nothing is said',
    { destroyedAt: 0, purgedAt: hour, unforced: [] },
    { own: false },
    { status: 'undated' },
  ],
  [
    'the table of now may still hold the key, whatever is said of copies',
    { destroyedAt: 0, purgedAt: hour, unforced: ['tables'] },
    { days: 30 },
    { status: 'undated' },
  ],
  [
    'copies that are known to be made, and not for how long',
    { destroyedAt: 0, purgedAt: hour, unforced: ['archive'] },
    {},
    { status: 'undated' },
  ],
  [
    'the same, once it is said',
    { destroyedAt: 0, purgedAt: hour, unforced: ['archive'] },
    { own: false, days: 7 },
    { status: 'dated', at: hour + 7 * day },
  ],
]

for (const [name, destruction, copies, want] of cases) {
  test(name, () => assert.deepEqual(deletionOf(destruction, { ...own, ...copies }, 2 * hour), want))
}
