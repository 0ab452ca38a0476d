import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attemptsFree } from '../attempts.ts'
import { dealShares, readDeal, shamirOpener, type Deal, type Share } from './shamir.ts'
import { ShareCollecting, shareForgetMs } from './collecting.ts'

async function dealt(threshold: number, of: number): Promise<{ shares: Share[]; deal: Deal }> {
  const shares = (await dealShares({ house: 'KX7Q-2MPD', threshold, of }))!
  const made = await shamirOpener.create({ kind: 'shamir', shares })
  assert.ok(made.status === 'ok')
  return { shares, deal: readDeal(made.parameters)! }
}

/** As it comes over the wire: bytes of its own. */
const typed = (share: Share): Share => ({ ...share, point: share.point.slice() })

function collectingAt(): { collecting: ShareCollecting; time: { ms: number } } {
  const time = { ms: 5 }
  return { time, collecting: new ShareCollecting(() => time.ms) }
}

test('shares come one by one, from anywhere, and the last one completes them', async () => {
  const { shares, deal } = await dealt(3, 4)
  const { collecting } = collectingAt()
  assert.equal(collecting.collected(), undefined)
  assert.partialDeepStrictEqual(collecting.give(typed(shares[3]!), deal), { numbers: [4], need: 3, of: 4 })
  assert.partialDeepStrictEqual(collecting.give(typed(shares[0]!), deal), { numbers: [4, 1] })
  assert.deepEqual(collecting.collected()?.numbers, [4, 1])
  const last = collecting.give(typed(shares[1]!), deal)
  assert.ok(last.status === 'complete')
  assert.deepEqual(last.shares, [shares[3], shares[0], shares[1]])
  assert.equal(collecting.collected(), undefined)
})

test('half a ceremony is forgotten fifteen minutes after its last share, and zeroed', async () => {
  const { shares, deal } = await dealt(3, 3)
  const { collecting, time } = collectingAt()
  const [first, second] = [typed(shares[0]!), typed(shares[1]!)]
  collecting.give(first, deal)
  time.ms += shareForgetMs - 1
  assert.equal(collecting.collected()?.forgottenInMs, 1)
  collecting.give(second, deal)
  time.ms += shareForgetMs - 1
  assert.equal(collecting.collected()?.numbers.length, 2)
  time.ms += 1
  assert.equal(collecting.collected(), undefined)
  for (const { point } of [first, second]) assert.ok(point.every((byte) => byte === 0))
  assert.partialDeepStrictEqual(collecting.give(typed(shares[2]!), deal), { numbers: [3] })
})

test('the same share twice is said, and is no attempt', async () => {
  const { shares, deal } = await dealt(2, 3)
  const { collecting } = collectingAt()
  collecting.give(typed(shares[0]!), deal)
  for (let i = 0; i < attemptsFree * 2; i++) {
    const again = collecting.give(typed(shares[0]!), deal)
    assert.partialDeepStrictEqual(again, { status: 'share-refused', reason: 'given-already', wrong: 0 })
  }
  assert.equal(collecting.give(typed(shares[2]!), deal).status, 'complete')
})

test('wrong shares are zeroed, counted and then slow, and the good ones stay', async () => {
  const { shares, deal } = await dealt(2, 3)
  const others = await dealt(2, 3)
  const { collecting, time } = collectingAt()
  collecting.give(typed(shares[0]!), deal)
  for (let wrong = 1; wrong <= attemptsFree; wrong++) {
    const share = typed(others.shares[1]!)
    const given = collecting.give(share, deal)
    assert.partialDeepStrictEqual(given, { status: 'share-refused', reason: 'of-another-deal', wrong })
    assert.ok(share.point.every((byte) => byte === 0))
  }
  const early = collecting.give(typed(shares[1]!), deal)
  assert.deepEqual(early, { status: 'too-many-attempts', retryAfterMs: 1000 })
  time.ms += 1000
  assert.equal(collecting.give(typed(shares[1]!), deal).status, 'complete')
})

test('dealt anew in the middle of a ceremony, the old shares are dropped', async () => {
  const before = await dealt(2, 3)
  const after = await dealt(2, 3)
  const { collecting } = collectingAt()
  const old = typed(before.shares[0]!)
  collecting.give(old, before.deal)
  assert.partialDeepStrictEqual(collecting.give(typed(after.shares[1]!), after.deal), { numbers: [2] })
  assert.ok(old.point.every((byte) => byte === 0))
})
