import assert from 'node:assert/strict'
import { test } from 'node:test'
import { homeOpeners, type HomeOpener } from '#cli/home/home.ts'
import { noTour, tour } from '../e2e/opener-tour.ts'

/** A way through all kinds on which each follows on each other exactly once. */
function everyPair(kinds: readonly HomeOpener[]): [HomeOpener, ...HomeOpener[]] {
  const left = new Map(kinds.map((kind) => [kind, kinds.filter((other) => other !== kind)]))
  // Hierholzer's: as many ways lead to each as from it.
  const [way, stack] = [[] as HomeOpener[], [kinds[0] as HomeOpener]]
  while (stack.length > 0) {
    const next = left.get(stack.at(-1) as HomeOpener)?.pop()
    if (next) stack.push(next)
    else way.push(stack.pop() as HomeOpener)
  }
  return way.toReversed() as [HomeOpener, ...HomeOpener[]]
}

test('from each kind of opener to each other, on a live vault', { skip: noTour }, async (t) => {
  const way = everyPair(homeOpeners)
  const pairs = new Set(way.slice(1).map((to, n) => `${way[n]} ${to}`))
  assert.equal(pairs.size, homeOpeners.length * (homeOpeners.length - 1))
  await tour(t, way)
  t.diagnostic(`${pairs.size} changes`)
})
