import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beyond, Tally } from './tally.ts'

const limits = { patients: 5, rows: 100, exports: 0, prints: 0 }
const streams = ['a', 'b', 'c', 'd', 'e', 'f']

const tallyOf = (order: readonly string[]): Tally => {
  const tally = new Tally()
  for (const stream of order)
    tally.add({ act: stream, action: 'read', outcome: 'done', stream, resources: 1 })
  return tally
}

test('of more patients than the limit that wait at once, nobody gives those that come first in an order of their own', () => {
  const seenBy = (order: readonly string[], sequenced: readonly string[], given: readonly string[]) =>
    streams.filter((stream) => {
      const known = { sequenced: tallyOf(sequenced), given: new Set(given), all: tallyOf(order) }
      const judged = { act: stream, action: 'read', streams: [stream], resources: 1 } as const
      return beyond(known, judged, limits, true) === undefined
    })
  const backwards = streams.toReversed()
  for (const order of [streams, backwards]) {
    assert.deepEqual(seenBy(order, [], []), [])
    assert.deepEqual(seenBy(order, [], ['b']), ['b'], 'what was given is read on')
    assert.deepEqual(seenBy(order, streams, []), streams.slice(0, 5), 'that order is one')
  }
})
