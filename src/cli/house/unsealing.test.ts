import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeys, dealShares, shareText } from '#kernel/keys/index.ts'
import { testDatabase } from '#test/kit/index.ts'
import type { Home } from '../home/home.ts'
import { createUnsealing } from './unsealing.ts'
import { atEnd } from '#test/kit/scope.ts'

test('half a ceremony of before an order to seal is not finished after it, whichever server was ordered', async (t) => {
  const { sql } = await testDatabase(t)
  const [first, second] = [createKeys({ sql }), createKeys({ sql })]
  atEnd(t, () => Promise.all([first.seal(), second.seal()]))
  const codes: string[] = []
  await first.initialise(async (house) => {
    const shares = (await dealShares({ house, threshold: 2, of: 3 }))!
    codes.push(...shares.map(shareText))
    return { kind: 'shamir', shares }
  })
  const record = { format: 1, kind: 'real', opener: 'shamir', database: 'external', state: 'ready' } as const
  const home: Home = { path: '/nowhere', record }
  const there = createUnsealing(second, home, async () => {})
  assert.equal((await there.share(codes[0]!)).status, 'collecting')
  await first.sealEverywhere()
  // The other server held no keys, so nobody told it.
  const given = await there.share(codes[1]!)
  assert.partialDeepStrictEqual(given, { status: 'collecting', numbers: [2] })
  assert.equal(second.state(), 'sealed')
  await first.sealEverywhere()
  assert.equal((await there.state()).collected, undefined)
  assert.equal((await there.share(codes[2]!)).status, 'collecting')
  assert.equal((await there.share(codes[0]!)).status, 'open')
})
